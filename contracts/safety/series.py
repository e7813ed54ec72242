"""Series of events: one write moves events out of several series, so all that it touches are put back together."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from contracts.safety.call_scope import Asked
from contracts.safety.ledger import Book
from contracts.safety.owners import Call, Keeper, Keepers, Trouble
from contracts.safety.undo_task import Note, Task

KIND = "series"
NAME = "series of events"
Group = tuple[str, ...]


def noted(asked: Asked, scope: str | None, keepers: Keepers) -> dict[str, Any]:
    """The series, as found, of the event and of each that it is put together with, by who may read them."""
    parts: dict[Keeper, list[list[str]]] = {}
    for event_id in dict.fromkeys((*asked.ids("eid"), *asked.query.get("event_series", ()))):
        owner = keepers.owner(partial(_reading, event_id), scope) if event_id else None
        if owner is not None:
            keeper, others = owner
            parts.setdefault(keeper, []).append([event_id, *map(str, others)])
    told = [{"keeper": keeper.note(), "groups": groups} for keeper, groups in parts.items()]
    return {"kind": KIND, "parts": told} if told else {}


def tasks(book: Book) -> Iterator[Task]:
    """One for each keeper: their events stand in series again as before the first write that touched them.

    Whoever stands with a touched event is noted with it, so an event that is not noted yet still stands as at first.
    """
    since: dict[Keeper, int] = {}
    first: dict[Keeper, dict[str, Group]] = {}
    for entry in book.undoes(KIND):
        for part in entry.undo["parts"]:
            keeper = Keeper.noted(part["keeper"])
            since.setdefault(keeper, entry.number)
            known = first.setdefault(keeper, {})
            for group in map(tuple, part["groups"]):
                known |= {event_id: group for event_id in group if event_id not in known}
    for keeper, known in first.items():
        groups = {frozenset(group): group for group in known.values()}
        act = partial(_put_back, keeper, list(groups.values()))
        yield Task(f"{NAME} of {keeper.partner_id}, by {keeper.role}", since[keeper], act)


def _put_back(keeper: Keeper, groups: list[Group], keepers: Keepers, note: Note) -> list[str]:
    for group in groups:
        if _seen(keeper, group, keepers):
            continue
        note(f"replaceEventSeries {group[0]}")
        query = {"event_series": list(group[1:])}
        keepers.write(keeper, Call("replaceEventSeries", {"eid": group[0]}, query))
        if not _seen(keeper, group, keepers):
            raise Trouble(f"{group[0]} does not stand with {', '.join(group[1:]) or 'nobody'} after that was put back")
    return []


def _seen(keeper: Keeper, group: Group, keepers: Keepers) -> bool:
    """Whether exactly these events stand together; each is asked, for a series of a broken deployment may be torn."""
    return all({event_id, *keepers.read(keeper, _reading(event_id, keeper))} == set(group) for event_id in group)


def _reading(event_id: str, _: Keeper) -> Call:
    return Call("getEventSeries", {"eid": event_id})
