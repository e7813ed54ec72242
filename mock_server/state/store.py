"""A workspace's records, in memory."""

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
    """Records of one kind by key, and by the groups that reads ask for.

    `groups` gives for each group's name what a record is grouped by. Iteration is in the order of first put.
    """

    def __init__(self, key: Callable[[Record], str], **groups: Callable[[Record], str | None]) -> None:
        self._key = key
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
        """The record of that key, or None."""
        if key in self._pending:
            self._materialize([key])
        return self._records.get(key)

    def mapping(self) -> Mapping[str, Record]:
        """All records by key, to read."""
        self._materialize(list(self._pending))
        return self._records

    def group(self, name: str, value: str | None) -> Collection[Record]:
        """The records whose group `name` is `value`, in the order of first put."""
        pending = self._pending_in_group.pop((name, value), ())
        if pending:
            self._materialize([key for key in pending if key in self._pending])
        return self._groups.get((name, value), {}).values()

    def put(self, record: Record, cause: Cause | None = None) -> None:
        """Add the record, or replace the one with its key.

        `cause` is what changes it, for the table's history; without one, as in a new world, nothing is recorded.
        """
        key = self._key(record)
        self._pending.pop(key, None)
        if cause is not None:
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
        """Add a record that is worked out when it, or a group of `groups`, is first read; None is no record.

        For what a world's history comes to: a function of what never changes, so nobody can tell when it ran.
        """
        self._pending[key] = build
        for group in groups.items():
            self._pending_in_group[group] = (*self._pending_in_group.get(group, ()), key)

    def delete(self, key: str, cause: Cause | None = None) -> None:
        """Remove the record; `cause` as in `put`."""
        record = self._records.pop(key)
        if cause is not None:
            self.history.record(cause, key, record, None)
        for name, grouped_by in self._grouped_by.items():
            del self._groups[name, grouped_by(record)][key]

    def copy(self) -> "RecordTable[Record]":
        """A table of the same records, those that nobody has read yet among them; neither sees the other change."""
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
    """All purchases by event, in the order in which the platform learns of them (`domain/sales.py`).

    The world's own are shared and never changed; an event has a book of its own once it differs.
    """

    def __init__(self, world: Mapping[str, Sequence[Purchase]]) -> None:
        self._world = world
        self._overrides: dict[str, list[Purchase]] = {}
        self._revisions: dict[str, int] = {}

    def for_event(self, event_id: str) -> Sequence[Purchase]:
        """The event's purchases, to read."""
        override = self._overrides.get(event_id)
        return self._world.get(event_id, ()) if override is None else override

    def overrides(self) -> Mapping[str, Sequence[Purchase]]:
        """The books that differ from the world's, by event."""
        return self._overrides

    def revision(self, event_id: str) -> int:
        """Changes with each change of the event's purchases: what was worked out from them is good until then."""
        return self._revisions.get(event_id, 0)

    def add(self, purchase: Purchase) -> None:
        """Put a purchase in its place."""
        insort(self._own_purchases(purchase.event_id), purchase, key=sales.sort_key)

    def delete_partner_sales(self, event_id: str) -> None:
        """Drop what the partner brought in for the event. Rule: DRS-05."""
        remaining = [purchase for purchase in self.for_event(event_id) if purchase.origin == "feed"]
        if len(remaining) != len(self.for_event(event_id)):
            self._own_purchases(event_id)[:] = remaining

    def replace_event(self, event_id: str, purchases: Iterable[Purchase]) -> None:
        """Have these be the event's purchases, in whatever order they come."""
        self._own_purchases(event_id)[:] = sorted(purchases, key=sales.sort_key)

    def copy(self) -> "PurchaseStore":
        """Books of the same purchases; neither sees the other change."""
        other = PurchaseStore(self._world)
        other._overrides = {event_id: list(purchases) for event_id, purchases in self._overrides.items()}
        other._revisions = dict(self._revisions)
        return other

    def _own_purchases(self, event_id: str) -> list[Purchase]:
        """The event's own book, to be changed."""
        self._revisions[event_id] = self.revision(event_id) + 1
        if event_id not in self._overrides:
            self._overrides[event_id] = list(self._world.get(event_id, ()))
        return self._overrides[event_id]


class CustomerStore:
    """Who buys: the world's own, shared and never changed, and those who came later."""

    def __init__(self, world: Mapping[str, Customer]) -> None:
        self._world = world
        self.added: dict[str, Customer] = {}

    def get(self, customer_id: str) -> Customer | None:
        """The customer of that id, or None."""
        return self.added.get(customer_id) or self._world.get(customer_id)

    def put(self, customer: Customer) -> None:
        """Add a customer."""
        self.added[customer.id] = customer

    def copy(self) -> "CustomerStore":
        """The same customers; neither sees the other change."""
        other = CustomerStore(self._world)
        other.added = dict(self.added)
        return other

    def mapping(self) -> Mapping[str, Customer]:
        """All customers by id, to read."""
        return ChainMap(self.added, cast("dict[str, Customer]", self._world)) if self.added else self._world


class Store:
    """Everything that a workspace remembers, but its jobs, counters and clock; it starts as a world."""

    def __init__(self, world: World) -> None:
        self.partners: RecordTable[Partner] = RecordTable(lambda partner: partner.id)
        self.users: RecordTable[User] = RecordTable(lambda user: user.username)
        self.challenges: RecordTable[Challenge] = RecordTable(lambda challenge: challenge.session)
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
        """The number of the next cause; numbers order the changes of all tables."""
        self.last_cause_number += 1
        return self.last_cause_number

    def copy(self) -> "Store":
        """A store of the same records; neither sees the other change. All that it has can be copied."""
        other = copy(self)
        for name, part in vars(self).items():
            if isinstance(part, RecordTable | CustomerStore | PurchaseStore):
                setattr(other, name, part.copy())
        return other
