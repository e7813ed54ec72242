"""From a ledger back to the target as it was found."""

from dataclasses import dataclass

import httpx2

from contracts.safety import packages, rows, series, stored_states
from contracts.safety.ledger import Ledger, LedgerContents, LedgerError
from contracts.safety.owners import ActorClient, RestoreError
from contracts.safety.undo_task import UndoTask

READ_ERRORS = (RestoreError, KeyError, TypeError, AttributeError)
"""The last three come of a broken deployment, whose answers lack what is read out of them."""
UNDO_ERRORS = (*READ_ERRORS, httpx2.HTTPError)
UNKNOWN_OPERATION = "unknown"
"""How an entry is undone whose call is not in the document: nobody knows, so it is told where it was accepted."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What a run leaves behind: what nothing undoes, and what should have been undone and was not."""

    permanent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def undo(contents: LedgerContents, ledger: Ledger, client: ActorClient) -> UndoReport:
    """Undo what the book's run wrote, the last first; what is undone already is left as it is.

    The ledger ends where all of it is undone, so this may be killed, and begun anew, as often as it takes.
    """
    messages: list[str] = []
    failures: list[str] = []
    for task in _pending_tasks(contents):
        _perform(task, ledger, client, messages, failures)
    try:
        messages += [*packages.list_remaining(contents, client), *_accepted_unknown_calls(contents)]
    except UNDO_ERRORS as error:
        failures.append(f"packages of run {contents.run_id}: {describe_error(error)}")
    if not failures:
        ledger.record(left=messages)
    return UndoReport(tuple(messages), tuple(failures))


def _pending_tasks(contents: LedgerContents) -> list[UndoTask]:
    all_tasks = [*stored_states.build_tasks(contents), *series.build_tasks(contents), *rows.build_tasks(contents)]
    return sorted(
        (task for task in all_tasks if task.key not in contents.undone_keys), key=lambda task: -task.first_write
    )


def _perform(task: UndoTask, ledger: Ledger, client: ActorClient, messages: list[str], failures: list[str]) -> None:
    try:
        messages += task.action(client, lambda call: ledger.record(undoing=task.key, call=call))
    except UNDO_ERRORS as error:
        failures.append(f"{task.key}: {describe_error(error)}")
    else:
        ledger.record(undone=task.key)


def describe_error(error: Exception) -> str:
    """What went wrong, in a line."""
    return str(error) if isinstance(error, RestoreError | LedgerError) else f"{type(error).__name__}: {error}"


def _accepted_unknown_calls(contents: LedgerContents) -> list[str]:
    return [
        f"{entry.call} was accepted, which the document does not have: look what it did"
        for entry in contents.entries_undone_by(UNKNOWN_OPERATION)
        if entry.status is not None and entry.status < 300
    ]
