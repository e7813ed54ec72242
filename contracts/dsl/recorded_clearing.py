"""A clearing of a disposable event, with readings before and after it. A run makes it once, and contracts judge it."""

from dataclasses import dataclass

from contracts.dsl import assertions
from contracts.dsl.disposable_events import Use, new_days, pick_disposable_event
from contracts.dsl.measurements import keep
from contracts.dsl.series import post_series, preserve_series
from contracts.dsl.steps import (
    Row,
    create_adjustment,
    list_adjustments,
    read_revenue,
    summary_body,
    ticket_entry,
    unique_revenue,
)
from contracts.target.deployment import Deployment


@dataclass(frozen=True, slots=True)
class EventReading:
    """An event's days of the daily revenue, and its rows by id."""

    days: list[Row]
    rows: dict[str, Row]

    def list_ids(self, source: str) -> set[str]:
        """Return the ids of the rows with this source."""
        return {row_id for row_id, row in self.rows.items() if row["source"] == source}


@dataclass(frozen=True, slots=True)
class RecordedClearing:
    """A clearing of `event`, which was in one series with `other` at that time.

    `after_entry` was read when one more manual row had been entered, whose id is `entered`. `pending` is the day of a
    summary that was sent before the clearing to both events, `later` the day of one that was sent after it.
    """

    event: str
    other: str
    status: int
    before: EventReading
    after: EventReading
    after_entry: EventReading
    entered: str
    other_before: EventReading
    other_after: EventReading
    pending: str
    later: str


def record_clearing(deployment: Deployment) -> RecordedClearing:
    """Clear the event on first use."""
    return keep(deployment, "clearing", lambda: _clear(deployment))


def read_event(deployment: Deployment, event: str) -> EventReading:
    """Read the days and the rows of an event."""
    days = read_revenue(deployment.partner, event)["daily"]
    rows = list_adjustments(deployment.results_user, event, deployment.partner_id)
    return EventReading(days, {str(row["id"]): row for row in rows})


def clear_sales(deployment: Deployment, event: str) -> int:
    """Clear an event's sales. Return the status."""
    return deployment.partner.call("clearSales", query={"event_id": event}).status_code


def _clear(deployment: Deployment) -> RecordedClearing:
    event, other = (pick_disposable_event(deployment, use) for use in (Use.CLEARING, Use.SHEETS))
    pending, later = new_days(deployment, 2)
    for one in (event, other):
        create_adjustment(deployment.results_user, one, deployment.partner_id, 3, unique_revenue(deployment))
    with preserve_series(deployment.partner, [event, other]):
        post_series(deployment.partner, event, other)
        before, other_before = read_event(deployment, event), read_event(deployment, other)
        for one in (event, other):
            _send_summary(deployment, one, pending)
        status = clear_sales(deployment, event)
        after, other_after = read_event(deployment, event), read_event(deployment, other)
    entry = create_adjustment(deployment.results_user, event, deployment.partner_id, 2, unique_revenue(deployment))
    after_entry = read_event(deployment, event)
    _send_summary(deployment, event, later)
    return RecordedClearing(
        event,
        other,
        status,
        before,
        after,
        after_entry,
        str(entry["id"]),
        other_before,
        other_after,
        pending,
        later,
    )


def _send_summary(deployment: Deployment, event: str, day: str) -> None:
    body = summary_body(event, day, day, ticket_entry("A", 5, 55.5))
    assertions.status(deployment.partner.call("ingestTransactionSummary", body=body), 200)
