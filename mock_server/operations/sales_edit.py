"""An event's sales by day, to be edited in a sheet and brought back."""

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
    """What each of the event's days comes to, ascending. Rules: SED-01, SED-02."""
    return _totals_by_day(call, access.require_event(call, event_id))


def upload_sales(call: OperationCall, event_id: str, stated: Sequence[StatedDay]) -> int:
    """Have each stated day come to what is stated; answers how many days changed. Rules: SED-03, SED-04.

    Raises InvalidRequestError for a difference that no JSON number carries (BASE-14); nothing changes then.
    """
    event = access.require_event(call, event_id)
    changes = sales_edit.find_differences(_totals_by_day(call, event), stated)
    inexact = [day for day in changes if not formats.is_exact_as_double(day.revenue)]
    if inexact:
        message = "the difference to the day's revenue has more digits than a JSON number carries"
        raise InvalidRequestError(*(Problem("digits", f"rows.{day.row_index}.revenue", message) for day in inexact))
    for day in changes:
        call.store.results.put(_adjustment_row(call, event, day))
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
