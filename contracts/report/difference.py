"""Finds where two values first differ, and shortens both around that place.

Values arrive as text: JSON, or Python literals, as the assertions write them. All functions take linear time.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from contracts.report.sanitizer import to_single_line

MISSING = "(missing)"
"""Stands for a member or an item that one of the sides lacks."""
SIMPLE_NAME = str.isidentifier
ABSENT = object()
LEAD = 3
"""A shortened text shows the first difference after a third of its width."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference of two values. `place` is like `items[3].purchase`; it is empty if whole values differ."""

    place: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A pair of values to compare, and how to reach it from the pair that contains it."""

    expected: object
    seen: object
    key: str | int | None = None
    parent: "_Step | None" = None


def find_difference(expected: str, seen: str, width: int) -> Difference:
    """Return the first difference, with both sides in one line of at most `width` characters.

    Values that are short enough are returned whole. Otherwise, if both are objects or both are lists, the result is
    the first member or item that differs. Otherwise it is a section of both texts around the first difference.
    """
    whole = Difference("", to_single_line(expected), to_single_line(seen))
    if max(len(whole.expected), len(whole.seen)) <= width:
        return whole
    found = _locate(_parse(expected), _parse(seen)) or whole
    return Difference(found.place, *shorten_around_difference(found.expected, found.seen, width))


def shorten_around_difference(expected: str, seen: str, width: int) -> tuple[str, str]:
    """Shorten two lines to `width` characters around their first difference. `…` marks what is left out."""
    pairs = enumerate(zip_longest(expected, seen))
    start = max(0, next((index for index, (left, right) in pairs if left != right), 0) - width // LEAD)
    if max(len(expected), len(seen)) <= width:
        start = 0
    return _cut(expected, start, width), _cut(seen, start, width)


def _cut(text: str, start: int, width: int) -> str:
    section = f"…{text[start + 1 :]}" if start else text
    return section if len(section) <= width else f"{section[: width - 1]}…"


def _parse(text: str) -> object:
    """Return the value that the text denotes, or ABSENT if it denotes none."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return ABSENT


def _locate(expected: object, seen: object) -> Difference | None:
    """Return the first difference inside two objects or two lists. None if the values are anything else, or equal."""
    pending = [_Step(expected, seen)]
    while pending:
        step = pending.pop()
        if _are_same_container(step.expected, step.seen):
            pending += reversed(list(_pair_members(step)))
        elif _differ(step.expected, step.seen):
            return None if step.parent is None else _describe(step)
    return None


def _are_same_container(expected: object, seen: object) -> bool:
    return any(isinstance(expected, kind) and isinstance(seen, kind) for kind in (dict, list, tuple))


def _pair_members(step: _Step) -> Iterator[_Step]:
    expected, seen = step.expected, step.seen
    if isinstance(expected, dict) and isinstance(seen, dict):
        for key in {**expected, **seen}:
            yield _Step(expected.get(key, ABSENT), seen.get(key, ABSENT), str(key), step)
    elif isinstance(expected, list | tuple) and isinstance(seen, list | tuple):
        for index in range(max(len(expected), len(seen))):
            pair = (side[index] if index < len(side) else ABSENT for side in (expected, seen))
            yield _Step(next(pair), next(pair), index, step)


def _differ(expected: object, seen: object) -> bool:
    return isinstance(expected, bool) is not isinstance(seen, bool) or expected != seen


def _describe(step: _Step) -> Difference:
    keys: list[str | int] = []
    current = step
    while current.parent is not None and current.key is not None:
        keys.append(current.key)
        current = current.parent
    place = "".join(map(_format_key, reversed(keys))).removeprefix(".")
    return Difference(to_single_line(place), _format_side(step.expected), _format_side(step.seen))


def _format_key(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if SIMPLE_NAME(key) else f"[{json.dumps(key, ensure_ascii=False)}]"


def _format_side(value: object) -> str:
    return MISSING if value is ABSENT else to_single_line(repr(value))
