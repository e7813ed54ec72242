"""What a cell of a world's files may hold: how each kind is read and written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any, get_args

from mock_server.domain import money

CONTROL = re.compile(r"[\x00-\x1f]")
INSTANT_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
MONEY_FORM = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?")
NUMBER_FORM = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
COUNT_FORM = re.compile(r"[0-9]{1,9}")
CURRENCY_FORM = re.compile(r"[A-Z]{3}")
PARTNER_FORM = re.compile(r"partner-id-[!-~]+|fd[0-9]+")
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    `words` completes "must be …". `parse` reads a cell that is not empty and raises ValueError where it
    holds no such value; `text` writes a value so that `parse` gives it back.
    """

    words: str
    parse: Callable[[str], Any]
    text: Callable[[Any], str] = str


def choice(literal: object) -> Kind:
    """One of a Literal's words."""
    words = {word: word for word in get_args(literal)}
    return Kind(f"one of {', '.join(f'`{word}`' for word in words)}", _one_of(words))


def _one_of(words: dict[str, Any]) -> Callable[[str], Any]:
    def parse(cell: str) -> Any:
        if cell not in words:
            raise ValueError(cell)
        return words[cell]

    return parse


def _checked(form: re.Pattern[str], cell: str) -> str:
    if not form.fullmatch(cell):
        raise ValueError(cell)
    return cell


def _text(cell: str) -> str:
    if CONTROL.search(cell):
        raise ValueError(cell)
    return cell


def _instant(cell: str) -> datetime:
    return datetime.fromisoformat(_checked(INSTANT_FORM, cell))


def _money(cell: str) -> Decimal:
    amount = Decimal(_checked(MONEY_FORM, cell))
    if not money.is_carried(amount):
        raise ValueError
    return amount


def _number(cell: str) -> float:
    number = float(_checked(NUMBER_FORM, cell))
    if not isfinite(number):
        raise ValueError(cell)
    return number


def _share(cell: str) -> float:
    share = _number(cell)
    if not 0 <= share <= 1:
        raise ValueError(cell)
    return share


def _from_one(cell: str) -> int:
    number = int(_checked(COUNT_FORM, cell))
    if number < 1:
        raise ValueError(cell)
    return number


TEXT = Kind("text without control characters", _text)
PARTNER_ID = Kind("`partner-id-` and a name, or `fd` and digits", lambda cell: _checked(PARTNER_FORM, cell))
CURRENCY = Kind("3 capital letters such as `EUR`", lambda cell: _checked(CURRENCY_FORM, cell))
WORDS = Kind("words with a space between them", lambda cell: tuple(_text(cell).split()), " ".join)
BOOLEAN = Kind("`true` or `false`", _one_of(BOOLEANS), lambda value: "true" if value else "false")
COUNT = Kind("a whole number from 0 to 999999999", lambda cell: int(_checked(COUNT_FORM, cell)))
FROM_ONE = Kind("a whole number from 1 to 999999999", _from_one)
NUMBER = Kind("a number such as `0.75`", _number, repr)
SHARE = Kind("a number from 0 to 1", _share, repr)
MONEY = Kind(
    "a plain decimal below 10^12 such as `59.00`",
    _money,
    lambda amount: format(amount, "f"),
)
INSTANT = Kind(
    "an instant such as `2026-11-23T09:00:00Z`",
    _instant,
    lambda instant: f"{instant.isoformat()[:19]}Z",
)
