"""An event's daily revenue: what is asked for, which days are told, and what stands beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    DATES_LEFT_OUT,
    LOOKOUT_MODELS,
    Row,
    a_sale,
    adjusted,
    adjustments,
    credit_by,
    model_put_back,
    revenue,
    three_days_of_sales,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox

FIRST, LAST = "1900-01-01", "2100-01-01"
NO_DAYS = ["2026-02-30", "2026-8-1", "01.08.2026", "2026-08-01T00:00:00Z", "20260801", "today", ""]
TRIES = 3
"""How often a law looks at a world whose sales may change while it looks."""


def days(deployment: Deployment, event: str, **query: str) -> list[str]:
    """The days that are told, in their order."""
    return [day["date"] for day in revenue(deployment.partner, event, **query)["daily"]]


@law("DRS-01", profile="smoke", gotcha="G-08")
@pytest.mark.parametrize("name", [None, "eid", "event_ids"])
def test_the_event_is_named_event_id(deployment: Deployment, name: str | None) -> None:
    query = {name: steps.some_events(deployment, 1)[0]} if name else {}
    assertions.refused(deployment.partner.call("getDailyRevenueSummary", query=query), 400, field="event_id")


@example("DRS-01", profile="smoke")
@pytest.mark.parametrize(
    ("instant", "told"),
    [
        pytest.param("2026-08-01T23:59:59Z", False, id="the second before the first day"),
        pytest.param("2026-08-02T00:00:00Z", True, id="the first second of the first day"),
        pytest.param("2026-08-04T23:59:59Z", True, id="the last second of the last day"),
        pytest.param("2026-08-05T00:00:00Z", False, id="the first second after it"),
    ],
)
def test_both_the_first_and_the_last_day_are_told(sandbox: Sandbox, instant: str, *, told: bool) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, instant))
    seen = days(sandbox, event, start_date="2026-08-02", end_date="2026-08-04")
    assertions.equal(f"days from 2 to 4 August with a sale at {instant}", seen, [instant[:10]] if told else [])


@example("DRS-01")
@pytest.mark.parametrize(
    ("query", "told"), DATES_LEFT_OUT, ids=["neither", "the first alone", "the last alone", "one day"]
)
def test_each_date_may_be_left_out(sandbox: Sandbox, query: Mapping[str, str], told: Sequence[str]) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(*three_days_of_sales(buyer, event))
    assertions.equal("days told", days(sandbox, event, **query), [*told])


@example("DRS-01")
def test_the_dates_that_are_left_out_are_1900_and_2100(sandbox: Sandbox) -> None:
    sandbox.control.post("/reset", {"now": "2100-01-03T12:00:00Z"})
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    instants = ("1899-12-31T23:59:59Z", f"{FIRST}T00:00:00Z", f"{LAST}T23:59:59Z", "2100-01-02T00:00:00Z")
    sandbox.sell(*(a_sale(buyer, event, instant) for instant in instants))
    assertions.equal("days where no date is given", days(sandbox, event), [FIRST, LAST])
    wider = days(sandbox, event, start_date="1899-12-31", end_date="2100-01-02")
    assertions.equal("days from an earlier to a later one", wider, [instant[:10] for instant in instants])


@law("DRS-01")
@pytest.mark.parametrize(
    "turned",
    [
        {"start_date": "2026-08-02", "end_date": "2026-08-01"},
        {"start_date": "2100-01-02"},
        {"end_date": "1899-12-31"},
    ],
    ids=["both given", "after the last day of all", "before the first day of all"],
)
def test_a_start_after_the_end_is_refused(deployment: Deployment, turned: dict[str, str]) -> None:
    query = {"event_id": steps.some_events(deployment, 1)[0], **turned}
    assertions.refused(deployment.partner.call("getDailyRevenueSummary", query=query), 400)


@law("DRS-01", "ERR-02")
@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("day", NO_DAYS)
def test_what_is_no_calendar_day_is_refused(deployment: Deployment, name: str, day: str) -> None:
    query = {"event_id": steps.some_events(deployment, 1)[0], name: day}
    assertions.refused(deployment.partner.call("getDailyRevenueSummary", query=query), 400, field=name)


@law("DRS-01")
def test_the_partners_own_currency_may_be_named(deployment: Deployment) -> None:
    currency = deployment.partner.call("getPartner").json()["currency"]
    event = steps.some_events(deployment, 1)[0]
    assertions.equal("currency told", revenue(deployment.partner, event, currency=currency)["currency"], currency)


@law("DRS-01", ruled=True)
@pytest.mark.parametrize("wrong", ["another", "small letters", "none"])
def test_another_currency_than_the_partners_is_refused(deployment: Deployment, wrong: str) -> None:
    own = deployment.partner.call("getPartner").json()["currency"]
    named = {"another": "CHF" if own != "CHF" else "EUR", "small letters": own.lower(), "none": ""}[wrong]
    query = {"event_id": steps.some_events(deployment, 1)[0], "currency": named}
    assertions.refused(deployment.partner.call("getDailyRevenueSummary", query=query), 400, field="currency")


@law("DRS-02", profile="smoke")
def test_the_days_ascend_and_each_has_sales(deployment: Deployment) -> None:
    for event in steps.some_events(deployment, 10):
        daily = revenue(deployment.partner, event)["daily"]
        told = [day["date"] for day in daily]
        assertions.equal(f"days of {event}, each once and ascending", told, sorted(set(told)))
        empty = [day["date"] for day in daily if day["purchases"] < 1]
        assertions.equal(f"days of {event} without a sale", empty, [])


@law("DRS-02")
def test_the_summary_names_its_event_currency_and_model(writable: Deployment) -> None:
    partner = writable.partner
    event = steps.some_events(writable, 1)[0]
    currency = partner.call("getPartner").json()["currency"]
    with model_put_back(partner, event):
        for model in LOOKOUT_MODELS:
            credit_by(partner, event, model)
            body = revenue(partner, event)
            seen = (body["event_id"], body["currency"], body["attribution_model"])
            assertions.equal("event, currency and model told", seen, (event, currency, model))


@example("DRS-02")
def test_the_currency_is_that_of_the_events_partner(sandbox: Sandbox) -> None:
    own = {
        ACME: sandbox.partner.call("getPartner").json()["currency"],
        BETA: sandbox.second.call("getPartner").json()["currency"],
    }
    seen = {
        ACME: revenue(sandbox.partner, sandbox.event())["currency"],
        BETA: revenue(sandbox.second, sandbox.event(partner_id=BETA))["currency"],
    }
    assertions.equal("currencies told, against those of the partners' records", seen, own)


@example("DRS-02", profile="smoke")
def test_a_whole_summary_is_told_with_its_empty_parts(sandbox: Sandbox) -> None:
    event, (buyer, other) = sandbox.event(attribution_model="META"), sandbox.customers(2)
    sandbox.sell(
        a_sale(buyer, event, "2026-08-05T10:00:00Z", tickets=3, revenue=0.2),
        a_sale(buyer, event, "2026-08-03T10:00:00Z", revenue=30.3, meta="organic"),
        a_sale(other, event, "2026-08-05T11:00:00Z", revenue=7, meta="external"),
        a_sale(buyer, event, "2026-08-05T09:00:00Z", revenue=0.1),
    )
    nothing = {"revenue": 0, "purchases": 0}
    third = {"date": "2026-08-03", "revenue": 30.3, "purchases": 1, "campaign": nothing, "external": nothing}
    fifth = {"date": "2026-08-05", "revenue": 7.3, "purchases": 3, "organic": nothing}
    daily = [
        {**third, "organic": {"revenue": 30.3, "purchases": 1}},
        {**fifth, "campaign": {"revenue": 0.3, "purchases": 2}, "external": {"revenue": 7, "purchases": 1}},
    ]
    head = {"event_id": event, "currency": "EUR", "attribution_model": "META"}
    assertions.equal("the summary", revenue(sandbox.partner, event), {**head, "daily": daily, "manual_adjustments": []})


@example("DRS-02")
def test_an_event_that_sold_nothing_has_no_days(sandbox: Sandbox) -> None:
    event, other, (buyer,) = sandbox.event(), sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, other, "2026-08-03T10:00:00Z"))
    assertions.equal("days of an event while another one sells", days(sandbox, event), [])


@example("DRS-02")
def test_a_day_is_one_of_utc(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-08-03T00:30:00+02:00"), a_sale(buyer, event, "2026-08-05T23:30:00Z"))
    assertions.equal("days of sales before and after midnight", days(sandbox, event), ["2026-08-02", "2026-08-05"])


@example("DRS-02")
def test_a_sale_that_is_yet_to_come_is_not_told(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-09-01T12:00:05Z"))
    assertions.equal("days before it comes", days(sandbox, event), [])
    sandbox.advance(seconds=4)
    assertions.equal("days a second before it comes", days(sandbox, event), [])
    sandbox.advance(seconds=1)
    assertions.equal("days when it has come", days(sandbox, event), ["2026-09-01"])


def by_id(rows: list[Row]) -> list[Row]:
    """Rows in an order that does not matter."""
    return sorted(rows, key=lambda row: str(row["id"]))


@law("DRS-03", profile="smoke", gotcha="G-07")
def test_the_overlay_holds_the_very_rows_of_the_campaign_results(writable: Deployment) -> None:
    partner, partner_id = writable.partner, writable.partner_id
    events = steps.some_events(writable, 5)
    with adjusted(partner, events[0], partner_id, 12, 540.5), adjusted(partner, events[0], partner_id, -2, -90.25):
        for event in events:
            overlay = by_id(revenue(partner, event)["manual_adjustments"])
            assertions.equal(f"adjustments of {event}", overlay, by_id(adjustments(partner, event, partner_id)))


@example("DRS-03")
def test_the_overlay_holds_rows_of_every_source(sandbox: Sandbox) -> None:
    event, other, (buyer,) = sandbox.event(), sandbox.event(), sandbox.customers(1)
    steps.adjust(sandbox.partner, event, ACME, 12, 540.5)
    steps.adjust(sandbox.partner, other, ACME)
    sandbox.sell(a_sale(buyer, event, "2026-09-01T11:00:00Z"))
    sandbox.go_to("2026-09-02T09:00:00Z")
    partner = sandbox.sign_in("partner")
    overlay = revenue(partner, event)["manual_adjustments"]
    assertions.equal("sources", sorted(row["source"] for row in overlay), ["automated", "manual"])
    assertions.equal("rows in both places", by_id(overlay), by_id(adjustments(partner, event, ACME)))


@example("DRS-03", ruled=True)
@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-09-02", "2026-09-03", [1, 2, 3]),
        ("2026-09-02", "2026-09-02", [1, 2]),
        ("2026-09-03", "2026-09-03", [3]),
        ("2026-09-04", "2026-09-05", []),
        ("2026-08-01", "2026-09-01", []),
    ],
    ids=["both days", "the first day", "the second day", "after them", "before them"],
)
def test_the_range_is_one_of_created_at_for_the_overlay(
    sandbox: Sandbox, start: str, end: str, told: list[int]
) -> None:
    event = sandbox.event()
    for orders, instant in enumerate(("2026-09-02T00:00:00Z", "2026-09-02T23:59:59Z", "2026-09-03T00:00:00Z"), 1):
        sandbox.go_to(instant)
        steps.adjust(sandbox.sign_in("partner"), event, ACME, orders)
    body = revenue(sandbox.sign_in("partner"), event, start_date=start, end_date=end)
    assertions.equal("orders of the rows told", sorted(row["purchase"] for row in body["manual_adjustments"]), told)


@law("DRS-04", profile="smoke")
def test_an_adjustment_changes_nothing_in_the_days(writable: Deployment) -> None:
    partner, partner_id = writable.partner, writable.partner_id
    event = steps.some_events(writable, 1)[0]

    def daily() -> Any:
        return revenue(partner, event)["daily"]

    for tried in range(TRIES):
        before = daily()
        with adjusted(partner, event, partner_id, 12, 540.5), adjusted(partner, event, partner_id, -2, -90.25):
            between = daily()
        after = daily()
        if before == between == after:
            return
        if tried == TRIES - 1 or writable.held:
            assertions.equal("days with adjustments, against those before", between, before)
            assertions.equal("days after they were deleted, against those before", after, before)


@example("DRS-04")
def test_neither_manual_nor_automated_rows_alter_the_days(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(
        a_sale(buyer, event, "2026-09-01T10:00:00Z"), a_sale(buyer, event, "2026-09-01T11:00:00Z", fd="organic")
    )
    before = revenue(sandbox.partner, event)["daily"]
    steps.adjust(sandbox.partner, event, ACME, 12, 540.5)
    assertions.equal("days after an entry", revenue(sandbox.partner, event)["daily"], before)
    sandbox.go_to("2026-09-03T09:00:00Z")
    partner = sandbox.sign_in("partner")
    rows = adjustments(partner, event, ACME)
    assertions.equal("sources of the rows", sorted(row["source"] for row in rows), ["automated", "manual"])
    assertions.equal("days after a run", revenue(partner, event)["daily"], before)
    for row in rows:
        assertions.status(partner.call("deleteCampaignResult", query={"id": row["id"]}), 204)
    assertions.equal("days after both rows were deleted", revenue(partner, event)["daily"], before)
