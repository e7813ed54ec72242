"""Transaction summaries: validates the entries, and spreads their total over the days of the period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from mock_server.domain.errors import Problem
from mock_server.domain.models import Ingest
from mock_server.domain.sales import EXACT, ZERO

MAX_PERIOD_DAYS = 3660
"""The longest period in days, both ends included."""
MAX_DIGITS = 15
"""How many digits a divided amount may have. A JSON number holds any amount with this many digits (BASE-14)."""
MAX_PLACES = 300
MIN_PLACES = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """The sales of one ticket type in a request: the number of orders, and revenue in the currency's major unit."""

    type: str
    sold: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class ValidatedEntries:
    """The total of the valid entries, and the problems of the invalid entries, which are left out."""

    sold: int
    revenue: Decimal
    rejected: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class DayShare:
    """The part of a summary that falls on one day."""

    day: date
    sold: int
    revenue: Decimal


def period_problems(first: date, last: date) -> tuple[Problem, ...]:
    """Return the problem of a period whose first day is after its last day, or which is too long. See: ING-01."""
    if first > last:
        return (Problem("range", "from", "from must not be after to"),)
    if (last - first).days >= MAX_PERIOD_DAYS:
        return (Problem("range", "to", f"from and to span at most {MAX_PERIOD_DAYS} days, both included"),)
    return ()


def validate_entries(entries: Sequence[Entry]) -> ValidatedEntries:
    """Validate each entry separately. Entries with a problem are left out, the others are kept.

    Implements: ING-02.
    """
    sold, revenue, rejected = 0, ZERO, []
    types: set[str] = set()
    with localcontext(EXACT):
        for index, entry in enumerate(entries):
            problems = list(_entry_problems(entry, f"tickets.{index}", entry.type in types))
            if not problems and not _can_be_divided(revenue + entry.revenue):
                message = f"the total has more than {MAX_DIGITS} digits with this entry; its shares would be rounded"
                problems = [Problem("digits", f"tickets.{index}.revenue", message)]
            types.add(entry.type)
            rejected += problems
            if not problems:
                sold, revenue = sold + entry.sold, revenue + entry.revenue
    return ValidatedEntries(sold, revenue, tuple(rejected))


def spread_over_days(summary: Ingest) -> Iterator[DayShare]:
    """Yield the days that get a share of the summary, ascending. The shares add up to the summary's total.

    The first n of N days together have n/N of the total. Orders are rounded down to whole orders. Revenue is rounded
    down to cents, or to the total's last decimal place if that is finer.

    See: ING-04.
    Implements: ING-05.
    """
    days = (summary.last - summary.first).days + 1
    places = _decimal_places(summary.revenue)
    units = _to_units(summary.revenue, places)
    for day_index in range(days):
        sold = _cumulative_share(summary.sold, day_index + 1, days) - _cumulative_share(summary.sold, day_index, days)
        share = _cumulative_share(units, day_index + 1, days) - _cumulative_share(units, day_index, days)
        if sold or share:
            yield DayShare(summary.first + timedelta(days=day_index), sold, Decimal(share).scaleb(-places, EXACT))


def _cumulative_share(whole: int, part: int, parts: int) -> int:
    return whole * part // parts


def _entry_problems(entry: Entry, field: str, is_duplicate: bool) -> Iterator[Problem]:
    if is_duplicate:
        yield Problem("duplicate", f"{field}.type", "an earlier entry has the same type; list each type once")
    if entry.sold < 0:
        yield Problem("range", f"{field}.sold", "sold must not be negative")
    if entry.revenue < 0:
        yield Problem("range", f"{field}.revenue", "revenue must not be negative")
    if entry.sold == 0 and entry.revenue == 0:
        yield Problem("range", f"{field}.sold", "sold and revenue must not both be 0")


def _decimal_places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(MIN_PLACES, -exponent) if isinstance(exponent, int) else MIN_PLACES


def _to_units(amount: Decimal, places: int) -> int:
    return int(amount.scaleb(places, EXACT))


def _can_be_divided(amount: Decimal) -> bool:
    places = _decimal_places(amount)
    return places <= MAX_PLACES and _to_units(amount, places) < 10**MAX_DIGITS
