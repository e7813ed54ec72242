"""Converts records to JSON values and back, using only their type hints. Snapshots are written in this way."""

import math
import re
from collections.abc import Callable, Container, Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mock_server.domain import formats

Value = TypeVar("Value")
FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x1f\ud800-\udfff]")
"""Characters that no text may contain. See: BASE-12."""
MAX_INTEGER = 2**63 - 1


class RecordDecodeError(Exception):
    """A value does not have the expected type. `field` is the path to the value, with dots between its parts."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class ValueCodec:
    """Writes and reads the values of one type. `read` takes the path of the value, and raises RecordDecodeError."""

    write: Callable[[Any], Any]
    read: Callable[[Any, str], Any]


def to_json(record: object) -> dict[str, Any]:
    """Convert a record to JSON values, in the order of its fields. `from_json` returns an equal record."""
    return cast("dict[str, Any]", codec_for(cast("Hashable", type(record))).write(record))


def from_json(kind: type[Value], value: object, path: str = "") -> Value:
    """Convert JSON values back to a record.

    A member with a default may be missing, so that JSON written before the member existed can be read. Any other
    missing member, an unknown member or a value of another type raises RecordDecodeError.
    """
    return cast("Value", codec_for(cast("Hashable", kind)).read(value, path))


@cache
def codec_for(kind: Any) -> ValueCodec:
    """Return the codec of a dataclass or of the type of one of its fields. Raises TypeError for any other type."""
    if is_dataclass(kind):
        return _record_codec(cast("type[Any]", kind))
    return PLAIN_CODECS[kind] if kind in PLAIN_CODECS else _composite_codec(get_origin(kind), get_args(kind))


def _composite_codec(origin: Any, arguments: tuple[Any, ...]) -> ValueCodec:
    if origin is Literal:
        return _literal_codec(arguments)
    if origin in (Union, UnionType) and len(arguments) == 2 and NoneType in arguments:
        return _optional_codec(codec_for(next(argument for argument in arguments if argument is not NoneType)))
    if origin is tuple and arguments[1:] == (...,):
        return _sequence_codec(codec_for(arguments[0]))
    if origin is tuple:
        return _tuple_codec(tuple(map(codec_for, arguments)))
    if origin is dict and arguments[0] is str:
        return _mapping_codec(codec_for(arguments[1]))
    raise TypeError(f"a record cannot contain {origin}{list(arguments)}")


@cache
def member_kinds(kind: Any) -> dict[str, Any]:
    """Return the types of a dataclass's fields by name."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def require_known(kind: Any, name: str, path: str) -> None:
    """Raise RecordDecodeError if a dataclass has no field of this name."""
    if name not in member_kinds(kind):
        raise RecordDecodeError(join_path(path, name), f"is unknown; known members: {', '.join(member_kinds(kind))}")


def require_complete(kind: Any, members: Container[str], path: str) -> None:
    """Raise RecordDecodeError if a field without a default is missing."""
    for name in _required_members(kind):
        if name not in members:
            raise RecordDecodeError(join_path(path, name), "is required")


@cache
def _required_members(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if not _has_default(field))


def _record_codec(kind: type[Any]) -> ValueCodec:
    codecs = {name: codec_for(member) for name, member in member_kinds(cast("Hashable", kind)).items()}

    def write(record: Any) -> dict[str, Any]:
        return {name: member.write(getattr(record, name)) for name, member in codecs.items()}

    def read_record(value: Any, path: str) -> Any:
        members = _require_type(dict, value, path, "an object")
        for name in members:
            if name not in codecs:
                require_known(kind, name, path)
        require_complete(kind, members, path)
        return kind(**{name: codecs[name].read(member, join_path(path, name)) for name, member in members.items()})

    return ValueCodec(write, read_record)


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _literal_codec(words: tuple[Any, ...]) -> ValueCodec:
    def read_word(value: Any, path: str) -> Any:
        for word in words:
            if type(word) is type(value) and word == value:
                return word
        raise RecordDecodeError(path, f"must be one of: {', '.join(map(str, words))}")

    return ValueCodec(_identity, read_word)


def _optional_codec(inner: ValueCodec) -> ValueCodec:
    return ValueCodec(
        _identity if inner.write is _identity else lambda value: None if value is None else inner.write(value),
        lambda value, path: None if value is None else inner.read(value, path),
    )


def _sequence_codec(member: ValueCodec) -> ValueCodec:
    def read_sequence(value: Any, path: str) -> tuple[Any, ...]:
        values = _require_type(list, value, path, "an array")
        return tuple([member.read(one, join_path(path, index)) for index, one in enumerate(values)])

    def write_sequence(value: Any) -> list[Any]:
        return [member.write(one) for one in value]

    return ValueCodec(list if member.write is _identity else write_sequence, read_sequence)


def _tuple_codec(members: tuple[ValueCodec, ...]) -> ValueCodec:
    def read_tuple(value: Any, path: str) -> tuple[Any, ...]:
        values = _require_type(list, value, path, "an array")
        if len(values) != len(members):
            raise RecordDecodeError(path, f"must be an array of {len(members)}")
        cells = enumerate(zip(members, values, strict=True))
        return tuple([member.read(one, join_path(path, index)) for index, (member, one) in cells])

    return ValueCodec(lambda value: [member.write(one) for member, one in zip(members, value, strict=True)], read_tuple)


def _mapping_codec(member: ValueCodec) -> ValueCodec:
    def read_mapping(value: Any, path: str) -> dict[str, Any]:
        named: Mapping[str, Any] = _require_type(dict, value, path, "an object")
        return {_read_text(name, path): member.read(one, join_path(path, name)) for name, one in named.items()}

    return ValueCodec(lambda value: {name: member.write(one) for name, one in value.items()}, read_mapping)


def join_path(path: str, name: object) -> str:
    """Return the path of a member of the value at a path."""
    return f"{path}.{name}" if path else str(name)


def _require_type(kind: type[Value], value: Any, path: str, description: str) -> Value:
    if type(value) is not kind:
        raise RecordDecodeError(path, f"must be {description}")
    return value


def _identity(value: Any) -> Any:
    return value


def _read_text(value: Any, path: str) -> str:
    text = _require_type(str, value, path, "text")
    if FORBIDDEN_CHARACTERS.search(text):
        raise RecordDecodeError(path, "contains characters that are not allowed")
    return text


def _read_boolean(value: Any, path: str) -> bool:
    return _require_type(bool, value, path, "true or false")


def _read_integer(value: Any, path: str) -> int:
    number = _require_type(int, value, path, "an integer")
    if abs(number) > MAX_INTEGER:
        raise RecordDecodeError(path, "must be an integer of at most 64 bits")
    return number


def _read_number(value: Any, path: str) -> float:
    """Read a finite number. An integer is accepted, because some JSON writers shorten 1.0 to 1."""
    if type(value) is int:
        return _read_integer(value, path)
    if type(value) is not float or not math.isfinite(value):
        raise RecordDecodeError(path, "must be a number such as 0.5")
    return value


def _text_reader(parse: Callable[[str], Value], description: str) -> Callable[[Any, str], Value]:
    """Return a reader that converts strings with `parse`, which raises ValueError for an invalid string."""

    def read(value: Any, path: str) -> Value:
        try:
            if isinstance(value, str):
                return parse(value)
        except ValueError:
            pass
        raise RecordDecodeError(path, f"must be {description}")

    return read


def _read_duration(value: Any, path: str) -> timedelta:
    try:
        return timedelta(seconds=_read_number(value, path))
    except OverflowError:
        raise RecordDecodeError(path, "must be a number of seconds") from None


PlainCodecs: TypeAlias = Mapping[Any, ValueCodec]
PLAIN_CODECS: PlainCodecs = {
    str: ValueCodec(_identity, _read_text),
    bool: ValueCodec(_identity, _read_boolean),
    int: ValueCodec(_identity, _read_integer),
    float: ValueCodec(_identity, _read_number),
    Decimal: ValueCodec(formats.format_decimal, _text_reader(formats.parse_decimal, 'an amount such as "540.00"')),
    datetime: ValueCodec(
        formats.format_timestamp,
        _text_reader(formats.parse_timestamp, "a timestamp such as 2026-09-30T08:00:00Z"),
    ),
    date: ValueCodec(date.isoformat, _text_reader(formats.parse_day, "a calendar day such as 2026-09-30")),
    timedelta: ValueCodec(timedelta.total_seconds, _read_duration),
}
"""Codecs for the types that are not composed of other types.

An amount is written as a string, so that all of its digits are kept: a sum may have more digits than a JSON number can
hold. A duration is written as a number of seconds.
"""
