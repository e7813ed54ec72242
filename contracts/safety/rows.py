"""Rows that were entered by hand: which of an event's rows the run made, and no others, are deleted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from contracts.safety.call_scope import Asked
from contracts.safety.ledger import Book, Entry
from contracts.safety.owners import Call, Keeper, Keepers, Trouble
from contracts.safety.undo_task import Note, Task
from contracts.safety.unique_amounts import belongs, decimal

KIND = "row"
NO_EVENT = frozenset({400, 404})
"""Not 403: to each keeper for their own partner that means that they may not read rows at all."""
Row = dict[str, Any]


def noted(asked: Asked, scope: str | None, keepers: Keepers) -> dict[str, Any]:
    """What is entered, and which rows the event has before; nothing where no such event can be read."""
    event_id = asked.only("eid")
    owner = keepers.owner(partial(_reading, event_id), scope, NO_EVENT) if event_id else None
    if owner is None:
        return {}
    keeper, rows = owner
    return {
        "kind": KIND,
        "keeper": keeper.note(),
        "eid": event_id,
        "seen": [row["id"] for row in rows],
        "purchase": asked.only("purchase"),
        "revenue": asked.only("revenue"),
    }


def tasks(book: Book) -> Iterator[Task]:
    """One for each event that rows were entered for."""
    by_event: dict[tuple[str, ...], list[Entry]] = {}
    for entry in book.undoes(KIND):
        by_event.setdefault((*entry.undo["keeper"], entry.undo["eid"]), []).append(entry)
    for (role, partner_id, event_id), entries in by_event.items():
        act = partial(_delete, Keeper(role, partner_id), entries, book.run_id)
        yield Task(f"rows of {event_id} of {partner_id}", entries[0].number, act)


def made(entries: Sequence[Entry], rows: Sequence[Row], run_id: str) -> list[str]:
    """The ids of those rows of an event that the run is known to have made.

    A row that was there before the write is never one. A row is the run's where the answer named it, or where its
    revenue is of this run only, or where it is what an unanswered write entered and nobody else can have.
    """
    found: dict[str, None] = {}
    doubtful: Counter[tuple[Any, Any]] = Counter()
    for entry in entries:
        fresh = [row for row in rows if row["id"] not in entry.undo["seen"] and row["source"] == "manual"]
        if entry.made.get("id") in [row["id"] for row in fresh]:
            found[entry.made["id"]] = None
        elif belongs(run_id, entry.undo["revenue"]):
            found |= {row["id"]: None for row in fresh if _values(row)[1] == _values(entry.undo)[1]}
        else:
            doubtful[_values(entry.undo)] += 1
    for values, count in doubtful.items():
        first = next(entry for entry in entries if _values(entry.undo) == values)
        alike = [row["id"] for row in rows if _values(row) == values and row["source"] == "manual"]
        alike = [row_id for row_id in alike if row_id not in found and row_id not in first.undo["seen"]]
        if len(alike) <= count:
            found |= dict.fromkeys(alike)
    return list(found)


def _delete(keeper: Keeper, entries: Sequence[Entry], run_id: str, keepers: Keepers, note: Note) -> list[str]:
    reading = _reading(entries[0].undo["eid"], keeper)
    for row_id in made(entries, keepers.read(keeper, reading), run_id):
        note(f"deleteCampaignResult {row_id}")
        keepers.write(keeper, Call("deleteCampaignResult", query={"id": row_id}))
    rows = keepers.read(keeper, reading)
    if left := made(entries, rows, run_id):
        raise Trouble(f"deleted, and still listed: {', '.join(left)}")
    before = {row_id for entry in entries for row_id in entry.undo["seen"]}
    strange = [row["id"] for row in rows if row["source"] == "manual" and row["id"] not in before]
    return [f"row {row_id} came while the run wrote there, and is not known to be the run's" for row_id in strange]


def _reading(event_id: str, keeper: Keeper) -> Call:
    return Call("listCampaignResults", query={"eid": event_id, "partner_id": keeper.partner_id})


def _values(row: Any) -> tuple[Any, Any]:
    return decimal(row["purchase"]), decimal(row["revenue"])
