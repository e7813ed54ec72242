"""Backhaul evaluation: which purchases a result counts, and what it makes of them."""

from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    COUNTS,
    MODELS,
    SENT,
    Row,
    a_sale,
    an_order,
    built,
    by_cluster,
    evaluated,
    long_before,
    ordered,
    package_of,
    result_of,
    save,
    settings,
    settings_of,
    some_events,
    totals,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

JUNE = {SENT: "2026-06-01"}
DAY = "2026-06-02T10:00:00Z"
LADDER = (1, 60, 120, 365)
PRECISE = 1e-6
"""How far a rate may be from its fraction: no more than the digits of a short number make."""


def _orders_counted(sandbox: Sandbox, instant: str, body: Row, **package: Any) -> int:
    """How many orders a result counts of the one that there is, of that instant."""
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, instant))
    made = sandbox.package([event], {"Jazz": [buyer]}, **package)
    return int(by_cluster(evaluated(sandbox, made, body))["Jazz"]["purchase"])


@example("BEV-05", profile="smoke")
def test_a_result_has_a_row_for_each_cluster(sandbox: Sandbox) -> None:
    event, (ann, ben, cleo, dan, eve) = sandbox.event(), sandbox.customers(5)
    clusters = {"Jazz": [ann, ben, cleo, dan], "Rock": [eve], "Nobody": []}
    package = sandbox.package([event], clusters)
    sandbox.sell(a_sale(ann, event, DAY, tickets=2), a_sale(ann, event, DAY, tickets=3), a_sale(ben, event, DAY))
    rows = evaluated(sandbox, package, settings(30, **JUNE))
    assertions.equal("clusters of the result", sorted(row["tc"] for row in rows), ["Jazz", "Nobody", "Rock"])
    seen = {tc: tuple(row[name] for name in COUNTS) for tc, row in by_cluster(rows).items()}
    assertions.equal("customers, items and orders", seen, {"Jazz": (2, 7, 3), "Rock": (0, 0, 0), "Nobody": (0, 0, 0)})
    assertions.equal("a client's own totals", totals(rows), (2, 7, 3))


@example("BEV-05", ruled=True, profile="smoke")
def test_the_rate_is_the_share_of_a_clusters_customers_who_bought(sandbox: Sandbox) -> None:
    event, (ann, ben, cleo, eve) = sandbox.event(), sandbox.customers(4)
    package = sandbox.package([event], {"Jazz": [ann, ben, cleo], "Rock": [eve]})
    sandbox.sell(a_sale(ann, event, DAY), a_sale(ann, event, DAY), a_sale(eve, event, DAY), a_sale(eve, event, DAY))
    rates = {row["tc"]: row["conversion_rate"] for row in evaluated(sandbox, package, settings(30, **JUNE))}
    near = sorted(rates) == ["Jazz", "Rock"] and abs(rates["Jazz"] - 1 / 3) < PRECISE and rates["Rock"] == 1
    assertions.that("conversion_rate of 1 of 3 customers, and of 1 of 1", near, expected=(1 / 3, 1), seen=rates)


@example("BEV-08")
def test_the_rate_of_a_cluster_of_nobody_is_0(sandbox: Sandbox) -> None:
    package = sandbox.package([sandbox.event()], {"Nobody": []})
    row = {"tc": "Nobody", "customers": 0, "items": 0, "purchase": 0, "conversion_rate": 0}
    assertions.equal("the result", evaluated(sandbox, package, settings()), [row])


@example("BEV-05", "BEV-08")
def test_a_purchase_counts_in_the_cluster_of_its_customer_alone(sandbox: Sandbox) -> None:
    event, (ann, ben, stranger) = sandbox.event(), sandbox.customers(3)
    package = sandbox.package([event], {"Jazz": [ann], "Rock": [ben]})
    sandbox.sell(a_sale(ann, event, DAY), a_sale(stranger, event, DAY))
    seen = {tc: row["purchase"] for tc, row in by_cluster(evaluated(sandbox, package, settings(30, **JUNE))).items()}
    assertions.equal("orders of each cluster", seen, {"Jazz": 1, "Rock": 0})


def _a_result(deployment: Deployment) -> tuple[str, list[Row]]:
    """A package, and a result of it that counts something, where there is anything to count."""
    package = steps.a_built_package(deployment)
    rows = result_of(deployment.partner, package)
    if totals(rows) == (0, 0, 0):
        rows = evaluated(deployment, package, settings(60, **{SENT: long_before(deployment.partner, package)}))
    return package, rows


def _sizes(deployment: Deployment, package: str) -> dict[str, int]:
    """How many customers each cluster of a package has."""
    content = package_of(deployment.partner, package)["content"]
    return {cluster["tc"]: cluster["customers"] for cluster in content["clusters"]}


@law("BEV-05", profile="smoke")
def test_a_result_names_each_cluster_of_its_package_once(writable: Deployment) -> None:
    package, rows = _a_result(writable)
    assertions.equal("clusters of the result", sorted(row["tc"] for row in rows), sorted(_sizes(writable, package)))


@law("BEV-05", ruled=True)
def test_each_rate_agrees_with_the_size_of_its_cluster(writable: Deployment) -> None:
    package, rows = _a_result(writable)
    sizes = _sizes(writable, package)
    for row in rows:
        size = sizes[row["tc"]]
        rate = row["customers"] / size if size else 0
        near = abs(row["conversion_rate"] - rate) < PRECISE
        assertions.that(f"conversion_rate of {row['tc']}, of {size}", near, expected=rate, seen=row)
        assertions.at_most(f"customers of {row['tc']}", row["customers"], size)


@example("BEV-06", profile="smoke")
@pytest.mark.parametrize(("model", "orders"), list(zip(MODELS, (3, 1, 2), strict=True)), ids=MODELS)
def test_a_model_counts_the_events_that_it_says(sandbox: Sandbox, model: str, orders: int) -> None:
    own, other = sandbox.event(), sandbox.event()
    sister = sandbox.event(series=[own])
    (buyer,) = sandbox.customers(1)
    sandbox.sell(*(a_sale(buyer, event, DAY) for event in (own, sister, other)))
    package = sandbox.package([own], {"Jazz": [buyer]})
    rows = evaluated(sandbox, package, settings(3, model, **JUNE))
    assertions.equal(f"orders counted under {model}", by_cluster(rows)["Jazz"]["purchase"], orders)


@example("BEV-06", profile="smoke")
def test_a_series_counts_whole_however_it_came_about(sandbox: Sandbox) -> None:
    """The second night joined the first, and the third the second: the three are one series."""
    first = sandbox.event()
    second = sandbox.event(series=[first])
    third, other = sandbox.event(series=[second]), sandbox.event()
    (buyer,) = sandbox.customers(1)
    sandbox.sell(*(a_sale(buyer, event, DAY) for event in (first, second, third, other)))
    for night in (first, second, third):
        package = sandbox.package([night], {"Jazz": [buyer]})
        rows = evaluated(sandbox, package, settings(3, "EVENT_SERIES", **JUNE))
        assertions.equal(f"orders counted for a package over {night}", by_cluster(rows)["Jazz"]["purchase"], 3)


@example("BEV-06", ruled=True, profile="smoke")
def test_an_event_without_a_series_is_in_its_own(sandbox: Sandbox) -> None:
    alone, other, (buyer,) = sandbox.event(), sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, alone, DAY), a_sale(buyer, other, DAY))
    package = sandbox.package([alone], {"Jazz": [buyer]})
    rows = evaluated(sandbox, package, settings(3, "EVENT_SERIES", **JUNE))
    assertions.equal("orders counted", by_cluster(rows)["Jazz"]["purchase"], 1)


@example("BEV-06")
def test_every_event_of_a_package_counts_and_so_does_its_series(sandbox: Sandbox) -> None:
    single, night = sandbox.event(), sandbox.event()
    encore, (buyer,) = sandbox.event(series=[night]), sandbox.customers(1)
    sandbox.sell(*(a_sale(buyer, event, DAY) for event in (single, night, encore)))
    package = sandbox.package([single, night], {"Jazz": [buyer]})
    for model, orders in zip(MODELS, (3, 2, 3), strict=True):
        rows = evaluated(sandbox, package, settings(3, model, **JUNE))
        assertions.equal(f"orders counted under {model}", by_cluster(rows)["Jazz"]["purchase"], orders)


@law("BEV-06")
def test_a_package_over_a_whole_series_counts_the_same_by_event_and_by_series(writable: Deployment) -> None:
    events = _a_series(writable)
    made = ordered(writable.partner, an_order(events, package_title=writable.title("series")))["id"]
    assertions.equal("status when its build is over", built(writable, made)["status"], "DONE")
    sent = {SENT: long_before(writable.partner, made)}
    by_event, by_series = (evaluated(writable, made, settings(180, model, **sent)) for model in MODELS[1:])
    assertions.equal(f"the result by series of {events}", by_cluster(by_series), by_cluster(by_event))


def _a_series(deployment: Deployment) -> list[str]:
    """An event with all that stand in its series; one of the first that has others, where there is such."""
    for event in some_events(deployment, 20):
        answer = deployment.partner.call("getEventSeries", {"eid": event})
        assertions.status(answer, 200)
        if 0 < len(answer.json()) < 100:
            return [event, *answer.json()]
    return some_events(deployment, 1)


@example("BEV-07", ruled=True, profile="smoke")
@pytest.mark.parametrize(
    ("instant", "orders"),
    [
        pytest.param("2026-05-31T23:59:59Z", 0, id="the second before the first day"),
        pytest.param("2026-06-01T00:00:00Z", 1, id="the first second of the first day"),
        pytest.param("2026-06-03T23:59:59Z", 1, id="the last second of the last day"),
        pytest.param("2026-06-04T00:00:00Z", 0, id="the first second after it"),
    ],
)
def test_a_window_of_three_days_counts_three_whole_days_of_utc(sandbox: Sandbox, instant: str, orders: int) -> None:
    seen = _orders_counted(sandbox, instant, settings(3, **JUNE))
    assertions.equal(f"orders counted of one at {instant}", seen, orders)


@example("BEV-07")
@pytest.mark.parametrize(
    ("days", "instant", "orders"),
    [
        pytest.param(1, "2026-06-01T12:00:00Z", 1, id="the one day of a window of 1"),
        pytest.param(1, "2026-06-02T12:00:00Z", 0, id="the day after it"),
        pytest.param(7, "2026-06-07T12:00:00Z", 1, id="the last day of 7"),
        pytest.param(7, "2026-06-08T12:00:00Z", 0, id="the day after them"),
        pytest.param(30, "2026-06-30T12:00:00Z", 1, id="the last day of 30"),
        pytest.param(30, "2026-07-01T12:00:00Z", 0, id="the day after 30"),
        pytest.param(7, "2026-05-31T12:00:00Z", 0, id="the day before the first"),
    ],
)
def test_a_window_begins_on_the_day_that_the_email_was_sent(
    sandbox: Sandbox, days: int, instant: str, orders: int
) -> None:
    seen = _orders_counted(sandbox, instant, settings(days, **JUNE))
    assertions.equal(f"orders counted of one at {instant} in {days} days from 1 June", seen, orders)


@example("BEV-07")
@pytest.mark.parametrize(
    ("instant", "orders"),
    [
        pytest.param("2026-03-01T12:00:00Z", 1, id="the last of 365 days"),
        pytest.param("2026-03-02T12:00:00Z", 0, id="the day after it"),
    ],
)
def test_a_window_of_365_days_is_a_year(sandbox: Sandbox, instant: str, orders: int) -> None:
    seen = _orders_counted(sandbox, instant, settings(365, **{SENT: "2025-03-02"}))
    assertions.equal(f"orders counted of one at {instant} in a year from 2 March 2025", seen, orders)


@example("BEV-07", ruled=True, profile="smoke")
@pytest.mark.parametrize("date_of", [pytest.param({}, id="left out"), pytest.param({SENT: None}, id="null")])
@pytest.mark.parametrize(
    ("instant", "orders"),
    [
        pytest.param("2026-05-31T23:59:59Z", 0, id="the second before the day of creation"),
        pytest.param("2026-06-01T00:00:00Z", 1, id="that day before the hour of creation"),
        pytest.param("2026-06-03T23:59:59Z", 1, id="the last second of the third day"),
        pytest.param("2026-06-04T00:00:00Z", 0, id="the fourth day, before the hour"),
    ],
)
def test_without_a_date_the_window_begins_on_the_day_of_creation(
    sandbox: Sandbox, instant: str, orders: int, date_of: Row
) -> None:
    seen = _orders_counted(sandbox, instant, settings(3, **date_of), created_at="2026-06-01T15:30:00Z")
    assertions.equal(f"orders counted of one at {instant}", seen, orders)


@example("BEV-07", ruled=True)
def test_the_day_of_creation_is_that_of_the_order_and_not_of_the_build(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.event(), sandbox.customers(2)
    sandbox.sell(a_sale(ann, event, "2026-09-01T10:00:00Z"), a_sale(ben, event, "2026-09-02T00:00:01Z", tickets=5))
    sandbox.go_to("2026-09-01T23:59:58Z")
    again = sandbox.sign_in("partner")
    made = ordered(again, an_order([event], num_packages=1))["id"]
    sandbox.idle()
    save(again, made, settings(1))
    sandbox.idle()
    assertions.equal("a client's own totals", totals(result_of(again, made)), (1, 2, 1))


@example("BEV-02", "BEV-07", ruled=True, profile="smoke", gotcha="G-04")
def test_leaving_the_date_out_moves_the_window(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.event(), sandbox.customers(2)
    sandbox.sell(a_sale(ann, event, "2026-06-02T10:00:00Z"), a_sale(ben, event, "2026-07-02T10:00:00Z", tickets=5))
    package = sandbox.package([event], {"Jazz": [ann, ben]}, created_at="2026-06-01T15:00:00Z")
    dated = evaluated(sandbox, package, settings(3, **{SENT: "2026-07-01"}))
    assertions.equal("totals from 1 July", totals(dated), (1, 5, 1))
    assertions.equal("totals without the date", totals(evaluated(sandbox, package, settings(3))), (1, 2, 1))


@example("BEV-07", ruled=True)
@pytest.mark.parametrize(
    ("sent", "orders"),
    [
        pytest.param("2025-12-20", 1, id="before the package was created"),
        pytest.param("2026-09-02", 0, id="tomorrow"),
        pytest.param("2027-01-01", 0, id="next year"),
        pytest.param("2024-02-29", 0, id="a leap day"),
        pytest.param("0001-01-01", 0, id="the first day of the calendar"),
        pytest.param("9999-12-31", 0, id="the last day of the calendar"),
    ],
)
def test_a_window_may_begin_on_any_day(sandbox: Sandbox, sent: str, orders: int) -> None:
    body = settings(30, **{SENT: sent})
    seen = _orders_counted(sandbox, "2026-01-05T10:00:00Z", body, created_at="2026-01-04T10:00:00Z")
    assertions.equal(f"orders of January counted in 30 days from {sent}", seen, orders)


@law("BEV-07", ruled=True)
def test_any_date_is_taken_and_read_back(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    for sent in ("1999-12-31", long_before(writable.partner, package), "2100-01-01"):
        save(writable.partner, package, settings(7, **{SENT: sent}))
        assertions.equal("email_sent_date", settings_of(writable.partner, package)[SENT], sent)


@example("BEV-08", profile="smoke")
def test_customers_are_buyers_and_items_are_tickets_and_purchase_is_orders(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.event(), sandbox.customers(2)
    package = sandbox.package([event], {"Jazz": [ann, ben]})
    sandbox.sell(
        a_sale(ann, event, "2026-06-02T10:00:00Z", tickets=4),
        a_sale(ann, event, "2026-06-02T10:00:00Z", tickets=4),
        a_sale(ann, event, "2026-06-03T10:00:00Z", tickets=1),
        a_sale(ben, event, "2026-06-03T10:00:00Z", tickets=2),
    )
    (row,) = evaluated(sandbox, package, settings(30, **JUNE))
    assertions.equal("customers, items and orders", tuple(row[name] for name in COUNTS), (2, 11, 4))


@example("BEV-08", profile="smoke")
@pytest.mark.parametrize(
    ("instant", "orders"),
    [
        pytest.param("2026-09-01T12:00:00Z", 1, id="when the settings are saved"),
        pytest.param("2026-09-01T12:00:01Z", 1, id="during the run"),
        pytest.param("2026-09-01T12:00:02Z", 1, id="at its completion"),
        pytest.param("2026-09-01T12:00:03Z", 0, id="a second later"),
    ],
)
def test_purchases_up_to_the_completion_of_the_job_count(sandbox: Sandbox, instant: str, orders: int) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, instant))
    package = sandbox.package([event], {"Jazz": [buyer]})
    save(sandbox.partner, package, settings(30))
    sandbox.advance(minutes=30)
    seen = by_cluster(result_of(sandbox.partner, package))["Jazz"]["purchase"]
    assertions.equal(f"orders counted of one at {instant}", seen, orders)


@law("BEV-08", profile="smoke")
def test_buyers_are_no_more_than_orders_and_orders_no_more_than_tickets(writable: Deployment) -> None:
    _, rows = _a_result(writable)
    for row in rows:
        assertions.at_most(f"customers of {row['tc']}, against orders", row["customers"], row["purchase"])
        assertions.at_most(f"orders of {row['tc']}, against items", row["purchase"], row["items"])


@law("BEV-08")
def test_a_wider_model_never_counts_less(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    sent = {SENT: long_before(writable.partner, package)}
    wider = ("EVENTS_FROM_PACKAGE", "EVENT_SERIES", "ALL_PURCHASES")
    counted = [by_cluster(evaluated(writable, package, settings(180, model, **sent))) for model in wider]
    for names, (less, more) in zip(pairwise(wider), pairwise(counted), strict=True):
        _never_less(f"under {names[0]}, against {names[1]}", less, more)


@law("BEV-08")
def test_a_longer_window_never_counts_less(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    sent = {SENT: long_before(writable.partner, package)}
    counted = [by_cluster(evaluated(writable, package, settings(days, **sent))) for days in LADDER]
    for days, (less, more) in zip(LADDER[:-1], pairwise(counted), strict=True):
        _never_less(f"in {days} days, against more", less, more)


@law("BEV-08", profile="thorough")
@given(data=st.data())
def test_a_drawn_window_never_counts_less_than_a_shorter_one(writable: Deployment, data: Any) -> None:
    package = steps.a_built_package(writable)
    sent = {SENT: long_before(writable.partner, package)}
    model = data.draw(st.sampled_from(MODELS), label="model")
    shorter = data.draw(st.integers(1, 364), label="shorter window")
    longer = data.draw(st.integers(shorter + 1, 365), label="longer window")
    less, more = (by_cluster(evaluated(writable, package, settings(days, model, **sent))) for days in (shorter, longer))
    _never_less(f"in {shorter} days, against {longer}", less, more)


def _never_less(how: str, less: dict[str, Row], more: dict[str, Row]) -> None:
    assertions.equal(f"clusters counted {how}", sorted(less), sorted(more))
    for tc, row in less.items():
        for name in COUNTS:
            assertions.at_most(f"{name} of {tc} {how}", row[name], more[tc][name])
