"""The events of `--disposable-event`: writes that change their sales for good are allowed. Nothing of it is undone.

Each such write must name the events that it changes. A call that names none, such as a clearing without `event_id`, is
not sent: a deployment that accepts it may change all events of the partner.
"""

from collections.abc import Collection, Iterator
from typing import Any

from contracts.safety.actors import Actor, ActorCall, ActorClient
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.spec.verdicts import NotApplicableError

KIND = "disposable event"
IMPORT_OPERATIONS = frozenset({"ingestTransactionSummary", "ingestTransactionSummaryFromExcel", "uploadSalesEdit"})
CLEAR_OPERATION = "clearSales"
WRITES = IMPORT_OPERATIONS | {CLEAR_OPERATION}
"""The operations that change the sales of an event."""
EVENT_PARAMETERS = ("event_id", "eid")


class DisposableEvents:
    """Allows a write that changes sales if the user has named its events, and notes the partner of each event."""

    def __init__(self, event_ids: Collection[str], client: ActorClient) -> None:
        self._event_ids = frozenset(event_ids)
        self._client = client
        self._owners: dict[tuple[str | None, str], Actor | None] = {}

    def prepare_note(self, parsed_call: ParsedCall, scope: str | None) -> dict[str, Any]:
        """Return the note of a write that changes sales. Raises NotApplicableError if the user has not allowed it."""
        if parsed_call.operation == CLEAR_OPERATION:
            return self._prepare_clearing(parsed_call, scope)
        return self._prepare_import(parsed_call, scope)

    def _prepare_clearing(self, parsed_call: ParsedCall, scope: str | None) -> dict[str, Any]:
        """Return the note of a clearing. Raises NotApplicableError unless it names exactly one disposable event."""
        event_id = parsed_call.single_value("event_id")
        if event_id is None or parsed_call.ids("eid"):
            raise NotApplicableError("would destroy data of the target: it does not name the one event to clear")
        if event_id not in self._event_ids:
            raise NotApplicableError(
                f"would destroy data of the target: cleared sales of {event_id} cannot be restored; "
                f"to allow it: --disposable-event {event_id}"
            )
        return self._note([event_id], scope)

    def _prepare_import(self, parsed_call: ParsedCall, scope: str | None) -> dict[str, Any]:
        """Return the note of an import. Raises NotApplicableError if it names an event that exists and is kept."""
        event_ids = _list_event_ids(parsed_call)
        for event_id in event_ids:
            if event_id not in self._event_ids and self._find_owner(event_id, scope) is not None:
                raise NotApplicableError(
                    f"would import sales of {event_id}, which could not be removed again; "
                    f"to allow it: --disposable-event {event_id}"
                )
        return self._note([event_id for event_id in event_ids if event_id in self._event_ids], scope)

    def _note(self, event_ids: Collection[str], scope: str | None) -> dict[str, Any]:
        """Return a note with the actor of each event. It is empty if none of the events exists."""
        owners = {event_id: self._find_owner(event_id, scope) for event_id in event_ids}
        parts = [{"event": event_id, "actor": owner.to_note()} for event_id, owner in owners.items() if owner]
        return {"kind": KIND, "parts": parts} if parts else {}

    def _find_owner(self, event_id: str, scope: str | None) -> Actor | None:
        key = scope, event_id
        if self._owners.get(key) is None:
            call = ActorCall("getEvent", {"eid": event_id})
            owner = self._client.find_owner(lambda _: call, scope)
            self._owners[key] = owner[0] if owner is not None else None
        return self._owners[key]


def list_remaining(contents: LedgerContents) -> Iterator[str]:
    """Yield a line for each disposable event whose sales the run has changed, or may have changed."""
    entries = [entry for entry in contents.entries_undone_by(KIND) if entry.is_undecided]
    changed = {part["event"] for entry in entries for part in entry.undo["parts"]}
    for event_id in sorted(changed):
        yield f"sales of {event_id}: changed for good, as --disposable-event allows"


def _list_event_ids(parsed_call: ParsedCall) -> list[str]:
    body = parsed_call.body if isinstance(parsed_call.body, dict) else {}
    named = (*(each for name in EVENT_PARAMETERS for each in parsed_call.ids(name)), *filter(None, [body.get("eid")]))
    return list(dict.fromkeys(filter(None, map(str, named))))
