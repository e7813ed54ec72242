"""Operations on the sales sheet: export an event's totals by day, and upload edited totals."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from mock_server.domain import formats, sales_edit
from mock_server.domain.errors import Problem
from mock_server.domain.models import CampaignResult, Event
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.sales import SalesTotal
from mock_server.domain.sales_edit import StatedDay, StatedSheet
from mock_server.operations import access, revenue
from mock_server.state.workspace import OperationCall

ROW_UNITS = 30
"""The units of work of adding a row."""


@dataclass(frozen=True, slots=True)
class UploadResult:
    """How many days an upload changed, and the problems of its rows. If there are problems, it changes no day."""

    changed: int
    problems: tuple[Problem, ...] = ()


@in_pieces
def export_sales(call: OperationCall, event_id: str) -> Steps[Mapping[date, SalesTotal]]:
    """Return the totals of the event's days, ascending. See: SED-01, SED-02."""
    return (yield from _totals_by_day(call, access.require_event(call, event_id)))


@in_pieces
def upload_sales(call: OperationCall, event_id: str, sheet: StatedSheet) -> Steps[UploadResult]:
    """Add a manual adjustment to each day whose total differs from the sheet's, unless there is a problem in the sheet.

    See: SED-04.
    Implements: SED-03.
    """
    event = access.require_event(call, event_id)
    changes = sales_edit.find_differences((yield from _totals_by_day(call, event)), sheet.days)
    if problems := (*sheet.problems, *_inexact_differences(changes)):
        return UploadResult(0, problems)
    for day in changes:
        call.store.results.put(_adjustment_row(call, event, day), call.cause)
        yield ROW_UNITS
    return UploadResult(len(changes))


def _inexact_differences(changes: Iterable[StatedDay]) -> Iterator[Problem]:
    """Yield a problem for each difference that a JSON number cannot hold exactly. See: BASE-14, SED-05."""
    message = "the difference from the day's current revenue has more digits than a JSON number can hold"
    for day in changes:
        if not formats.is_exact_as_double(day.revenue):
            yield Problem("digits", f"rows.{day.row_index}.revenue", message)


def _totals_by_day(call: OperationCall, event: Event) -> Steps[Mapping[date, SalesTotal]]:
    yield from call.store.results.load_group("event", event.id)
    days = yield from steps_of(revenue.known_days, call, event)
    return (yield from steps_of(sales_edit.totals_by_day, days, call.store.results.group("event", event.id)))


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
