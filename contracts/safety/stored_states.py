"""States that a write replaces whole, and that are put back as they were found before the run's first write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from contracts.safety.call_scope import Asked
from contracts.safety.ledger import Book
from contracts.safety.owners import Call, Keeper, Keepers, Trouble
from contracts.safety.undo_task import Note, Task

KIND = "state"
AGAIN = "package {} was evaluated again when its settings were put back"
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """A state: what it is called, the path parameter that names its object, how it is read, and its fields.

    `queried` says that its fields are written in the query, not in a body; there `fields` are renamed.
    """

    name: str
    parameter: str
    read: str
    fields: Mapping[str, str]
    queried: bool = False


_WINDOW, _MODEL = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model"
STATES: Mapping[str, State] = {
    "setEventAttributionModel": State("attribution model of", "eid", "getEventAttributionModel", {"model": "model"}),
    "setAttributionModelDefault": State(
        "attribution model default of", "", "getPartner", {"model": "attribution_model_default"}, queried=True
    ),
    "setBackhaulDefaults": State(
        "Backhaul defaults of", "partner_id", "getBackhaulDefaults", {_WINDOW: _WINDOW, _MODEL: _MODEL}
    ),
    "replaceEvaluationSettings": State(
        "settings of",
        "package_id",
        "getEvaluationSettings",
        {_WINDOW: _WINDOW, _MODEL: _MODEL, "email_sent_date": "email_sent_date"},
    ),
}
"""By the operation that writes them; `fields` gives for each field as it is written its name as it is read."""


def parameter(operation: str) -> str:
    """The path parameter that names what an operation replaces; "" where it needs none, or replaces nothing whole."""
    return STATES[operation].parameter if operation in STATES else ""


def noted(asked: Asked, scope: str | None, keepers: Keepers) -> Found:
    """What putting the state back needs; nothing where there is no such object that the run's users may read."""
    state = STATES[asked.operation]
    name = asked.only(state.parameter) if state.parameter else ""
    if name is None:
        return {}
    owner = keepers.owner(lambda _: Call(state.read, _path(state, name)), scope)
    if owner is None:
        return {}
    keeper, found = owner
    if not isinstance(found, dict) or any(read not in found for read in state.fields.values()):
        raise Trouble(f"cannot tell how to put back what {state.read} answered")
    whose = name or keeper.partner_id
    values = {written: found[read] for written, read in state.fields.items()}
    return {
        "kind": KIND,
        "key": f"{state.name} {whose}",
        "keeper": keeper.note(),
        "object": name,
        "found": values,
    }


def tasks(book: Book) -> Iterator[Task]:
    """One for each state, to what the run found first."""
    known: set[str] = set()
    for entry in book.undoes(KIND):
        if entry.undo["key"] not in known:
            known.add(entry.undo["key"])
            yield Task(entry.undo["key"], entry.number, partial(_put_back, entry.operation, entry.undo))


def _put_back(operation: str, found: Mapping[str, Any], keepers: Keepers, note: Note) -> list[str]:
    state, keeper = STATES[operation], Keeper.noted(found["keeper"])
    if _seen(state, found, keepers) == found["found"]:
        return []
    note(f"{operation} {found['object']}")
    given = {name: value for name, value in found["found"].items() if value is not None}
    path = _path(state, found["object"])
    call = Call(operation, path, query=given) if state.queried else Call(operation, path, body=given)
    keepers.write(keeper, call)
    if (seen := _seen(state, found, keepers)) != found["found"]:
        raise Trouble(f"it reads {seen} after {found['found']} was put back")
    return [AGAIN.format(found["object"])] if operation == "replaceEvaluationSettings" else []


def _seen(state: State, found: Mapping[str, Any], keepers: Keepers) -> Found:
    read = keepers.read(Keeper.noted(found["keeper"]), Call(state.read, _path(state, found["object"])))
    return {written: read.get(name) for written, name in state.fields.items()}


def _path(state: State, name: str) -> dict[str, str]:
    return {state.parameter: name} if state.parameter else {}
