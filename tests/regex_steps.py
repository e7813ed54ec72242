"""Counts the steps of a regular expression, as Python's engine takes them: with backtracking.

The engine itself cannot be observed. This interpreter runs the same parsed pattern in the same way, and counts each
attempt to match a part of the pattern. It supports what the patterns of the mock use, and refuses anything else.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from re import _constants as codes  # type: ignore[attr-defined]  # the parsed form of a pattern has no public module
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Nodes = list[tuple[Any, Any]]
Text = str | bytes


class StepCounter:
    """Searches texts for a pattern and counts its steps."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._nodes: Nodes = list(parser.parse(pattern.pattern, pattern.flags))
        self._flags = pattern.flags
        self._one: dict[str, Callable[[Text], object]] = {}
        self.steps = 0

    def match(self, text: Text, start: int = 0, *, whole: bool = False) -> int | None:
        """Return the end of the match at `start`, None if there is none."""
        return next((end for end in self._walk(self._nodes, 0, text, start) if not whole or end == len(text)), None)

    def search_all(self, text: Text) -> list[tuple[int, int]]:
        """Return the spans of all matches, as `finditer` does."""
        found, start = [], 0
        while start <= len(text):
            end = self.match(text, start)
            if end is not None:
                found.append((start, end))
            start = start + 1 if end is None or end == start else end
        return found

    def _walk(self, nodes: Nodes, index: int, text: Text, at: int) -> Iterator[int]:
        """Yield the ends of the matches of `nodes` from `index` on, in the order in which the engine tries them."""
        self.steps += 1
        if index == len(nodes):
            yield at
            return
        for end in self._ends(*nodes[index], text, at):
            yield from self._walk(nodes, index + 1, text, end)

    def _ends(self, code: Any, value: Any, text: Text, at: int) -> Iterator[int]:
        """Yield the ends of the matches of one part of the pattern."""
        self.steps += 1
        if code in (codes.MAX_REPEAT, codes.POSSESSIVE_REPEAT, codes.MIN_REPEAT):
            yield from self._repeat(code, *value, text, at)
        elif code is codes.SUBPATTERN:
            yield from self._walk(list(value[3]), 0, text, at)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from self._walk(list(branch), 0, text, at)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            direction, inner = value
            begin = at if direction > 0 else at - inner.getwidth()[0]
            matched = begin >= 0 and next(self._walk(list(inner), 0, text, begin), None) is not None
            if matched == (code is codes.ASSERT):
                yield at
        elif code is codes.AT:
            if self._is_at(value, text, at):
                yield at
        elif at < len(text) and self._is_one(code, value, text[at : at + 1]):
            yield at + 1

    def _repeat(self, code: Any, least: int, most: int, inner: Any, text: Text, at: int) -> Iterator[int]:
        """Yield the ends of a repetition: the longest first, or the shortest first if it is lazy."""
        if inner.getwidth() != (1, 1):
            ends = self._repeat_part(code, least, most, list(inner), text, at)
            yield from islice(ends, 1) if code is codes.POSSESSIVE_REPEAT else ends
            return
        end = at
        while end < len(text) and end - at < most and next(self._walk(list(inner), 0, text, end), None) is not None:
            end += 1
        possible = range(at + least, end + 1)
        if code is codes.POSSESSIVE_REPEAT:
            possible = possible[-1:]
        for each in possible if code is codes.MIN_REPEAT else reversed(possible):
            self.steps += 1
            yield each

    def _repeat_part(self, code: Any, least: int, most: int, inner: Nodes, text: Text, at: int) -> Iterator[int]:
        """Yield the ends of a repetition whose part can match in several ways."""
        self.steps += 1
        if code is codes.MIN_REPEAT and least <= 0:
            yield at
        if most:
            for end in self._walk(inner, 0, text, at):
                if end != at:
                    yield from self._repeat_part(code, least - 1, most - 1, inner, text, end)
        if code is not codes.MIN_REPEAT and least <= 0:
            yield at

    def _is_at(self, where: Any, text: Text, at: int) -> bool:
        if where is codes.AT_BEGINNING:
            return at == 0
        if where is codes.AT_END:
            return at == len(text) or (at == len(text) - 1 and text[at:] in ("\n", b"\n"))
        if where is codes.AT_BOUNDARY:
            return self._is_word(text, at - 1) != self._is_word(text, at)
        raise NotImplementedError(where)

    @staticmethod
    def _is_word(text: Text, at: int) -> bool:
        word = re.compile(r"\w" if isinstance(text, str) else rb"\w")  # type: ignore[type-var]
        return 0 <= at < len(text) and word.match(text, at) is not None  # type: ignore[arg-type]

    def _is_one(self, code: Any, value: Any, character: Text) -> bool:
        if code is codes.ANY:
            return character not in ("\n", b"\n")
        key = f"{code}{value}"
        if key not in self._one:
            tree = parser.parse("." if isinstance(character, str) else b".", self._flags)
            tree.data = [(code, value)]
            self._one[key] = re._compiler.compile(tree, self._flags).fullmatch  # type: ignore[attr-defined]
        return self._one[key](character) is not None
