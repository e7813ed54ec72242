"""Backhaul evaluation: when a result appears, and whose settings it belongs to."""

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    SENT,
    a_built_package,
    a_sale,
    an_order,
    evaluated,
    long_before,
    ordered,
    result_of,
    save,
    settings,
    some_events,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

JUNE = {SENT: "2026-06-01"}
NEVER = settings(1, **{SENT: "2100-01-01"})
"""A window in which nobody has bought anything."""


def _bought_on(sandbox: Sandbox, *days: str) -> str:
    """A package of two clusters, whose customers bought once on each of the days."""
    event, (ann, ben) = sandbox.event(), sandbox.customers(2)
    sandbox.sell(*(a_sale(buyer, event, f"{day}T10:00:00Z") for buyer in (ann, ben) for day in days))
    return sandbox.package([event], {"Jazz": [ann], "Rock": [ben]})


def _orders(sandbox: Sandbox, package: str) -> list[int]:
    """How many orders the result counts for each cluster now; nothing where there is no result."""
    return [row["purchase"] for row in result_of(sandbox.partner, package)]


def _seconds(sandbox: Sandbox, package: str, count: int) -> list[list[int]]:
    """The same, now and after each second of so many."""
    seen = [_orders(sandbox, package)]
    for _ in range(count):
        sandbox.advance(seconds=1)
        seen.append(_orders(sandbox, package))
    return seen


@law("BEV-03", ruled=True)
def test_a_package_that_was_never_evaluated_has_no_rows(writable: Deployment) -> None:
    order = an_order(some_events(writable, 1), package_title=writable.title("unevaluated"))
    assertions.equal("the result", result_of(writable.partner, ordered(writable.partner, order)["id"]), [])


@law("BEV-03", profile="smoke", gotcha="G-02")
def test_a_result_shows_once_its_job_is_over(writable: Deployment) -> None:
    package = a_built_package(writable)
    sizes = steps.package_of(writable.partner, package)["content"]["clusters"]
    rows = evaluated(writable, package, settings(365, **{SENT: long_before(writable.partner, package)}))
    assertions.equal("rows of the result", len(rows), len(sizes))


@example("BEV-03", ruled=True, profile="smoke")
def test_no_row_shows_before_the_first_job_is_over(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, "2026-06-02")
    assertions.equal("the result before any PUT", _orders(sandbox, package), [])
    save(sandbox.partner, package, settings(30, **JUNE))
    assertions.equal("the result, second by second", _seconds(sandbox, package, 3), [[], [], [1, 1], [1, 1]])


@example("BEV-03", ruled=True, profile="smoke", gotcha="G-02")
def test_the_result_before_shows_until_the_job_is_over(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, "2026-06-02", "2026-06-20")
    evaluated(sandbox, package, settings(7, **JUNE))
    save(sandbox.partner, package, settings(30, **JUNE))
    assertions.equal("the result, second by second", _seconds(sandbox, package, 3), [[1, 1], [1, 1], [2, 2], [2, 2]])


@example("BEV-03", profile="smoke", gotcha="G-02")
def test_an_answer_does_not_tell_that_a_job_is_under_way(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, "2026-06-02")
    evaluated(sandbox, package, settings(7, **JUNE))
    path = {"package_id": package}
    before = sandbox.partner.call("getEvaluation", path)
    save(sandbox.partner, package, settings(30, **JUNE))
    during = sandbox.partner.call("getEvaluation", path)
    assertions.equal("the bytes of the answer", during.content, before.content)
    assertions.equal("the status of the answer", during.status_code, before.status_code)
    assertions.equal("the headers of the answer", sorted(during.headers), sorted(before.headers))


@example("BEV-03")
def test_reading_a_result_does_not_hasten_it(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, "2026-06-02")
    save(sandbox.partner, package, settings(30, **JUNE))
    assertions.equal("twenty reads at one instant", [_orders(sandbox, package) for _ in range(20)], [[]] * 20)


@example("BEV-04", profile="smoke", gotcha="G-02")
def test_a_put_during_a_run_supersedes_it(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, "2026-06-01", "2026-06-05", "2026-06-20")
    evaluated(sandbox, package, settings(1, **JUNE))
    save(sandbox.partner, package, settings(7, **JUNE))
    sandbox.advance(seconds=1)
    save(sandbox.partner, package, settings(30, **JUNE))
    shown = list(dict.fromkeys(map(tuple, _seconds(sandbox, package, 6))))
    assertions.equal("the different results of seven seconds", shown, [(1, 1), (3, 3)])


@example("BEV-04", profile="smoke")
def test_of_a_burst_only_the_last_settings_show(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, *(f"2026-06-{day:02}" for day in range(1, 11)))
    for days in (9, 3, 10, 1, 4):
        save(sandbox.partner, package, settings(days, **JUNE))
    seen = _seconds(sandbox, package, 6)
    shown = list(dict.fromkeys(map(tuple, seen)))
    assertions.equal("the different results of seven seconds", shown, [(), (4, 4)])


@example("BEV-04")
def test_back_to_the_settings_before_is_a_run_of_its_own(sandbox: Sandbox) -> None:
    package = _bought_on(sandbox, "2026-06-01", "2026-06-20")
    for days in (7, 30, 7):
        save(sandbox.partner, package, settings(days, **JUNE))
        sandbox.advance(seconds=1)
    shown = {tuple(orders) for orders in _seconds(sandbox, package, 4)}
    assertions.equal("the different results", shown, {(), (1, 1)})


@example("BEV-04", profile="smoke")
def test_a_result_appears_whole(sandbox: Sandbox) -> None:
    event, customers = sandbox.event(), sandbox.customers(8)
    sandbox.sell(*(a_sale(buyer, event, "2026-06-02T10:00:00Z") for buyer in customers))
    package = sandbox.package([event], {f"Cluster {buyer}": [buyer] for buyer in customers})
    save(sandbox.partner, package, settings(7, **JUNE))
    shown = list(dict.fromkeys(map(tuple, _seconds(sandbox, package, 12))))
    assertions.equal("the different results of twelve seconds", shown, [(), (1,) * 8])


@example("BEV-04")
def test_two_packages_do_not_supersede_each_other(sandbox: Sandbox) -> None:
    first, second = _bought_on(sandbox, "2026-06-02"), _bought_on(sandbox, "2026-06-02", "2026-06-03")
    save(sandbox.partner, first, settings(30, **JUNE))
    save(sandbox.partner, second, settings(30, **JUNE))
    sandbox.idle()
    seen = [_orders(sandbox, package) for package in (first, second)]
    assertions.equal("the results of both", seen, [[1, 1], [2, 2]])


@law("BEV-04")
def test_a_superseded_result_never_shows(writable: Deployment) -> None:
    package = a_built_package(writable)
    lasting = settings(365, **{SENT: long_before(writable.partner, package)})
    evaluated(writable, package, NEVER)
    result = evaluated(writable, package, lasting)
    save(writable.partner, package, NEVER)
    save(writable.partner, package, lasting)

    def look() -> list[steps.Row]:
        return result_of(writable.partner, package)

    assertions.equal(
        "the result afterwards", writable.clock.settled("evaluation", look, lambda seen: seen != result), result
    )
