"""Backhaul evaluation: what starts an evaluation, and what neither starts nor stops one."""

from functools import partial

from contracts.dsl import assertions
from contracts.dsl.cases import require_case
from contracts.dsl.measured_evaluations import (
    FAR_FUTURE,
    SoldPackage,
    ensure_sold_package,
    evaluate_anew,
    evaluate_settings,
    wait_in_vain,
)
from contracts.dsl.measurements import forget_unless
from contracts.dsl.series_growth import BY_SERIES, SeriesGrowth, grown_series, measure_growth
from contracts.dsl.steps import (
    Row,
    create_package,
    ensure_built_package,
    evaluation_totals,
    list_event_ids,
    merge_packages,
    package_order,
    read_evaluation,
    read_package,
    read_settings,
    rows_by_cluster,
    save_settings,
    settings_body,
    wait_for_build,
)
from contracts.spec.markers import REFUSED_CALLS, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.deployment import Deployment

WRITES = ("createPackage", "replaceEvaluationSettings")
SERIES_WRITES = (*WRITES, "replaceEventSeries")
WRONG_SETTINGS = settings_body(0)
UNFINISHED = ("INITIALIZING", "INPROGRESS")


def require_growth(deployment: Deployment) -> SeriesGrowth:
    """Return a package whose next evaluation shows, because its series grows. Raises InconclusiveError if none does."""
    growth = measure_growth(deployment)
    require_case(growth.has_grown, "events whose joining a series changes an evaluation")
    require_case(not deployment.shared.get("a series evaluates"), "a series that can be changed without an evaluation")
    return growth


def send_wrong_settings(deployment: Deployment, package_id: str) -> None:
    """PUT a window of no days. Raises InconclusiveError if it is not refused, because its bounds are not documented."""
    answer = deployment.partner.call("replaceEvaluationSettings", {"package_id": package_id}, body=WRONG_SETTINGS)
    require_case(answer.is_client_error, "settings that the target refuses")


def expect_result(deployment: Deployment, growth: SeriesGrowth, what: str) -> None:
    """Check that the package keeps the result from before its series has grown."""

    def read() -> dict[str, Row]:
        return rows_by_cluster(read_evaluation(deployment.partner, growth.package.id))

    seen = wait_in_vain(deployment, read, growth.alone)
    assertions.equal(f"the result of {growth.package.id} after {what}", seen, growth.alone)


@property_test("BEV-02.starts", gotcha="G-01", writes=(*SERIES_WRITES, "mergePackages"))
def test_a_merge_starts_no_evaluation_of_its_sources(writable: Deployment) -> None:
    growth, other = require_growth(writable), ensure_built_package(writable)
    with grown_series(writable, growth):
        merge_packages(writable.partner, growth.package.id, other)
        expect_result(writable, growth, f"it was merged with {other}")


@property_test("BEV-02.starts", gotcha="G-01", writes=(*SERIES_WRITES, REFUSED_CALLS))
def test_a_refused_put_starts_no_evaluation(writable: Deployment) -> None:
    growth = require_growth(writable)
    with grown_series(writable, growth):
        send_wrong_settings(writable, growth.package.id)
        expect_result(writable, growth, "a PUT was refused")


@property_test("BEV-02.unchanged", gotcha="G-01", writes=SERIES_WRITES)
def test_a_put_of_unchanged_settings_starts_an_evaluation(writable: Deployment) -> None:
    """The result changes, because the package's series has grown since the evaluation before."""
    growth = require_growth(writable)

    def read() -> dict[str, Row]:
        return rows_by_cluster(read_evaluation(writable.partner, growth.package.id))

    with grown_series(writable, growth):
        save_settings(writable.partner, growth.package.id, growth.window.settings(BY_SERIES))
        seen = writable.clock.wait_for_change("evaluation", read, lambda rows: rows != growth.alone, at_once=False)
        is_new = seen != growth.alone
        assertions.is_true("a new result after a PUT of unchanged settings", is_new, expected=growth.with_both)


def find_whole_result(deployment: Deployment, package: SoldPackage) -> dict[str, Row]:
    """Return what the window over all sales counts. Raises InconclusiveError if it counts nothing."""
    rows = evaluate_anew(deployment, package, package.whole)
    require_case(evaluation_totals(list(rows.values())) != (0, 0, 0), "orders of the package's customers")
    return rows


def empty_result(deployment: Deployment, package: SoldPackage) -> list[Row]:
    """Evaluate a window without sales, and return the result."""
    rows = evaluate_settings(deployment, package.id, FAR_FUTURE.settings())
    require_case(evaluation_totals(rows) == (0, 0, 0), "a window in which there are no sales")
    return rows


@property_test("BEV-02.starts", gotcha="G-01", writes=(*WRITES, REFUSED_CALLS))
def test_a_refused_put_stops_no_evaluation(writable: Deployment) -> None:
    package = ensure_sold_package(writable)
    find_whole_result(writable, package)
    before = empty_result(writable, package)
    save_settings(writable.partner, package.id, package.whole.settings())
    send_wrong_settings(writable, package.id)
    read = partial(read_evaluation, writable.partner, package.id)
    seen = writable.clock.wait_for_change("evaluation", read, lambda rows: rows != before, at_once=False)
    forget_unless(writable, seen != before)
    assertions.is_true("a new result after a PUT, which a refused one follows", seen != before, seen=seen)


@property_test("BEV-04.newest", "BEV-02.starts", writes=WRITES)
def test_a_put_leaves_the_evaluation_of_another_package(writable: Deployment) -> None:
    package, other = ensure_sold_package(writable), ensure_built_package(writable)
    find_whole_result(writable, package)
    before = empty_result(writable, package)
    save_settings(writable.partner, package.id, package.whole.settings())
    save_settings(writable.partner, other, settings_body())
    read = partial(read_evaluation, writable.partner, package.id)
    seen = writable.clock.wait_for_change("evaluation", read, lambda rows: rows != before, at_once=False)
    forget_unless(writable, seen != before)
    assertions.is_true(f"a new result, while {other} is evaluated", seen != before, seen=seen)


@property_test("BEV-09.not_done", "BEV-09.readable", "BEV-03.before", writes=WRITES)
def test_settings_are_not_saved_before_a_package_is_done(writable: Deployment) -> None:
    client = writable.partner
    order = package_order(list_event_ids(writable, 1), package_title=writable.title("early settings"))
    package = str(create_package(client, order)["id"])
    before = read_settings(client, package)
    other = settings_body(before["backhaul_evaluation_attribution_window"] % 30 + 1)
    answer = client.call("replaceEvaluationSettings", {"package_id": package}, body=other)
    require_case(read_package(client, package)["status"] in UNFINISHED, "a package that is still being built")
    message = "error.package.not_ready"
    assertions.refusal(answer, 409, message, part="BEV-09.not_done" if answer.is_client_error else None)
    assertions.equal("settings after the refused PUT", read_settings(client, package), before, part="BEV-09.not_done")
    if wait_for_build(writable, package)["status"] != "DONE":
        raise InconclusiveError(f"{package} is not DONE")
    read = partial(read_evaluation, client, package)
    assertions.equal("the result right after the build", read(), [], part="BEV-03.before")
    later = wait_in_vain(writable, read, [])
    assertions.equal("the result after the build", later, [], part="BEV-09.not_done")
