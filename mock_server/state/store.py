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
from mock_server.state.record_history import Versions
from mock_server.worlds.world import World

Record = TypeVar("Record")


class Table(Generic[Record]):
    """Records of one kind by key, and by the groups that reads ask for.

    `groups` gives for each group's name what a record is grouped by. Iteration is in the order of first put.
    """

    def __init__(self, key: Callable[[Record], str], **groups: Callable[[Record], str | None]) -> None:
        self._key = key
        self._grouped_by = groups
        self._records: dict[str, Record] = {}
        self._groups: dict[tuple[str, str | None], dict[str, Record]] = {}
        self._awaited: dict[str, Callable[[], Record | None]] = {}
        self._awaited_in: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self.versions = Versions[Record]()

    def __iter__(self) -> Iterator[Record]:
        self._settle(list(self._awaited))
        return iter(self._records.values())

    def __len__(self) -> int:
        self._settle(list(self._awaited))
        return len(self._records)

    def get(self, key: str) -> Record | None:
        """The record of that key, or None."""
        if key in self._awaited:
            self._settle([key])
        return self._records.get(key)

    def mapping(self) -> Mapping[str, Record]:
        """All records by key, to read."""
        self._settle(list(self._awaited))
        return self._records

    def group(self, name: str, value: str | None) -> Collection[Record]:
        """The records whose group `name` is `value`, in the order of first put."""
        awaited = self._awaited_in.pop((name, value), ())
        if awaited:
            self._settle([key for key in awaited if key in self._awaited])
        return self._groups.get((name, value), {}).values()

    def put(self, record: Record) -> None:
        """Add the record, or put it in the place of the one with its key."""
        key = self._key(record)
        self._awaited.pop(key, None)
        if self.versions.cause is not None:
            self.versions.keep(key, self._records.get(key), record)
        self._place(key, record)

    def _place(self, key: str, record: Record) -> None:
        old = self._records.get(key)
        self._records[key] = record
        for name, grouped_by in self._grouped_by.items():
            place = (name, grouped_by(record))
            if old is not None and (before := (name, grouped_by(old))) != place:
                del self._groups[before][key]
            if place not in self._groups:
                self._groups[place] = {}
            self._groups[place][key] = record

    def put_when_read(self, key: str, groups: dict[str, str | None], make: Callable[[], Record | None]) -> None:
        """Add a record that is worked out when it, or a group of `groups`, is first read; None is no record.

        For what a world's history comes to: a function of what never changes, so nobody can tell when it ran.
        """
        self._awaited[key] = make
        for group in groups.items():
            self._awaited_in[group] = (*self._awaited_in.get(group, ()), key)

    def delete(self, key: str) -> None:
        """Take the record away."""
        record = self._records.pop(key)
        if self.versions.cause is not None:
            self.versions.keep(key, record, None)
        for name, grouped_by in self._grouped_by.items():
            del self._groups[name, grouped_by(record)][key]

    def copied(self) -> "Table[Record]":
        """A table of the same records, those that nobody has read yet among them; neither sees the other change."""
        other = copy(self)
        other._records = dict(self._records)
        other._groups = {place: dict(records) for place, records in self._groups.items()}
        other._awaited, other._awaited_in = dict(self._awaited), dict(self._awaited_in)
        other.versions = self.versions.copied()
        return other

    def _settle(self, keys: list[str]) -> None:
        for key in keys:
            record = self._awaited.pop(key)()
            if record is not None:
                self._place(key, record)


class SalesBook:
    """All purchases by event, in the order in which the platform learns of them (`domain/sales.py`).

    The world's own are shared and never changed; an event has a book of its own once it differs.
    """

    def __init__(self, world: Mapping[str, Sequence[Purchase]]) -> None:
        self._world = world
        self._own: dict[str, list[Purchase]] = {}
        self._revisions: dict[str, int] = {}

    def of(self, event_id: str) -> Sequence[Purchase]:
        """The event's purchases, to read."""
        own = self._own.get(event_id)
        return self._world.get(event_id, ()) if own is None else own

    def changed(self) -> Mapping[str, Sequence[Purchase]]:
        """The books that differ from the world's, by event."""
        return self._own

    def revision(self, event_id: str) -> int:
        """Changes with each change of the event's purchases: what was worked out from them is good until then."""
        return self._revisions.get(event_id, 0)

    def add(self, purchase: Purchase) -> None:
        """Put a purchase in its place."""
        insort(self._book(purchase.event_id), purchase, key=sales.order)

    def clear_brought_in(self, event_id: str) -> None:
        """Drop what the partner brought in for the event. Rule: DRS-05."""
        kept = [purchase for purchase in self.of(event_id) if purchase.origin == "feed"]
        if len(kept) != len(self.of(event_id)):
            self._book(event_id)[:] = kept

    def rewrite(self, event_id: str, purchases: Iterable[Purchase]) -> None:
        """Have these be the event's purchases, in whatever order they come."""
        self._book(event_id)[:] = sorted(purchases, key=sales.order)

    def copied(self) -> "SalesBook":
        """Books of the same purchases; neither sees the other change."""
        other = SalesBook(self._world)
        other._own = {event_id: list(book) for event_id, book in self._own.items()}
        other._revisions = dict(self._revisions)
        return other

    def _book(self, event_id: str) -> list[Purchase]:
        """The event's own book, to be changed."""
        self._revisions[event_id] = self.revision(event_id) + 1
        if event_id not in self._own:
            self._own[event_id] = list(self._world.get(event_id, ()))
        return self._own[event_id]


class Customers:
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

    def copied(self) -> "Customers":
        """The same customers; neither sees the other change."""
        other = Customers(self._world)
        other.added = dict(self.added)
        return other

    def mapping(self) -> Mapping[str, Customer]:
        """All customers by id, to read."""
        return ChainMap(self.added, cast("dict[str, Customer]", self._world)) if self.added else self._world


class Store:
    """Everything that a workspace remembers, but its jobs, counters and clock; it starts as a world."""

    def __init__(self, world: World) -> None:
        self.partners: Table[Partner] = Table(lambda partner: partner.id)
        self.users: Table[User] = Table(lambda user: user.username)
        self.challenges: Table[Challenge] = Table(lambda challenge: challenge.session)
        self.events: Table[Event] = Table(
            lambda event: event.id, partner=lambda event: event.partner_id, series=lambda event: event.series
        )
        self.customers = Customers(world.customers)
        self.sales = SalesBook(world.sales)
        self.results: Table[CampaignResult] = Table(lambda row: row.id, event=lambda row: row.eid)
        self.ingests: Table[Ingest] = Table(lambda summary: summary.id, event=lambda summary: summary.eid)
        self.packages: Table[Package] = Table(lambda package: package.id, partner=lambda package: package.partner_id)
        self.evaluations: Table[Evaluation] = Table(lambda evaluation: evaluation.package_id)
        self.defaults: Table[PartnerDefaults] = Table(lambda defaults: defaults.partner_id)
        self.last_run: AttributionRun | None = None
        self.born_with = world.purchase_count
        self.restored_at: datetime | None = None
        self.causes = 0
        self.runs: tuple[Cause, ...] = ()
        for partner in world.partners.values():
            self.partners.put(partner)
        for user in world.users.values():
            self.users.put(user)
        for event in world.events.values():
            self.events.put(event)

    def because(self, cause: Cause) -> None:
        """What is written from now on is this cause's doing, where versions are kept: not of users and challenges."""
        self.causes = cause.number
        self.partners.versions.cause = self.events.versions.cause = self.results.versions.cause = cause
        self.packages.versions.cause = self.evaluations.versions.cause = self.defaults.versions.cause = cause

    def copied(self) -> "Store":
        """A store of the same records; neither sees the other change. All that it has can be copied."""
        other = copy(self)
        for name, part in vars(self).items():
            if isinstance(part, Table | Customers | SalesBook):
                setattr(other, name, part.copied())
        return other
