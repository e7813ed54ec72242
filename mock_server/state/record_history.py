"""The versions of a table's records: what each was, and what changed it; kept to be explained, and for nothing else."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from mock_server.domain.causes import Cause, Version

Record = TypeVar("Record")

MOST = 30
"""How many versions of one record are kept: the last ones. Each change copies as many."""
MOST_DELETED = 1000
"""How many deleted records of one table are remembered: the last ones."""


class Versions(Generic[Record]):
    """What became of records by key. While there is no `cause`, as at a world's birth, nothing is kept."""

    def __init__(self) -> None:
        self.cause: Cause | None = None
        self.kept: dict[str, tuple[Version[Record], ...]] = {}
        self.deleted: dict[str, None] = {}
        self.forgotten = 0

    def of(self, key: str) -> tuple[Version[Record], ...]:
        """The record's versions, the first of those that are kept first; none where it is as it was born."""
        return self.kept.get(key, ())

    def gone(self) -> Iterator[tuple[Version[Record], ...]]:
        """The versions of each deleted record that is remembered, in the order of deletion."""
        return (self.kept[key] for key in self.deleted)

    def keep(self, key: str, old: Record | None, new: Record | None) -> None:
        """Remember that the present cause has put `new` in the place of `old`; None is no record."""
        kept = self.kept.get(key, ())
        if not kept and old is not None:
            kept = (Version(1, None, old),)
        version = Version(kept[-1].number + 1 if kept else 1, self.cause, new)
        self.kept[key] = (*kept, version) if len(kept) < MOST else (*kept[1 - MOST :], version)
        if new is None:
            self.deleted[key] = None
            self._forget_the_first()
        else:
            self.deleted.pop(key, None)

    def copied(self) -> "Versions[Record]":
        """The same versions, which go on apart from these."""
        other = Versions[Record]()
        other.cause, other.forgotten = self.cause, self.forgotten
        other.kept, other.deleted = dict(self.kept), dict(self.deleted)
        return other

    def _forget_the_first(self) -> None:
        if len(self.deleted) > MOST_DELETED:
            first = next(iter(self.deleted))
            del self.deleted[first], self.kept[first]
            self.forgotten += 1
