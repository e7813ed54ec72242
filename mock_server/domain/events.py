"""Events: which events a list contains and in which order, and the members that are computed when an event is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from mock_server.domain.models import BenchmarkState, Event, FrontendStatus, Prediction

RESERVED_IDS = frozenset({"flagged", "statistics", "venues"})
"""Ids that are reserved, because `/events/venues` and similar paths are not events. See: ERR-03."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The filters of `GET /events/`. A filter that is None matches all events. See: EVT-01.

    `since` and `until` are days, both included. An empty text matches nothing (BASE-10).
    """

    q: str | None = None
    search: str | None = None
    since: date | None = None
    until: date | None = None
    status: str | None = None
    frontend_status: frozenset[FrontendStatus] | None = None
    city: frozenset[str] | None = None


ALL_EVENTS = EventFilter()
_start_and_id = attrgetter("start_date_time", "id")


def list_matching(events: Iterable[Event], event_filter: EventFilter, *, shows_cancelled: bool = False) -> list[Event]:
    """Return the events that match the filter, by start, then id. See: EVT-01.

    `shows_cancelled` is as in `shown_frontend_status`.
    """
    if event_filter != ALL_EVENTS:
        events = [event for event in events if _matches(event, event_filter, shows_cancelled)]
    return sorted(events, key=_start_and_id)


def shown_frontend_status(event: Event, *, shows_cancelled: bool) -> FrontendStatus:
    """Return the `frontend_status` that a client sees: CANCELLED is DEFAULT unless `shows_cancelled`.

    Implements: EVT-06.
    """
    return "DEFAULT" if event.frontend_status == "CANCELLED" and not shows_cancelled else event.frontend_status


def has_active_campaigns(event: Event, now: datetime) -> bool:
    """Return whether the event has running campaigns at `now`. See: EVT-06."""
    stopped = event.campaign_stop_time is not None and event.campaign_stop_time <= now
    return event.campaign_status == "RUNNING" and not stopped


def compare_with_benchmark(prediction: Prediction) -> BenchmarkState:
    """Return whether the predicted value is above, at or below its benchmark. See: EVT-02."""
    if prediction.value == prediction.benchmark:
        return "at"
    return "above" if prediction.value > prediction.benchmark else "below"


def _matches(event: Event, event_filter: EventFilter, shows_cancelled: bool) -> bool:
    day = event.start_date_time.date()
    statuses = event_filter.frontend_status
    return (
        _contains(event.title, event_filter.q)
        and _contains(event.title, event_filter.search)
        and (event_filter.since is None or event_filter.since <= day)
        and (event_filter.until is None or day <= event_filter.until)
        and (event_filter.status is None or event_filter.status == event.status)
        and (statuses is None or shown_frontend_status(event, shows_cancelled=shows_cancelled) in statuses)
        and (event_filter.city is None or event.city in event_filter.city)
    )


def _contains(title: str, part: str | None) -> bool:
    return part is None or (part != "" and part.casefold() in title.casefold())
