"""How records are written as JSON values and read back, by their type hints alone."""

import math
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
AMOUNT = re.compile(r"-?(0|[1-9]\d{0,399})(\.\d{1,999})?(E[+-]?\d{1,3})?", re.ASCII)
NO_TEXT = re.compile(r"[\x00-\x1f\ud800-\udfff]")
"""What no text holds. Rule: BASE-12."""
LARGEST = 2**63 - 1


class Unreadable(Exception):
    """No record of that kind: `field` is the path to what is wrong, its parts joined by dots."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of value is written, and read at a path; `read` raises Unreadable."""

    write: Callable[[Any], Any]
    read: Callable[[Any, str], Any]


def written(record: object) -> dict[str, Any]:
    """A record's members as JSON values, in the order of its fields; `read` gives an equal record of them."""
    return cast("dict[str, Any]", form(cast("Hashable", type(record))).write(record))


def read(kind: type[Kind], value: object, path: str = "") -> Kind:
    """The record that the value was written from.

    A member that has a default may be left out, so that what was written before there was such a member can be
    read; nothing else may be missing, unknown or of another type. Raises Unreadable.
    """
    return cast("Kind", form(cast("Hashable", kind)).read(value, path))


@cache
def form(kind: Any) -> Form:
    """The form of a kind: a frozen dataclass or what one is made of. Raises TypeError for any other."""
    if is_dataclass(kind):
        return _record(cast("type[Any]", kind))
    return PLAIN[kind] if kind in PLAIN else _made_of(get_origin(kind), get_args(kind))


def _made_of(origin: Any, arguments: tuple[Any, ...]) -> Form:
    if origin is Literal:
        return _word(arguments)
    if origin in (Union, UnionType) and len(arguments) == 2 and NoneType in arguments:
        return _optional(form(next(argument for argument in arguments if argument is not NoneType)))
    if origin is tuple and arguments[1:] == (...,):
        return _sequence(form(arguments[0]))
    if origin is tuple:
        return _row(tuple(map(form, arguments)))
    if origin is dict and arguments[0] is str:
        return _by_name(form(arguments[1]))
    raise TypeError(f"records are not made of {origin}{list(arguments)}")


def _record(kind: type[Any]) -> Form:
    hints = get_type_hints(kind)
    forms = {field.name: form(hints[field.name]) for field in fields(kind)}
    required = [field.name for field in fields(kind) if not _has_default(field)]

    def write(record: Any) -> dict[str, Any]:
        return {name: member.write(getattr(record, name)) for name, member in forms.items()}

    def read_record(value: Any, path: str) -> Any:
        members = _expected(dict, value, path, "an object")
        for name in members:
            if name not in forms:
                raise Unreadable(_under(path, name), f"is not known; known are: {', '.join(forms)}")
        for name in required:
            if name not in members:
                raise Unreadable(_under(path, name), "is required")
        return kind(**{name: forms[name].read(member, _under(path, name)) for name, member in members.items()})

    return Form(write, read_record)


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _word(words: tuple[Any, ...]) -> Form:
    def read_word(value: Any, path: str) -> Any:
        for word in words:
            if type(word) is type(value) and word == value:
                return word
        raise Unreadable(path, f"must be one of: {', '.join(map(str, words))}")

    return Form(_as_it_is, read_word)


def _optional(inner: Form) -> Form:
    return Form(
        lambda value: None if value is None else inner.write(value),
        lambda value, path: None if value is None else inner.read(value, path),
    )


def _sequence(member: Form) -> Form:
    def read_sequence(value: Any, path: str) -> tuple[Any, ...]:
        listed = _expected(list, value, path, "an array")
        return tuple([member.read(one, _under(path, place)) for place, one in enumerate(listed)])

    return Form(lambda value: [member.write(one) for one in value], read_sequence)


def _row(members: tuple[Form, ...]) -> Form:
    def read_row(value: Any, path: str) -> tuple[Any, ...]:
        listed = _expected(list, value, path, "an array")
        if len(listed) != len(members):
            raise Unreadable(path, f"must be an array of {len(members)}")
        cells = enumerate(zip(members, listed, strict=True))
        return tuple([member.read(one, _under(path, place)) for place, (member, one) in cells])

    return Form(lambda value: [member.write(one) for member, one in zip(members, value, strict=True)], read_row)


def _by_name(member: Form) -> Form:
    def read_by_name(value: Any, path: str) -> dict[str, Any]:
        named: Mapping[str, Any] = _expected(dict, value, path, "an object")
        return {_text(name, path): member.read(one, _under(path, name)) for name, one in named.items()}

    return Form(lambda value: {name: member.write(one) for name, one in value.items()}, read_by_name)


def _under(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _expected(kind: type[Kind], value: Any, path: str, called: str) -> Kind:
    if type(value) is not kind:
        raise Unreadable(path, f"must be {called}")
    return value


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any, path: str) -> str:
    text = _expected(str, value, path, "text")
    if NO_TEXT.search(text):
        raise Unreadable(path, "holds characters that are not allowed here")
    return text


def _truth(value: Any, path: str) -> bool:
    return _expected(bool, value, path, "true or false")


def _integer(value: Any, path: str) -> int:
    number = _expected(int, value, path, "an integer")
    if abs(number) > LARGEST:
        raise Unreadable(path, "must be an integer of at most 64 bits")
    return number


def _number(value: Any, path: str) -> float:
    """A finite number, a whole one too: some writers of JSON leave out the fraction of 1.0."""
    if type(value) is int:
        return _integer(value, path)
    if type(value) is not float or not math.isfinite(value):
        raise Unreadable(path, "must be a number such as 0.5")
    return value


def _amount(value: Any, path: str) -> Decimal:
    """An amount is a string, so that all its digits stay: a sum may have more of them than a JSON number carries."""
    if not isinstance(value, str) or not AMOUNT.fullmatch(value) or not math.isfinite(float(value)):
        raise Unreadable(path, 'must be an amount such as "540.00"')
    return Decimal(value)


def _instant(value: Any, path: str) -> datetime:
    try:
        if isinstance(value, str) and INSTANT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise Unreadable(path, "must be an instant such as 2026-09-30T08:00:00Z")


def _day(value: Any, path: str) -> date:
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Unreadable(path, "must be a calendar day such as 2026-09-30")


def _duration(value: Any, path: str) -> timedelta:
    try:
        return timedelta(seconds=_number(value, path))
    except OverflowError:
        raise Unreadable(path, "must be a number of seconds") from None


def _write_amount(amount: Decimal) -> str:
    """All digits of the amount; of a nought whose exponent is too long to be read (`0e-99999`) its sign alone."""
    text = str(amount)
    return text if amount or AMOUNT.fullmatch(text) else str(amount.quantize(Decimal(1)))


def _write_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


Plain: TypeAlias = Mapping[Any, Form]
PLAIN: Plain = {
    str: Form(_as_it_is, _text),
    bool: Form(_as_it_is, _truth),
    int: Form(_as_it_is, _integer),
    float: Form(_as_it_is, _number),
    Decimal: Form(_write_amount, _amount),
    datetime: Form(_write_instant, _instant),
    date: Form(date.isoformat, _day),
    timedelta: Form(timedelta.total_seconds, _duration),
}
"""The plain kinds. An instant ends in Z, a duration is in seconds."""
