"""Undoes writes that replace a state as a whole: restores its value from before the run's first write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from contracts.safety.actors import Actor, ActorCall, ActorClient, RestoreError
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.safety.undo_task import RecordAction, UndoTask

KIND = "state"
REEVALUATED_MESSAGE = "package {} was evaluated again when its settings were restored"
StateValues = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReplaceableState:
    """One kind of state. `path_parameter` names its object, and is empty if the state belongs to the partner.

    `fields` maps the names in the write to the names in the read. With `in_query`, the write sends its values in the
    query instead of a body.
    """

    name: str
    path_parameter: str
    read_operation: str
    fields: Mapping[str, str]
    in_query: bool = False


_WINDOW, _MODEL = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model"
STATES: Mapping[str, ReplaceableState] = {
    "setEventAttributionModel": ReplaceableState(
        "attribution model of", "eid", "getEventAttributionModel", {"model": "model"}
    ),
    "setFrontendStatus": ReplaceableState(
        "frontend status of", "eid", "getEvent", {"frontend_status": "frontend_status"}
    ),
    "setAttributionModelDefault": ReplaceableState(
        "attribution model default of", "", "getPartner", {"model": "attribution_model_default"}, in_query=True
    ),
    "setBackhaulDefaults": ReplaceableState(
        "Backhaul defaults of", "partner_id", "getBackhaulDefaults", {_WINDOW: _WINDOW, _MODEL: _MODEL}
    ),
    "replaceEvaluationSettings": ReplaceableState(
        "settings of",
        "package_id",
        "getEvaluationSettings",
        {_WINDOW: _WINDOW, _MODEL: _MODEL, "email_sent_date": "email_sent_date"},
    ),
}
"""The kinds of state, by the operation that writes them."""


def path_parameter_of(operation: str) -> str:
    """Return the path parameter that names the state's object; an empty text if there is no such object or state."""
    return STATES[operation].path_parameter if operation in STATES else ""


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> StateValues:
    """Record the current state. Record nothing if the run's users cannot read the object."""
    state = STATES[parsed_call.operation]
    name = parsed_call.single_value(state.path_parameter) if state.path_parameter else ""
    if name is None:
        return {}
    owner = client.find_owner(lambda _: ActorCall(state.read_operation, _path_parameters(state, name)), scope)
    if owner is None:
        return {}
    actor, body = owner
    if not isinstance(body, dict) or any(read not in body for read in state.fields.values()):
        raise RestoreError(f"cannot restore the state: fields are missing in the response of {state.read_operation}")
    owner_id = name or actor.partner_id
    values = {written: body[read] for written, read in state.fields.items()}
    return {
        "kind": KIND,
        "key": f"{state.name} {owner_id}",
        "actor": actor.to_note(),
        "object": name,
        "original": values,
    }


def build_tasks(contents: LedgerContents) -> Iterator[UndoTask]:
    """Yield a task for each state. The task restores the first recorded value of the state."""
    known: set[str] = set()
    for entry in contents.entries_undone_by(KIND):
        if entry.undo["key"] not in known:
            known.add(entry.undo["key"])
            yield UndoTask(entry.undo["key"], entry.number, partial(_restore, entry.operation, entry.undo))


def _restore(operation: str, undo_note: Mapping[str, Any], client: ActorClient, record: RecordAction) -> list[str]:
    state, actor = STATES[operation], Actor.from_note(undo_note["actor"])
    if _read_values(state, undo_note, client) == undo_note["original"]:
        return []
    record(f"{operation} {undo_note['object']}")
    values = {name: value for name, value in undo_note["original"].items() if value is not None}
    path = _path_parameters(state, undo_note["object"])
    call = ActorCall(operation, path, query=values) if state.in_query else ActorCall(operation, path, body=values)
    client.write(actor, call)
    if (current := _read_values(state, undo_note, client)) != undo_note["original"]:
        raise RestoreError(f"it is {current} after {undo_note['original']} was restored")
    return [REEVALUATED_MESSAGE.format(undo_note["object"])] if operation == "replaceEvaluationSettings" else []


def _read_values(state: ReplaceableState, undo_note: Mapping[str, Any], client: ActorClient) -> StateValues:
    body = client.read(
        Actor.from_note(undo_note["actor"]),
        ActorCall(state.read_operation, _path_parameters(state, undo_note["object"])),
    )
    return {written: body.get(name) for written, name in state.fields.items()}


def _path_parameters(state: ReplaceableState, name: str) -> dict[str, str]:
    return {state.path_parameter: name} if state.path_parameter else {}
