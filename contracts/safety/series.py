"""Series of events: one write moves events out of several series, so all that it touches are put back together."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.safety.owners import Actor, ActorCall, ActorClient, RestoreError
from contracts.safety.undo_task import RecordAction, UndoTask

KIND = "series"
TASK_NAME = "series of events"
Group = tuple[str, ...]


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> dict[str, Any]:
    """The series, as found, of the event and of each that it is put together with, by who may read them."""
    parts: dict[Actor, list[list[str]]] = {}
    for event_id in dict.fromkeys((*parsed_call.ids("eid"), *parsed_call.query.get("event_series", ()))):
        owner = client.find_owner(partial(_build_read_call, event_id), scope) if event_id else None
        if owner is not None:
            actor, others = owner
            parts.setdefault(actor, []).append([event_id, *map(str, others)])
    notes = [{"keeper": keeper.to_note(), "groups": groups} for keeper, groups in parts.items()]
    return {"kind": KIND, "parts": notes} if notes else {}


def build_tasks(contents: LedgerContents) -> Iterator[UndoTask]:
    """One for each keeper: their events stand in series again as before the first write that touched them.

    Whoever stands with a touched event is noted with it, so an event that is not noted yet still stands as at first.
    """
    first_writes: dict[Actor, int] = {}
    original_groups: dict[Actor, dict[str, Group]] = {}
    for entry in contents.entries_undone_by(KIND):
        for part in entry.undo["parts"]:
            actor = Actor.from_note(part["keeper"])
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
            raise RestoreError(
                f"{group[0]} does not stand with {', '.join(group[1:]) or 'nobody'} after that was put back"
            )
    return []


def _is_restored(actor: Actor, group: Group, client: ActorClient) -> bool:
    """Whether exactly these events stand together; each is asked, for a series of a broken deployment may be torn."""
    return all({event_id, *client.read(actor, _build_read_call(event_id, actor))} == set(group) for event_id in group)


def _build_read_call(event_id: str, _: Actor) -> ActorCall:
    return ActorCall("getEventSeries", {"eid": event_id})
