"""The attribution job over time: each sale is credited once, and deleted rows stay deleted."""

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, steps
from contracts.dsl.automated_rows import list_automated_rows, select_automated
from contracts.dsl.cases import require_cases
from contracts.dsl.event_readings import find_rows
from contracts.dsl.lookout_model import preserve_lookout_model
from contracts.dsl.steps import list_adjustments, read_revenue, sale_row, set_lookout_model
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

EVENTS_READ, EVENTS_TRIED = 30, 10
FIRST_RUN = "2026-09-02T08:00:00Z"
REVENUE_TOLERANCE = Decimal("0.005")


def automated_rows(sandbox: Sandbox, event: str) -> list[tuple[str, int, float]]:
    """Return the automated rows of an event of the partner, read with a new token."""
    return list_automated_rows(sandbox.sign_in(sandbox.results_role), event, ACME)


def sell_at(sandbox: Sandbox, event: str, *timestamps: str) -> None:
    """Add sales with a revenue of 50 each, all credited to campaigns."""
    (buyer,) = sandbox.new_customer_ids(1)
    sandbox.add_sales(*(sale_row(buyer, event, timestamp) for timestamp in timestamps))


def delete_all(sandbox: Sandbox, event: str) -> None:
    """Delete all rows of an event."""
    partner = sandbox.sign_in(sandbox.results_role)
    for row in list_adjustments(partner, event, ACME):
        assertions.step_status(partner.call("deleteCampaignResult", query={"id": row["id"]}), 204)
    assertions.equal("rows after all rows were deleted", list_adjustments(partner, event, ACME), [])


@property_test("JOB-04.no_double", profile="smoke")
def test_no_run_leaves_two_rows(deployment: Deployment) -> None:
    """In a sandbox, runs are made first, because in a new world each event has one row at most."""
    if deployment.is_sandbox:
        deployment.clock.advance(days=3)
    events = steps.list_event_ids(deployment, EVENTS_READ)
    lists = ((event, select_automated(find_rows(deployment, event))) for event in events)
    several = [(event, [row[0] for row in rows]) for event, rows in lists if len(rows) > 1]
    for event, timestamps in require_cases(several, "an event with two automated rows"):
        assertions.equal(
            f"timestamps of the automated rows of {event}, which must differ", timestamps, sorted(set(timestamps))
        )


@example("JOB-04.no_double", profile="smoke", gotcha="G-05")
def test_due_times_that_passed_unseen_are_made_up_with_a_run_each(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_at(sandbox, event, *(f"2026-09-0{day}T20:00:00Z" for day in (1, 2, 2, 4)))
    sandbox.set_time("2026-09-06T12:00:00Z")
    expected = [
        ("2026-09-02T08:00:00Z", 1, 50),
        ("2026-09-03T08:00:00Z", 2, 100),
        ("2026-09-05T08:00:00Z", 1, 50),
    ]
    assertions.equal("automated rows after one jump of five days", automated_rows(sandbox, event), expected)


@example("JOB-04.no_double")
def test_a_late_start_bears_its_due_time_and_credits_what_was_due(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_at(sandbox, event, "2026-09-01T11:00:00Z", "2026-09-02T09:00:00Z")
    sandbox.set_time("2026-09-02T23:59:59Z")
    assertions.equal(
        "automated rows sixteen hours after the sale", automated_rows(sandbox, event), [(FIRST_RUN, 1, 50)]
    )
    sandbox.set_time("2026-09-03T08:00:00Z")
    expected = [(FIRST_RUN, 1, 50), ("2026-09-03T08:00:00Z", 1, 50)]
    assertions.equal("automated rows at the next due time", automated_rows(sandbox, event), expected)


@example("JOB-04.no_double", profile="smoke")
def test_a_repeated_start_adds_nothing(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_at(sandbox, event, "2026-09-01T11:00:00Z")
    sandbox.set_time(FIRST_RUN)
    before = list_adjustments(sandbox.sign_in(sandbox.results_role), event, ACME)
    assertions.equal("rows of the first run", len(before), 1)
    sandbox.set_time(FIRST_RUN)
    assertions.equal(
        "rows after the clock was set to the same time again",
        list_adjustments(sandbox.sign_in(sandbox.results_role), event, ACME),
        before,
    )
    for span in ({"seconds": 0}, {"seconds": 1}, {"hours": 12}, {"days": 1}, {"days": 20}):
        sandbox.advance(**span)
        after = list_adjustments(sandbox.sign_in(sandbox.results_role), event, ACME)
        assertions.equal(f"rows {span} later", after, before)


@example("JOB-04.deleted", profile="smoke", gotcha="G-18")
def test_a_deleted_automated_row_never_returns(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_at(sandbox, event, "2026-09-01T11:00:00Z")
    sandbox.set_time(FIRST_RUN)
    assertions.equal("automated rows of the run", automated_rows(sandbox, event), [(FIRST_RUN, 1, 50)])
    delete_all(sandbox, event)
    sell_at(sandbox, event, "2026-09-02T09:00:00Z", "2026-09-02T10:00:00Z")
    for day, rows in ((3, [("2026-09-03T08:00:00Z", 2, 100)]), (9, [("2026-09-03T08:00:00Z", 2, 100)])):
        sandbox.set_time(f"2026-09-0{day}T12:00:00Z")
        assertions.equal(f"automated rows on 2026-09-0{day}", automated_rows(sandbox, event), rows)


@example("JOB-04.deleted")
@pytest.mark.parametrize("model", ["META", "EXTERNAL"])
def test_a_deleted_automated_row_does_not_return_under_another_model(sandbox: Sandbox, model: str) -> None:
    event = sandbox.add_event()
    sell_at(sandbox, event, "2026-09-01T11:00:00Z")
    sandbox.set_time(FIRST_RUN)
    delete_all(sandbox, event)
    for chosen in (model, "FD"):
        set_lookout_model(sandbox.sign_in("partner"), event, chosen)
        sandbox.advance(days=1)
        assertions.equal(f"automated rows a day after {chosen} was set", automated_rows(sandbox, event), [])


@example("JOB-04.sum")
def test_a_change_of_the_model_rewrites_no_row(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-09-01T11:00:00Z", meta="organic"))
    sandbox.set_time(FIRST_RUN)
    for model in ("META", "EXTERNAL", "FD"):
        set_lookout_model(sandbox.sign_in("partner"), event, model)
        assertions.equal(f"automated rows after {model} is set", automated_rows(sandbox, event), [(FIRST_RUN, 1, 50)])
        sandbox.advance(days=1)
        assertions.equal(
            f"automated rows a day after {model} was set", automated_rows(sandbox, event), [(FIRST_RUN, 1, 50)]
        )


@property_test("JOB-04.sum", writes=("setEventAttributionModel",))
def test_a_change_of_the_model_leaves_the_rows_of_past_runs(writable: Deployment) -> None:
    events = steps.list_event_ids(writable, EVENTS_TRIED)
    event = require_cases(
        (event for event in events if select_automated(find_rows(writable, event))),
        "an event with an automated row",
    )[0]

    def read() -> list[dict[str, Any]]:
        rows = list_adjustments(writable.results_user, event, writable.partner_id)
        return [row for row in rows if row["source"] == "automated"]

    with preserve_lookout_model(writable.partner, event) as lookout:
        before = read()
        for model in require_cases(lookout.order[:-1], "a model other than the event's"):
            lookout.set(model)
            after = {row["id"]: row for row in read()}
            changed = [row for row in before if after.get(row["id"]) != row]
            assertions.equal(f"rows of {event} that have changed since it was set to {model}", changed, [])


@example("JOB-04.sum")
def test_in_a_new_world_one_row_stands_for_an_events_history(sandbox: Sandbox) -> None:
    """The world starts at a due time, so the run has processed every known sale."""
    sandbox.control.post("/reset", {"now": FIRST_RUN})
    partner = sandbox.sign_in(sandbox.results_role)
    rows = {
        event["id"]: list_automated_rows(partner, event["id"], ACME)
        for event in assertions.read_body(partner.call("listEvents"))["items"]
    }
    for event, found in rows.items():
        assertions.at_most(f"number of automated rows of {event}", len(found), 1)
        if steps.read_lookout_model(partner, event) != "EXTERNAL":
            _expect_campaign_totals(sandbox, event, found)
    assertions.is_true("an event has an automated row", any(rows.values()), seen=rows)


@example("JOB-04.deleted")
def test_the_row_of_the_history_is_deleted_for_good(sandbox: Sandbox) -> None:
    partner = sandbox.results_user
    listed = [event["id"] for event in assertions.read_body(partner.call("listEvents"))["items"]]
    rows = {event: list_automated_rows(partner, event, ACME) for event in listed}
    assertions.is_true("an event has an automated row", any(rows.values()), seen=rows)
    event = next(event for event in listed if rows[event])
    before = rows[event][0]
    delete_all(sandbox, event)
    sandbox.set_time("2026-09-03T12:00:00Z")
    after = automated_rows(sandbox, event)
    assertions.equal("rows with the deleted row's timestamp", [row for row in after if row[0] == before[0]], [])
    orders = sum(row[1] for row in after)
    assertions.is_true(
        "newer rows have fewer orders than the deleted history", orders < before[1], expected=before, seen=after
    )


@example("JOB-04.sum")
@given(data=st.data())
def test_the_rows_add_up_to_what_is_credited_up_to_the_last_run(sandbox: Sandbox, data: Any) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    day = sandbox.clock.now()[:10]
    hours = data.draw(st.lists(st.integers(0, 23), min_size=1, max_size=5), label="hours of the day")
    sources = [data.draw(st.sampled_from(("campaign", "organic", "external")), label="credited") for _ in hours]
    sold = zip(hours, sources, strict=True)
    sandbox.add_sales(
        *(sale_row(buyer, event, f"{day}T{hour:02}:30:00Z", revenue=hour + 0.1, fd=to) for hour, to in sold)
    )
    sandbox.advance(days=data.draw(st.integers(2, 3), label="days"))
    _expect_campaign_totals(sandbox, event, automated_rows(sandbox, event))


def _expect_campaign_totals(sandbox: Sandbox, event: str, rows: list[tuple[str, int, float]]) -> None:
    """Check that the automated rows add up to the campaign part of the daily revenue, to the cent."""
    daily = [day["campaign"] for day in read_revenue(sandbox.sign_in("partner"), event)["daily"]]
    orders = sum(part["purchases"] for part in daily)
    assertions.equal(f"orders of the automated rows of {event}", sum(row[1] for row in rows), orders)
    amount = sum((Decimal(str(part["revenue"])) for part in daily), Decimal(0))
    difference = abs(sum((Decimal(str(row[2])) for row in rows), Decimal(0)) - amount)
    assertions.at_most(
        f"difference between the automated rows' revenue and the campaign revenue of {event}",
        difference,
        REVENUE_TOLERANCE,
    )
