"""Transaction summaries: accepted values, the time until sales are visible, and the spread over the days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.dsl import assertions
from contracts.dsl.disposable_events import Use, pick_disposable_event
from contracts.dsl.ingested_rows import MIDNIGHT, DayRow, ingested_rows
from contracts.dsl.steps import (
    Row,
    create_adjustment,
    list_adjustments,
    read_revenue,
    sale_row,
    summary_body,
    ticket_entry,
)
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox
from contracts.target.session import TargetSession

OPERATION = "ingestTransactionSummary"
PATH = "/ingest/transaction_summary"
SUMMARIES = 8
"""How many summaries are sent if the outcome of a single one depends on chance."""


def ingest(client: Client, summary: Row) -> list[Row]:
    """Send a summary, check that it gets 200, and return its `validation_errors`."""
    answer = client.call(OPERATION, body=summary)
    assertions.step_status(answer, 200)
    return list(answer.json()["validation_errors"])


def wait_for_rows(sandbox: Sandbox, event: str) -> list[DayRow]:
    """Let all summaries be processed, then return the manual rows."""
    sandbox.run_until_idle()
    return ingested_rows(sandbox.sign_in(sandbox.results_role), event)


def build_day_row(day: str, sold: int, amount: float) -> DayRow:
    """Return the row that is expected for a day."""
    return f"{day}{MIDNIGHT}", sold, amount


def add_up(rows: list[DayRow]) -> tuple[int, Decimal]:
    """Return the orders and the revenue of all rows."""
    return sum(sold for _, sold, _ in rows), sum((Decimal(repr(amount)) for _, _, amount in rows), Decimal(0))


def list_midnights(first: str, last: str) -> list[str]:
    """Return the possible timestamps of the rows of a period."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [f"{start + timedelta(days=number)}T00:00:00Z" for number in range((end - start).days + 1)]


@example("ING-01.older_answer", "ING-01.members", profile="smoke", documentation="older")
def test_the_older_answer_is_the_persisted_record(sandbox: Sandbox) -> None:
    valid, invalid = ticket_entry("Parkett", 12, 540.5), ticket_entry("Balkon", -3, 0.25)
    summary = summary_body(sandbox.add_event(), "2026-08-01", "2026-08-03", invalid, valid)
    answer = sandbox.partner.call(OPERATION, body=summary)
    assertions.step_status(answer, 200)
    body = dict(answer.json())
    assertions.equal("number of entries", len(body.pop("validation_errors")), 1)
    assertions.equal("the persisted record", body, {**summary, "tickets": [valid]})


@example("ING-01.newer_answer", "ING-01.members", profile="smoke", documentation="newer")
def test_the_newer_answer_has_no_record(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    answer = sandbox.partner.call(OPERATION, body=summary_body(event, "2026-08-03", "2026-08-03"))
    assertions.step_status(answer, 200)
    assertions.equal("the response", answer.json(), {"validation_errors": []})
    assertions.equal("rows", wait_for_rows(sandbox, event), [build_day_row("2026-08-03", 12, 540.5)])


@example("ING-01.takes", profile="smoke")
def test_a_summary_is_taken_and_its_entries_come_to_one_sum(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    summary = summary_body(
        event, "2026-08-03", "2026-08-03", ticket_entry("Parkett", 12, 540.5), ticket_entry("Balkon", 3, 0.25)
    )
    assertions.equal("rejected entries", ingest(sandbox.partner, summary), [])
    assertions.equal("rows", wait_for_rows(sandbox, event), [build_day_row("2026-08-03", 15, 540.75)])


@property_test("ING-01.required", "ING-01.bounds", "ING-01.refused", writes=(OPERATION,))
@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"from": "2026-08-04"}, "from", id="from after to"),
        pytest.param({"from": "2016-07-26"}, "to", id="3,661 days"),
        pytest.param({"from": "2026-8-1"}, "from", id="no date"),
        pytest.param({"to": 20260803}, "to", id="a number for a date"),
        pytest.param({"tickets": []}, "tickets", id="no tickets"),
        pytest.param({"tickets": {"type": "A"}}, "tickets", id="tickets that are not an array"),
        pytest.param({"tickets": [ticket_entry()] * 1001}, "tickets", id="1,001 tickets"),
        pytest.param({"tickets": [ticket_entry(), {"type": "B", "sold": 1}]}, "tickets.1.revenue", id="no revenue"),
        pytest.param({"tickets": [ticket_entry(), {"sold": 1, "revenue": 1}]}, "tickets.1.type", id="no type"),
        pytest.param({"tickets": [{"type": "B", "revenue": 1}]}, "tickets.0.sold", id="no sold"),
        pytest.param({"tickets": [ticket_entry("")]}, "tickets.0.type", id="an empty type"),
        pytest.param({"tickets": [ticket_entry("x" * 201)]}, "tickets.0.type", id="a type of 201 characters"),
        pytest.param({"tickets": [ticket_entry("a\nb")]}, "tickets.0.type", id="a control character"),
        pytest.param({"tickets": [ticket_entry(sold=1.5)]}, "tickets.0.sold", id="half an order"),
        pytest.param({"tickets": [ticket_entry(sold="12")]}, "tickets.0.sold", id="a text for a number"),
        pytest.param({"tickets": [ticket_entry(sold=2**31)]}, "tickets.0.sold", id="2^31 orders"),
        pytest.param({"tickets": [ticket_entry(revenue="540.5")]}, "tickets.0.revenue", id="a text for an amount"),
        pytest.param({"tickets": [ticket_entry(revenue=True)]}, "tickets.0.revenue", id="true for an amount"),
        pytest.param({"tickets": [ticket_entry(revenue=10**12)]}, "tickets.0.revenue", id="an amount of 10^12"),
        pytest.param({"tickets": [{**ticket_entry(), "price": 3}]}, "tickets.0.price", id="an unknown member"),
    ],
)
def test_a_summary_out_of_form_is_refused_whole(writable: Deployment, change: Row, field: str) -> None:
    event = pick_disposable_event(writable, Use.SHEETS)
    answer = writable.partner.call(OPERATION, body={**summary_body(event), **change})
    assertions.refusal(answer, 400, field=field, part="ING-01.refused")
    if isinstance(writable, Sandbox):
        assertions.equal("rows", wait_for_rows(writable, event), [])


@property_test("ING-01.refused", writes=(REFUSED_CALLS,))
def test_a_summary_of_an_unknown_event_is_not_found(writable: Deployment) -> None:
    answer = writable.partner.call(OPERATION, body=summary_body(UNKNOWN_ID))
    assertions.refusal(answer, 404, "error.event.not_found", part="ING-01.refused")


@example("ING-01.bounds")
def test_a_period_of_3660_days_and_a_thousand_types_are_taken(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    entries = [ticket_entry(f"type {number}", 1, 0.01) for number in range(1000)]
    assertions.equal(
        "rejected entries", ingest(sandbox.partner, summary_body(event, "2016-07-27", "2026-08-03", *entries)), []
    )
    assertions.equal("orders and revenue of all rows", add_up(wait_for_rows(sandbox, event)), (1000, Decimal("10.00")))


@example("ING-01.refused")
def test_a_summary_of_an_event_that_nobody_has_is_not_found(sandbox: Sandbox) -> None:
    unknown = sandbox.partner.call(OPERATION, body=summary_body("none"))
    assertions.refusal(unknown, 404, "error.event.not_found")
    foreign = sandbox.second_partner.call(OPERATION, body=summary_body(sandbox.add_event()))
    assertions.equal(
        "refusal for another partner's event, compared with that for a missing event", foreign.content, unknown.content
    )


REJECTED_ENTRIES = {
    "sold negative": (ticket_entry("B", -1, 5), ["tickets.1.sold"]),
    "revenue negative": (ticket_entry("B", 1, -5), ["tickets.1.revenue"]),
    "both negative": (ticket_entry("B", -1, -5), ["tickets.1.revenue", "tickets.1.sold"]),
    "both 0": (ticket_entry("B", 0, 0), ["tickets.1.sold"]),
    "a type given twice": (ticket_entry("A", 1, 5), ["tickets.1.type"]),
    "more digits than can be divided": (ticket_entry("B", 1, 0.123456789012345), ["tickets.1.revenue"]),
}


@example("ING-02.errors_on_200", "ING-02.left_out", "ING-02.reasons", "ING-02.report", profile="smoke")
@pytest.mark.parametrize(("entry", "fields"), REJECTED_ENTRIES.values(), ids=REJECTED_ENTRIES)
def test_an_entry_that_cannot_be_taken_is_told_on_a_200_and_the_others_are_taken(
    sandbox: Sandbox, entry: Row, fields: list[str]
) -> None:
    event = sandbox.add_event()
    summary = summary_body(
        event, "2026-08-03", "2026-08-03", ticket_entry("A", 12, 540.5), entry, ticket_entry("C", 3, 0)
    )
    errors = ingest(sandbox.partner, summary)
    assertions.equal("fields of the rejected entries", sorted(each["field"] for each in errors), fields)
    for each in errors:
        assertions.equal("members of an entry", set(each), {"code", "field", "message"})
    assertions.equal("rows", wait_for_rows(sandbox, event), [build_day_row("2026-08-03", 15, 540.5)])


@example("ING-02.report")
def test_where_nothing_can_be_taken_the_answer_is_200_and_nothing_shows(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    errors = ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-03", ticket_entry("A", -1, 5)))
    assertions.equal("fields of the rejected entries", [each["field"] for each in errors], ["tickets.0.sold"])
    assertions.equal("rows", wait_for_rows(sandbox, event), [])


@example("ING-02.reasons")
def test_orders_without_revenue_and_revenue_without_orders_are_taken(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    summary = summary_body(event, "2026-08-02", "2026-08-02", ticket_entry("free", 1, 0), ticket_entry("fee", 0, 0.01))
    assertions.equal("rejected entries", ingest(sandbox.partner, summary), [])
    assertions.equal("rows", wait_for_rows(sandbox, event), [build_day_row("2026-08-02", 1, 0.01)])


@example("ING-03.until_then", "ING-03.duration", profile="smoke")
@pytest.mark.parametrize(("timing", "seconds"), [("quick", 2), ("faithful", 21_600)], ids=["quick", "faithful"])
def test_a_summary_shows_when_its_time_has_come_and_not_before(
    target_session: TargetSession, timing: str, seconds: int
) -> None:
    with target_session.sandbox(timing=timing) as world:
        event = world.add_event()
        ingest(world.partner, summary_body(event))
        assertions.equal("rows right after the request", ingested_rows(world.results_user, event), [])
        world.advance(seconds=seconds - 1)
        partner = world.sign_in(world.results_role)
        assertions.equal("rows a second before the end of the job", ingested_rows(partner, event), [])
        assertions.equal(
            "adjustments a second before the end of the job", read_revenue(partner, event)["manual_adjustments"], []
        )
        world.advance(seconds=1)
        assertions.equal(
            "orders at the end of the job", add_up(ingested_rows(world.sign_in(world.results_role), event))[0], 12
        )


@example("ING-03.within_a_day", profile="smoke")
def test_within_24_hours_a_summary_shows(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-01"))
    sandbox.advance(hours=24)
    assertions.equal(
        "rows",
        ingested_rows(sandbox.sign_in(sandbox.results_role), event),
        [build_day_row("2026-08-01", 12, 540.5)],
    )


@example("ING-03.until_then", profile="smoke")
def test_two_summaries_on_their_way_both_show(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-01", ticket_entry(sold=1, revenue=10)))
    sandbox.advance(seconds=1)
    ingest(sandbox.partner, summary_body(event, "2026-08-02", "2026-08-02", ticket_entry(sold=2, revenue=20)))
    sandbox.advance(seconds=1)
    assertions.equal(
        "rows after the first summary",
        ingested_rows(sandbox.results_user, event),
        [build_day_row("2026-08-01", 1, 10)],
    )
    sandbox.advance(seconds=1)
    both = [build_day_row("2026-08-01", 1, 10), build_day_row("2026-08-02", 2, 20)]
    assertions.equal("rows after the second summary", ingested_rows(sandbox.results_user, event), both)


@example("ING-04.adjustments", "ING-04.rows", profile="smoke")
def test_a_summary_appears_as_manual_rows_of_its_days(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-08-02T10:00:00Z", revenue=7))
    before = read_revenue(sandbox.partner, event)["daily"]
    ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-03", ticket_entry(sold=10, revenue=100)))
    rows = wait_for_rows(sandbox, event)
    assertions.equal("orders and revenue of all rows", add_up(rows), (10, Decimal(100)))
    strangers = {timestamp for timestamp, _, _ in rows} - {*list_midnights("2026-08-01", "2026-08-03")}
    assertions.equal("timestamps of other days or hours", strangers, set())
    daily_revenue = read_revenue(sandbox.sign_in("partner"), event)
    assertions.equal(
        "adjustments in the daily revenue",
        daily_revenue["manual_adjustments"],
        list_adjustments(sandbox.results_user, event, ACME),
    )
    assertions.equal("days", daily_revenue["daily"], before)


@example("ING-04.spread", profile="smoke")
def test_each_day_of_a_period_may_have_a_share(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    for _ in range(SUMMARIES):
        ingest(sandbox.partner, summary_body(event, "2026-12-31", "2027-01-02", ticket_entry(sold=1000, revenue=1000)))
    seen = sorted({timestamp for timestamp, _, _ in wait_for_rows(sandbox, event)})
    assertions.equal("timestamps of all rows", seen, list_midnights("2026-12-31", "2027-01-02"))


@example("ING-04.spread", profile="smoke")
def test_summaries_are_not_all_spread_alike(sandbox: Sandbox) -> None:
    events = [sandbox.add_event() for _ in range(SUMMARIES)]
    for event in events:
        ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-07", ticket_entry(sold=1000, revenue=1000)))
    spreads = [wait_for_rows(sandbox, event) for event in events]
    differ = any(spread != spreads[0] for spread in spreads)
    assertions.is_true("two equal summaries are spread in two ways", differ, seen=spreads[0])


@example("ING-04.rows")
def test_a_day_without_a_share_has_no_row(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    ingest(sandbox.partner, summary_body(event, "2026-12-30", "2027-01-02", ticket_entry(sold=1, revenue=0)))
    rows = wait_for_rows(sandbox, event)
    assertions.equal("orders and revenue of each row", [row[1:] for row in rows], [(1, 0)])


@example("ING-04.rows")
def test_rows_of_older_days_stand_below_newer_ones(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    row = create_adjustment(sandbox.results_user, event, ACME, 1, 5)
    ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-09-02", ticket_entry(sold=3300, revenue=0)))
    sandbox.run_until_idle()
    listed = [each["created_at"] for each in list_adjustments(sandbox.results_user, event, ACME)]
    assertions.equal("rows, newest first", listed, sorted(listed, reverse=True))
    days = listed[:]
    days.remove(row["created_at"])
    assertions.equal("number of different days of the summary's rows", len(set(days)), len(days))


@example("ING-05.exact", profile="smoke")
@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        pytest.param(1000, "0.01", id="whole amounts in cents"),
        pytest.param(0.1, "0.01", id="tenths in cents"),
        pytest.param(0.05, "0.01", id="cents"),
        pytest.param(0.125, "0.001", id="mills"),
    ],
)
def test_shares_are_whole_units_and_nothing_is_lost(sandbox: Sandbox, amount: float, unit: str) -> None:
    event = sandbox.add_event()
    ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-03", ticket_entry(sold=7, revenue=amount)))
    rows = wait_for_rows(sandbox, event)
    assertions.equal("orders and revenue of all rows", add_up(rows), (7, Decimal(repr(amount))))
    fractions = [revenue for _, _, revenue in rows if Decimal(repr(revenue)) % Decimal(unit)]
    assertions.equal(f"shares that are not multiples of {unit}", fractions, [])


SPREAD_ENTRIES = (
    ticket_entry("A", 12, 540.5),
    ticket_entry("B", 1, 0.007),
    ticket_entry("C", 0, 99_999_999.99),
    ticket_entry("D", 1_000, 0.1),
)
SPREAD_TOTALS = 1_013, Decimal("100000540.597")


@example("ING-05.exact")
@pytest.mark.parametrize("days", [1, 2, 7, 30, 365])
def test_shares_add_up_to_what_was_taken(sandbox: Sandbox, days: int) -> None:
    event, first = sandbox.add_event(), date(2025, 8, 20)
    period = first.isoformat(), (first + timedelta(days=days - 1)).isoformat()
    assertions.equal("rejected entries", ingest(sandbox.partner, summary_body(event, *period, *SPREAD_ENTRIES)), [])
    rows = wait_for_rows(sandbox, event)
    assertions.equal("orders and revenue of all rows", add_up(rows), SPREAD_TOTALS)
    assertions.equal("negative shares", [row for row in rows if row[1] < 0 or row[2] < 0], [])
    listed = [timestamp for timestamp, _, _ in rows]
    assertions.equal("days, each once", len(set(listed)), len(listed))
    assertions.equal("days outside of the period", set(listed) - {*list_midnights(*period)}, set())


@example("ING-05.seeded")
def test_the_same_requests_in_a_new_world_give_the_same_shares(sandbox: Sandbox) -> None:
    def spread_in_new_world(seed: int) -> list[DayRow]:
        sandbox.control.post("/reset", {"seed": seed, "now": "2026-09-01T12:00:00Z"})
        event = sandbox.add_event("evt_spread")
        summary = summary_body(event, "2026-07-01", "2026-08-31", ticket_entry(sold=1000, revenue=1000))
        ingest(sandbox.sign_in("partner"), summary)
        return wait_for_rows(sandbox, event)

    first = spread_in_new_world(7)
    assertions.equal("shares in another world of the same seed", spread_in_new_world(7), first)
    other = spread_in_new_world(8)
    assertions.is_true("shares in a world of another seed are others", other != first, seen=other)


@example("ING-06.twice", profile="smoke")
def test_a_summary_sent_twice_counts_twice(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    for _ in range(2):
        ingest(sandbox.partner, summary_body(event, "2026-08-01", "2026-08-01"))
    assertions.equal("rows", wait_for_rows(sandbox, event), [build_day_row("2026-08-01", 12, 540.5)] * 2)
    ingest(sandbox.sign_in("partner"), summary_body(event, "2026-08-01", "2026-08-01"))
    assertions.equal(
        "rows after sending the summary a third time",
        wait_for_rows(sandbox, event),
        [build_day_row("2026-08-01", 12, 540.5)] * 3,
    )


@example("ING-06.cleared", profile="smoke")
def test_clearing_takes_what_was_brought_in_and_what_is_on_its_way(sandbox: Sandbox) -> None:
    event, other = sandbox.add_event(), sandbox.add_event()
    for one in (event, other):
        ingest(sandbox.partner, summary_body(one, "2026-08-01", "2026-08-01"))
    sandbox.advance(seconds=2)
    for one in (event, other):
        ingest(sandbox.partner, summary_body(one, "2026-08-02", "2026-08-02"))
    answer = sandbox.partner.call("clearSales", query={"event_id": event})
    assertions.one_of("status of clearSales", answer.status_code, (200, 204))
    assertions.equal("rows after clearSales", ingested_rows(sandbox.results_user, event), [])
    assertions.equal("rows a day later", wait_for_rows(sandbox, event), [])
    remaining = [build_day_row("2026-08-01", 12, 540.5), build_day_row("2026-08-02", 12, 540.5)]
    assertions.equal("rows of another event", ingested_rows(sandbox.results_user, other), remaining)
    ingest(sandbox.partner, summary_body(event, "2026-08-03", "2026-08-03"))
    assertions.equal(
        "rows of a summary after clearSales", wait_for_rows(sandbox, event), [build_day_row("2026-08-03", 12, 540.5)]
    )
