"""Transaction summaries: validates the entries, and spreads their total over the days of the period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import accumulate, pairwise

from mock_server.domain.draws import draw_integer
from mock_server.domain.errors import Problem
from mock_server.domain.models import Ingest
from mock_server.domain.sales import EXACT, ZERO

MAX_PERIOD_DAYS = 3660
"""The longest period in days, both ends included, and the limit for all periods of one spreadsheet together."""
MAX_DIGITS = 15
"""The maximum number of digits of an amount that is divided.

A JSON number holds any amount with this many digits (BASE-14).
"""
MAX_PLACES = 300
MIN_PLACES = 2
MAX_WEIGHT = 100
"""The greatest weight of a day. The least is 1."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The sales of one ticket type as sent: the number of orders, and revenue in the currency's major unit.

    `index` is its place among the tickets, from 0.
    """

    index: int
    type: str
    sold: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class ValidatedEntries:
    """The valid entries with their total, and the problems of the invalid entries."""

    sold: int
    revenue: Decimal
    accepted: tuple[Entry, ...]
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
    if count_days(first, last) > MAX_PERIOD_DAYS:
        return (Problem("range", "to", f"from and to span at most {MAX_PERIOD_DAYS} days, both included"),)
    return ()


def count_days(first: date, last: date) -> int:
    """Return the number of days of a period, both ends included."""
    return (last - first).days + 1


def total_days_problems(total_days: int) -> tuple[Problem, ...]:
    """Return the problem of a spreadsheet's periods that span too many days together. See: ING-07."""
    if total_days <= MAX_PERIOD_DAYS:
        return ()
    return (Problem("range", "to", f"the different periods of a file span at most {MAX_PERIOD_DAYS} days together"),)


def validate_entries(entries: Sequence[Entry]) -> ValidatedEntries:
    """Validate each entry separately. Entries with a problem are skipped, the others are kept.

    Implements: ING-02.
    """
    sold, revenue, accepted, rejected = 0, ZERO, [], []
    types: set[str] = set()
    with localcontext(EXACT):
        for entry in entries:
            problems = list(_entry_problems(entry, f"tickets.{entry.index}", entry.type in types))
            if not problems and not _can_be_divided(revenue + entry.revenue):
                message = (
                    f"with this entry, the total has more than {MAX_DIGITS} digits, and its shares would be rounded"
                )
                problems = [Problem("digits", f"tickets.{entry.index}.revenue", message)]
            types.add(entry.type)
            rejected += problems
            if not problems:
                accepted.append(entry)
                sold, revenue = sold + entry.sold, revenue + entry.revenue
    return ValidatedEntries(sold, revenue, tuple(accepted), tuple(rejected))


def spread_over_days(summary: Ingest, seed: int) -> Iterator[DayShare]:
    """Yield the days with a share, ascending. The shares add up to the summary, and none is negative.

    The weights of the days are drawn from the seed and the summary's content, so the same summary gets the same
    shares after a restore. Orders are divided into whole ones, revenue into units of its last decimal place or of
    cents, whichever is finer.

    See: ING-04.
    Implements: ING-05.
    """
    days = count_days(summary.first, summary.last)
    content = f"{summary.eid} {summary.first} {summary.last} {summary.sold} {summary.revenue}"
    weights = [draw_integer(1, MAX_WEIGHT, seed, content, day_index) for day_index in range(days)]
    remainders = [draw_integer(0, sum(weights) - 1, seed, content, part) for part in ("sold", "revenue")]
    places = _decimal_places(summary.revenue)
    orders = _divide(summary.sold, weights, remainders[0])
    amounts = _divide(_to_units(summary.revenue, places), weights, remainders[1])
    for day_index, (sold, units) in enumerate(zip(orders, amounts, strict=True)):
        if sold or units:
            yield DayShare(summary.first + timedelta(days=day_index), sold, Decimal(units).scaleb(-places, EXACT))


def _divide(whole: int, weights: Sequence[int], remainder: int) -> list[int]:
    """Divide a whole number by the weights into whole numbers that add up to it.

    `remainder`, from 0 to below the sum of the weights, decides which shares are rounded up.
    """
    total = sum(weights)
    ends = [(whole * part + remainder) // total for part in accumulate(weights)]
    return [end - start for start, end in pairwise((0, *ends))]


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
