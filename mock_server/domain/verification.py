"""Verifies that a client has made the expected calls, from the exchanges of a journal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mock_server.domain.exchanges import Exchange

MAX_NEAR_MISSES = 3


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


def verify(expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]) -> list[ExpectationResult]:
    """Verify each expectation separately, against all exchanges."""
    return [_verify_one(expectation, exchanges, _number_range(exchanges)) for expectation in expectations]


def verify_in_order(expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]) -> list[ExpectationResult]:
    """Verify that calls were made in the order of the expectations.

    Each expectation takes the first `at_least` matching calls after the calls that the previous expectation took. It is
    then verified against all calls after the last call taken by the previous expectation and before the first call
    taken by the next.
    """
    first_numbers, claims, last = [], [], 0
    for expectation in expectations:
        first_numbers.append(last)
        matching = [call.number for call in exchanges if call.number > last and not find_differences(expectation, call)]
        claims.append(matching[: expectation.at_least])
        last = claims[-1][-1] if claims[-1] else last
    results = []
    for index, expectation in enumerate(expectations):
        end = next((claim[0] for claim in claims[index + 1 :] if claim), None)
        results.append(
            _verify_one(expectation, exchanges, range(first_numbers[index] + 1, end or _number_range(exchanges).stop))
        )
    return results


def find_differences(expectation: CallExpectation, call: Exchange) -> tuple[Difference, ...]:
    """Return the differences between a call and the expectation. There are none if the call matches."""
    return tuple(_compare(expectation, call))


def _number_range(exchanges: Sequence[Exchange]) -> range:
    return range(1, exchanges[-1].number + 1 if exchanges else 1)


def _verify_one(expectation: CallExpectation, exchanges: Sequence[Exchange], numbers: range) -> ExpectationResult:
    matched = tuple(
        call.number for call in exchanges if call.number in numbers and not find_differences(expectation, call)
    )
    is_enough = len(matched) >= expectation.at_least
    is_too_much = expectation.at_most is not None and len(matched) > expectation.at_most
    near_misses = () if is_enough else _find_near_misses(expectation, exchanges, numbers)
    return ExpectationResult(expectation, is_enough and not is_too_much, matched, near_misses)


def _find_near_misses(
    expectation: CallExpectation, exchanges: Sequence[Exchange], numbers: range
) -> tuple[NearMiss, ...]:
    """Return the calls that are most similar to the expectation.

    If no call is of the expected operation, all calls are candidates, and calls to unknown paths come first.
    """
    candidates = []
    has_same_operation = any(call.operation == expectation.operation for call in exchanges)
    for call in exchanges:
        if has_same_operation and call.operation != expectation.operation:
            continue
        found = find_differences(expectation, call)
        if call.number not in numbers:
            found = (*found, Difference("order", _describe_range(numbers), call.number))
        if found:
            candidates.append((len(found) + (call.operation is not None), call.number, NearMiss(call.number, found)))
    return tuple(each for _, _, each in sorted(candidates, key=lambda one: one[:2])[:MAX_NEAR_MISSES])


def _describe_range(numbers: range) -> str:
    """Describe the possible numbers of a call in the right order. If there are none, name only the lower bound."""
    return f"from {numbers.start} to {numbers.stop - 1}" if numbers else f"after {numbers.start - 1}"


def _compare(expectation: CallExpectation, call: Exchange) -> Iterator[Difference]:
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
        given = tuple(value for key, value in call.query if key == name)
        if given != values:
            yield Difference(f"query.{name}", _single_or_list(values), _single_or_list(given))
    if expectation.body:
        yield from _compare_json("body", expectation.body, call.request_json)


def _single_or_list(values: tuple[str, ...]) -> object:
    if not values:
        return None
    return values[0] if len(values) == 1 else list(values)


def _compare_json(path: str, expected: object, actual: object) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for name, value in expected.items():
            if name in actual:
                yield from _compare_json(f"{path}.{name}", value, actual[name])
            else:
                yield Difference(f"{path}.{name}", value, None)
    elif not _is_same_json(expected, actual):
        yield Difference(path, expected, actual)


def _is_same_json(one: object, other: object) -> bool:
    """Return whether two values are equal as JSON: 1 equals 1.0, and true does not equal 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same_json(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same_json(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
