"""The versions of a table's records, with their causes. Only the explain routes of the control API read them."""

from collections.abc import Iterator
from copy import copy
from typing import Generic, TypeVar

from mock_server.domain.causes import Cause, RecordVersion

Record = TypeVar("Record")

MAX_VERSIONS = 30
"""How many versions of a record are kept. The oldest are dropped, because each change copies all versions."""
MAX_DELETED_RECORDS = 1000
"""How many deleted records of a table keep their versions. The oldest are dropped."""


class RecordHistory(Generic[Record]):
    """The versions of each changed record, by key."""

    def __init__(self) -> None:
        self.versions_by_key: dict[str, tuple[RecordVersion[Record], ...]] = {}
        self.deleted: dict[str, None] = {}
        self.forgotten_count = 0
        self._is_shared = False

    def versions_of(self, key: str) -> tuple[RecordVersion[Record], ...]:
        """Return the kept versions of the record, oldest first. There are none if it has never been changed."""
        return self.versions_by_key.get(key, ())

    def deleted_histories(self) -> Iterator[tuple[RecordVersion[Record], ...]]:
        """Return the versions of each deleted record, in the order of deletion."""
        return (self.versions_by_key[key] for key in self.deleted)

    def record(self, cause: Cause, key: str, old: Record | None, new: Record | None) -> str | None:
        """Record that a cause has replaced `old` by `new`. `old` is None for a new record, `new` for a deletion.

        Return the key of the deleted record whose versions were dropped to make room, None if there is none.
        """
        self._own()
        versions = self.versions_by_key.get(key, ())
        if not versions and old is not None:
            versions = (RecordVersion(1, None, old),)
        version = RecordVersion(versions[-1].number + 1 if versions else 1, cause, new)
        self.versions_by_key[key] = (
            (*versions, version) if len(versions) < MAX_VERSIONS else (*versions[1 - MAX_VERSIONS :], version)
        )
        if new is None:
            self.deleted[key] = None
            return self._drop_oldest_deleted()
        self.deleted.pop(key, None)
        return None

    def set_versions(self, key: str, versions: tuple[RecordVersion[Record], ...]) -> None:
        """Set the versions of a record. Without versions, the record has no history."""
        self._own()
        self.deleted.pop(key, None)
        if not versions:
            self.versions_by_key.pop(key, None)
            return
        self.versions_by_key[key] = versions
        if versions[-1].record is None:
            self.deleted[key] = None

    def copy(self) -> "RecordHistory[Record]":
        """Return a copy of the history, which changes independently. The first that changes copies the collections."""
        self._is_shared = True
        return copy(self)

    def _own(self) -> None:
        if self._is_shared:
            self.versions_by_key, self.deleted = dict(self.versions_by_key), dict(self.deleted)
            self._is_shared = False

    def _drop_oldest_deleted(self) -> str | None:
        if len(self.deleted) <= MAX_DELETED_RECORDS:
            return None
        oldest = next(iter(self.deleted))
        del self.deleted[oldest], self.versions_by_key[oldest]
        self.forgotten_count += 1
        return oldest
