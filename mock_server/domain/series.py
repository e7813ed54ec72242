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


def replaced(event: Event, named: Iterable[Event], events: Mapping[str, Event]) -> list[Event]:
    """The events that change when the event's series becomes exactly itself and the named ones.

    Members of its former series that are not named stand alone afterwards; a named event leaves the
    series that it stood in. The new series bears the event's id. Rules: EVT-04, EVT-05.
    """
    members = {other.id for other in named} | {event.id}
    name = event.id if len(members) > 1 else None
    dropped = {other.id for other in together(event, events.values())} - members
    heirs = _renamed_leftovers(name, members | dropped, events)
    targets = {**dict.fromkeys(members, name), **dict.fromkeys(dropped), **heirs}
    return [
        replace(events[key], series=series) for key, series in sorted(targets.items()) if events[key].series != series
    ]


def _renamed_leftovers(name: str | None, moved: set[str], events: Mapping[str, Event]) -> dict[str, str]:
    """Who stays behind in another series that bears the new one's name, under a name of their own."""
    if name is None:
        return {}
    stayed = sorted(other.id for other in events.values() if other.series == name and other.id not in moved)
    return dict.fromkeys(stayed, stayed[0]) if stayed else {}
