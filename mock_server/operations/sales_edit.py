"""An event's sales by day, to be edited in a sheet and brought back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from mock_server.domain import money, sales_edit
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.models import CampaignResult, Event
from mock_server.domain.sales import Takings
from mock_server.domain.sales_edit import StatedDay
from mock_server.operations import access, revenue
from mock_server.state.workspace import Call


def export_sales(call: Call, event_id: str) -> Mapping[date, Takings]:
    """What each of the event's days comes to, ascending. Rules: SED-01, SED-02."""
    return _days(call, access.event(call, event_id))


def upload_sales(call: Call, event_id: str, stated: Sequence[StatedDay]) -> int:
    """Have each stated day come to what is stated; answers how many days changed. Rules: SED-03, SED-04.

    Raises InvalidRequest for a difference that no JSON number carries (BASE-14); nothing changes then.
    """
    event = access.event(call, event_id)
    found = sales_edit.differences(_days(call, event), stated)
    rounded = [day for day in found if not money.is_carried(day.revenue)]
    if rounded:
        told = "the difference to the day's revenue has more digits than a JSON number carries"
        raise InvalidRequest(*(Problem("digits", f"rows.{day.place}.revenue", told) for day in rounded))
    for day in found:
        call.store.results.put(_row(call, event, day))
    return len(found)


def _days(call: Call, event: Event) -> Mapping[date, Takings]:
    return sales_edit.days(revenue.days(call, event), call.store.results.group("event", event.id))


def _row(call: Call, event: Event, day: StatedDay) -> CampaignResult:
    return CampaignResult(
        id=call.ids.new("cr"),
        number=call.ids.number("cr"),
        eid=event.id,
        partner_id=call.partner_id,
        purchase=day.purchases,
        revenue=day.revenue,
        created_at=datetime.combine(day.date, time(), UTC),
        source="manual",
    )
