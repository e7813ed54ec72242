"""An event's daily revenue: the query parameters, the days, and the adjustments."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_cases
from contracts.dsl.event_readings import find_days
from contracts.dsl.model_walk import walk_models
from contracts.dsl.open_records import require_listed
from contracts.dsl.steps import (
    Row,
    list_adjustments,
    read_revenue,
    sale_row,
    temporary_adjustment,
)
from contracts.dsl.three_days import DATE_RANGE_CASES, three_days_of_sales
from contracts.spec.breaches import may_differ
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox

FIRST_DAY, LAST_DAY = "1900-01-01", "2100-01-01"
INVALID_DATES = ["2026-02-30", "2026-8-1", "01.08.2026", "2026-08-01T00:00:00Z", "20260801", "today", ""]
MAX_TRIES = 3
"""How often a property is tried on live data, because sales may change during an attempt."""


def read_days(deployment: Deployment, event: str, **query: str) -> list[str]:
    """Return the days of the summary, in order."""
    return [day["date"] for day in read_revenue(deployment.partner, event, **query)["daily"]]


@property_test("DRS-01.event_id", profile="smoke", gotcha="G-08")
@pytest.mark.parametrize("name", [None, "eid", "event_ids"])
def test_the_event_is_named_event_id(deployment: Deployment, name: str | None) -> None:
    query = {name: steps.list_event_ids(deployment, 1)[0]} if name else {}
    assertions.refusal(deployment.partner.call("getDailyRevenueSummary", query=query), 400, field="event_id")


@example("DRS-01.range", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        pytest.param("2026-08-01T23:59:59Z", False, id="the second before the first day"),
        pytest.param("2026-08-02T00:00:00Z", True, id="the first second of the first day"),
        pytest.param("2026-08-04T23:59:59Z", True, id="the last second of the last day"),
        pytest.param("2026-08-05T00:00:00Z", False, id="the first second after the last day"),
    ],
)
def test_both_the_first_and_the_last_day_are_told(sandbox: Sandbox, timestamp: str, *, expected: bool) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, timestamp))
    seen = read_days(sandbox, event, start_date="2026-08-02", end_date="2026-08-04")
    assertions.equal(f"days from 2 to 4 August with a sale at {timestamp}", seen, [timestamp[:10]] if expected else [])


@example("DRS-01.range")
@pytest.mark.parametrize(
    ("query", "expected"), DATE_RANGE_CASES, ids=["neither", "the first alone", "the last alone", "one day"]
)
def test_each_date_may_be_left_out(sandbox: Sandbox, query: Mapping[str, str], expected: Sequence[str]) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(*three_days_of_sales(buyer, event))
    assertions.equal("days of the summary", read_days(sandbox, event, **query), [*expected])


@example("DRS-01.default_range")
def test_the_dates_that_are_left_out_are_1900_and_2100(sandbox: Sandbox) -> None:
    sandbox.control.post("/reset", {"now": "2100-01-03T12:00:00Z"})
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    timestamps = ("1899-12-31T23:59:59Z", f"{FIRST_DAY}T00:00:00Z", f"{LAST_DAY}T23:59:59Z", "2100-01-02T00:00:00Z")
    sandbox.add_sales(*(sale_row(buyer, event, timestamp) for timestamp in timestamps))
    assertions.equal("days of a request without dates", read_days(sandbox, event), [FIRST_DAY, LAST_DAY])
    wider = read_days(sandbox, event, start_date="1899-12-31", end_date="2100-01-02")
    assertions.equal(
        "days of a period that begins earlier and ends later", wider, [timestamp[:10] for timestamp in timestamps]
    )


@property_test("DRS-01.range")
@pytest.mark.parametrize(
    "turned",
    [
        {"start_date": "2026-08-02", "end_date": "2026-08-01"},
        {"start_date": "2100-01-02"},
        {"end_date": "1899-12-31"},
    ],
    ids=["both given", "after the latest day", "before the earliest day"],
)
def test_a_start_after_the_end_is_refused(deployment: Deployment, turned: dict[str, str]) -> None:
    query = {"event_id": steps.list_event_ids(deployment, 1)[0], **turned}
    assertions.refusal(deployment.partner.call("getDailyRevenueSummary", query=query), 400)


@property_test("DRS-01.range", "ERR-02.status")
@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("day", INVALID_DATES)
def test_what_is_no_calendar_day_is_refused(deployment: Deployment, name: str, day: str) -> None:
    query = {"event_id": steps.list_event_ids(deployment, 1)[0], name: day}
    assertions.refusal(deployment.partner.call("getDailyRevenueSummary", query=query), 400, field=name)


@property_test("DRS-01.currency")
def test_the_partners_own_currency_may_be_named(deployment: Deployment) -> None:
    currency = assertions.read_body(deployment.partner.call("getPartner"))["currency"]
    event = steps.list_event_ids(deployment, 1)[0]
    assertions.equal(
        "currency of the summary", read_revenue(deployment.partner, event, currency=currency)["currency"], currency
    )


@property_test("DRS-01.currency")
@pytest.mark.parametrize("wrong", ["another", "small letters", "none"])
def test_another_currency_than_the_partners_is_refused(deployment: Deployment, wrong: str) -> None:
    own = assertions.read_body(deployment.partner.call("getPartner"))["currency"]
    named = {"another": "CHF" if own != "CHF" else "EUR", "small letters": own.lower(), "none": ""}[wrong]
    query = {"event_id": steps.list_event_ids(deployment, 1)[0], "currency": named}
    assertions.refusal(deployment.partner.call("getDailyRevenueSummary", query=query), 400, field="currency")


@property_test("DRS-02.daily", profile="smoke")
def test_the_days_ascend_and_each_has_sales(deployment: Deployment) -> None:
    events = steps.list_event_ids(deployment, 10)
    days = ((event, find_days(deployment, event)) for event in events)
    for event, daily in require_cases((each for each in days if len(each[1]) > 1), "an event with two days of sales"):
        dates = [day["date"] for day in daily]
        assertions.equal(f"days of {event}, which must differ and ascend", dates, sorted(set(dates)))
        empty = [day["date"] for day in daily if day["purchases"] < 1]
        assertions.equal(f"days of {event} without a sale", empty, [])


@property_test("DRS-02.members", writes=("setEventAttributionModel",))
def test_the_summary_names_its_event_currency_and_model(writable: Deployment) -> None:
    event, currency = (
        steps.list_event_ids(writable, 1)[0],
        assertions.read_body(writable.partner.call("getPartner"))["currency"],
    )
    for step in require_cases(walk_models(writable, event).steps, "a model that can be set"):
        body = step.read_summary()
        seen = (body["event_id"], body["currency"], body["attribution_model"])
        assertions.equal("event, currency and model of the summary", seen, (event, currency, step.model))


@property_test("DRS-02.members")
def test_the_currency_of_another_partner_is_its_own(deployment: Deployment) -> None:
    client = deployment.second_partner
    currency = client.call("getPartner").json()["currency"]
    listed = client.call("listEvents", query={"limit": 1}).json()["items"]
    for event in require_cases(listed, "an event of the second partner"):
        assertions.equal("currency of the summary", read_revenue(client, event["id"])["currency"], currency)


@example("DRS-02.members")
def test_the_currency_is_that_of_the_events_partner(sandbox: Sandbox) -> None:
    own = {
        ACME: assertions.read_body(sandbox.partner.call("getPartner"))["currency"],
        BETA: assertions.read_body(sandbox.second_partner.call("getPartner"))["currency"],
    }
    seen = {
        ACME: read_revenue(sandbox.partner, sandbox.add_event())["currency"],
        BETA: read_revenue(sandbox.second_partner, sandbox.add_event(partner_id=BETA))["currency"],
    }
    assertions.equal("currencies of the summaries, compared with the partners' records", seen, own)


@example("DRS-02.members", "DRS-02.daily", profile="smoke")
def test_a_whole_summary_is_told_with_its_empty_parts(sandbox: Sandbox) -> None:
    event, (buyer, other) = sandbox.add_event(attribution_model="META"), sandbox.new_customer_ids(2)
    sandbox.add_sales(
        sale_row(buyer, event, "2026-08-05T10:00:00Z", tickets=3, revenue=0.2),
        sale_row(buyer, event, "2026-08-03T10:00:00Z", revenue=30.3, meta="organic"),
        sale_row(other, event, "2026-08-05T11:00:00Z", revenue=7, meta="external"),
        sale_row(buyer, event, "2026-08-05T09:00:00Z", revenue=0.1),
    )
    no_sales = {"revenue": 0, "purchases": 0}
    third = {"date": "2026-08-03", "revenue": 30.3, "purchases": 1, "campaign": no_sales, "external": no_sales}
    fifth = {"date": "2026-08-05", "revenue": 7.3, "purchases": 3, "organic": no_sales}
    daily = [
        {**third, "organic": {"revenue": 30.3, "purchases": 1}},
        {**fifth, "campaign": {"revenue": 0.3, "purchases": 2}, "external": {"revenue": 7, "purchases": 1}},
    ]
    head = {"event_id": event, "currency": "EUR", "attribution_model": "META"}
    assertions.equal(
        "the summary", read_revenue(sandbox.partner, event), {**head, "daily": daily, "manual_adjustments": []}
    )


@example("DRS-02.daily")
def test_an_event_that_sold_nothing_has_no_days(sandbox: Sandbox) -> None:
    event, other, (buyer,) = sandbox.add_event(), sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, other, "2026-08-03T10:00:00Z"))
    assertions.equal("days of an event while another event has sales", read_days(sandbox, event), [])


@example("DRS-02.daily")
def test_a_day_is_one_of_utc(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(
        sale_row(buyer, event, "2026-08-03T00:30:00+02:00"), sale_row(buyer, event, "2026-08-05T23:30:00Z")
    )
    assertions.equal("days of sales before and after midnight", read_days(sandbox, event), ["2026-08-02", "2026-08-05"])


@example("DRS-02.daily")
def test_a_sale_that_is_yet_to_come_is_not_told(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-09-01T12:00:05Z"))
    assertions.equal("days before the sale", read_days(sandbox, event), [])
    sandbox.advance(seconds=4)
    assertions.equal("days a second before the sale", read_days(sandbox, event), [])
    sandbox.advance(seconds=1)
    assertions.equal("days at the time of the sale", read_days(sandbox, event), ["2026-09-01"])


def sort_by_id(rows: list[Row]) -> list[Row]:
    """Return the rows sorted by id, so that their order does not matter in a comparison."""
    return sorted(rows, key=lambda row: str(row["id"]))


@property_test(
    "DRS-03.same_rows", profile="smoke", gotcha="G-07", writes=("createCampaignResult", "deleteCampaignResult")
)
def test_the_overlay_holds_the_very_rows_of_the_campaign_results(writable: Deployment) -> None:
    partner, partner_id = writable.results_user, writable.partner_id
    events = steps.list_event_ids(writable, 5)
    with (
        temporary_adjustment(partner, events[0], partner_id, 12, 540.5),
        temporary_adjustment(partner, events[0], partner_id, 2, 90.25) as last,
    ):
        for event in events:
            overlay = sort_by_id(read_revenue(partner, event)["manual_adjustments"])
            listed = sort_by_id(list_adjustments(partner, event, partner_id))
            if event == events[0]:
                require_listed(last["id"], [row["id"] for row in listed])
                if len(overlay) < len(listed):
                    require_listed(last["id"], [row["id"] for row in overlay])
            assertions.equal(f"adjustments of {event}", overlay, listed)


@property_test("DRS-03.same_rows", writes=("createCampaignResult", "deleteCampaignResult"))
def test_the_overlay_holds_a_correction(writable: Deployment) -> None:
    partner, event = writable.results_user, steps.list_event_ids(writable, 1)[0]
    query = {"eid": event, "partner_id": writable.partner_id, "purchase": "-2", "revenue": "-90.25"}
    answer = partner.call("createCampaignResult", query=query)
    if answer.status_code == 400 and may_differ("CR-03.signs"):
        assertions.status(answer, 201, part="CR-03.signs")
        raise InconclusiveError("the target refuses a negative adjustment")
    assertions.status(answer, 201)
    overlay = sort_by_id(read_revenue(partner, event)["manual_adjustments"])
    listed = sort_by_id(list_adjustments(partner, event, writable.partner_id))
    partner.call("deleteCampaignResult", query={"id": answer.json()["id"]})
    require_listed(answer.json()["id"], [row["id"] for row in listed])
    assertions.equal(f"adjustments of {event}", overlay, listed)


@example("DRS-03.same_rows")
def test_the_overlay_holds_rows_of_every_source(sandbox: Sandbox) -> None:
    event, other, (buyer,) = sandbox.add_event(), sandbox.add_event(), sandbox.new_customer_ids(1)
    steps.create_adjustment(sandbox.results_user, event, ACME, 12, 540.5)
    steps.create_adjustment(sandbox.results_user, other, ACME)
    sandbox.add_sales(sale_row(buyer, event, "2026-09-01T11:00:00Z"))
    sandbox.set_time("2026-09-02T09:00:00Z")
    partner = sandbox.sign_in(sandbox.results_role)
    overlay = read_revenue(partner, event)["manual_adjustments"]
    assertions.equal("sources", sorted(row["source"] for row in overlay), ["automated", "manual"])
    assertions.equal(
        "rows in the revenue, which must equal the rows in the list",
        sort_by_id(overlay),
        sort_by_id(list_adjustments(partner, event, ACME)),
    )


@example("DRS-03.in_range")
@pytest.mark.parametrize(
    ("start", "end", "expected"),
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
    sandbox: Sandbox, start: str, end: str, expected: list[int]
) -> None:
    event = sandbox.add_event()
    for orders, timestamp in enumerate(("2026-09-02T00:00:00Z", "2026-09-02T23:59:59Z", "2026-09-03T00:00:00Z"), 1):
        sandbox.set_time(timestamp)
        steps.create_adjustment(sandbox.sign_in(sandbox.results_role), event, ACME, orders)
    body = read_revenue(sandbox.sign_in("partner"), event, start_date=start, end_date=end)
    assertions.equal(
        "orders of the rows in the summary", sorted(row["purchase"] for row in body["manual_adjustments"]), expected
    )


@property_test("DRS-03.in_range", writes=("createCampaignResult", "deleteCampaignResult"))
def test_adjustments_outside_of_the_range_are_left_out(writable: Deployment) -> None:
    partner, event = writable.results_user, steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(partner, event, writable.partner_id, 3, 30) as row:
        day = date.fromisoformat(row["created_at"][:10])
        for number, expected in ((0, True), (-1, False), (1, False)):
            only = (day + timedelta(days=number)).isoformat()
            rows = read_revenue(partner, event, start_date=only, end_date=only)["manual_adjustments"]
            is_there = row["id"] in [each["id"] for each in rows]
            assertions.equal(f"whether a row of {day} is among those of {only}", is_there, expected)


@property_test("DRS-04.overlay", profile="smoke", writes=("createCampaignResult", "deleteCampaignResult"))
def test_an_adjustment_changes_nothing_in_the_days(writable: Deployment) -> None:
    partner, partner_id = writable.results_user, writable.partner_id
    event = steps.list_event_ids(writable, 1)[0]

    def daily() -> Any:
        return read_revenue(partner, event)["daily"]

    for attempt in range(MAX_TRIES):
        before = daily()
        with (
            temporary_adjustment(partner, event, partner_id, 12, 540.5),
            temporary_adjustment(partner, event, partner_id, -2, -90.25),
        ):
            between = daily()
        after = daily()
        if before == between == after:
            return
        if attempt == MAX_TRIES - 1 or writable.is_sandbox:
            assertions.equal("days with adjustments, compared with those before", between, before)
            assertions.equal("days after deleting the rows, compared with those before", after, before)


@example("DRS-04.overlay")
def test_neither_manual_nor_automated_rows_alter_the_days(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(
        sale_row(buyer, event, "2026-09-01T10:00:00Z"), sale_row(buyer, event, "2026-09-01T11:00:00Z", fd="organic")
    )
    before = read_revenue(sandbox.partner, event)["daily"]
    steps.create_adjustment(sandbox.results_user, event, ACME, 12, 540.5)
    assertions.equal("days after entering a row", read_revenue(sandbox.partner, event)["daily"], before)
    sandbox.set_time("2026-09-03T09:00:00Z")
    partner = sandbox.sign_in(sandbox.results_role)
    rows = list_adjustments(partner, event, ACME)
    assertions.equal("sources of the rows", sorted(row["source"] for row in rows), ["automated", "manual"])
    assertions.equal("days after a run", read_revenue(partner, event)["daily"], before)
    for row in rows:
        assertions.step_status(partner.call("deleteCampaignResult", query={"id": row["id"]}), 204)
    assertions.equal("days after both rows were deleted", read_revenue(partner, event)["daily"], before)
