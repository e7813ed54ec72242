"""Events, their series, and the model that attributes their sales."""

from dataclasses import dataclass, replace

from mock_server.domain import events, paging, series
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.events import EventFilter
from mock_server.domain.lifecycles import frontend_status
from mock_server.domain.models import AttributionModel, Event, FrontendStatus
from mock_server.domain.paging import Page
from mock_server.operations import access
from mock_server.state.workspace import Call


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as it stands at an instant. Rules: EVT-02, EVT-06."""

    event: Event
    frontend_status: FrontendStatus
    has_active_campaigns: bool
    series: list[str]


def list_events(call: Call, wanted: EventFilter, page: int, limit: int) -> Page[EventView]:
    """A page of the partner's events. Rules: EVT-01, EVT-07. Raises InvalidRequest where since is after until."""
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise InvalidRequest(Problem("range", "since", "since must not be after until"))
    found = events.listed(call.store.events.group("partner", call.partner_id), wanted, call.now)
    cut = paging.cut(found, page, limit)
    return Page(
        cut.total,
        cut.limit,
        cut.page,
        cut.pages,
        cut.next_page,
        cut.prev_page,
        items=[_view(call, event) for event in cut.items],
    )


def get_event(call: Call, eid: str) -> EventView:
    """One event. Rules: EVT-02, EVT-03."""
    return _view(call, access.event(call, eid))


def get_event_series(call: Call, eid: str, limit: int | None) -> list[str]:
    """The ids of the other events in the event's series, at most `limit`. Rule: EVT-04."""
    return _others(call, access.event(call, eid))[:limit]


def replace_event_series(call: Call, eid: str, named: list[str]) -> None:
    """Make the event and the named ones a series of their own. Rules: EVT-04, EVT-05."""
    event = access.event(call, eid)
    others = access.events(call, named, "event_series")
    partners_events = {other.id: other for other in call.store.events.group("partner", call.partner_id)}
    for changed in series.replaced(event, others, partners_events, call.ids.new("series")):
        call.store.events.put(changed)


def get_attribution_model(call: Call, eid: str) -> AttributionModel:
    """The model that attributes the event's sales. Rule: LAM-01."""
    return access.event(call, eid).attribution_model


def set_attribution_model(call: Call, eid: str, model: AttributionModel) -> AttributionModel:
    """Set the model; no package's evaluation has to do with it. Rules: LAM-01, LAM-02."""
    call.store.events.put(replace(access.event(call, eid), attribution_model=model))
    return model


def _others(call: Call, event: Event) -> list[str]:
    return series.others(event, call.store.events.group("series", event.series))


def _view(call: Call, event: Event) -> EventView:
    return EventView(
        event=event,
        frontend_status=frontend_status(event.start_date_time, call.now),
        has_active_campaigns=events.has_active_campaigns(event, call.now),
        series=_others(call, event),
    )
