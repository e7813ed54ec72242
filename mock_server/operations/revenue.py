"""Operations on an event's revenue: report it by day, and clear the sales that the partner imported."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from mock_server.domain import adjustments, revenue, sales
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.models import CampaignResult, Event
from mock_server.domain.pieces import Steps, in_pieces, split_long, steps_of
from mock_server.domain.revenue import RevenueDay
from mock_server.operations import access, ingest
from mock_server.state.workspace import OperationCall

DELETION_UNITS = 20
"""The units of work of deleting a row."""
_date = attrgetter("date")


@dataclass(frozen=True, slots=True)
class DailyRevenue:
    """An event's revenue by day, and its adjustments. See: DRS-02.

    `days` contains all days known so far, and `requested` selects the days to report. `days` stays the same object
    until a day changes.
    """

    event: Event
    currency: str
    days: tuple[RevenueDay, ...]
    requested: slice
    adjustments: list[CampaignResult]


@in_pieces
def get_daily_revenue(
    call: OperationCall, event_id: str, currency: str | None, first: date, last: date
) -> Steps[DailyRevenue]:
    """Return an event's revenue for `first` to `last`, both included.

    Raises InvalidRequestError if the currency is not the partner's, or if the start is after the end.

    See: DRS-02, DRS-03, DRS-04, LAM-03.
    Implements: DRS-01.
    """
    own = access.require_partner(call).currency
    problems = []
    if currency is not None and currency != own:
        problems.append(Problem("enum", "currency", f"currency must be the partner's currency, {own}"))
    if first > last:
        problems.append(Problem("range", "start_date", "start_date must not be after end_date"))
    if problems:
        raise InvalidRequestError(*problems)
    event = access.require_event(call, event_id)
    results, rows = call.store.results, list[CampaignResult]()
    yield from results.load_group("event", event.id)
    for part in split_long(results.group("event", event.id)):
        rows += adjustments.created_between(part, first, last)
        yield len(part)
    known = yield from steps_of(known_days, call, event)
    requested = slice(bisect_left(known, first, key=_date), bisect_right(known, last, key=_date))
    newest_first = yield from steps_of(adjustments.list_newest_first, rows)
    return DailyRevenue(event, own, known, requested, newest_first)


@in_pieces
def clear_sales(call: OperationCall, event_id: str) -> Steps[None]:
    """Permanently delete the event's imported sales, its manual adjustments and its pending summaries.

    See: ING-06.
    Implements: DRS-05.
    """
    event = access.require_event(call, event_id)
    yield from call.store.results.load_group("event", event.id)
    call.store.sales.delete_partner_sales(event.id)
    for row in list(call.store.results.group("event", event.id)):
        if row.source == "manual":
            call.store.results.delete(row.id, call.cause)
        yield DELETION_UNITS
    ingest.discard_pending(call, event)


@in_pieces
def known_days(call: OperationCall, event: Event) -> Steps[tuple[RevenueDay, ...]]:
    """Return all of the event's days with sales. They are recomputed only if a purchase or the model has changed.

    Implements: LAM-03.
    """
    purchases = call.store.sales.for_event(event.id)
    known_count = sales.count_known(purchases, call.now)
    state = (call.store.sales.revision(event.id), known_count, event.attribution_model)
    cached = call.workspace.revenue_days_cache.get(event.id)
    if cached is None or cached[0] != state:
        period = date.min, date.max
        days = yield from steps_of(revenue.list_days, purchases[:known_count], event.attribution_model, *period)
        cached = (state, days)
        call.workspace.revenue_days_cache[event.id] = cached
    return cached[1]
