"""Whether a client called what was expected of it: expectations, judged on the exchanges of a journal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mock_server.domain.exchanges import Exchange

MOST_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Expectation:
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
    seen: object


@dataclass(frozen=True, slots=True)
class Near:
    """A call that was not counted, and why."""

    number: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an expectation: the numbers of the calls that count, and the nearest others, if there are few."""

    expectation: Expectation
    verified: bool
    matched: tuple[int, ...]
    nearest: tuple[Near, ...]


def judge(expectations: Sequence[Expectation], exchanges: Sequence[Exchange]) -> list[Judged]:
    """Each expectation on its own, on all exchanges."""
    return [_judged(each, exchanges, _range(exchanges)) for each in expectations]


def judge_in_order(expectations: Sequence[Expectation], exchanges: Sequence[Exchange]) -> list[Judged]:
    """Each expectation on what lies between those beside it.

    Each claims the first calls that it needs, after those that the one before it claimed; what counts for it is all
    from there up to the first call that the next one claims.
    """
    starts, claims, last = [], [], 0
    for each in expectations:
        starts.append(last)
        found = [call.number for call in exchanges if call.number > last and not differences(each, call)]
        claims.append(found[: each.at_least])
        last = claims[-1][-1] if claims[-1] else last
    judged = []
    for place, each in enumerate(expectations):
        end = next((claim[0] for claim in claims[place + 1 :] if claim), None)
        judged.append(_judged(each, exchanges, range(starts[place] + 1, end or _range(exchanges).stop)))
    return judged


def differences(expected: Expectation, call: Exchange) -> tuple[Difference, ...]:
    """In what a call is not as expected; nothing where it is."""
    return tuple(_differences(expected, call))


def _range(exchanges: Sequence[Exchange]) -> range:
    return range(1, exchanges[-1].number + 1 if exchanges else 1)


def _judged(expected: Expectation, exchanges: Sequence[Exchange], where: range) -> Judged:
    matched = tuple(call.number for call in exchanges if call.number in where and not differences(expected, call))
    is_enough = len(matched) >= expected.at_least
    is_too_much = expected.at_most is not None and len(matched) > expected.at_most
    nearest = () if is_enough else _nearest(expected, exchanges, where)
    return Judged(expected, is_enough and not is_too_much, matched, nearest)


def _nearest(expected: Expectation, exchanges: Sequence[Exchange], where: range) -> tuple[Near, ...]:
    """Calls of the same operation; where there is none, of any, those first that mean no operation at all."""
    near = []
    is_called = any(call.operation == expected.operation for call in exchanges)
    for call in exchanges:
        if is_called and call.operation != expected.operation:
            continue
        found = differences(expected, call)
        if call.number not in where:
            found = (*found, Difference("order", _place(where), call.number))
        if found:
            near.append((len(found) + (call.operation is not None), call.number, Near(call.number, found)))
    return tuple(each for _, _, each in sorted(near, key=lambda one: one[:2])[:MOST_NEAREST])


def _place(where: range) -> str:
    """Where a call had to stand: between its neighbours, or, where nothing is left between them, after the first."""
    return f"from {where.start} to {where.stop - 1}" if where else f"after {where.start - 1}"


def _differences(expected: Expectation, call: Exchange) -> Iterator[Difference]:
    if call.operation != expected.operation:
        yield Difference("operation", expected.operation, call.operation)
    if expected.status is not None and call.status != expected.status:
        yield Difference("status", expected.status, call.status)
    if expected.partner is not None and call.partner != expected.partner:
        yield Difference("partner", expected.partner, call.partner)
    for name, value in expected.path.items():
        if call.arguments.get(name) != value:
            yield Difference(f"path.{name}", value, call.arguments.get(name))
    for name, values in expected.query.items():
        given = tuple(value for key, value in call.query if key == name)
        if given != values:
            yield Difference(f"query.{name}", _one_or_all(values), _one_or_all(given))
    if expected.body:
        yield from _in_body("body", expected.body, call.sent)


def _one_or_all(values: tuple[str, ...]) -> object:
    if not values:
        return None
    return values[0] if len(values) == 1 else list(values)


def _in_body(place: str, expected: object, seen: object) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        for name, value in expected.items():
            if name in seen:
                yield from _in_body(f"{place}.{name}", value, seen[name])
            else:
                yield Difference(f"{place}.{name}", value, None)
    elif not _same(expected, seen):
        yield Difference(place, expected, seen)


def _same(one: object, other: object) -> bool:
    """Equal as JSON: 1 is 1.0, and true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
