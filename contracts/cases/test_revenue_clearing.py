"""Clearing an event's sales: what is deleted permanently, and what stays."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.automated_rows import list_automated_rows
from contracts.dsl.cases import require_cases
from contracts.dsl.early_starts import EarlyStart
from contracts.dsl.open_records import require_listed
from contracts.dsl.recorded_clearing import EventReading, read_event, record_clearing
from contracts.dsl.recorded_imports import wait_for_import
from contracts.dsl.steps import Row, create_adjustment, list_adjustments, read_revenue, sale_row
from contracts.spec.markers import example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox


def clear_sales(client: Client, event: str) -> None:
    """Clear an event's sales. Both documented statuses are accepted."""
    answer = client.call("clearSales", query={"event_id": event})
    assertions.one_of("status of clearSales", answer.status_code, (200, 204))


def read_daily_revenue(client: Client, event: str) -> list[tuple[str, float]]:
    """Return the days of an event with their revenue."""
    return [(day["date"], day["revenue"]) for day in read_revenue(client, event)["daily"]]


def create_event_with_sales(sandbox: Sandbox) -> str:
    """Create an event with a sale of the feed, two sales of the partner, an automated row and a manual row."""
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(
        sale_row(buyer, event, "2026-08-03T10:00:00Z", revenue=10),
        sale_row(buyer, event, "2026-08-03T11:00:00Z", revenue=20, origin="partner"),
        sale_row(buyer, event, "2026-08-05T10:00:00Z", revenue=40, origin="partner"),
    )
    sandbox.set_time("2026-09-02T09:00:00Z")
    create_adjustment(sandbox.sign_in(sandbox.results_role), event, ACME, 12, 540.5)
    return event


WRITES = ("clearSales", "createCampaignResult", "replaceEventSeries", "ingestTransactionSummary")


@property_test("DRS-05.older_status", profile="smoke", documentation="older", early="import", writes=WRITES)
def test_clearing_answers_204_in_the_older_documentation(writable: Deployment, early_start: EarlyStart) -> None:
    assertions.equal("status of clearSales", record_clearing(writable).status, 204)


@property_test("DRS-05.newer_status", profile="smoke", documentation="newer", early="import", writes=WRITES)
def test_clearing_answers_200_in_the_newer_documentation(writable: Deployment, early_start: EarlyStart) -> None:
    assertions.equal("status of clearSales", record_clearing(writable).status, 200)


@property_test("DRS-05.clear", "DRS-05.what", early="import", writes=WRITES)
def test_cleared_rows_are_gone_for_good(writable: Deployment, early_start: EarlyStart) -> None:
    cleared = record_clearing(writable)
    manual = cleared.before.list_ids("manual")
    kept = manual & set(cleared.after.rows)
    assertions.equal("manual rows that stay", kept, set(), part="DRS-05.what")
    back = (manual - kept) & set(cleared.after_entry.rows)
    assertions.equal("rows that are back after one more was entered", back, set(), part="DRS-05.clear")
    require_listed(cleared.entered, cleared.after_entry.rows)
    require_cases(manual - kept, "a manual row that the clearing removes")
    now = set(read_event(writable, cleared.event).rows)
    assertions.equal("rows that are back at the end of the run", (manual - kept) & now, set(), part="DRS-05.clear")


@property_test("DRS-05.what", early="import", writes=WRITES)
def test_clearing_leaves_automated_rows(writable: Deployment, early_start: EarlyStart) -> None:
    cleared = record_clearing(writable)
    automated = cleared.before.list_ids("automated")
    missing = automated - set(cleared.after.rows)
    assertions.equal("automated rows that are removed", missing, set(), part="DRS-05.what")
    require_cases(automated, "an automated row of the cleared event")


@property_test("DRS-05.clear", early="import", writes=WRITES)
def test_clearing_leaves_the_other_events_of_its_series(writable: Deployment, early_start: EarlyStart) -> None:
    cleared = record_clearing(writable)
    before, after = cleared.other_before, cleared.other_after
    missing = set(before.rows) - set(after.rows)
    assertions.equal("rows of the other event that are removed", missing, set(), part="DRS-05.clear")
    kept = [day for day in after.days if day["date"] in list_settled_days(before)]
    expected = [day for day in before.days if day["date"] in list_settled_days(before)]
    assertions.equal("days of the other event", kept, expected, part="DRS-05.clear")


def list_settled_days(reading: EventReading) -> list[str]:
    """Return the days of an event without the last one, on which sales may still arrive."""
    return sorted(day["date"] for day in reading.days)[:-1]


@property_test("ING-06.cleared", "ING-03.within_a_day", early="import", writes=WRITES)
def test_clearing_takes_pending_imports_of_its_event_alone(writable: Deployment, early_start: EarlyStart) -> None:
    cleared = record_clearing(writable)
    days = cleared.pending, cleared.later

    def read(client: Client) -> tuple[set[str], set[str]]:
        own, other = (
            {row["created_at"][:10] for row in list_adjustments(client, event, writable.partner_id)}
            for event in (cleared.event, cleared.other)
        )
        return own.intersection(days), other.intersection(days)

    own, other = wait_for_import(
        writable, early_start.at, read, lambda seen: cleared.later in seen[0] and cleared.pending in seen[1]
    )
    part = "ING-06.cleared"
    assertions.equal("day of an import of another event", other, {cleared.pending}, part=part)
    assertions.equal("days of imports before and after the clearing", own, {cleared.later}, part=part)
    if cleared.later in own:
        clear_sales(writable.sign_in("partner"), cleared.event)
        rows = list_adjustments(writable.sign_in(writable.results_role), cleared.event, writable.partner_id)
        left = [row for row in rows if row["created_at"][:10] in days]
        assertions.equal("rows of an import after another clearing", left, [], part=part)


@example("DRS-05.what", profile="smoke", gotcha="G-20")
def test_clearing_takes_what_was_brought_in_and_leaves_the_rest(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    rows = list_adjustments(partner, event, ACME)
    assertions.equal("sources before", [row["source"] for row in rows], ["manual", "automated"])
    assertions.equal("days before", read_daily_revenue(partner, event), [("2026-08-03", 30), ("2026-08-05", 40)])
    clear_sales(partner, event)
    assertions.equal(
        "days afterwards, which contain only the sale of the feed",
        read_daily_revenue(partner, event),
        [("2026-08-03", 10)],
    )
    remaining = [row for row in rows if row["source"] == "automated"]
    assertions.equal(
        "rows afterwards, which are only the automated one", list_adjustments(partner, event, ACME), remaining
    )
    assertions.equal("rows in the daily revenue", read_revenue(partner, event)["manual_adjustments"], remaining)


@example("DRS-05.clear", gotcha="G-20")
def test_what_was_cleared_does_not_come_back(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    clear_sales(sandbox.sign_in(sandbox.results_role), event)

    def seen() -> tuple[object, list[Row]]:
        partner = sandbox.sign_in(sandbox.results_role)
        return read_daily_revenue(partner, event), list_adjustments(partner, event, ACME)

    before = seen()
    sandbox.advance(seconds=1)
    assertions.equal("a second later", seen(), before)
    sandbox.set_time("2026-09-05T12:00:00Z")
    assertions.equal("days and rows three runs later", seen(), before)
    create_adjustment(sandbox.sign_in(sandbox.results_role), event, ACME, 1, 5)
    assertions.equal("number of rows, after one more was entered", len(seen()[1]), len(before[1]) + 1)
    assertions.equal("days after one more row was entered", seen()[0], before[0])


@example("DRS-05.clear")
def test_a_sale_that_is_cleared_before_a_run_is_never_credited(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(
        sale_row(buyer, event, "2026-09-01T10:00:00Z", revenue=10),
        sale_row(buyer, event, "2026-09-01T11:00:00Z", revenue=20, origin="partner"),
    )
    clear_sales(sandbox.partner, event)
    sandbox.set_time("2026-09-03T09:00:00Z")
    seen = list_automated_rows(sandbox.sign_in(sandbox.results_role), event, ACME)
    assertions.equal("automated rows", seen, [("2026-09-02T08:00:00Z", 1, 10)])


@example("DRS-05.clear")
def test_clearing_leaves_other_events_alone(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    other = sandbox.add_event(series=[event])
    sandbox.add_sales(*(sale_row(buyer, one, "2026-08-03T10:00:00Z", origin="partner") for one in (event, other)))
    create_adjustment(sandbox.results_user, event, ACME)
    row = create_adjustment(sandbox.results_user, other, ACME)
    clear_sales(sandbox.partner, event)
    assertions.equal("days of the other event", read_daily_revenue(sandbox.partner, other), [("2026-08-03", 50)])
    assertions.equal("rows of the other event", list_adjustments(sandbox.results_user, other, ACME), [row])


@example("DRS-05.clear")
def test_what_is_brought_in_after_a_clearing_counts(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-08-03T10:00:00Z", revenue=20, origin="partner"))
    clear_sales(sandbox.partner, event)
    sandbox.add_sales(sale_row(buyer, event, "2026-08-03T10:00:00Z", revenue=7, origin="partner"))
    assertions.equal("days", read_daily_revenue(sandbox.partner, event), [("2026-08-03", 7)])


@example("DRS-05.clear")
@pytest.mark.parametrize("name", [None, "eid"])
def test_a_clearing_that_names_no_event_id_is_refused(sandbox: Sandbox, name: str | None) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    before = read_revenue(partner, event)
    answer = partner.call("clearSales", query={name: event} if name else {})
    assertions.refusal(answer, 400, field="event_id")
    assertions.equal("the summary after the refusal", read_revenue(partner, event), before)


@example("ERR-04.same_bytes")
def test_another_partner_clears_nothing_and_is_told_of_no_event(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    before = read_revenue(sandbox.sign_in(sandbox.results_role), event)
    second = sandbox.sign_in("second")
    foreign, absent = (second.call("clearSales", query={"event_id": one}) for one in (event, "no-such-event"))
    assertions.refusal(foreign, 404, "error.event.not_found")
    assertions.equal(
        "refusal for another partner's event, compared with that for a missing event", foreign.content, absent.content
    )
    assertions.equal("the summary afterwards", read_revenue(sandbox.sign_in(sandbox.results_role), event), before)
