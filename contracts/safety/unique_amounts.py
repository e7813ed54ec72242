"""Amounts of money that only one run enters: by its revenue a row that was entered by hand is known again."""

import hashlib
from decimal import Decimal, InvalidOperation

LEAST, MOST = 1_000_000, 9_000_000
CENTS_OF_A_RUN = 100_000
MOST_DIGITS = 20


def amount(run_id: str, number: int) -> float:
    """The run's amount of that number, from 0 on: seven digits and two decimals, exact as a JSON number."""
    return float((_base(run_id) + number) / Decimal(100))


def belongs(run_id: str, revenue: str | None) -> bool:
    """Whether the amount, as it stands in a query, is one of the run's."""
    value = decimal(revenue)
    return value is not None and 0 <= value * 100 - _base(run_id) < CENTS_OF_A_RUN


def decimal(text: object) -> Decimal | None:
    """A number as it is read or written, None for what is none, or is beyond all money."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS else None


def _base(run_id: str) -> Decimal:
    drawn = int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:8])
    return Decimal((LEAST + drawn % (MOST - LEAST)) * 100)
