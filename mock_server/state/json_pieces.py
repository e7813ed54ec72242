"""Reads a record from a large JSON text in steps, without building the values of the whole text.

A value of at most `PIECE_BYTES` is parsed at once. A larger record or array is not parsed: its members are found by
their brackets and quotes, and each is read in the same way. So the memory that is needed, in addition to the text and
the records, does not depend on the length of the text, and an invalid text is refused at its first wrong member.
"""

import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

from pydantic_core import from_json

from mock_server.domain.pieces import Steps
from mock_server.state import json_codec
from mock_server.state.json_codec import RecordDecodeError

Value = TypeVar("Value")
PIECE_BYTES = 64 * 1024
"""The largest value that is parsed at once."""
MAX_TEXT_BYTES = 1024 * 1024
"""The longest string that a record may contain: no request can have stored a longer one. See: BASE-09."""
MAX_DEPTH = 64
"""How deep arrays and objects may be nested."""
BYTES_PER_UNIT = 4
"""How many bytes are read in one unit of work (`domain/pieces.py`)."""
PIECE_UNITS = 1_000
"""How many units of work are done in one step."""
TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
"""Matches everything up to the next bracket that is not in a string."""
SCALAR = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^\s\[\]{},:"]++', re.DOTALL)
SPACE = re.compile(rb"[ \t\r\n]*+")


class InvalidJsonError(Exception):
    """The text is not valid JSON."""


class JsonText:
    """A JSON text and the place up to which it has been read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.rewind()

    def rewind(self) -> None:
        """Read from the beginning again."""
        self._move_to(0)

    def require_end(self) -> None:
        """Raise InvalidJsonError if anything follows."""
        if self._at != len(self._content):
            raise self._invalid("nothing")

    def starts_with(self, character: bytes) -> bool:
        """Return whether the next value starts with this character."""
        return self._content.startswith(character, self._at)

    def member_names(self) -> Iterator[str]:
        """Yield the names of an object. The caller reads each value before it asks for the next name."""
        self._take(b"{")
        while not self._ends(b"}"):
            start, end = self._at, self._find_scalar_end(len(self._content))
            name = self._parse(start, end or start)
            if not isinstance(name, str):
                raise self._invalid("a name in quotes")
            self._move_to(end or start)
            self._take(b":")
            yield name

    def items(self) -> Iterator[int]:
        """Yield the indexes of an array. The caller reads each item before it asks for the next."""
        self._take(b"[")
        index = 0
        while not self._ends(b"]"):
            yield index
            index += 1

    def take_small(self) -> tuple[bool, Any]:
        """Parse the next value if it is small. Return whether it is, and the value."""
        end = self._find_end(min(len(self._content), self._at + PIECE_BYTES))
        if end is None:
            return False, None
        value = self._parse(self._at, end)
        self._move_to(end)
        return True, value

    def take_text(self) -> Any:
        """Parse a string or a number. Return None if it is too long."""
        end = self._find_scalar_end(min(len(self._content), self._at + MAX_TEXT_BYTES))
        if end is None:
            return None
        value = self._parse(self._at, end)
        self._move_to(end)
        return value

    def skip_small(self, limit: int) -> bool:
        """Skip the next value. Return False if it does not end within the first `limit` bytes of the text."""
        end = self._find_end(min(len(self._content), limit))
        if end is not None:
            self._move_to(end)
        return end is not None

    def position(self) -> int:
        """Return how many bytes have been read."""
        return self._at

    def _find_end(self, limit: int) -> int | None:
        """Return the end of the next value, None if it does not end before `limit`."""
        at, depth = self._at, 0
        if self._content[at : at + 1] not in (b"{", b"["):
            return self._find_scalar_end(limit)
        while True:
            match = TO_BRACKET.match(self._content, at, limit)
            if match is None:
                if limit == len(self._content):
                    raise self._invalid("a bracket")
                return None
            depth += 1 if match[1] in b"[{" else -1
            if depth > MAX_DEPTH:
                raise self._invalid(f"at most {MAX_DEPTH} levels")
            at = match.end()
            if not depth:
                return at

    def _find_scalar_end(self, limit: int) -> int | None:
        match = SCALAR.match(self._content, self._at, limit)
        if match is None and (limit == len(self._content) or not self.starts_with(b'"')):
            raise self._invalid("a value")
        return None if match is None or (match.end() == limit < len(self._content)) else match.end()

    def _parse(self, start: int, end: int) -> Any:
        try:
            return from_json(self._content[start:end])
        except ValueError as error:
            raise InvalidJsonError(f"invalid JSON near byte {start}: {error}") from None

    def _take(self, character: bytes) -> None:
        if not self.starts_with(character):
            raise self._invalid(repr(character.decode()))
        self._move_to(self._at + 1)

    def _ends(self, bracket: bytes) -> bool:
        """Return whether the object or the array ends here; otherwise skip the comma before the next member."""
        if self.starts_with(bracket):
            self._move_to(self._at + 1)
            return True
        if self._content[self._last] not in b"{[":
            self._take(b",")
        return False

    def _move_to(self, at: int) -> None:
        """Continue at a place, after any spaces. `_last` is the last byte that is not a space."""
        match = SPACE.match(self._content, at)
        self._last, self._at = at - 1, match.end() if match else at

    def _invalid(self, expected: str) -> InvalidJsonError:
        return InvalidJsonError(f"invalid JSON at byte {self._at}: {expected} is expected")


def read(kind: type[Value], text: JsonText) -> Steps[Value]:
    """Read a record from the whole text. Raises InvalidJsonError, or RecordDecodeError as `json_codec.from_json`."""
    value = yield from _read(text, kind, "")
    text.require_end()
    return value  # type: ignore[no-any-return]  # what the type's codec returns


def _read(text: JsonText, kind: Any, path: str) -> Steps[Any]:
    start = text.position()
    is_small, value = text.take_small()
    if is_small:
        yield (text.position() - start) // BYTES_PER_UNIT
        return json_codec.codec_for(kind).read(value, path)
    if get_origin(kind) is UnionType:
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if is_dataclass(kind) and text.starts_with(b"{"):
        return (yield from _read_record(text, kind, path))
    if get_origin(kind) is tuple and get_args(kind)[1:] == (...,) and text.starts_with(b"["):
        return (yield from _read_array(text, get_args(kind)[0], path))
    value = text.take_text() if text.starts_with(b'"') else None
    if value is None:
        raise RecordDecodeError(path, "is too long")
    return json_codec.codec_for(kind).read(value, path)


def _read_record(text: JsonText, kind: Any, path: str) -> Steps[Any]:
    kinds, values = json_codec.member_kinds(kind), {}
    for name in text.member_names():
        json_codec.require_known(kind, name, path)
        values[name] = yield from _read(text, kinds[name], json_codec.join_path(path, name))
    json_codec.require_complete(kind, values, path)
    return kind(**values)


def _read_array(text: JsonText, kind: Any, path: str) -> Steps[tuple[Any, ...]]:
    read_item, values, start = json_codec.codec_for(kind).read, [], text.position()
    for index in text.items():
        is_small, value = text.take_small()
        item_path = f"{path}.{index}"
        values.append(read_item(value, item_path) if is_small else (yield from _read(text, kind, item_path)))
        if text.position() - start > PIECE_UNITS * BYTES_PER_UNIT:
            yield PIECE_UNITS
            start = text.position()
    return tuple(values)
