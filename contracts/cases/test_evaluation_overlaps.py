"""Backhaul evaluation: PUTs while an evaluation is in progress, and reads that must not hasten it."""

from functools import partial
from math import ceil

from contracts.dsl import assertions
from contracts.dsl.cases import require_case
from contracts.dsl.measured_evaluations import (
    FAR_FUTURE,
    SoldPackage,
    ensure_sold_package,
    evaluate_anew,
    evaluate_settings,
)
from contracts.dsl.measurements import forget_unless, remember
from contracts.dsl.steps import Row, evaluation_totals, read_evaluation, rows_by_cluster, save_settings
from contracts.spec.markers import property_test
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment

WRITES = ("createPackage", "replaceEvaluationSettings")
QUICK_READS, TRIALS, EARLY_SHARE = 20, 3, 0.25
SHORTEST_JOB = 1.0
"""Seconds. Of an evaluation that takes less, no PUT can be sent in the middle."""
SANDBOX_SECONDS = 2.0
"""How long an evaluation takes in a sandbox, whose clock stands still. See: PKG-03."""
LEAST_STEP = 1.0
Counts = dict[str, Row]


def measure_seconds(deployment: Deployment) -> float:
    """Return how many seconds an evaluation of the sold package takes, the shorter one of two."""
    if deployment.is_sandbox:
        return SANDBOX_SECONDS
    return remember(deployment, "seconds of an evaluation", lambda: min(_time_evaluations(deployment)))


def _time_evaluations(deployment: Deployment) -> list[float]:
    package = ensure_sold_package(deployment)
    counted = evaluate_anew(deployment, package, package.whole)
    require_case(evaluation_totals(list(counted.values())) != (0, 0, 0), "orders of the package's customers")
    seconds = []
    for window in (FAR_FUTURE, package.whole):
        started = machine_seconds()
        evaluate_settings(deployment, package.id, window.settings())
        seconds.append(machine_seconds() - started)
    return seconds


def read_counts(deployment: Deployment, package: SoldPackage) -> Counts:
    return rows_by_cluster(read_evaluation(deployment.partner, package.id))


def pause(deployment: Deployment, seconds: float) -> None:
    """Let this time pass."""
    deployment.clock.wait_for_age("evaluation", machine_seconds(), seconds)


def list_results(deployment: Deployment, package: SoldPackage, seconds: float) -> list[Counts]:
    """Return the different results that reads show within this time, in their order."""
    seen = [read_counts(deployment, package)]
    step = max(LEAST_STEP, seconds / QUICK_READS)
    for _ in range(ceil(seconds / step)):
        pause(deployment, step)
        counts = read_counts(deployment, package)
        if counts != seen[-1]:
            seen.append(counts)
    return seen


@property_test("BEV-04.newest", writes=WRITES)
def test_the_result_of_a_superseded_put_is_never_shown(writable: Deployment) -> None:
    """The second PUT comes in the middle of the first one's evaluation, with the settings of the result before."""
    seconds, package = measure_seconds(writable), ensure_sold_package(writable)
    require_case(seconds >= SHORTEST_JOB, f"an evaluation that takes {SHORTEST_JOB:g} s or longer")
    before = evaluate_anew(writable, package, package.whole)
    save_settings(writable.partner, package.id, FAR_FUTURE.settings())
    pause(writable, seconds / 2)
    save_settings(writable.partner, package.id, package.whole.settings())
    still = "an evaluation that is still in progress when the second PUT is answered"
    require_case(read_counts(writable, package) == before, still)
    seen = list_results(writable, package, 2 * seconds)
    forget_unless(writable, seen == [before])
    orders = [_count_orders(counts) for counts in seen]
    assertions.equal("orders of the results after the second PUT", orders, [_count_orders(before)])


@property_test("BEV-04.newest", writes=WRITES)
def test_a_put_during_an_evaluation_is_evaluated(writable: Deployment) -> None:
    seconds, package = measure_seconds(writable), ensure_sold_package(writable)
    require_case(seconds >= SHORTEST_JOB, f"an evaluation that takes {SHORTEST_JOB:g} s or longer")
    evaluate_anew(writable, package, package.whole)
    before = evaluate_anew(writable, package, FAR_FUTURE)
    save_settings(writable.partner, package.id, package.before_sales.settings())
    pause(writable, seconds / 2)
    save_settings(writable.partner, package.id, package.whole.settings())
    read = partial(read_counts, writable, package)
    seen = writable.clock.wait_for_change("evaluation", read, lambda counts: counts != before, at_once=False)
    forget_unless(writable, seen != before)
    assertions.is_true("a new result after the second PUT", seen != before, seen=_count_orders(seen))


@property_test("BEV-03.result", writes=WRITES)
def test_reads_do_not_hasten_a_result(writable: Deployment) -> None:
    """An evaluation may be quick once. So only several in a row count that end early while their result is read."""
    seconds, package = measure_seconds(writable), ensure_sold_package(writable)
    require_case(seconds >= SHORTEST_JOB, f"an evaluation that takes {SHORTEST_JOB:g} s or longer")
    early: list[float] = []
    for _ in range(TRIALS):
        taken = _read_quickly(writable, package)
        if taken is None or taken > seconds * EARLY_SHARE:
            return
        early.append(round(taken, 1))
    what = f"seconds of {TRIALS} evaluations that are read {QUICK_READS} times at once, which else take {seconds:.1f} s"
    forget_unless(writable, holds=False)
    assertions.equal(what, early, "longer ones")


def _read_quickly(deployment: Deployment, package: SoldPackage) -> float | None:
    """Save settings that change the result, and read it many times. Return when it changed, None if it did not."""
    before = read_counts(deployment, package)
    is_zero = evaluation_totals(list(before.values())) == (0, 0, 0)
    save_settings(deployment.partner, package.id, (package.whole if is_zero else FAR_FUTURE).settings())
    started = machine_seconds()
    for _ in range(QUICK_READS):
        if read_counts(deployment, package) != before:
            return machine_seconds() - started
    read = partial(read_counts, deployment, package)
    deployment.clock.wait_for_change("evaluation", read, lambda counts: counts != before)
    return None


def _count_orders(counts: Counts) -> int:
    return sum(row["purchase"] for row in counts.values())
