"""Amounts of money that only one run enters. They identify the adjustments of the run."""

import hashlib
from decimal import Decimal, InvalidOperation

MIN_UNITS, MAX_UNITS = 1_000_000, 9_000_000
CENTS_PER_RUN = 100_000
MAX_DIGITS = 20


def amount(run_id: str, number: int) -> float:
    """Return the run's amount number n, from 0. It has seven digits and two decimals, which a JSON number can hold."""
    return float((_first_amount_in_cents(run_id) + number) / Decimal(100))


def belongs_to_run(run_id: str, revenue: str | None) -> bool:
    """Return whether an amount in a query is one of the run's amounts."""
    value = parse_decimal(revenue)
    return value is not None and 0 <= value * 100 - _first_amount_in_cents(run_id) < CENTS_PER_RUN


def parse_decimal(text: object) -> Decimal | None:
    """Parse a number. Return None for any other text, and for a number with more than MAX_DIGITS digits."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= MAX_DIGITS else None


def _first_amount_in_cents(run_id: str) -> Decimal:
    hashed = int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:8])
    return Decimal((MIN_UNITS + hashed % (MAX_UNITS - MIN_UNITS)) * 100)
