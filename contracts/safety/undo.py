"""Undoes the writes of a ledger."""

from dataclasses import dataclass
from itertools import chain

import httpx2

from contracts.safety import adjustment_rows, disposable_events, new_passwords, packages, series, stored_states
from contracts.safety.actors import ActorClient, RestoreError
from contracts.safety.ledger import Ledger, LedgerContents, LedgerError
from contracts.safety.undo_task import UndoTask

READ_ERRORS = (RestoreError, KeyError, TypeError, AttributeError)
"""Errors while reading state. The last three occur if responses of a broken deployment lack fields."""
UNDO_ERRORS = (*READ_ERRORS, httpx2.HTTPError)


@dataclass(frozen=True, slots=True)
class UndoReport:
    """The writes that remain after an undo: `permanent` writes cannot be undone; undoing `failed` writes has failed."""

    permanent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def undo(contents: LedgerContents, ledger: Ledger, client: ActorClient) -> UndoReport:
    """Undo a run's writes, last first, except writes that have already been undone.

    An undo can be killed and started again any number of times, because the ledger is completed only when everything
    has been undone.
    """
    messages = list(new_passwords.list_changed(contents))
    failures: list[str] = []
    for task in _pending_tasks(contents):
        _perform(task, ledger, client, messages, failures)
    try:
        messages += [*disposable_events.list_remaining(contents), *_accepted_without_object(contents)]
        messages += packages.list_remaining(contents, client)
    except UNDO_ERRORS as error:
        failures.append(f"packages of run {contents.run_id}: {describe_error(error)}")
    if not failures:
        ledger.record(remaining=messages)
    return UndoReport(tuple(messages), tuple(failures))


def _pending_tasks(contents: LedgerContents) -> list[UndoTask]:
    tasks = chain.from_iterable(module.build_tasks(contents) for module in (stored_states, series, adjustment_rows))
    return sorted((task for task in tasks if task.key not in contents.undone_keys), key=lambda task: -task.first_write)


def _perform(task: UndoTask, ledger: Ledger, client: ActorClient, messages: list[str], failures: list[str]) -> None:
    try:
        messages += task.action(client, lambda call: ledger.record(undoing=task.key, call=call))
    except UNDO_ERRORS as error:
        failures.append(f"{task.key}: {describe_error(error)}")
    else:
        ledger.record(undone=task.key)


def describe_error(error: Exception) -> str:
    """Describe an error in one line."""
    return str(error) if isinstance(error, RestoreError | LedgerError) else f"{type(error).__name__}: {error}"


def _accepted_without_object(contents: LedgerContents) -> list[str]:
    """Return a line for each accepted write of which nobody knows the effect."""
    return [
        f"{entry.call} was accepted although its object did not exist: check what it did"
        for entry in contents.entries
        if entry.is_accepted and not entry.undo
    ]
