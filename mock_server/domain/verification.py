"""Verifies that a client has made the expected calls, from the exchanges of a journal."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mock_server.domain.exchanges import Exchange, Pairs
from mock_server.domain.pieces import Steps, in_pieces

MAX_NEAR_MISSES = 3
MAX_FIELD_LENGTH = 500
"""How long the name of a field in a difference is at most."""
VALUE_UNITS = 8
"""How many units of work it is to compare one expected value (`domain/pieces.py`)."""

QueryValues: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values of each key of a query, in order."""


@dataclass(frozen=True, slots=True)
class CallExpectation:
    """A call that is expected from `at_least` to `at_most` times; None means no upper bound.

    `path` maps the path's parameters to their decoded values. `query` maps each key to its values in order. `body` is a
    part of the JSON body: its objects may contain further members, but its arrays must be equal.
    """

    operation: str
    at_least: int = 1
    at_most: int | None = None
    status: int | None = None
    partner: str | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return how many values are compared with those of a call, at most."""
        return 3 + len(self.path) + sum(1 + len(values) for values in self.query.values()) + count_values(self.body)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a call whose value is not the expected one. `actual` is None if the call lacks the field."""

    field: str
    expected: object
    actual: object


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A call that does not match, and why."""

    number: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """The result of an expectation: the numbers of matching calls, and near misses if there are too few."""

    expectation: CallExpectation
    verified: bool
    matched: tuple[int, ...]
    near_misses: tuple[NearMiss, ...]


def count_values(value: object) -> int:
    """Return how many members and items a JSON value contains, at all levels."""
    count, level = 0, [value]
    while level := [member for each in level for member in members(each)]:
        count += len(level)
    return count


def members(value: object) -> Iterable[object]:
    """Return the members of a JSON object or the items of an array; any other value has none."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


@in_pieces
def verify(expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]) -> Steps[list[ExpectationResult]]:
    """Verify each expectation separately, against all exchanges, given oldest first."""
    matching = yield from _find_matching(expectations, exchanges)
    ranges = [_number_range(exchanges)] * len(expectations)
    return (yield from _judge(expectations, exchanges, matching, ranges))


@in_pieces
def verify_in_order(
    expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]
) -> Steps[list[ExpectationResult]]:
    """Verify that calls were made in the order of the expectations. The exchanges are given oldest first.

    Each expectation takes the first `at_least` matching calls after the calls that the previous expectation took. It is
    then verified against all calls after the last call taken by the previous expectation and before the first call
    taken by the next.
    """
    matching = yield from _find_matching(expectations, exchanges)
    starts, claims, last = [], [], 0
    for expectation, numbers in zip(expectations, matching, strict=True):
        starts.append(last + 1)
        first = bisect_left(numbers, last + 1)
        claims.append(numbers[first : first + expectation.at_least])
        last = claims[-1][-1] if claims[-1] else last
    ranges = []
    for index, start in enumerate(starts):
        end = next((claim[0] for claim in claims[index + 1 :] if claim), None)
        ranges.append(range(start, end or _number_range(exchanges).stop))
    return (yield from _judge(expectations, exchanges, matching, ranges))


def _number_range(exchanges: Sequence[Exchange]) -> range:
    return range(1, exchanges[-1].number + 1 if exchanges else 1)


def _find_matching(expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]) -> Steps[list[list[int]]]:
    """Return the numbers of the calls that match each expectation."""
    matching: list[list[int]] = [[] for _ in expectations]
    by_operation: dict[str | None, list[tuple[CallExpectation, int, list[int]]]] = {}
    for expectation, numbers in zip(expectations, matching, strict=True):
        one = (expectation, VALUE_UNITS * expectation.size, numbers)
        by_operation.setdefault(expectation.operation, []).append(one)
    for call in exchanges:
        candidates = by_operation.get(call.operation, ())
        query = _group_by_key(call.query) if candidates else {}
        yield 1 + 3 * len(call.query)
        for expectation, units, numbers in candidates:
            if next(_compare(expectation, call, query), None) is None:
                numbers.append(call.number)
            yield units
    return matching


def _judge(
    expectations: Sequence[CallExpectation],
    exchanges: Sequence[Exchange],
    matching: Sequence[Sequence[int]],
    ranges: Sequence[range],
) -> Steps[list[ExpectationResult]]:
    """Return the result of each expectation. `ranges` are the numbers of the calls that it may count."""
    operations = {call.operation for call in exchanges}
    counted, searches = [], []
    for expectation, found, numbers in zip(expectations, matching, ranges, strict=True):
        counted.append(tuple(found[bisect_left(found, numbers.start) : bisect_left(found, numbers.stop)]))
        searches.append(_Search(expectation, numbers, is_known=expectation.operation in operations))
        yield 1 + len(found) // 10
    missing = [one for one, found in zip(searches, counted, strict=True) if len(found) < one.expectation.at_least]
    yield from _find_near_misses(missing, exchanges)
    results = []
    for search, matched in zip(searches, counted, strict=True):
        near_misses = yield from search.near_misses()
        results.append(_to_result(search.expectation, matched, near_misses))
    return results


def _to_result(
    expected: CallExpectation, matched: tuple[int, ...], near_misses: tuple[NearMiss, ...]
) -> ExpectationResult:
    is_verified = len(matched) >= expected.at_least and (expected.at_most is None or len(matched) <= expected.at_most)
    return ExpectationResult(expected, is_verified, matched, near_misses)


class _Search:
    """Looks for the calls that are most similar to an expectation, which may count calls of these numbers.

    If no call is of the expected operation, all calls are candidates, and calls to unknown paths come first.
    """

    def __init__(self, expectation: CallExpectation, numbers: range, *, is_known: bool) -> None:
        self.expectation = expectation
        self.units = VALUE_UNITS * expectation.size
        self._numbers = numbers
        self._is_known = is_known
        self._nearest: list[tuple[int, int, Exchange]] = []

    def is_candidate(self, call: Exchange) -> bool:
        """Return whether the call may be a near miss."""
        return not self._is_known or call.operation == self.expectation.operation

    def add(self, call: Exchange, query: QueryValues) -> None:
        """Keep the call if it is one of the nearest so far. Only differences are counted, not listed."""
        count = sum(1 for _ in _compare(self.expectation, call, query)) + (call.number not in self._numbers)
        if count:
            self._nearest.append((count + (call.operation is not None), call.number, call))
            self._nearest.sort(key=lambda one: one[:2])
            del self._nearest[MAX_NEAR_MISSES:]

    def near_misses(self) -> Steps[tuple[NearMiss, ...]]:
        """Return the nearest calls with their differences."""
        found = []
        for *_, call in self._nearest:
            found.append(NearMiss(call.number, tuple(self._differences(call))))
            yield self.units + 3 * len(call.query)
        return tuple(found)

    def _differences(self, call: Exchange) -> Iterator[Difference]:
        yield from _compare(self.expectation, call, _group_by_key(call.query))
        if call.number not in self._numbers:
            yield Difference("order", _describe_range(self._numbers), call.number)


def _find_near_misses(searches: Sequence[_Search], exchanges: Sequence[Exchange]) -> Steps[None]:
    for call in exchanges if searches else ():
        candidates = [each for each in searches if each.is_candidate(call)]
        query = _group_by_key(call.query) if candidates else {}
        yield 1 + len(searches) + 3 * len(call.query)
        for search in candidates:
            search.add(call, query)
            yield search.units


def _group_by_key(query: Pairs) -> QueryValues:
    values: dict[str, list[str]] = {}
    for key, value in query:
        values.setdefault(key, []).append(value)
    return {key: tuple(given) for key, given in values.items()}


def _describe_range(numbers: range) -> str:
    """Describe the possible numbers of a call in the right order. If there are none, name only the lower bound."""
    return f"from {numbers.start} to {numbers.stop - 1}" if numbers else f"after {numbers.start - 1}"


def _compare(expectation: CallExpectation, call: Exchange, query: QueryValues) -> Iterator[Difference]:
    """Yield the differences between a call, of which this is the query, and the expectation."""
    if call.operation != expectation.operation:
        yield Difference("operation", expectation.operation, call.operation)
    if expectation.status is not None and call.status != expectation.status:
        yield Difference("status", expectation.status, call.status)
    if expectation.partner is not None and call.partner != expectation.partner:
        yield Difference("partner", expectation.partner, call.partner)
    for name, value in expectation.path.items():
        if call.arguments.get(name) != value:
            yield Difference(f"path.{name}", value, call.arguments.get(name))
    for name, values in expectation.query.items():
        given = query.get(name, ())
        if given != values:
            yield Difference(_member_field("query", name), _single_or_list(values), _single_or_list(given))
    if expectation.body:
        yield from _compare_json("body", expectation.body, call.request_json)


def _single_or_list(values: tuple[str, ...]) -> object:
    if not values:
        return None
    return values[0] if len(values) == 1 else list(values)


def _compare_json(path: str, expected: object, actual: object) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            member = _member_field(path, name)
            if name in actual:
                yield from _compare_json(member, value, actual[name])
            else:
                yield Difference(member, value, None)
    elif not _is_same_json(expected, actual):
        yield Difference(path, expected, actual)


def _member_field(path: str, name: str) -> str:
    return f"{path}.{name[:MAX_FIELD_LENGTH]}"[:MAX_FIELD_LENGTH]


def _is_same_json(one: object, other: object) -> bool:
    """Return whether two values are equal as JSON: 1 equals 1.0, and true does not equal 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same_json(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same_json(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
