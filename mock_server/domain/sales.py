"""Which purchases are known at an instant, and what they come to."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, localcontext
from operator import attrgetter

from mock_server.domain.models import AttributionRun, Purchase

_revealed_at = attrgetter("revealed_at")
ZERO = Decimal(0)
EXACT = Context(prec=400)
"""Room for every digit of any sum of amounts that a world or a call can hold."""


@dataclass(frozen=True, slots=True)
class SalesTotal:
    """A number of orders and their revenue, in the currency's major unit."""

    revenue: Decimal
    purchases: int


def total(purchases: Iterable[Purchase]) -> SalesTotal:
    """Add up orders, exactly. Rule: BASE-12."""
    amounts = [purchase.revenue for purchase in purchases]
    with localcontext(EXACT):
        return SalesTotal(sum(amounts, ZERO), len(amounts))


def sort_key(purchase: Purchase) -> tuple[datetime, int]:
    """The order in which the platform learns of purchases; every sequence here is sorted by it."""
    return purchase.revealed_at, purchase.number


def count_known(purchases: Sequence[Purchase], now: datetime) -> int:
    """How many of the purchases the platform knows at `now`: instant and arrival both at or before it."""
    return bisect_right(purchases, now, key=_revealed_at)


def select_known(purchases: Sequence[Purchase], now: datetime) -> Sequence[Purchase]:
    """The purchases that the platform knows at `now`."""
    return purchases[: count_known(purchases, now)]


def select_unprocessed(purchases: Sequence[Purchase], last: AttributionRun, due: datetime) -> Sequence[Purchase]:
    """The purchases known at `due` that no run up to `last` has looked at.

    A purchase that arrives at the very instant of a run, but after it, has the instant of that run and a
    later number: so the pair tells the two apart, and no mark is kept on a purchase. Rule: JOB-03.
    """
    if not purchases or sort_key(purchases[-1]) <= (last.due, last.last_purchase):
        return ()
    first = bisect_right(purchases, (last.due, last.last_purchase), key=sort_key)
    return purchases[first : count_known(purchases, due)]
