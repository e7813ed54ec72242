"""An event's purchases as columns, from which records are made on demand.

A world of CSV files may contain a million purchases. As records they would take half a gigabyte, and each calculation
would visit a million objects. `PurchaseColumns` stores one array for each field instead. It is a sequence of
`Purchase`, so every function of purchases works with it. A part of a sequence is a view of the same arrays.

Functions that read many purchases call `partition` first. They calculate with the arrays of the columns, and with the
records of all other sequences as their definition says. Both ways have equal results; tests compare them.
"""

from abc import abstractmethod
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from heapq import merge
from itertools import chain, compress, islice
from operator import attrgetter
from typing import TypeAlias, overload

from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.pieces import Steps

CREDITS: tuple[Credit, ...] = ("campaign", "organic", "external")
CREDIT_TRIPLES = tuple((fd, meta, external) for fd in CREDITS for meta in CREDITS for external in CREDITS)
"""The possible values of `fd`, `meta` and `external`. The column of credits contains indexes of this tuple."""
MODEL_INDEX: dict[AttributionModel, int] = {"FD": 0, "META": 1, "EXTERNAL": 2}
"""The place of a model's credit in a triple."""
SECONDS_PER_DAY = 86_400

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = _EPOCH.toordinal()
"""The number of 1970-01-01 as Python counts days."""
_SECOND = timedelta(seconds=1)

sort_key = attrgetter("revealed_at", "number")
_revealed_at = attrgetter("revealed_at")
IntArray: TypeAlias = "array[int]"


def to_seconds(timestamp: datetime) -> int:
    """Return the whole seconds from 1970 to a timestamp."""
    return (timestamp - _EPOCH) // _SECOND


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The purchases of one event, in the order of their times, numbered without gaps from `first_number`.

    Each is known from the time at which it was made. `buyers` contains indexes of `customer_ids`, `amounts` indexes of
    `amount_values`, and `credits` indexes of CREDIT_TRIPLES. The events of a world share `customer_ids` and
    `amount_values`. Times are in seconds from 1970. `buyers` is a tuple, because that is the fastest to look up by.
    """

    event_id: str
    first_number: int
    buyers: tuple[int, ...]
    seconds: IntArray
    tickets: IntArray
    amounts: IntArray
    credits: bytes
    customer_ids: Sequence[str]
    amount_values: Sequence[Decimal]

    def by_row(self) -> tuple[Sequence[int], ...]:
        """Return the columns that have a value for each purchase."""
        return self.buyers, self.seconds, self.tickets, self.amounts, self.credits


class IndexedPurchases(Sequence[Purchase]):
    """An event's purchases in the order of arrival, of which some or all are columns."""

    __slots__ = ()

    @abstractmethod
    def count_revealed(self, now: datetime) -> int:
        """Count the purchases that have arrived by `now`."""

    @abstractmethod
    def select_days(self, first: date, last: date) -> "IndexedPurchases":
        """Return the purchases that were made on the days from `first` to `last`, both included."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # equal to a tuple of the same purchases, so it cannot have a hash


class PurchaseColumns(IndexedPurchases):
    """The purchases at the places from `start` to `stop`, excluded, of the columns."""

    __slots__ = ("columns", "start", "stop")

    def __init__(self, columns: Columns, start: int = 0, stop: int | None = None) -> None:
        self.columns = columns
        self.start = start
        self.stop = len(columns.seconds) if stop is None else stop

    def __len__(self) -> int:
        return self.stop - self.start

    @overload
    def __getitem__(self, index: int) -> Purchase: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Purchase]: ...
    def __getitem__(self, index: int | slice) -> Purchase | Sequence[Purchase]:
        places = range(self.start, self.stop)[index]
        if isinstance(places, int):
            return self._build_record(places)
        if places.step == 1:
            return PurchaseColumns(self.columns, places.start, max(places.start, places.stop))
        return tuple(self[place - self.start] for place in places)

    def __iter__(self) -> Iterator[Purchase]:
        columns = self.columns
        customer_ids, amount_values, event_id = columns.customer_ids, columns.amount_values, columns.event_id
        rows = zip(*(column[self.start : self.stop] for column in columns.by_row()), strict=True)
        for number, (buyer, second, tickets, amount, credit) in enumerate(rows, columns.first_number + self.start):
            at = _EPOCH + timedelta(0, second)
            yield Purchase(
                number, customer_ids[buyer], event_id, at, at, tickets, amount_values[amount], *CREDIT_TRIPLES[credit]
            )

    def _build_record(self, place: int) -> Purchase:
        columns = self.columns
        at = _EPOCH + timedelta(0, columns.seconds[place])
        return Purchase(
            columns.first_number + place,
            columns.customer_ids[columns.buyers[place]],
            columns.event_id,
            at,
            at,
            columns.tickets[place],
            columns.amount_values[columns.amounts[place]],
            *CREDIT_TRIPLES[columns.credits[place]],
        )

    def count_revealed(self, now: datetime) -> int:
        """Count the purchases that have arrived by `now`."""
        return bisect_right(self.columns.seconds, to_seconds(now), self.start, self.stop) - self.start

    def count_until(self, due: datetime, number: int) -> int:
        """Count the purchases that have arrived by `due`. Those that arrived at `due` have at most this number."""
        second = to_seconds(due)
        earlier = bisect_left(self.columns.seconds, second, self.start, self.stop)
        same_or_earlier = bisect_right(self.columns.seconds, second, earlier, self.stop)
        return max(earlier, min(number + 1 - self.columns.first_number, same_or_earlier)) - self.start

    def select_days(self, first: date, last: date) -> "PurchaseColumns":
        """Return the purchases that were made on the days from `first` to `last`, both included."""
        start = self._place_of_day(first.toordinal())
        return PurchaseColumns(self.columns, start, max(start, self._place_of_day(last.toordinal() + 1)))

    def split_by_day(self) -> Iterator[tuple[date, "PurchaseColumns"]]:
        """Yield each day with purchases, ascending, and its purchases."""
        start = self.start
        while start < self.stop:
            day = self.columns.seconds[start] // SECONDS_PER_DAY + EPOCH_DAY
            stop = self._place_of_day(day + 1)
            yield date.fromordinal(day), PurchaseColumns(self.columns, start, stop)
            start = stop

    def customer_ids(self) -> set[str]:
        """Return the distinct buyers."""
        return set(map(self.columns.customer_ids.__getitem__, set(self.columns.buyers[self.start : self.stop])))

    def select_first(self, codes: Iterable[int], limit: int) -> list[Purchase]:
        """Return the first `limit` purchases whose credits are one of these triples, given by index."""
        wanted = frozenset(codes)
        is_wanted = bytes(code in wanted for code in range(256))
        marks = self.columns.credits[self.start : self.stop].translate(is_wanted)
        places = islice(compress(range(self.start, self.stop), marks), limit)
        return list(map(self._build_record, places))

    def _place_of_day(self, ordinal: int) -> int:
        return bisect_left(self.columns.seconds, (ordinal - EPOCH_DAY) * SECONDS_PER_DAY, self.start, self.stop)


class MergedPurchases(IndexedPurchases):
    """Columns, and records that were added to them later. `added` is sorted like all purchases of an event."""

    __slots__ = ("_places", "added", "base")

    def __init__(self, base: PurchaseColumns, added: Sequence[Purchase], places: Sequence[int] | None = None) -> None:
        self.base, self.added = base, added
        if places is None:
            earlier = (base.count_until(purchase.revealed_at, purchase.number - 1) for purchase in added)
            places = [place + index for index, place in enumerate(earlier)]
        self._places = places
        """The places of the added records in the whole sequence."""

    def __len__(self) -> int:
        return len(self.base) + len(self.added)

    @overload
    def __getitem__(self, index: int) -> Purchase: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Purchase]: ...
    def __getitem__(self, index: int | slice) -> Purchase | Sequence[Purchase]:
        places = range(len(self))[index]
        if isinstance(places, int):
            earlier = bisect_left(self._places, places)
            is_added = earlier < len(self._places) and self._places[earlier] == places
            return self.added[earlier] if is_added else self.base[places - earlier]
        if places.step == 1:
            return self._cut(places.start, max(places.start, places.stop))
        return tuple(self[place] for place in places)

    def __iter__(self) -> Iterator[Purchase]:
        return merge(self.base, self.added, key=sort_key)

    def count_revealed(self, now: datetime) -> int:
        """Count the purchases that have arrived by `now`."""
        return self.base.count_revealed(now) + bisect_right(self.added, now, key=_revealed_at)

    def select_days(self, first: date, last: date) -> "MergedPurchases":
        """Return the purchases that were made on the days from `first` to `last`, both included."""
        added = [purchase for purchase in self.added if first <= purchase.at.date() <= last]
        return MergedPurchases(self.base.select_days(first, last), added)

    def _cut(self, start: int, stop: int) -> "MergedPurchases":
        first, last = bisect_left(self._places, start), bisect_left(self._places, stop)
        base = PurchaseColumns(self.base.columns, self.base.start + start - first, self.base.start + stop - last)
        return MergedPurchases(base, self.added[first:last], [place - start for place in self._places[first:last]])


class PurchaseUnion(Iterable[Purchase]):
    """The purchases of several sequences, one after the other. Each sequence contains purchases of one event only."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[Sequence[Purchase]]) -> None:
        self.parts = tuple(parts)

    def __iter__(self) -> Iterator[Purchase]:
        return chain.from_iterable(self.parts)


def split_by_event(purchases: Iterable[Purchase]) -> Iterable[tuple[str, Sequence[Purchase]]]:
    """Return the purchases in parts, with the event of each part. An event may have several parts."""
    if isinstance(purchases, PurchaseUnion):
        return ((part[0].event_id, part) for part in purchases.parts if part)
    by_event: dict[str, list[Purchase]] = {}
    for purchase in purchases:
        by_event.setdefault(purchase.event_id, []).append(purchase)
    return by_event.items()


def partition(purchases: Iterable[Purchase]) -> tuple[list[PurchaseColumns], Iterable[Purchase]]:
    """Return the columns among the purchases, and the purchases that are records. The order is lost."""
    if isinstance(purchases, PurchaseUnion):
        parts = list(map(partition, purchases.parts))
        return [columns for some, _ in parts for columns in some], chain.from_iterable(records for _, records in parts)
    if isinstance(purchases, PurchaseColumns):
        return [purchases], ()
    if isinstance(purchases, MergedPurchases):
        return [purchases.base], purchases.added
    return [], purchases


def partition_in_steps(
    purchases: Iterable[Purchase],
) -> Steps[tuple[list[PurchaseColumns], Iterable[Purchase]]]:
    """Do what `partition` does, with a step for each of the sequences of a union."""
    columns: list[PurchaseColumns] = []
    records: list[Iterable[Purchase]] = []
    for part in purchases.parts if isinstance(purchases, PurchaseUnion) else (purchases,):
        some_columns, some_records = partition(part)
        columns += some_columns
        records.append(some_records)
        yield 1
    return columns, chain.from_iterable(records)


def build_columns(event_id: str, purchases: Sequence[Purchase]) -> PurchaseColumns:
    """Return an event's purchases as columns. They must be as `Columns` requires; their origin must be `feed`."""
    customer_ids = list(dict.fromkeys(purchase.customer_id for purchase in purchases))
    codes = {customer_id: code for code, customer_id in enumerate(customer_ids)}
    return PurchaseColumns(
        Columns(
            event_id,
            purchases[0].number if purchases else 1,
            tuple([codes[purchase.customer_id] for purchase in purchases]),
            array("q", [to_seconds(purchase.at) for purchase in purchases]),
            array("I", [purchase.tickets for purchase in purchases]),
            array("I", range(len(purchases))),
            bytes(CREDIT_TRIPLES.index((purchase.fd, purchase.meta, purchase.external)) for purchase in purchases),
            customer_ids,
            [purchase.revenue for purchase in purchases],
        )
    )
