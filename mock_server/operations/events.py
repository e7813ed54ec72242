"""Operations on events, their series, their `frontend_status` and their attribution model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mock_server.domain import events, paging, series
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.events import EventFilter
from mock_server.domain.models import AttributionModel, Event, FrontendStatus, SettableFrontendStatus
from mock_server.domain.paging import Page
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.operations import access
from mock_server.state.workspace import OperationCall

LONG_SERIES = 100
"""A series with more events is sorted once for a list of events."""
EVENT_UNITS = 30
"""The units of work of writing an event."""


@dataclass(frozen=True, slots=True)
class EventView:
    """An event, and its members that depend on the time of the request or on other records. See: EVT-02, EVT-06."""

    event: Event
    currency: str
    frontend_status: FrontendStatus
    has_active_campaigns: bool
    series: list[str]


@in_pieces
def list_events(call: OperationCall, event_filter: EventFilter, page: int, limit: int) -> Steps[Page[EventView]]:
    """Return a page of the partner's events.

    Raises InvalidRequestError if `since` is after `until`.

    Implements: EVT-01, EVT-07.
    """
    if event_filter.since and event_filter.until and event_filter.since > event_filter.until:
        raise InvalidRequestError(Problem("range", "since", "since must not be after until"))
    candidates = call.store.events.group("partner", call.partner_id)
    found = events.list_matching(candidates, event_filter, shows_cancelled=call.quirks.cancelled_frontend_status)
    events_page = paging.paginate(found, page, limit)
    return Page(
        events_page.total,
        events_page.limit,
        events_page.page,
        events_page.pages,
        events_page.next_page,
        events_page.prev_page,
        items=(yield from _build_views(call, events_page.items)),
    )


def get_event(call: OperationCall, eid: str) -> EventView:
    """Return one event. See: EVT-02, EVT-03."""
    return _build_view(call, access.require_event(call, eid))


def set_frontend_status(call: OperationCall, eid: str, status: SettableFrontendStatus) -> None:
    """Set the event's `frontend_status`. Only users set it; it does not change with time.

    Implements: EVT-08.
    """
    call.store.events.put(replace(access.require_event(call, eid), frontend_status=status), call.cause)


def get_event_series(call: OperationCall, eid: str, limit: int | None) -> list[str]:
    """Return the ids of the other events in the event's series, at most `limit`. See: EVT-04."""
    return _other_member_ids(call, access.require_event(call, eid))[:limit]


@in_pieces
def replace_event_series(call: OperationCall, eid: str, named: list[str]) -> Steps[None]:
    """Make the event and the named events one series, without other members. See: EVT-04, EVT-05."""
    event = access.require_event(call, eid)
    others = access.require_events(call, named, "event_series")
    partners_events = {other.id: other for other in call.store.events.group("partner", call.partner_id)}
    yield from put_events(call, series.replace_series(event, others, partners_events, call.ids.new("series")))


def put_events(call: OperationCall, changed: Iterable[Event]) -> Steps[None]:
    """Write the events of a series, which may be many."""
    for event in changed:
        call.store.events.put(event, call.cause)
        yield EVENT_UNITS


def get_attribution_model(call: OperationCall, eid: str) -> AttributionModel:
    """Return the event's attribution model. See: LAM-01."""
    return access.require_event(call, eid).attribution_model


def set_attribution_model(call: OperationCall, eid: str, model: AttributionModel) -> AttributionModel:
    """Set the event's attribution model. Package evaluations do not depend on it.

    Implements: LAM-01, LAM-02.
    """
    call.store.events.put(replace(access.require_event(call, eid), attribution_model=model), call.cause)
    return model


def _build_views(call: OperationCall, listed: Sequence[Event]) -> Steps[list[EventView]]:
    """Return the views of the events. The members of a long series are sorted once."""
    long_series: dict[str | None, list[str]] = {}
    views = []
    for event in listed:
        size = 0 if event.series is None else len(call.store.events.group("series", event.series))
        if size <= LONG_SERIES:
            views.append(_build_view(call, event))
        else:
            if event.series not in long_series:
                members = series.members_of(event, call.store.events.group("series", event.series))
                long_series[event.series] = [member.id for member in members]
            others = [member for member in long_series[event.series] if member != event.id]
            views.append(_build_view(call, event, others))
        yield 1 + size // 5
    return views


def _other_member_ids(call: OperationCall, event: Event) -> list[str]:
    return series.other_member_ids(event, call.store.events.group("series", event.series))


def _build_view(call: OperationCall, event: Event, others: list[str] | None = None) -> EventView:
    """Return the view of an event. `others` are the other events of its series, if they are known already."""
    return EventView(
        event=event,
        currency=access.require_partner(call).currency,
        frontend_status=events.shown_frontend_status(event, shows_cancelled=call.quirks.cancelled_frontend_status),
        has_active_campaigns=events.has_active_campaigns(event, call.now),
        series=_other_member_ids(call, event) if others is None else others,
    )
