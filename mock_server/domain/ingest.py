"""A summary of transactions: which of its entries can be taken, and how what they come to is spread over days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from mock_server.domain.errors import Problem
from mock_server.domain.models import Ingest
from mock_server.domain.sales import EXACT, ZERO

MOST_DAYS = 3660
"""How long a period may be, both ends included."""
MOST_DIGITS = 15
"""How many digits an amount may have that is divided: any number of so many is carried by a JSON number (BASE-14)."""
MOST_PLACES = 300
CENTS = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What was sold of one type of ticket, as it was sent: orders, and revenue in the currency's major unit."""

    type: str
    sold: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class Judged:
    """What the entries that can be taken come to, and a problem for each that is left out."""

    sold: int
    revenue: Decimal
    left_out: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A day's part of a summary."""

    day: date
    sold: int
    revenue: Decimal


def period_problems(first: date, last: date) -> tuple[Problem, ...]:
    """What is wrong with the period as a whole. Rule: ING-01."""
    if first > last:
        return (Problem("range", "from", "from must not be after to"),)
    if (last - first).days >= MOST_DAYS:
        return (Problem("range", "to", f"from and to span at most {MOST_DAYS} days, both included"),)
    return ()


def judge(entries: Sequence[Entry]) -> Judged:
    """Which entries are taken: an entry with any problem is left out, the others are not. Rule: ING-02."""
    sold, revenue, left_out = 0, ZERO, []
    types: set[str] = set()
    with localcontext(EXACT):
        for place, entry in enumerate(entries):
            problems = list(_problems(entry, f"tickets.{place}", entry.type in types))
            if not problems and not _divides(revenue + entry.revenue):
                told = f"with it the sum has more than {MOST_DIGITS} digits: its shares would be rounded"
                problems = [Problem("digits", f"tickets.{place}.revenue", told)]
            types.add(entry.type)
            left_out += problems
            if not problems:
                sold, revenue = sold + entry.sold, revenue + entry.revenue
    return Judged(sold, revenue, tuple(left_out))


def spread(summary: Ingest) -> Iterator[Share]:
    """The summary's days that have a share, ascending; the shares add up to the whole. Rules: ING-04, ING-05.

    The first n of N days have n/N of the whole, cut to a whole order and to the last decimal place of the revenue,
    or to cents where that is finer.
    """
    days = (summary.last - summary.first).days + 1
    places = _places(summary.revenue)
    units = _units(summary.revenue, places)
    for number in range(days):
        sold = _cut(summary.sold, number + 1, days) - _cut(summary.sold, number, days)
        share = _cut(units, number + 1, days) - _cut(units, number, days)
        if sold or share:
            yield Share(summary.first + timedelta(days=number), sold, Decimal(share).scaleb(-places, EXACT))


def _cut(whole: int, part: int, parts: int) -> int:
    return whole * part // parts


def _problems(entry: Entry, field: str, known: bool) -> Iterator[Problem]:
    if known:
        yield Problem("duplicate", f"{field}.type", "an entry before it has this type; each type stands once")
    if entry.sold < 0:
        yield Problem("range", f"{field}.sold", "sold must not be negative")
    if entry.revenue < 0:
        yield Problem("range", f"{field}.revenue", "revenue must not be negative")
    if entry.sold == 0 and entry.revenue == 0:
        yield Problem("range", f"{field}.sold", "sold and revenue are both 0: there is nothing to take")


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(CENTS, -exponent) if isinstance(exponent, int) else CENTS


def _units(amount: Decimal, places: int) -> int:
    return int(amount.scaleb(places, EXACT))


def _divides(amount: Decimal) -> bool:
    places = _places(amount)
    return places <= MOST_PLACES and _units(amount, places) < 10**MOST_DIGITS
