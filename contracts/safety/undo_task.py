"""A task of the undo."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.safety.owners import ActorClient

RecordAction = Callable[[str], None]
"""Records in the ledger the call that is about to be sent."""


@dataclass(frozen=True, slots=True)
class UndoTask:
    """Undoes one or more writes, of which `first_write` is the first one's number. It can be repeated.

    `action` returns the lines to report. It raises RestoreError where the target refuses.
    """

    key: str
    first_write: int
    action: Callable[[ActorClient, RecordAction], list[str]]
