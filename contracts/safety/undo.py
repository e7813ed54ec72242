"""From a ledger back to the target as it was found."""

from dataclasses import dataclass

import httpx

from contracts.safety import packages, rows, series, stored_states
from contracts.safety.ledger import Book, Ledger, LedgerError
from contracts.safety.owners import Keepers, Trouble
from contracts.safety.undo_task import Task

UNREADABLE = (Trouble, KeyError, TypeError, AttributeError)
"""The last three come of a broken deployment, whose answers lack what is read out of them."""
NOT_UNDONE = (*UNREADABLE, httpx.HTTPError)
UNKNOWN = "unknown"
"""How an entry is undone whose call is not in the document: nobody knows, so it is told where it was accepted."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a run leaves behind: what nothing undoes, and what should have been undone and was not."""

    forever: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def undo(book: Book, ledger: Ledger, keepers: Keepers) -> Left:
    """Undo what the book's run wrote, the last first; what is undone already is left as it is.

    The ledger ends where all of it is undone, so this may be killed, and begun anew, as often as it takes.
    """
    told: list[str] = []
    troubles: list[str] = []
    for task in _tasks(book):
        _perform(task, ledger, keepers, told, troubles)
    try:
        told += [*packages.left(book, keepers), *_accepted(book)]
    except NOT_UNDONE as trouble:
        troubles.append(f"packages of run {book.run_id}: {words(trouble)}")
    if not troubles:
        ledger.note(left=told)
    return Left(tuple(told), tuple(troubles))


def _tasks(book: Book) -> list[Task]:
    every = [*stored_states.tasks(book), *series.tasks(book), *rows.tasks(book)]
    return sorted((task for task in every if task.key not in book.done), key=lambda task: -task.since)


def _perform(task: Task, ledger: Ledger, keepers: Keepers, told: list[str], troubles: list[str]) -> None:
    try:
        told += task.act(keepers, lambda call: ledger.note(undoing=task.key, call=call))
    except NOT_UNDONE as trouble:
        troubles.append(f"{task.key}: {words(trouble)}")
    else:
        ledger.note(undone=task.key)


def words(trouble: Exception) -> str:
    """What went wrong, in a line."""
    return str(trouble) if isinstance(trouble, Trouble | LedgerError) else f"{type(trouble).__name__}: {trouble}"


def _accepted(book: Book) -> list[str]:
    return [
        f"{entry.call} was accepted, which the document does not have: look what it did"
        for entry in book.undoes(UNKNOWN)
        if entry.status is not None and entry.status < 300
    ]
