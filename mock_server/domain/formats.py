"""How timestamps, days, integers, amounts and status words are written, and which amounts a JSON number can hold.

Query strings, sales sheets, CSV worlds and snapshots are all parsed with these functions. Each parser accepts one
grammar, in ASCII, and raises ValueError for anything else. It refuses texts that Python's own constructors also accept,
such as `+7`, `1_000`, surrounding blanks and the digits of other scripts.

Timestamps and days have one grammar everywhere. Integers and amounts have a grammar for each source, and the
differences are intended:

- query strings and sales sheets: `parse_integer` and `parse_amount`, as JSON writes numbers;
- CSV worlds: `parse_count` and `parse_plain_amount`, which limit the number of digits and accept leading zeros, but no
  exponent;
- snapshots: `parse_decimal`, the inverse of `format_decimal`. A sum may have more digits than a JSON number holds, so
  amounts in snapshots are strings.

In a JSON body, integers and amounts are already JSON numbers; `http/fields.py` checks their type.

Implements: BASE-04.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite

TIMESTAMP_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
DAY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INTEGER_PATTERN = re.compile(r"-?(0|[1-9]\d{0,999})", re.ASCII)
COUNT_PATTERN = re.compile(r"\d{1,9}", re.ASCII)
AMOUNT_PATTERN = re.compile(r"-?(0|[1-9]\d{0,399})(\.\d{1,999})?([eE][+-]?\d{1,6})?", re.ASCII)
PLAIN_AMOUNT_PATTERN = re.compile(r"-?\d{1,12}(\.\d{1,20})?", re.ASCII)
DECIMAL_PATTERN = re.compile(r"-?(0|[1-9]\d{0,399})(\.\d{1,999})?(E[+-]?\d{1,3})?", re.ASCII)
STATUS_WORD_PATTERN = re.compile(r"[a-z][a-z_]*")
MAX_CACHED_TIMESTAMPS = 4096
"""How many formatted timestamps are cached. The same records are formatted for many responses."""
MAX_CACHED_DAYS = 4096
"""How many parsed days are cached. The same days are in many requests, and in the rows of a CSV world."""


def parse_timestamp(text: str) -> datetime:
    """Parse `YYYY-MM-DDTHH:MM:SSZ`. See: BASE-04."""
    return datetime.fromisoformat(_require_match(TIMESTAMP_PATTERN, text))


@lru_cache(MAX_CACHED_TIMESTAMPS)
def format_timestamp(timestamp: datetime) -> str:
    """Format a timestamp as RFC 3339 in UTC with `Z`, cut to the second. See: BASE-04."""
    return f"{timestamp.astimezone(UTC).isoformat()[:19]}Z"


@lru_cache(MAX_CACHED_DAYS)
def parse_day(text: str) -> date:
    """Parse a calendar day, `YYYY-MM-DD`. See: BASE-04."""
    return date.fromisoformat(_require_match(DAY_PATTERN, text))


def parse_integer(text: str) -> int:
    """Parse an integer written as in JSON: `7.0`, `+7` and `07` are refused. See: BASE-12."""
    return int(_require_match(INTEGER_PATTERN, text))


def parse_count(text: str) -> int:
    """Parse an integer from 0 to 999999999. Leading zeros are accepted."""
    return int(_require_match(COUNT_PATTERN, text))


def parse_amount(text: str) -> Decimal:
    """Parse a number written as in JSON, whether or not a double can hold it. See: BASE-12."""
    return Decimal(_require_match(AMOUNT_PATTERN, text))


def parse_plain_amount(text: str) -> Decimal:
    """Parse a decimal below 10^12 that a double holds exactly. It has no exponent, and may have leading zeros."""
    amount = Decimal(_require_match(PLAIN_AMOUNT_PATTERN, text))
    if not is_exact_as_double(amount):
        raise ValueError(text)
    return amount


def amount_from_number(number: float) -> Decimal:
    """Convert a parsed JSON number to an amount. The amount has the digits with which Python prints the number."""
    return Decimal(repr(number))


def to_json_amount(amount: Decimal) -> float:
    """Convert an amount to a JSON number. An accepted amount is sent back unchanged. See: BASE-12, BASE-14."""
    return float(amount)


def is_exact_as_double(amount: Decimal) -> bool:
    """Return whether an IEEE 754 double holds the amount exactly. Clients read a JSON number as such a double.

    Implements: BASE-14.
    """
    return amount.is_finite() and Decimal(repr(float(amount))) == amount


def parse_decimal(text: str) -> Decimal:
    """Parse the output of `format_decimal`. Every digit is kept, even if a double would be rounded."""
    amount = Decimal(_require_match(DECIMAL_PATTERN, text))
    if not isfinite(float(amount)):
        raise ValueError(text)
    return amount


def format_decimal(amount: Decimal) -> str:
    """Format an amount with all of its digits. A zero whose exponent is too long to parse (`0E-99999`) becomes `0`."""
    text = str(amount)
    return text if amount or DECIMAL_PATTERN.fullmatch(text) else str(amount.quantize(Decimal(1)))


def parse_status_word(text: str) -> str:
    """Check a status from an open list: a word in lower case such as `active`. See: EVT-06, PART-03."""
    return _require_match(STATUS_WORD_PATTERN, text)


def _require_match(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text
