"""Which events are in a series, and what replacing a series changes.

Implements: EVT-04.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mock_server.domain.models import Event


def members_of(event: Event, events: Iterable[Event]) -> list[Event]:
    """Return the events in the event's series, itself included, sorted by start, then by id. See: EVT-04, BEV-06."""
    if event.series is None:
        return [event]
    members = (other for other in events if other.series == event.series)
    return sorted(members, key=lambda member: (member.start_date_time, member.id))


def members_of_all(event_ids: Collection[str], events: Collection[Event]) -> list[Event]:
    """Return those of the events that have one of these ids or are in a series with one that has."""
    named = {event.series for event in events if event.id in event_ids and event.series is not None}
    return [event for event in events if event.id in event_ids or event.series in named]


def other_member_ids(event: Event, events: Iterable[Event]) -> list[str]:
    """Return the ids of the other events in the series. See: EVT-04."""
    if event.series is None:
        return []
    return [member.id for member in members_of(event, events) if member.id != event.id]


def replace_series(event: Event, named: Iterable[Event], events: Mapping[str, Event], name: str) -> Iterable[Event]:
    """Return the events that change when the event and the named events become a series with no other members.

    Members of the former series that are not named have no series afterwards. A named event leaves its former series.
    `name` must never have been used for a series.

    See: EVT-04.
    Implements: EVT-05.
    """
    members = {other.id for other in named} | {event.id}
    former_members = {other.id for other in members_of(event, events.values())}
    if members == former_members:
        return ()
    new_series = name if len(members) > 1 else None
    targets = {**dict.fromkeys(members, new_series), **dict.fromkeys(former_members - members)}
    return (replace(events[key], series=series) for key, series in sorted(targets.items()))
