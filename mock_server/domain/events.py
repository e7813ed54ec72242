"""Which events a listing shows, in which order, and what they are doing at an instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mock_server.domain import lifecycles
from mock_server.domain.models import Event, FrontendStatus


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What `GET /events/` may ask for; None asks for everything. Rule: EVT-01.

    `since` and `until` are days, both included. An empty text matches nothing (BASE-10).
    """

    q: str | None = None
    since: date | None = None
    until: date | None = None
    frontend_status: frozenset[FrontendStatus] | None = None
    city: frozenset[str] | None = None


def listed(events: Iterable[Event], wanted: EventFilter, now: datetime) -> list[Event]:
    """The events that the filter lets through, by start, then id. Rule: EVT-01."""
    return sorted(
        (event for event in events if _matches(event, wanted, now)),
        key=lambda event: (event.start_date_time, event.id),
    )


def has_active_campaigns(event: Event, now: datetime) -> bool:
    """Whether campaigns run for the event at `now`. Rule: EVT-06."""
    stopped = event.campaign_stop_time is not None and event.campaign_stop_time <= now
    return event.campaign_status == "ACTIVE" and not stopped


def _matches(event: Event, wanted: EventFilter, now: datetime) -> bool:
    day = event.start_date_time.date()
    status = lifecycles.frontend_status(event.start_date_time, now)
    return (
        (wanted.q is None or (wanted.q != "" and wanted.q.casefold() in event.title.casefold()))
        and (wanted.since is None or wanted.since <= day)
        and (wanted.until is None or day <= wanted.until)
        and (wanted.frontend_status is None or status in wanted.frontend_status)
        and (wanted.city is None or event.city in wanted.city)
    )
