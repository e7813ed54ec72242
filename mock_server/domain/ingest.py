"""A summary of transactions: which of its entries can be taken, and how what they come to is spread over days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from mock_server.domain.errors import Problem
from mock_server.domain.models import Ingest
from mock_server.domain.sales import EXACT, ZERO

MAX_PERIOD_DAYS = 3660
"""How long a period may be, both ends included."""
MAX_DIGITS = 15
"""How many digits an amount may have that is divided: any number of so many is carried by a JSON number (BASE-14)."""
MAX_PLACES = 300
MIN_PLACES = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What was sold of one type of ticket, as it was sent: orders, and revenue in the currency's major unit."""

    type: str
    sold: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class ValidatedEntries:
    """What the entries that can be taken come to, and a problem for each that is left out."""

    sold: int
    revenue: Decimal
    rejected: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class DayShare:
    """A day's part of a summary."""

    day: date
    sold: int
    revenue: Decimal


def period_problems(first: date, last: date) -> tuple[Problem, ...]:
    """What is wrong with the period as a whole. Rule: ING-01."""
    if first > last:
        return (Problem("range", "from", "from must not be after to"),)
    if (last - first).days >= MAX_PERIOD_DAYS:
        return (Problem("range", "to", f"from and to span at most {MAX_PERIOD_DAYS} days, both included"),)
    return ()


def validate_entries(entries: Sequence[Entry]) -> ValidatedEntries:
    """Which entries are taken: an entry with any problem is left out, the others are not. Rule: ING-02."""
    sold, revenue, rejected = 0, ZERO, []
    types: set[str] = set()
    with localcontext(EXACT):
        for index, entry in enumerate(entries):
            problems = list(_entry_problems(entry, f"tickets.{index}", entry.type in types))
            if not problems and not _can_be_divided(revenue + entry.revenue):
                message = f"with it the sum has more than {MAX_DIGITS} digits: its shares would be rounded"
                problems = [Problem("digits", f"tickets.{index}.revenue", message)]
            types.add(entry.type)
            rejected += problems
            if not problems:
                sold, revenue = sold + entry.sold, revenue + entry.revenue
    return ValidatedEntries(sold, revenue, tuple(rejected))


def spread_over_days(summary: Ingest) -> Iterator[DayShare]:
    """The summary's days that have a share, ascending; the shares add up to the whole. Rules: ING-04, ING-05.

    The first n of N days have n/N of the whole, cut to a whole order and to the last decimal place of the revenue,
    or to cents where that is finer.
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
        yield Problem("duplicate", f"{field}.type", "an entry before it has this type; each type stands once")
    if entry.sold < 0:
        yield Problem("range", f"{field}.sold", "sold must not be negative")
    if entry.revenue < 0:
        yield Problem("range", f"{field}.revenue", "revenue must not be negative")
    if entry.sold == 0 and entry.revenue == 0:
        yield Problem("range", f"{field}.sold", "sold and revenue are both 0: there is nothing to take")


def _decimal_places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(MIN_PLACES, -exponent) if isinstance(exponent, int) else MIN_PLACES


def _to_units(amount: Decimal, places: int) -> int:
    return int(amount.scaleb(places, EXACT))


def _can_be_divided(amount: Decimal) -> bool:
    places = _decimal_places(amount)
    return places <= MAX_PLACES and _to_units(amount, places) < 10**MAX_DIGITS
