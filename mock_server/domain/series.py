"""Which events stand in one series, and what replacing a series does."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mock_server.domain.models import Event


def together(event: Event, events: Iterable[Event]) -> list[Event]:
    """The events in the same series, the event itself included, by start, then id. Rules: EVT-04, BEV-06."""
    if event.series is None:
        return [event]
    members = (other for other in events if other.series == event.series)
    return sorted(members, key=lambda member: (member.start_date_time, member.id))


def others(event: Event, events: Iterable[Event]) -> list[str]:
    """The ids of the other events in the same series. Rule: EVT-04."""
    return [member.id for member in together(event, events) if member.id != event.id]


def replaced(event: Event, named: Iterable[Event], events: Mapping[str, Event], name: str) -> list[Event]:
    """The events that change when the event's series becomes exactly itself and the named ones.

    Members of its former series that are not named stand alone afterwards; a named event leaves the
    series that it stood in. `name` is one that no series has had. Rules: EVT-04, EVT-05.
    """
    members = {other.id for other in named} | {event.id}
    before = {other.id for other in together(event, events.values())}
    if members == before:
        return []
    joined = name if len(members) > 1 else None
    targets = {**dict.fromkeys(members, joined), **dict.fromkeys(before - members)}
    return [replace(events[key], series=series) for key, series in sorted(targets.items())]
