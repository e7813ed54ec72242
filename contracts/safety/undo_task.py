"""One thing to be undone, whichever way."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.safety.owners import ActorClient

RecordAction = Callable[[str], None]
"""Tells the ledger what is about to be done."""


@dataclass(frozen=True, slots=True)
class UndoTask:
    """What undoes some writes at once: to be performed as often as wished. `since` is the number of the first of them.

    `act` gives what is to be told of it, a line each. Raises Trouble where the target does not let it happen.
    """

    key: str
    first_write: int
    action: Callable[[ActorClient, RecordAction], list[str]]
