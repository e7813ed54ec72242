"""One task of an undo."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.safety.actors import ActorClient

RecordAction = Callable[[str], None]
"""Records a call in the ledger before it is sent."""


@dataclass(frozen=True, slots=True)
class UndoTask:
    """Undoes one or more writes. `first_write` is the number of the first of them. The task can be repeated.

    `action` returns the lines to report. It raises RestoreError if the target refuses.
    """

    key: str
    first_write: int
    action: Callable[[ActorClient, RecordAction], list[str]]
