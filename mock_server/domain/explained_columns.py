"""The outcomes of the purchases in columns, without a record for each purchase.

All purchases of an event in one span of time have the same outcome in an evaluation, so columns are cut into a few
segments. Only the purchases of the page that is shown become records.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import Literal, TypeAlias, overload

from mock_server.domain.cluster_marks import ClusterMarks
from mock_server.domain.models import Purchase
from mock_server.domain.purchase_columns import PurchaseColumns, to_seconds

Outcome: TypeAlias = Literal["counted", "outside_window", "other_event", "other_series", "not_known_yet"]

OUTCOME_ORDER: dict[Outcome, int] = {
    "counted": 0,
    "not_known_yet": 1,
    "outside_window": 2,
    "other_series": 3,
    "other_event": 4,
}
NUMBER_BITS = 40
"""The bits of a purchase's number in a key that sorts purchases by time, then by number."""
NUMBER_MASK = (1 << NUMBER_BITS) - 1


@dataclass(frozen=True, slots=True)
class ExplainedPurchase:
    """A purchase, the cluster of its customer, and its outcome."""

    purchase: Purchase
    tc: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Purchases of one event that have the same outcome. `marks` are the numbers of the clusters of their buyers.

    `counts` contains the number of purchases of each mark. The mark of a purchase that is not explained is 0.
    """

    columns: PurchaseColumns
    outcome: Outcome
    marks: Sequence[int]
    counts: Counter[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", Counter(self.marks))

    def __len__(self) -> int:
        return len(self.marks) - self.counts[0]

    def with_only(self, number: int) -> "Segment":
        """Return the segment without the marks of other clusters."""
        marks = (mark if mark == number else 0 for mark in self.marks)
        return Segment(self.columns, self.outcome, bytes(marks) if number < 256 else array("I", marks))

    def first_keys(self, limit: int) -> Iterator[int]:
        """Yield the keys of the first `limit` explained purchases."""
        columns = self.columns.columns
        for place in islice(compress(range(self.columns.start, self.columns.stop), self.marks), limit):
            yield columns.seconds[place] << NUMBER_BITS | columns.first_number + place

    def find(self, number: int) -> int | None:
        """Return the place of the purchase with a number in the segment, or None."""
        place = number - self.columns.columns.first_number - self.columns.start
        return place if 0 <= place < len(self.marks) else None


class ExplainedColumns(Sequence[ExplainedPurchase]):
    """The explained purchases of segments, and those of records, sorted by outcome, then by arrival."""

    def __init__(self, segments: Iterable[Segment], records: Iterable[ExplainedPurchase], marks: ClusterMarks) -> None:
        self.segments, self.records = list(segments), list(records)
        self._tcs = marks.tcs

    def __len__(self) -> int:
        return sum(map(len, self.segments)) + len(self.records)

    @overload
    def __getitem__(self, index: int) -> ExplainedPurchase: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ExplainedPurchase]: ...
    def __getitem__(self, index: int | slice) -> ExplainedPurchase | Sequence[ExplainedPurchase]:
        places = range(len(self))[index]
        if isinstance(places, int):
            return self._select_places(places, places + 1)[0]
        if places.step == 1:
            return self._select_places(places.start, places.stop)
        return tuple(self[place] for place in places)

    def select(self, tc: str | None, outcome: Outcome | None) -> "ExplainedColumns":
        """Return the purchases of a cluster, or with an outcome, or both. None selects all."""
        segments = [segment for segment in self.segments if outcome in (None, segment.outcome)]
        if tc is not None:
            number = self._tcs.index(tc) if tc in self._tcs else 0
            segments = [segment.with_only(number) for segment in segments]
        records = [each for each in self.records if outcome in (None, each.outcome) and tc in (None, each.tc)]
        selected = ExplainedColumns(segments, records, ClusterMarks(()))
        selected._tcs = self._tcs
        return selected

    def count_outcomes(self) -> dict[str, Counter[Outcome]]:
        """Count the purchases of each cluster by outcome. The keys of the result are the clusters' `tc`."""
        counts: dict[str, Counter[Outcome]] = {}
        for segment in self.segments:
            for number, count in segment.counts.items():
                if number:
                    counts.setdefault(self._tcs[number], Counter())[segment.outcome] += count
        for each in self.records:
            counts.setdefault(each.tc, Counter())[each.outcome] += 1
        return counts

    def _select_places(self, start: int, stop: int) -> list[ExplainedPurchase]:
        selected: list[ExplainedPurchase] = []
        for outcome in OUTCOME_ORDER:
            segments = [segment for segment in self.segments if segment.outcome == outcome]
            records = {each.purchase.number: each for each in self.records if each.outcome == outcome}
            count = sum(map(len, segments)) + len(records)
            first, last = max(start, 0), min(stop, count)
            if first < last:
                selected += self._select_in_outcome(segments, records, slice(first, last))
            start, stop = start - count, stop - count
        return selected

    def _select_in_outcome(
        self, segments: Sequence[Segment], records: dict[int, ExplainedPurchase], places: slice
    ) -> Iterator[ExplainedPurchase]:
        keys = [key for segment in segments for key in segment.first_keys(places.stop)]
        keys += [to_seconds(each.purchase.revealed_at) << NUMBER_BITS | number for number, each in records.items()]
        for number in (key & NUMBER_MASK for key in sorted(keys)[places]):
            yield records[number] if number in records else self._find(segments, number)

    def _find(self, segments: Iterable[Segment], number: int) -> ExplainedPurchase:
        segment, place = next((each, found) for each in segments if (found := each.find(number)) is not None)
        return ExplainedPurchase(segment.columns[place], self._tcs[segment.marks[place]], segment.outcome)
