"""The list of events: the filter, the order, and the members that depend on the time of the request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mock_server.domain import lifecycles
from mock_server.domain.models import Event, FrontendStatus


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The filters of `GET /events/`. A filter that is None matches all events. See: EVT-01.

    `since` and `until` are days, both included. An empty text matches nothing (BASE-10).
    """

    q: str | None = None
    since: date | None = None
    until: date | None = None
    frontend_status: frozenset[FrontendStatus] | None = None
    city: frozenset[str] | None = None


def list_matching(events: Iterable[Event], event_filter: EventFilter, now: datetime) -> list[Event]:
    """Return the events that match the filter, sorted by start, then by id. See: EVT-01."""
    return sorted(
        (event for event in events if _matches(event, event_filter, now)),
        key=lambda event: (event.start_date_time, event.id),
    )


def has_active_campaigns(event: Event, now: datetime) -> bool:
    """Return whether the event has running campaigns at `now`. See: EVT-06."""
    stopped = event.campaign_stop_time is not None and event.campaign_stop_time <= now
    return event.campaign_status == "ACTIVE" and not stopped


def _matches(event: Event, event_filter: EventFilter, now: datetime) -> bool:
    day = event.start_date_time.date()
    status = lifecycles.frontend_status(event.start_date_time, now)
    return (
        (event_filter.q is None or (event_filter.q != "" and event_filter.q.casefold() in event.title.casefold()))
        and (event_filter.since is None or event_filter.since <= day)
        and (event_filter.until is None or day <= event_filter.until)
        and (event_filter.frontend_status is None or status in event_filter.frontend_status)
        and (event_filter.city is None or event.city in event_filter.city)
    )
