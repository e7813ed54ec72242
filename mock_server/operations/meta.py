"""Operations of the Meta integration: an event's campaign results, and Meta's own report of the event."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from mock_server.domain import adjustments, meta, sales
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.meta import AdActivity, MetaDay
from mock_server.domain.models import CampaignResult
from mock_server.domain.pieces import Steps, column_units, in_pieces, steps_of
from mock_server.operations import access
from mock_server.state.workspace import OperationCall

ACTIVITY_UNITS = 30
"""The units of work of drawing the activity of a day."""


@dataclass(frozen=True, slots=True)
class MetaResults:
    """The adjustments of an event, and of the other events in its series, newest first in both cases. See: META-02."""

    event: list[CampaignResult]
    series: list[CampaignResult]


class ReportedDay(NamedTuple):
    """One day of Meta's report: its conversions, and the activity of its ads. See: META-05."""

    day: MetaDay
    activity: AdActivity


@in_pieces
def get_campaign_results(call: OperationCall, eid: str) -> Steps[MetaResults]:
    """Return the adjustments of an event and of its series.

    Unlike `/campaign_results/`, this operation needs no special permission.

    See: META-01.
    Implements: META-02, META-03.
    """
    event = access.require_event(call, eid)
    results = call.store.results
    yield from results.load_group("event", event.id)
    series_events = () if event.series is None else call.store.events.group("series", event.series)
    others: list[CampaignResult] = []
    for other in series_events:
        if other.id != event.id:
            yield from results.load_group("event", other.id)
            others += results.group("event", other.id)
            yield 2 + column_units(len(results.group("event", other.id)))
    own_rows = yield from steps_of(adjustments.list_newest_first, results.group("event", event.id))
    return MetaResults(own_rows, (yield from steps_of(adjustments.list_newest_first, others)))


@in_pieces
def get_insights(call: OperationCall, eid: str, first: date, last: date) -> Steps[list[ReportedDay]]:
    """Return Meta's report for `first` to `last`, both included.

    Raises InvalidRequestError if the start is after the end.

    See: META-05, META-06.
    Implements: META-04.
    """
    if first > last:
        raise InvalidRequestError(Problem("range", "start_date", "start_date must not be after end_date"))
    event = access.require_event(call, eid)
    known = sales.select_known(call.store.sales.for_event(event.id), call.now)
    reported = []
    for day in (yield from steps_of(meta.list_days, known, first, last)):
        reported.append(ReportedDay(day, meta.draw_activity(call.ids.seed, event.id, day)))
        yield ACTIVITY_UNITS
    return reported
