"""Operations on the sales sheet: export an event's totals by day, and upload edited totals."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from mock_server.domain import formats, sales_edit
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.models import CampaignResult, Event
from mock_server.domain.sales import SalesTotal
from mock_server.domain.sales_edit import StatedDay
from mock_server.operations import access, revenue
from mock_server.state.workspace import OperationCall


def export_sales(call: OperationCall, event_id: str) -> Mapping[date, SalesTotal]:
    """Return the totals of the event's days, ascending. See: SED-01, SED-02."""
    return _totals_by_day(call, access.require_event(call, event_id))


def upload_sales(call: OperationCall, event_id: str, stated: Sequence[StatedDay]) -> int:
    """Add a manual adjustment to each day whose total differs from the sheet. Return how many days changed.

    Raises InvalidRequestError, without changing anything, if a JSON number cannot hold one of the differences exactly
    (BASE-14).

    See: SED-04.
    Implements: SED-03.
    """
    event = access.require_event(call, event_id)
    changes = sales_edit.find_differences(_totals_by_day(call, event), stated)
    inexact = [day for day in changes if not formats.is_exact_as_double(day.revenue)]
    if inexact:
        message = "the difference from the day's current revenue has more digits than a JSON number can hold"
        raise InvalidRequestError(*(Problem("digits", f"rows.{day.row_index}.revenue", message) for day in inexact))
    for day in changes:
        call.store.results.put(_adjustment_row(call, event, day), call.cause)
    return len(changes)


def _totals_by_day(call: OperationCall, event: Event) -> Mapping[date, SalesTotal]:
    return sales_edit.totals_by_day(revenue.known_days(call, event), call.store.results.group("event", event.id))


def _adjustment_row(call: OperationCall, event: Event, day: StatedDay) -> CampaignResult:
    return CampaignResult(
        id=call.ids.new("cr"),
        number=call.ids.next_number("cr"),
        eid=event.id,
        partner_id=call.partner_id,
        purchase=day.purchases,
        revenue=day.revenue,
        created_at=datetime.combine(day.date, time(), UTC),
        source="manual",
    )
