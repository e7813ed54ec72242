"""Backhaul evaluation: properties of its jobs that hold on any deployment whose events have sold."""

from contracts.dsl import assertions
from contracts.dsl.cases import require_case
from contracts.dsl.measured_evaluations import ensure_sold_package, sum_fields
from contracts.dsl.measurements import forget_unless
from contracts.dsl.observed_put import observe_put
from contracts.dsl.steps import COUNT_FIELDS, evaluation_totals, rows_by_cluster
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

WRITES = ("createPackage", "replaceEvaluationSettings")
SHORTEST_JOB = 1.0
"""Seconds. Of a PUT that takes less and shows the new result, nobody can say that it waited: the job may be as fast."""


@property_test("BEV-02.starts", "BEV-03.result", profile="smoke", gotcha="G-01", writes=WRITES)
def test_a_put_changes_a_result_that_counted_something(writable: Deployment) -> None:
    package, observed = ensure_sold_package(writable), observe_put(writable)
    forget_unless(writable, observed.before != [])
    hint = "a result within --job-timeout evaluation=SECONDS, which is to be longer than any evaluation of the target"
    assertions.is_true(
        f"the result of {package.id} after settings were saved", observed.before != [], expected=hint, seen=[]
    )
    counted = evaluation_totals(observed.before)
    require_case(counted != (0, 0, 0), "orders of the package's customers for its events")
    forget_unless(writable, observed.changed)
    assertions.is_true(
        f"the result of {package.id} after {observed.window} were saved", observed.changed, expected=hint, seen=counted
    )
    seen = sum_fields(rows_by_cluster(observed.after), *COUNT_FIELDS)
    assertions.equal(f"counts of all clusters in {observed.window}", seen, (0, 0, 0))


@property_test("BEV-02.not_waiting", writes=WRITES)
def test_a_put_answers_before_its_result_shows(writable: Deployment) -> None:
    observed = observe_put(writable)
    require_case(observed.changed, "a saved setting that changes a result within the job timeout")
    if observed.waited:
        fast = f"an evaluation that takes {SHORTEST_JOB:g} s or longer, so that a PUT that waits for it can be told"
        require_case(observed.put_seconds >= SHORTEST_JOB, fast)
    forget_unless(writable, not observed.waited)
    seen = f"the new result, after a PUT of {observed.put_seconds:.1f} s"
    assertions.is_true(
        "what a read right after the PUT shows", not observed.waited, expected="the result before", seen=seen
    )


@property_test("BEV-03.no_progress", gotcha="G-02", writes=WRITES)
def test_no_header_shows_that_a_job_is_in_progress(writable: Deployment) -> None:
    """A header may come and go for another reason, so all reads during the job must have it, and no later one."""
    observed = observe_put(writable)
    require_case(observed.changed and bool(observed.headers_during), "a read while an evaluation is in progress")
    forget_unless(writable, len({*observed.headers_during, *observed.headers_after}) == 1)
    during = frozenset.intersection(*observed.headers_during)
    added = during - frozenset.union(*observed.headers_after)
    assertions.equal("names of headers that are sent only while the job is in progress", sorted(added), [])
    after = frozenset.intersection(*observed.headers_after)
    missing = after - frozenset.union(*observed.headers_during)
    assertions.equal("names of headers that are sent only when the job is over", sorted(missing), [])
