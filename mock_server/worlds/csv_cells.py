"""The types of cells in CSV worlds, with functions to parse and format them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

from mock_server.domain import formats
from mock_server.domain.events import RESERVED_IDS
from mock_server.domain.models import Prediction

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f]")
NUMBER_PATTERN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
CURRENCY_PATTERN = re.compile(r"[A-Z]{3}")
PARTNER_PATTERN = re.compile(r"partner-id-[!-~]+|fd[0-9]+")
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class CellType:
    """A type of value.

    `description` completes the message "must be …". `parse` converts a cell that is not empty, and raises ValueError if
    the cell is invalid. `format_value` is the inverse.
    """

    description: str
    parse: Callable[[str], Any]
    format_value: Callable[[Any], str] = str


def choice_type(literal: object) -> CellType:
    """Return the type of a cell that contains one of a Literal's values."""
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


def _parse_prediction(cell: str) -> Prediction:
    value, benchmark = map(_parse_number, cell.split(" "))
    return Prediction(value, benchmark)


def _parse_event_id(cell: str) -> str:
    if cell in RESERVED_IDS:
        raise ValueError(cell)
    return _parse_text(cell)


def _parse_positive(cell: str) -> int:
    number = formats.parse_count(cell)
    if number < 1:
        raise ValueError(cell)
    return number


TEXT = CellType("text without control characters", _parse_text)
EVENT_ID = CellType(
    f"text without control characters, but not {', '.join(f'`{word}`' for word in sorted(RESERVED_IDS))}",
    _parse_event_id,
)
STATUS_WORD = CellType("a word in lower case such as `active`", formats.parse_status_word)
PARTNER_ID = CellType(
    "`partner-id-` and a name, or `fd` and digits", lambda cell: _require_match(PARTNER_PATTERN, cell)
)
CURRENCY = CellType("3 capital letters such as `EUR`", lambda cell: _require_match(CURRENCY_PATTERN, cell))
WORDS = CellType("words separated by spaces", lambda cell: tuple(_parse_text(cell).split()), " ".join)
BOOLEAN = CellType("`true` or `false`", _choice_parser(BOOLEANS), lambda value: "true" if value else "false")
COUNT = CellType("a whole number from 0 to 999999999", formats.parse_count)
POSITIVE_COUNT = CellType("a whole number from 1 to 999999999", _parse_positive)
SHARE = CellType("a number from 0 to 1", _parse_share, repr)
PREDICTION = CellType(
    "two numbers separated by a space such as `0.82 0.75`",
    _parse_prediction,
    lambda prediction: f"{prediction.value!r} {prediction.benchmark!r}",
)
MONEY = CellType(
    "a plain decimal below 10^12 such as `59.00`",
    formats.parse_plain_amount,
    lambda amount: format(amount, "f"),
)
TIMESTAMP = CellType(
    "a timestamp such as `2026-11-23T09:00:00Z`",
    formats.parse_timestamp,
    formats.format_timestamp,
)
