"""Whether a client called what was expected of it: expectations, judged on the exchanges of a journal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mock_server.domain.exchanges import Exchange

MAX_NEAR_MISSES = 3


@dataclass(frozen=True, slots=True)
class CallExpectation:
    """A call that is expected at least and at most so many times; no `at_most`, no upper bound.

    `path` are the path's parameters, decoded, `query` the values of a key in order, `body` a part of the JSON: objects
    may have more members, arrays may not.
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
    """A field in which a call is not as expected; None where the call does not have it."""

    field: str
    expected: object
    actual: object


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A call that was not counted, and why."""

    number: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """What became of an expectation: the numbers of the calls that count, and the nearest others, if there are few."""

    expectation: CallExpectation
    verified: bool
    matched: tuple[int, ...]
    near_misses: tuple[NearMiss, ...]


def verify(expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]) -> list[ExpectationResult]:
    """Each expectation on its own, on all exchanges."""
    return [_verify_one(expectation, exchanges, _number_range(exchanges)) for expectation in expectations]


def verify_in_order(expectations: Sequence[CallExpectation], exchanges: Sequence[Exchange]) -> list[ExpectationResult]:
    """Each expectation on what lies between those beside it.

    Each claims the first calls that it needs, after those that the one before it claimed; what counts for it is all
    from there up to the first call that the next one claims.
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
    """In what a call is not as expected; nothing where it is."""
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
    """Calls of the same operation; where there is none, of any, those first that mean no operation at all."""
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
    """Where a call had to stand: between its neighbours, or, where nothing is left between them, after the first."""
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
    """Equal as JSON: 1 is 1.0, and true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same_json(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same_json(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
