"""What can be read of an event under Meta's integration: campaign results, and Meta's own report."""

from dataclasses import dataclass
from datetime import date

from mock_server.domain import adjustments, meta, sales
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.meta import MetaDay
from mock_server.domain.models import CampaignResult
from mock_server.operations import access
from mock_server.state.workspace import Call


@dataclass(frozen=True, slots=True)
class MetaResults:
    """The adjustments of an event, and those of the others in its series; the newest first in both. Rule: META-02."""

    event: list[CampaignResult]
    series: list[CampaignResult]


def get_campaign_results(call: Call, eid: str) -> MetaResults:
    """The adjustments of an event and of its series, open to all of the partner. Rules: META-01, META-02, META-03."""
    event = access.event(call, eid)
    results = call.store.results
    beside = () if event.series is None else call.store.events.group("series", event.series)
    others = [row for other in beside if other.id != event.id for row in results.group("event", other.id)]
    return MetaResults(
        adjustments.newest_first(results.group("event", event.id)),
        adjustments.newest_first(others),
    )


def get_insights(call: Call, eid: str, first: date, last: date) -> list[MetaDay]:
    """Meta's report from `first` to `last`, both included. Rules: META-04, META-05, META-06.

    Raises InvalidRequest for a start after the end.
    """
    if first > last:
        raise InvalidRequest(Problem("range", "start_date", "start_date must not be after end_date"))
    event = access.event(call, eid)
    return meta.daily(sales.known(call.store.sales.of(event.id), call.now), first, last)
