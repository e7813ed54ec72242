"""Backhaul evaluation: when a result appears, and to which settings the result belongs."""

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case
from contracts.dsl.evaluations import early_window_start, wait_for_rows
from contracts.dsl.measured_evaluations import wait_in_vain
from contracts.dsl.steps import (
    SENT_DATE_FIELD,
    create_package,
    ensure_built_package,
    evaluation_totals,
    list_event_ids,
    package_order,
    read_evaluation,
    sale_row,
    save_and_evaluate,
    save_settings,
    settings_body,
)
from contracts.spec.markers import example, property_test
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

SENT_IN_JUNE = {SENT_DATE_FIELD: "2026-06-01"}
EMPTY_WINDOW = settings_body(1, **{SENT_DATE_FIELD: "2100-01-01"})
"""Settings with a window that contains no purchases."""


def _create_package_with_sales(sandbox: Sandbox, *days: str) -> str:
    """Create a package with two clusters. Each of its customers makes one purchase on each of these days."""
    event, (ann, ben) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(*(sale_row(buyer, event, f"{day}T10:00:00Z") for buyer in (ann, ben) for day in days))
    return sandbox.add_package([event], {"Jazz": [ann], "Rock": [ben]})


def _read_orders(sandbox: Sandbox, package: str) -> list[int]:
    """Return the orders of each cluster in the result. The list is empty if there is no result."""
    return [row["purchase"] for row in read_evaluation(sandbox.partner, package)]


def _read_orders_each_second(sandbox: Sandbox, package: str, count: int) -> list[list[int]]:
    """Return the orders now and after each of `count` seconds."""
    seen = [_read_orders(sandbox, package)]
    for _ in range(count):
        sandbox.advance(seconds=1)
        seen.append(_read_orders(sandbox, package))
    return seen


@property_test("BEV-03.before", writes=("createPackage",))
def test_a_package_that_was_never_evaluated_has_no_rows(writable: Deployment) -> None:
    order = package_order(list_event_ids(writable, 1), package_title=writable.title("unevaluated"))
    assertions.equal("the result", read_evaluation(writable.partner, create_package(writable.partner, order)["id"]), [])


@property_test("BEV-03.result", profile="smoke", gotcha="G-02", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_result_shows_once_its_job_is_over(writable: Deployment) -> None:
    package = ensure_built_package(writable)
    sizes = steps.read_package(writable.partner, package)["content"]["clusters"]
    require_case(bool(sizes), "a package with a cluster")
    rows = save_and_evaluate(
        writable, package, settings_body(365, **{SENT_DATE_FIELD: early_window_start(writable.partner, package)})
    )
    rows = wait_for_rows(writable, package, rows, len(sizes))
    assertions.equal("rows of the result", len(rows), len(sizes))


@example("BEV-03.before", profile="smoke")
def test_no_row_shows_before_the_first_job_is_over(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, "2026-06-02")
    assertions.equal("the result before any PUT", _read_orders(sandbox, package), [])
    save_settings(sandbox.partner, package, settings_body(30, **SENT_IN_JUNE))
    assertions.equal(
        "the result, second by second", _read_orders_each_second(sandbox, package, 3), [[], [], [1, 1], [1, 1]]
    )


@example("BEV-03.before", profile="smoke", gotcha="G-02")
def test_the_result_before_shows_until_the_job_is_over(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, "2026-06-02", "2026-06-20")
    save_and_evaluate(sandbox, package, settings_body(7, **SENT_IN_JUNE))
    save_settings(sandbox.partner, package, settings_body(30, **SENT_IN_JUNE))
    assertions.equal(
        "the result, second by second", _read_orders_each_second(sandbox, package, 3), [[1, 1], [1, 1], [2, 2], [2, 2]]
    )


@example("BEV-03.no_progress", profile="smoke", gotcha="G-02")
def test_an_answer_does_not_tell_that_a_job_is_under_way(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, "2026-06-02")
    save_and_evaluate(sandbox, package, settings_body(7, **SENT_IN_JUNE))
    path = {"package_id": package}
    before = sandbox.partner.call("getEvaluation", path)
    save_settings(sandbox.partner, package, settings_body(30, **SENT_IN_JUNE))
    during = sandbox.partner.call("getEvaluation", path)
    assertions.equal("the body of the response", during.content, before.content)
    assertions.equal("the status of the response", during.status_code, before.status_code)
    assertions.equal("the headers of the response", sorted(during.headers), sorted(before.headers))


@example("BEV-03.result")
def test_reading_a_result_does_not_hasten_it(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, "2026-06-02")
    save_settings(sandbox.partner, package, settings_body(30, **SENT_IN_JUNE))
    assertions.equal(
        "results of twenty reads at the same time",
        [_read_orders(sandbox, package) for _ in range(20)],
        [[]] * 20,
    )


@example("BEV-04.newest", profile="smoke", gotcha="G-02")
def test_a_put_during_a_run_supersedes_it(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, "2026-06-01", "2026-06-05", "2026-06-20")
    save_and_evaluate(sandbox, package, settings_body(1, **SENT_IN_JUNE))
    save_settings(sandbox.partner, package, settings_body(7, **SENT_IN_JUNE))
    sandbox.advance(seconds=1)
    save_settings(sandbox.partner, package, settings_body(30, **SENT_IN_JUNE))
    distinct_orders = list(dict.fromkeys(map(tuple, _read_orders_each_second(sandbox, package, 6))))
    assertions.equal("the different results within seven seconds", distinct_orders, [(1, 1), (3, 3)])


@example("BEV-04.burst", "BEV-04.newest", profile="smoke")
def test_of_a_burst_only_the_last_settings_show(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, *(f"2026-06-{day:02}" for day in range(1, 11)))
    for days in (9, 3, 10, 1, 4):
        save_settings(sandbox.partner, package, settings_body(days, **SENT_IN_JUNE))
    seen = _read_orders_each_second(sandbox, package, 6)
    distinct_orders = list(dict.fromkeys(map(tuple, seen)))
    assertions.equal("the different results within seven seconds", distinct_orders, [(), (4, 4)])


@example("BEV-04.newest")
def test_back_to_the_settings_before_is_a_run_of_its_own(sandbox: Sandbox) -> None:
    package = _create_package_with_sales(sandbox, "2026-06-01", "2026-06-20")
    for days in (7, 30, 7):
        save_settings(sandbox.partner, package, settings_body(days, **SENT_IN_JUNE))
        sandbox.advance(seconds=1)
    distinct_orders = {tuple(orders) for orders in _read_orders_each_second(sandbox, package, 4)}
    assertions.equal("the different results", distinct_orders, {(), (1, 1)})


@example("BEV-04.newest", profile="smoke")
def test_a_result_appears_whole(sandbox: Sandbox) -> None:
    event, customers = sandbox.add_event(), sandbox.new_customer_ids(8)
    sandbox.add_sales(*(sale_row(buyer, event, "2026-06-02T10:00:00Z") for buyer in customers))
    package = sandbox.add_package([event], {f"Cluster {buyer}": [buyer] for buyer in customers})
    save_settings(sandbox.partner, package, settings_body(7, **SENT_IN_JUNE))
    distinct_orders = list(dict.fromkeys(map(tuple, _read_orders_each_second(sandbox, package, 12))))
    assertions.equal("the different results within twelve seconds", distinct_orders, [(), (1,) * 8])


@example("BEV-04.newest")
def test_two_packages_do_not_supersede_each_other(sandbox: Sandbox) -> None:
    first, second = (
        _create_package_with_sales(sandbox, "2026-06-02"),
        _create_package_with_sales(sandbox, "2026-06-02", "2026-06-03"),
    )
    save_settings(sandbox.partner, first, settings_body(30, **SENT_IN_JUNE))
    save_settings(sandbox.partner, second, settings_body(30, **SENT_IN_JUNE))
    sandbox.run_until_idle()
    seen = [_read_orders(sandbox, package) for package in (first, second)]
    assertions.equal("the results of both packages", seen, [[1, 1], [2, 2]])


@property_test("BEV-04.newest", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_superseded_result_never_shows(writable: Deployment) -> None:
    package = ensure_built_package(writable)
    final_settings = settings_body(365, **{SENT_DATE_FIELD: early_window_start(writable.partner, package)})
    save_and_evaluate(writable, package, EMPTY_WINDOW)
    started = machine_seconds()
    result = save_and_evaluate(writable, package, final_settings)
    seconds = machine_seconds() - started
    require_case(evaluation_totals(result) != (0, 0, 0), "purchases of the package's customers")
    save_settings(writable.partner, package, EMPTY_WINDOW)
    save_settings(writable.partner, package, final_settings)

    def look() -> list[steps.Row]:
        return read_evaluation(writable.partner, package)

    require_case(look() == result, "an evaluation that is still in progress when the next PUT is answered")
    assertions.equal("the result afterwards", wait_in_vain(writable, look, result, seconds), result)
