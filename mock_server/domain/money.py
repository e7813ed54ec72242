"""Which amounts can be told without rounding."""

from decimal import Decimal


def is_exact_as_double(amount: Decimal) -> bool:
    """Whether a JSON number, which clients read as an IEEE 754 double, carries the amount whole. Rule: BASE-14."""
    return amount.is_finite() and Decimal(repr(float(amount))) == amount
