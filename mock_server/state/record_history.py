"""The versions of a table's records, with their causes. Only the explain routes of the control API read them."""

from collections.abc import Iterator
from copy import copy
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

from mock_server.domain.causes import Cause, RecordVersion
from mock_server.state.chunked_dict import ChunkedDict

Record = TypeVar("Record")
Versions: TypeAlias = tuple[RecordVersion[Record], ...]

MAX_VERSIONS = 30
"""How many versions of a record are kept. The oldest are dropped, because each change copies all versions."""
MAX_DELETED_RECORDS = 1000
"""How many deleted records of a table keep their versions. The oldest are dropped."""


class RecordHistory(Generic[Record]):
    """The versions of each changed record, by key."""

    def __init__(self) -> None:
        self.forgotten_count = 0
        self._present: dict[str, Versions[Record]] = {}
        self._deleted = ChunkedDict[Versions[Record]]()
        self._is_shared = False

    def versions_of(self, key: str) -> Versions[Record]:
        """Return the kept versions of the record, oldest first. There are none if it has never been changed."""
        return self._present.get(key) or self._deleted.get(key) or ()

    def items(self) -> Iterator[tuple[str, Versions[Record]]]:
        """Return the keys and the versions of all records, the deleted ones last, in the order of deletion."""
        return chain(self._present.items(), self._deleted.items())

    def deleted_histories(self) -> Iterator[Versions[Record]]:
        """Return the versions of each deleted record, in the order of deletion."""
        return self._deleted.values()

    def record(self, cause: Cause, key: str, old: Record | None, new: Record | None) -> str | None:
        """Record that a cause has replaced `old` by `new`. `old` is None for a new record, `new` for a deletion.

        Return the key of the deleted record whose versions were dropped to make room, None if there is none.
        """
        versions = self.versions_of(key)
        if not versions and old is not None:
            versions = (RecordVersion(1, None, old),)
        version = RecordVersion(versions[-1].number + 1 if versions else 1, cause, new)
        kept = versions[1 - MAX_VERSIONS :] if len(versions) >= MAX_VERSIONS else versions
        self.set_versions(key, (*kept, version))
        return self._drop_oldest_deleted() if new is None else None

    def set_versions(self, key: str, versions: Versions[Record]) -> None:
        """Set the versions of a record. Without versions, the record has no history."""
        self._own()
        if self._present.pop(key, None) is None:
            self._deleted.pop(key)
        if versions and versions[-1].record is None:
            self._deleted.add(key, versions)
        elif versions:
            self._present[key] = versions

    def copy(self) -> "RecordHistory[Record]":
        """Return a copy of the history, which changes independently. The first that changes copies the collections."""
        self._is_shared = True
        other = copy(self)
        other._deleted = copy(self._deleted)
        return other

    def _own(self) -> None:
        if self._is_shared:
            self._present = dict(self._present)
            self._is_shared = False

    def _drop_oldest_deleted(self) -> str | None:
        if len(self._deleted) <= MAX_DELETED_RECORDS:
            return None
        oldest = next(iter(self._deleted))
        self._deleted.pop(oldest)
        self.forgotten_count += 1
        return oldest
