"""What a cell of a world's files may hold: how each kind is read and written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any, get_args

from mock_server.domain import money

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f]")
INSTANT_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
MONEY_PATTERN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?")
NUMBER_PATTERN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
COUNT_PATTERN = re.compile(r"[0-9]{1,9}")
CURRENCY_PATTERN = re.compile(r"[A-Z]{3}")
PARTNER_PATTERN = re.compile(r"partner-id-[!-~]+|fd[0-9]+")
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class CellType:
    """A kind of value.

    `words` completes "must be …". `parse` reads a cell that is not empty and raises ValueError where it
    holds no such value; `text` writes a value so that `parse` gives it back.
    """

    description: str
    parse: Callable[[str], Any]
    format_value: Callable[[Any], str] = str


def choice_type(literal: object) -> CellType:
    """One of a Literal's words."""
    words = {word: word for word in get_args(literal)}
    return CellType(f"one of {', '.join(f'`{word}`' for word in words)}", _choice_parser(words))


def _choice_parser(words: dict[str, Any]) -> Callable[[str], Any]:
    def parse(cell: str) -> Any:
        if cell not in words:
            raise ValueError(cell)
        return words[cell]

    return parse


def _require_match(pattern: re.Pattern[str], cell: str) -> str:
    if not pattern.fullmatch(cell):
        raise ValueError(cell)
    return cell


def _parse_text(cell: str) -> str:
    if CONTROL_CHARACTER.search(cell):
        raise ValueError(cell)
    return cell


def _parse_instant(cell: str) -> datetime:
    return datetime.fromisoformat(_require_match(INSTANT_PATTERN, cell))


def _parse_money(cell: str) -> Decimal:
    amount = Decimal(_require_match(MONEY_PATTERN, cell))
    if not money.is_exact_as_double(amount):
        raise ValueError
    return amount


def _parse_number(cell: str) -> float:
    number = float(_require_match(NUMBER_PATTERN, cell))
    if not isfinite(number):
        raise ValueError(cell)
    return number


def _parse_share(cell: str) -> float:
    share = _parse_number(cell)
    if not 0 <= share <= 1:
        raise ValueError(cell)
    return share


def _parse_positive(cell: str) -> int:
    number = int(_require_match(COUNT_PATTERN, cell))
    if number < 1:
        raise ValueError(cell)
    return number


TEXT = CellType("text without control characters", _parse_text)
PARTNER_ID = CellType(
    "`partner-id-` and a name, or `fd` and digits", lambda cell: _require_match(PARTNER_PATTERN, cell)
)
CURRENCY = CellType("3 capital letters such as `EUR`", lambda cell: _require_match(CURRENCY_PATTERN, cell))
WORDS = CellType("words separated by spaces", lambda cell: tuple(_parse_text(cell).split()), " ".join)
BOOLEAN = CellType("`true` or `false`", _choice_parser(BOOLEANS), lambda value: "true" if value else "false")
COUNT = CellType("a whole number from 0 to 999999999", lambda cell: int(_require_match(COUNT_PATTERN, cell)))
POSITIVE_COUNT = CellType("a whole number from 1 to 999999999", _parse_positive)
NUMBER = CellType("a number such as `0.75`", _parse_number, repr)
SHARE = CellType("a number from 0 to 1", _parse_share, repr)
MONEY = CellType(
    "a plain decimal below 10^12 such as `59.00`",
    _parse_money,
    lambda amount: format(amount, "f"),
)
INSTANT = CellType(
    "a timestamp such as `2026-11-23T09:00:00Z`",
    _parse_instant,
    lambda instant: f"{instant.isoformat()[:19]}Z",
)
