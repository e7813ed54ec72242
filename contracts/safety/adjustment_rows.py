"""Undoes sales adjustments: deletes the rows that the run created, and no others.

A row belongs to the run if the response to the write named its id, or if its revenue is one of the run's unique
amounts, whatever else the platform says about it. Ids are compared as text, because a platform may show the same id
as a number and as a string.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import httpx2

from contracts.safety.actors import Actor, ActorCall, ActorClient, RestoreError
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import Entry, LedgerContents
from contracts.safety.listings import find_rows
from contracts.safety.undo_task import RecordAction, UndoTask
from contracts.safety.unique_amounts import belongs_to_run, parse_decimal

KIND, DELETION_KIND = "row", "deletion"
NO_EVENT_STATUSES = frozenset({400, 404})
"""The statuses that mean that an event does not exist. A 403 only means that the actor may not read any rows."""
GONE_STATUSES = frozenset({404, 410})
AUTOMATED = "automated"
Row = dict[str, Any]


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> dict[str, Any]:
    """Record the values to be entered and the event's existing rows. Record nothing if the event cannot be read."""
    event_id = parsed_call.single_value("eid")
    owner = client.find_owner(partial(_build_list_call, event_id), scope, NO_EVENT_STATUSES) if event_id else None
    if owner is None:
        return {}
    actor, body = owner
    return {
        "kind": KIND,
        "actor": actor.to_note(),
        "eid": event_id,
        "existing": list(_rows_by_id(body)),
        "purchase": parsed_call.single_value("purchase"),
        "revenue": parsed_call.single_value("revenue"),
    }


def list_automated(event_id: str, scope: str | None, client: ActorClient) -> list[str]:
    """Return the ids of the event's automated rows. There are none if the event cannot be read."""
    owner = client.find_owner(partial(_build_list_call, event_id), scope, NO_EVENT_STATUSES)
    rows = _rows_by_id(owner[1]) if owner is not None else {}
    return [row_id for row_id, row in rows.items() if row.get("source") == AUTOMATED]


def build_tasks(contents: LedgerContents) -> Iterator[UndoTask]:
    """Yield a task for each event for which rows were entered."""
    deleted = {entry.undo["id"] for entry in contents.entries_undone_by(DELETION_KIND) if entry.is_accepted}
    by_event: dict[tuple[str, ...], list[Entry]] = {}
    for entry in contents.entries_undone_by(KIND):
        by_event.setdefault((*entry.undo["actor"], entry.undo["eid"]), []).append(entry)
    for (role, partner_id, event_id), entries in by_event.items():
        named = [created_id for entry in entries if (created_id := _created_id(entry)) and created_id not in deleted]
        action = partial(_delete_rows, Actor(role, partner_id), entries, named, contents.run_id)
        yield UndoTask(f"rows of {event_id} of {partner_id}", entries[0].number, action)


def find_own_rows(entries: Sequence[Entry], rows: Sequence[Row], run_id: str) -> list[str]:
    """Return the ids of an event's rows that the run is known to have created.

    The ids never include a row that existed before the write. A row belongs to the run if the response named it, or if
    its revenue is one of the run's unique amounts. It also belongs to the run if it is the only row with the values of
    a write that got no readable response, and is not one of the platform's own.
    """
    own_ids: dict[str, None] = {}
    unidentified: Counter[tuple[Any, Any]] = Counter()
    for entry in entries:
        new_rows = {row_id: row for row_id, row in _rows_by_id(rows).items() if row_id not in entry.undo["existing"]}
        if _created_id(entry) in new_rows:
            own_ids[_created_id(entry)] = None
        elif belongs_to_run(run_id, entry.undo["revenue"]):
            amount = _amounts(entry.undo)[1]
            own_ids |= {row_id: None for row_id, row in new_rows.items() if _amounts(row)[1] == amount}
        elif entry.is_undecided:
            unidentified[_amounts(entry.undo)] += 1
    for values, count in unidentified.items():
        first = next(entry for entry in entries if _amounts(entry.undo) == values)
        candidates = [
            row_id
            for row_id, row in _rows_by_id(rows).items()
            if _amounts(row) == values and row.get("source") != AUTOMATED
        ]
        candidates = [row_id for row_id in candidates if row_id not in own_ids and row_id not in first.undo["existing"]]
        if len(candidates) <= count:
            own_ids |= dict.fromkeys(candidates)
    return list(own_ids)


def _delete_rows(  # noqa: PLR0913 - the first four are bound when the task is built
    actor: Actor,
    entries: Sequence[Entry],
    named: Sequence[str],
    run_id: str,
    client: ActorClient,
    record: RecordAction,
) -> list[str]:
    """Delete the run's rows: those that are listed, and those that the ledger names, even if they are not listed."""
    list_call = _build_list_call(entries[0].undo["eid"], actor)
    listed = find_own_rows(entries, find_rows(client.read(actor, list_call)), run_id)
    problems = [_delete_row(row_id, actor, client, record) for row_id in dict.fromkeys([*listed, *named])]
    rows = find_rows(client.read(actor, list_call))
    if remaining := find_own_rows(entries, rows, run_id):
        raise RestoreError(
            "; ".join([f"still listed after their deletion: {', '.join(remaining)}", *filter(None, problems)])
        )
    if refused := [problem for problem in problems if problem]:
        raise RestoreError("; ".join(refused))
    before = {row_id for entry in entries for row_id in entry.undo["existing"]}
    unknown_ids = [
        row_id for row_id, row in _rows_by_id(rows).items() if row.get("source") != AUTOMATED and row_id not in before
    ]
    return [
        f"row {row_id} appeared while the run wrote to its event; not deleted, because it may be someone else's"
        for row_id in unknown_ids
    ]


def _delete_row(row_id: str, actor: Actor, client: ActorClient, record: RecordAction) -> str:
    """Delete a row. Return the problem, an empty text if there is none. The row may have been deleted before."""
    record(f"deleteCampaignResult {row_id}")
    try:
        answer = client.request(actor, ActorCall("deleteCampaignResult", query={"id": row_id}))
    except httpx2.TransportError as error:
        return f"no response to the deletion of {row_id}: {type(error).__name__}"
    if answer.is_success or answer.status_code in GONE_STATUSES:
        return ""
    return f"the deletion of {row_id} answered {answer.status_code}"


def _created_id(entry: Entry) -> str:
    """Return the id that the response to a write named; an empty text if it named none, or one that existed before."""
    created_id = str(entry.created.get("id", ""))
    return "" if created_id in entry.undo["existing"] else created_id


def _rows_by_id(body: Any) -> dict[str, Row]:
    return {str(row["id"]): row for row in find_rows(body)}


def _build_list_call(event_id: str, actor: Actor) -> ActorCall:
    return ActorCall("listCampaignResults", query={"eid": event_id, "partner_id": actor.partner_id})


def _amounts(row: Any) -> tuple[Any, Any]:
    return parse_decimal(row.get("purchase")), parse_decimal(row.get("revenue"))
