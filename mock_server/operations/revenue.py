"""Daily revenue with the adjustments beside it, and clearing what the partner brought in."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from mock_server.domain import adjustments, revenue, sales
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.models import CampaignResult, Event
from mock_server.domain.revenue import RevenueDay
from mock_server.operations import access
from mock_server.runtime.workspace import Call


@dataclass(frozen=True, slots=True)
class DailyRevenue:
    """An event's days and its adjustments. Rule: DRS-02."""

    event: Event
    currency: str
    days: tuple[RevenueDay, ...]
    adjustments: list[CampaignResult]


def get_daily_revenue(call: Call, event_id: str, currency: str | None, first: date, last: date) -> DailyRevenue:
    """An event's revenue from `first` to `last`, both included. Rules: DRS-01, DRS-02, DRS-03, DRS-04, LAM-03.

    Raises InvalidRequest for a currency that is not the partner's, or a start after the end.
    """
    own = access.partner(call).currency
    problems = []
    if currency is not None and currency != own:
        problems.append(Problem("enum", "currency", f"currency must be the partner's: {own}"))
    if first > last:
        problems.append(Problem("range", "start_date", "start_date must not be after end_date"))
    if problems:
        raise InvalidRequest(*problems)
    event = access.event(call, event_id)
    rows = adjustments.created_between(call.store.results.group("event", event.id), first, last)
    return DailyRevenue(event, own, _days(call, event, first, last), adjustments.newest_first(rows))


def clear_sales(call: Call, event_id: str) -> None:
    """Drop the event's brought-in sales and its manual adjustments, for good. Rule: DRS-05."""
    event = access.event(call, event_id)
    call.store.sales.clear_brought_in(event.id)
    for row in list(call.store.results.group("event", event.id)):
        if row.source == "manual":
            call.store.results.delete(row.id)


def _days(call: Call, event: Event, first: date, last: date) -> tuple[RevenueDay, ...]:
    """The event's days, worked out again only when a purchase, the model or the range has changed."""
    book = call.store.sales.of(event.id)
    state = (
        call.store.sales.revision(event.id),
        sales.known_count(book, call.now),
        event.attribution_model,
        first,
        last,
    )
    kept = call.workspace.kept.get(("days", event.id))
    if kept is None or cast("tuple[object, object]", kept)[0] != state:
        days = revenue.daily(sales.known(book, call.now), event.attribution_model, first, last)
        call.workspace.kept["days", event.id] = kept = (state, days)
    return cast("tuple[object, tuple[RevenueDay, ...]]", kept)[1]
