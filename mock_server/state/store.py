"""A workspace's records, in memory.

How it works. Records are frozen dataclasses (`domain/models.py`), so a change replaces a record with another. A
`Store` is built from a world and then belongs to one workspace. It consists of one part for each kind of record:

- a `RecordTable` for most kinds: the records by key, and by the groups that requests read, such as the events of a
  partner. `put` adds or replaces a record and moves it between groups. Iteration follows the order in which the records
  were first put.
- `PurchaseStore` and `CustomerStore` for the bulk of a world, thousands of records that rarely change. They share the
  world's collections and store only the differences (`purchase_store.py`).

Lazy records. The records that the platform derived from a world's history are computed only when they are read, because
most of them are never read. `put_lazy` adds a function, which the table calls when the record, one of the record's
groups or the whole table is first read. The result depends only on the world, so it does not matter when it is
computed. Operations compute the records that they need with `load` before they read them, so that it is work in pieces.
A `put` with the same key replaces a lazy record. `delete` must not be called for a record that has not been
read.

Changes. If the workspace is kept in a database (`storage/`), each part lists the keys of the records that changed since
the last commit. Copies do not: they are compared with what is stored.

No transactions. Operations load and decide before they write, writes cannot fail, and no other request of the workspace
acts between the writes of an operation (`turn.py`). So nothing has to be rolled back or locked.

Copies. `Store.copy` serves checkpoints, forks and snapshots. The copy shares the records, and at first the collections
too, so that a move of the clock costs the same in a large workspace. The table that is first changed copies its
collections before (`RecordTable._own`), so a change in one store does not affect the other. Of the groups, it copies
those that change (`RecordTable._own_group`).

History. Tables whose changes can be explained keep each record's versions with their causes (`record_history.py`).
No history is kept of users and challenges.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import copy
from datetime import datetime
from typing import Any, Generic, TypeVar

from mock_server.domain.causes import Cause
from mock_server.domain.models import (
    AttributionRun,
    CampaignResult,
    Challenge,
    Evaluation,
    Event,
    Ingest,
    Package,
    Partner,
    PartnerDefaults,
    User,
)
from mock_server.domain.pieces import InPieces, Steps, in_pieces, steps_of
from mock_server.state.purchase_store import CustomerStore, PurchaseStore
from mock_server.state.record_history import RecordHistory
from mock_server.worlds.world import World

Record = TypeVar("Record")


class RecordTable(Generic[Record]):
    """Records of one kind, by key and by groups.

    `groups` maps the name of each group to a function that returns the value a record is grouped by.
    `keeps_history` is off for tables whose records hold secrets, such as the password of a user.
    """

    def __init__(
        self, key: Callable[[Record], str], *, keeps_history: bool = True, **groups: Callable[[Record], str | None]
    ) -> None:
        self._key = key
        self._keeps_history = keeps_history
        self._grouped_by = groups
        self._records: dict[str, Record] = {}
        self._groups: dict[tuple[str, str | None], dict[str, Record]] = {}
        self._pending: dict[str, Callable[[], Record | None]] = {}
        self._pending_in_group: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._is_shared = False
        """Whether a copy shares the collections. Then they are copied before the next change."""
        self._owned_groups = set[tuple[str, str | None]]()
        """The groups whose collections no copy shares."""
        self.changed: dict[str, None] | None = None
        """The keys of the records that were put, deleted or forgotten since the last commit.

        None if nobody keeps the table.
        """
        self.history = RecordHistory[Record]()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.mapping().values())

    def __len__(self) -> int:
        return len(self.mapping())

    def get(self, key: str) -> Record | None:
        """Return the record with the key, or None."""
        if key in self._pending:
            self._materialize([key])
        return self._records.get(key)

    def require(self, key: str) -> Record:
        """Return the record with the key, which must exist."""
        if key in self._pending:
            self._materialize([key])
        return self._records[key]

    def load(self, key: str) -> Steps[None]:
        """Compute the record with the key in steps if it is lazy, because that may take long."""
        if key in self._pending:
            record = yield from steps_of(self._pending[key])
            self._own()
            self._complete(key, record)

    def load_group(self, name: str, value: str | None) -> Iterable[int]:
        """Compute the lazy records of a group in steps."""
        lazy = self._pending_in_group.get((name, value))
        return () if lazy is None else self._load_each(lazy)

    def load_all(self) -> Iterable[int]:
        """Compute all lazy records in steps."""
        return self._load_each(list(self._pending))

    def _load_each(self, keys: Iterable[str]) -> Steps[None]:
        for key in keys:
            yield from self.load(key)

    def is_lazy(self, key: str) -> bool:
        """Return whether the record with the key has not been computed yet."""
        return key in self._pending

    def mapping(self) -> Mapping[str, Record]:
        """Return all records by key, read-only."""
        if self._pending:
            self._materialize(list(self._pending))
        return self._records

    def group(self, name: str, value: str | None) -> Collection[Record]:
        """Return the records whose group `name` is `value`, in the order in which they were first put."""
        group_key = (name, value)
        if group_key in self._pending_in_group:
            self._own()
            pending = self._pending_in_group.pop(group_key)
            self._materialize([key for key in pending if key in self._pending])
        return self._groups.get(group_key, {}).values()

    def put(self, record: Record, cause: Cause | None = None) -> None:
        """Add the record, or replace the record with the same key.

        `cause` is the cause of the change, for the table's history. Without a cause, as in a new world, the history
        records nothing.
        """
        key = self._key(record)
        self._own()
        self._pending.pop(key, None)
        if cause is not None and self._keeps_history:
            self.history.record(cause, key, self._records.get(key), record)
        if self.changed is not None:
            self.changed[key] = None
        self._insert(key, record)

    def _insert(self, key: str, record: Record) -> None:
        old = self._records.get(key)
        self._records[key] = record
        for name, grouped_by in self._grouped_by.items():
            group_key = (name, grouped_by(record))
            if old is not None and (old_group_key := (name, grouped_by(old))) != group_key:
                del self._own_group(old_group_key)[key]
            self._own_group(group_key)[key] = record

    def put_lazy(self, key: str, groups: dict[str, str | None], build: Callable[[], Record | None]) -> None:
        """Add a record that `build` returns when the record or one of its `groups` is first read.

        If there is no record, `build` returns None. Its result must depend only on data that never change. It is called
        once for all copies of the table.
        """
        self._own()
        self._pending[key] = _Once(build)
        for group in groups.items():
            self._pending_in_group[group] = (*self._pending_in_group.get(group, ()), key)

    def delete(self, key: str, cause: Cause | None = None) -> None:
        """Remove the record. For `cause`, see `put`."""
        self._own()
        record, forgotten = self._records.pop(key), None
        if cause is not None and self._keeps_history:
            forgotten = self.history.record(cause, key, record, None)
        if self.changed is not None:
            self.changed[key] = None
            if forgotten is not None:
                self.changed[forgotten] = None
        for name, grouped_by in self._grouped_by.items():
            del self._own_group((name, grouped_by(record)))[key]

    def copy(self) -> "RecordTable[Record]":
        """Return a copy of the table, including its lazy records. The copy changes independently."""
        self._is_shared = True
        other = copy(self)
        other.history = self.history.copy()
        other.changed = None
        return other

    def _own(self) -> None:
        """Copy the collections if a copy of the table shares them. Call it before each change."""
        if self._is_shared:
            self._records, self._groups, self._owned_groups = dict(self._records), dict(self._groups), set()
            self._pending, self._pending_in_group = dict(self._pending), dict(self._pending_in_group)
            self._is_shared = False

    def _own_group(self, group_key: tuple[str, str | None]) -> dict[str, Record]:
        """Return the records of a group, to be changed. The table's collections must be its own."""
        if group_key not in self._owned_groups:
            self._groups[group_key] = dict(self._groups.get(group_key, ()))
            self._owned_groups.add(group_key)
        return self._groups[group_key]

    def _materialize(self, keys: list[str]) -> None:
        if keys:
            self._own()
        for key in keys:
            self._complete(key, self._pending[key]())

    def _complete(self, key: str, record: Record | None) -> None:
        """Replace a lazy record with its result."""
        del self._pending[key]
        if record is not None:
            self._insert(key, record)


class _Once(InPieces[[], Any]):
    """A function that computes its result when it is first called."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build: Callable[[], Any] | None = build
        self._result: Any = None

    def steps(self) -> Steps[Any]:
        """Return the result in steps."""
        if self._build is not None:
            self._result = yield from steps_of(self._build)
            self._build = None
        return self._result


class Store:
    """All records of a workspace, at first the records of a world. Jobs, counters and the clock are not included."""

    def __init__(self, world: World) -> None:
        self.partners: RecordTable[Partner] = RecordTable(lambda partner: partner.id)
        self.users: RecordTable[User] = RecordTable(lambda user: user.username, keeps_history=False)
        self.challenges: RecordTable[Challenge] = RecordTable(lambda challenge: challenge.session, keeps_history=False)
        self.events: RecordTable[Event] = RecordTable(
            lambda event: event.id, partner=lambda event: event.partner_id, series=lambda event: event.series
        )
        self.customers = CustomerStore(world.customers)
        self.sales = PurchaseStore(world.sales)
        self.results: RecordTable[CampaignResult] = RecordTable(lambda row: row.id, event=lambda row: row.eid)
        self.ingests: RecordTable[Ingest] = RecordTable(lambda summary: summary.id, event=lambda summary: summary.eid)
        self.packages: RecordTable[Package] = RecordTable(
            lambda package: package.id, partner=lambda package: package.partner_id
        )
        self.evaluations: RecordTable[Evaluation] = RecordTable(lambda evaluation: evaluation.package_id)
        self.defaults: RecordTable[PartnerDefaults] = RecordTable(lambda defaults: defaults.partner_id)
        self.last_run: AttributionRun | None = None
        self.initial_last_purchase = world.purchase_count
        self.restored_at: datetime | None = None
        self.last_cause_number = 0
        self.run_causes: tuple[Cause, ...] = ()
        for partner in world.partners.values():
            self.partners.put(partner)
        for user in world.users.values():
            self.users.put(user)
        for event in world.events.values():
            self.events.put(event)

    def has_lazy_package(self, package_id: str) -> bool:
        """Return whether the package or its evaluation has not been computed yet."""
        return self.packages.is_lazy(package_id) or self.evaluations.is_lazy(package_id)

    def next_cause_number(self) -> int:
        """Return the number of the next cause. The causes of all tables share one sequence of numbers."""
        self.last_cause_number += 1
        return self.last_cause_number

    def copy(self) -> "Store":
        """Return a copy of the store, which changes independently."""
        other = copy(self)
        for name, part in vars(self).items():
            if isinstance(part, RecordTable | CustomerStore | PurchaseStore):
                setattr(other, name, part.copy())
        return other


@in_pieces
def load_package(store: Store, package_id: str) -> Steps[None]:
    """Compute a package and its evaluation in steps if they are lazy."""
    yield from store.packages.load(package_id)
    yield from store.evaluations.load(package_id)


@in_pieces
def load_all(store: Store) -> Steps[None]:
    """Compute all lazy records in steps."""
    yield from store.results.load_all()
    yield from store.packages.load_all()
    yield from store.evaluations.load_all()
