"""Undoes sales adjustments: deletes the rows that the run created, and no others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from contracts.safety.actors import Actor, ActorCall, ActorClient, RestoreError
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import Entry, LedgerContents
from contracts.safety.undo_task import RecordAction, UndoTask
from contracts.safety.unique_amounts import belongs_to_run, parse_decimal

KIND = "row"
NO_EVENT_STATUSES = frozenset({400, 404})
"""The statuses that mean that an event does not exist. A 403 only means that the actor may not read any rows."""
Row = dict[str, Any]


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> dict[str, Any]:
    """Record the values to be entered and the event's existing rows. Record nothing if the event cannot be read."""
    event_id = parsed_call.single_value("eid")
    owner = client.find_owner(partial(_build_list_call, event_id), scope, NO_EVENT_STATUSES) if event_id else None
    if owner is None:
        return {}
    actor, rows = owner
    return {
        "kind": KIND,
        "actor": actor.to_note(),
        "eid": event_id,
        "existing": [row["id"] for row in rows],
        "purchase": parsed_call.single_value("purchase"),
        "revenue": parsed_call.single_value("revenue"),
    }


def build_tasks(contents: LedgerContents) -> Iterator[UndoTask]:
    """Yield a task for each event for which rows were entered."""
    by_event: dict[tuple[str, ...], list[Entry]] = {}
    for entry in contents.entries_undone_by(KIND):
        by_event.setdefault((*entry.undo["actor"], entry.undo["eid"]), []).append(entry)
    for (role, partner_id, event_id), entries in by_event.items():
        action = partial(_delete_rows, Actor(role, partner_id), entries, contents.run_id)
        yield UndoTask(f"rows of {event_id} of {partner_id}", entries[0].number, action)


def find_own_rows(entries: Sequence[Entry], rows: Sequence[Row], run_id: str) -> list[str]:
    """Return the ids of an event's rows that the run is known to have created.

    The ids never include a row that existed before the write. A row belongs to the run if the response named it, or if
    its revenue is one of the run's unique amounts. It also belongs to the run if it is the only row with the values of
    a write that got no response.
    """
    own_ids: dict[str, None] = {}
    unidentified: Counter[tuple[Any, Any]] = Counter()
    for entry in entries:
        new_rows = [row for row in rows if row["id"] not in entry.undo["existing"] and row["source"] == "manual"]
        if entry.created.get("id") in [row["id"] for row in new_rows]:
            own_ids[entry.created["id"]] = None
        elif belongs_to_run(run_id, entry.undo["revenue"]):
            own_ids |= {row["id"]: None for row in new_rows if _amounts(row)[1] == _amounts(entry.undo)[1]}
        else:
            unidentified[_amounts(entry.undo)] += 1
    for values, count in unidentified.items():
        first = next(entry for entry in entries if _amounts(entry.undo) == values)
        candidates = [row["id"] for row in rows if _amounts(row) == values and row["source"] == "manual"]
        candidates = [row_id for row_id in candidates if row_id not in own_ids and row_id not in first.undo["existing"]]
        if len(candidates) <= count:
            own_ids |= dict.fromkeys(candidates)
    return list(own_ids)


def _delete_rows(
    actor: Actor, entries: Sequence[Entry], run_id: str, client: ActorClient, record: RecordAction
) -> list[str]:
    list_call = _build_list_call(entries[0].undo["eid"], actor)
    for row_id in find_own_rows(entries, client.read(actor, list_call), run_id):
        record(f"deleteCampaignResult {row_id}")
        client.write(actor, ActorCall("deleteCampaignResult", query={"id": row_id}))
    rows = client.read(actor, list_call)
    if remaining := find_own_rows(entries, rows, run_id):
        raise RestoreError(f"still listed after their deletion: {', '.join(remaining)}")
    before = {row_id for entry in entries for row_id in entry.undo["existing"]}
    unknown_ids = [row["id"] for row in rows if row["source"] == "manual" and row["id"] not in before]
    return [
        f"row {row_id} appeared while the run wrote to its event; not deleted, because it may be someone else's"
        for row_id in unknown_ids
    ]


def _build_list_call(event_id: str, actor: Actor) -> ActorCall:
    return ActorCall("listCampaignResults", query={"eid": event_id, "partner_id": actor.partner_id})


def _amounts(row: Any) -> tuple[Any, Any]:
    return parse_decimal(row["purchase"]), parse_decimal(row["revenue"])
