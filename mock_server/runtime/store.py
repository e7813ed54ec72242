"""A workspace's records, in memory."""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from mock_server.domain import sales
from mock_server.domain.models import (
    AttributionRun,
    CampaignResult,
    Challenge,
    Customer,
    Evaluation,
    Event,
    Package,
    Partner,
    PartnerDefaults,
    Purchase,
    User,
)

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

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: str) -> Record | None:
        """The record of that key, or None."""
        return self._records.get(key)

    def mapping(self) -> Mapping[str, Record]:
        """All records by key, to read."""
        return self._records

    def group(self, name: str, value: str | None) -> Collection[Record]:
        """The records whose group `name` is `value`, in the order of first put."""
        return self._groups.get((name, value), {}).values()

    def put(self, record: Record) -> None:
        """Add the record, or put it in the place of the one with its key."""
        key = self._key(record)
        old = self._records.get(key)
        self._records[key] = record
        for name, grouped_by in self._grouped_by.items():
            value = grouped_by(record)
            if old is not None and (before := grouped_by(old)) != value:
                del self._groups[name, before][key]
            self._groups.setdefault((name, value), {})[key] = record

    def delete(self, key: str) -> None:
        """Take the record away."""
        record = self._records.pop(key)
        for name, grouped_by in self._grouped_by.items():
            del self._groups[name, grouped_by(record)][key]


class SalesBook:
    """All purchases by event, in the order in which the platform learns of them (`domain/sales.py`)."""

    def __init__(self) -> None:
        self._by_event: dict[str, list[Purchase]] = {}
        self._revisions: dict[str, int] = {}

    def __iter__(self) -> Iterator[Purchase]:
        return (purchase for book in self._by_event.values() for purchase in book)

    def fill(self, purchases: Iterable[Purchase]) -> None:
        """Take a world's purchases, already in order."""
        for purchase in purchases:
            self._by_event.setdefault(purchase.event_id, []).append(purchase)

    def of(self, event_id: str) -> list[Purchase]:
        """The event's purchases, to read."""
        return self._by_event.get(event_id, [])

    def revision(self, event_id: str) -> int:
        """Changes with each change of the event's purchases: what was worked out from them can be kept until then."""
        return self._revisions.get(event_id, 0)

    def add(self, purchase: Purchase) -> None:
        """Put a purchase in its place."""
        insort(self._by_event.setdefault(purchase.event_id, []), purchase, key=sales.order)
        self._touch(purchase.event_id)

    def clear_brought_in(self, event_id: str) -> None:
        """Drop what the partner brought in for the event. Rule: DRS-05."""
        kept = [purchase for purchase in self.of(event_id) if purchase.origin == "feed"]
        if len(kept) != len(self.of(event_id)):
            self._by_event[event_id] = kept
            self._touch(event_id)

    def _touch(self, event_id: str) -> None:
        self._revisions[event_id] = self.revision(event_id) + 1


class Store:
    """Everything that a workspace remembers, but its jobs, counters and clock."""

    def __init__(self) -> None:
        self.partners: Table[Partner] = Table(lambda partner: partner.id)
        self.users: Table[User] = Table(lambda user: user.username)
        self.challenges: Table[Challenge] = Table(lambda challenge: challenge.session)
        self.events: Table[Event] = Table(
            lambda event: event.id, partner=lambda event: event.partner_id, series=lambda event: event.series
        )
        self.customers: Table[Customer] = Table(lambda customer: customer.id)
        self.sales = SalesBook()
        self.results: Table[CampaignResult] = Table(lambda row: row.id, event=lambda row: row.eid)
        self.packages: Table[Package] = Table(lambda package: package.id, partner=lambda package: package.partner_id)
        self.evaluations: Table[Evaluation] = Table(lambda evaluation: evaluation.package_id)
        self.defaults: Table[PartnerDefaults] = Table(lambda defaults: defaults.partner_id)
        self.last_run: AttributionRun | None = None
