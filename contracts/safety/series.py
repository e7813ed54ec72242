"""Series of events. One write can move events out of several series, so all of these are restored together."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from contracts.safety.actors import Actor, ActorCall, ActorClient, RestoreError
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.safety.undo_task import RecordAction, UndoTask

KIND = "series"
TASK_NAME = "series of events"
Group = tuple[str, ...]


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> dict[str, Any]:
    """Record the current series of the event and of the events that join it, and the actor who can read each."""
    parts: dict[Actor, list[list[str]]] = {}
    for event_id in dict.fromkeys((*parsed_call.ids("eid"), *parsed_call.query.get("event_series", ()))):
        owner = client.find_owner(partial(_build_read_call, event_id), scope) if event_id else None
        if owner is not None:
            actor, others = owner
            parts.setdefault(actor, []).append([event_id, *map(str, others)])
    notes = [{"actor": actor.to_note(), "groups": groups} for actor, groups in parts.items()]
    return {"kind": KIND, "parts": notes} if notes else {}


def build_tasks(contents: LedgerContents) -> Iterator[UndoTask]:
    """Yield a task for each actor. It restores the series of the actor's events to their state before the first write.

    Each entry records the whole series of the events that it changes, so the first record of an event is its original
    series.
    """
    first_writes: dict[Actor, int] = {}
    original_groups: dict[Actor, dict[str, Group]] = {}
    for entry in contents.entries_undone_by(KIND):
        for part in entry.undo["parts"]:
            actor = Actor.from_note(part["actor"])
            first_writes.setdefault(actor, entry.number)
            known = original_groups.setdefault(actor, {})
            for group in map(tuple, part["groups"]):
                known |= {event_id: group for event_id in group if event_id not in known}
    for actor, known in original_groups.items():
        groups = {frozenset(group): group for group in known.values()}
        action = partial(_restore, actor, list(groups.values()))
        yield UndoTask(f"{TASK_NAME} of {actor.partner_id}, by {actor.role}", first_writes[actor], action)


def _restore(actor: Actor, groups: list[Group], client: ActorClient, record: RecordAction) -> list[str]:
    for group in groups:
        if _is_restored(actor, group, client):
            continue
        record(f"replaceEventSeries {group[0]}")
        query = {"event_series": list(group[1:])}
        client.write(actor, ActorCall("replaceEventSeries", {"eid": group[0]}, query))
        if not _is_restored(actor, group, client):
            raise RestoreError(f"the series of {group[0]} is not [{', '.join(group[1:])}] after it was restored")
    return []


def _is_restored(actor: Actor, group: Group, client: ActorClient) -> bool:
    """Whether these events are a series. All of them are read, because a broken deployment may contradict itself."""
    return all({event_id, *client.read(actor, _build_read_call(event_id, actor))} == set(group) for event_id in group)


def _build_read_call(event_id: str, _: Actor) -> ActorCall:
    return ActorCall("getEventSeries", {"eid": event_id})
