"""A workspace's records, in memory.

How it works. Records are frozen dataclasses (`domain/models.py`), so a change replaces a record with another. A
`Store` is built from a world and then belongs to one workspace. It consists of one part for each kind of record:

- a `RecordTable` for most kinds: the records by key, and by the groups that requests read, such as the events of a
  partner. `put` adds or replaces a record and moves it between groups. Iteration follows the order in which the records
  were first put.
- `PurchaseStore` and `CustomerStore` for the bulk of a world, thousands of records that rarely change. They share the
  world's collections and store only the differences: an event's purchases are copied when they are first changed.

Lazy records. The records that the platform derived from a world's history are computed only when they are read, because
most of them are never read. `put_lazy` adds a function, which the table calls when the record, one of the record's
groups or the whole table is first read. The result depends only on the world, so it does not matter when it is
computed. A `put` with the same key replaces a lazy record. `delete` must not be called for a record that has not been
read.

No transactions. Operations load and decide before they write, writes cannot fail, and no other request of the workspace
acts between the writes of an operation (`turn.py`). So nothing has to be rolled back or locked.

Copies. `Store.copy` serves checkpoints, forks and snapshots. It copies the collections and shares the records, so a
change in one store does not affect the other.

History. Tables whose changes can be explained keep each record's versions with their causes (`record_history.py`).
No history is kept of users and challenges.
"""

from bisect import insort
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Generic, TypeVar, cast

from mock_server.domain import sales
from mock_server.domain.causes import Cause
from mock_server.domain.models import (
    AttributionRun,
    CampaignResult,
    Challenge,
    Customer,
    Evaluation,
    Event,
    Ingest,
    Package,
    Partner,
    PartnerDefaults,
    Purchase,
    User,
)
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
        self.history = RecordHistory[Record]()

    def __iter__(self) -> Iterator[Record]:
        self._materialize(list(self._pending))
        return iter(self._records.values())

    def __len__(self) -> int:
        self._materialize(list(self._pending))
        return len(self._records)

    def get(self, key: str) -> Record | None:
        """Return the record with the key, or None."""
        if key in self._pending:
            self._materialize([key])
        return self._records.get(key)

    def mapping(self) -> Mapping[str, Record]:
        """Return all records by key, read-only."""
        self._materialize(list(self._pending))
        return self._records

    def group(self, name: str, value: str | None) -> Collection[Record]:
        """Return the records whose group `name` is `value`, in the order in which they were first put."""
        pending = self._pending_in_group.pop((name, value), ())
        if pending:
            self._materialize([key for key in pending if key in self._pending])
        return self._groups.get((name, value), {}).values()

    def put(self, record: Record, cause: Cause | None = None) -> None:
        """Add the record, or replace the record with the same key.

        `cause` is the cause of the change, for the table's history. Without a cause, as in a new world, the history
        records nothing.
        """
        key = self._key(record)
        self._pending.pop(key, None)
        if cause is not None and self._keeps_history:
            self.history.record(cause, key, self._records.get(key), record)
        self._insert(key, record)

    def _insert(self, key: str, record: Record) -> None:
        old = self._records.get(key)
        self._records[key] = record
        for name, grouped_by in self._grouped_by.items():
            group_key = (name, grouped_by(record))
            if old is not None and (old_group_key := (name, grouped_by(old))) != group_key:
                del self._groups[old_group_key][key]
            if group_key not in self._groups:
                self._groups[group_key] = {}
            self._groups[group_key][key] = record

    def put_lazy(self, key: str, groups: dict[str, str | None], build: Callable[[], Record | None]) -> None:
        """Add a record that `build` returns when the record or one of its `groups` is first read.

        If there is no record, `build` returns None. Its result must depend only on data that never change.
        """
        self._pending[key] = build
        for group in groups.items():
            self._pending_in_group[group] = (*self._pending_in_group.get(group, ()), key)

    def delete(self, key: str, cause: Cause | None = None) -> None:
        """Remove the record. For `cause`, see `put`."""
        record = self._records.pop(key)
        if cause is not None and self._keeps_history:
            self.history.record(cause, key, record, None)
        for name, grouped_by in self._grouped_by.items():
            del self._groups[name, grouped_by(record)][key]

    def copy(self) -> "RecordTable[Record]":
        """Return a copy of the table, including its lazy records. The copy changes independently."""
        other = copy(self)
        other._records = dict(self._records)
        other._groups = {group_key: dict(records) for group_key, records in self._groups.items()}
        other._pending, other._pending_in_group = dict(self._pending), dict(self._pending_in_group)
        other.history = self.history.copy()
        return other

    def _materialize(self, keys: list[str]) -> None:
        for key in keys:
            record = self._pending.pop(key)()
            if record is not None:
                self._insert(key, record)


class PurchaseStore:
    """The purchases by event, in the order in which the platform learns of them (`domain/sales.py`).

    The world's purchases are shared and never changed. If an event's purchases differ from the world's, it gets its own
    list.
    """

    def __init__(self, world: Mapping[str, Sequence[Purchase]]) -> None:
        self._world = world
        self._overrides: dict[str, list[Purchase]] = {}
        self._revisions: dict[str, int] = {}

    def for_event(self, event_id: str) -> Sequence[Purchase]:
        """Return the event's purchases, read-only."""
        override = self._overrides.get(event_id)
        return self._world.get(event_id, ()) if override is None else override

    def overrides(self) -> Mapping[str, Sequence[Purchase]]:
        """Return the lists of purchases that differ from the world's, by event."""
        return self._overrides

    def revision(self, event_id: str) -> int:
        """Return a number that changes whenever the event's purchases change, to detect outdated results."""
        return self._revisions.get(event_id, 0)

    def add(self, purchase: Purchase) -> None:
        """Insert a purchase at its place in the order."""
        insort(self._own_purchases(purchase.event_id), purchase, key=sales.sort_key)

    def delete_partner_sales(self, event_id: str) -> None:
        """Delete the event's purchases that came from the partner. See: DRS-05."""
        remaining = [purchase for purchase in self.for_event(event_id) if purchase.origin == "feed"]
        if len(remaining) != len(self.for_event(event_id)):
            self._own_purchases(event_id)[:] = remaining

    def replace_event(self, event_id: str, purchases: Iterable[Purchase]) -> None:
        """Replace the event's purchases. They may be given in any order."""
        self._own_purchases(event_id)[:] = sorted(purchases, key=sales.sort_key)

    def copy(self) -> "PurchaseStore":
        """Return a copy of the store, which changes independently."""
        other = PurchaseStore(self._world)
        other._overrides = {event_id: list(purchases) for event_id, purchases in self._overrides.items()}
        other._revisions = dict(self._revisions)
        return other

    def _own_purchases(self, event_id: str) -> list[Purchase]:
        """Return the event's own list, which the caller may change, and mark the event as changed."""
        self._revisions[event_id] = self.revision(event_id) + 1
        if event_id not in self._overrides:
            self._overrides[event_id] = list(self._world.get(event_id, ()))
        return self._overrides[event_id]


class CustomerStore:
    """The customers: those of the world, which are shared and never changed, and customers that were added later."""

    def __init__(self, world: Mapping[str, Customer]) -> None:
        self._world = world
        self.added: dict[str, Customer] = {}

    def get(self, customer_id: str) -> Customer | None:
        """Return the customer with the id, or None."""
        return self.added.get(customer_id) or self._world.get(customer_id)

    def put(self, customer: Customer) -> None:
        """Add a customer."""
        self.added[customer.id] = customer

    def copy(self) -> "CustomerStore":
        """Return a copy of the store, which changes independently."""
        other = CustomerStore(self._world)
        other.added = dict(self.added)
        return other

    def mapping(self) -> Mapping[str, Customer]:
        """Return all customers by id, read-only."""
        return ChainMap(self.added, cast("dict[str, Customer]", self._world)) if self.added else self._world


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
