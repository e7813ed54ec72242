"""Selects purchases that the platform knows, or that no attribution run has processed, and adds up purchases."""

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
"""The precision of sums: enough digits for the exact sum of any amounts in worlds and requests."""


@dataclass(frozen=True, slots=True)
class SalesTotal:
    """A number of orders, and their revenue in the currency's major unit."""

    revenue: Decimal
    purchases: int


def total(purchases: Iterable[Purchase]) -> SalesTotal:
    """Add up orders exactly. See: BASE-12."""
    amounts = [purchase.revenue for purchase in purchases]
    with localcontext(EXACT):
        return SalesTotal(sum(amounts, ZERO), len(amounts))


def add_totals(totals: Iterable[SalesTotal]) -> SalesTotal:
    """Add up totals exactly. See: BASE-12."""
    added = list(totals)
    with localcontext(EXACT):
        return SalesTotal(sum((each.revenue for each in added), ZERO), sum(each.purchases for each in added))


def sort_key(purchase: Purchase) -> tuple[datetime, int]:
    """The order in which the platform learns of purchases. All sequences in this module are sorted by it."""
    return purchase.revealed_at, purchase.number


def count_known(purchases: Sequence[Purchase], now: datetime) -> int:
    """Count the purchases that the platform knows at `now`, because they were made and have arrived."""
    return bisect_right(purchases, now, key=_revealed_at)


def select_known(purchases: Sequence[Purchase], now: datetime) -> Sequence[Purchase]:
    """Return the purchases that the platform knows at `now`."""
    return purchases[: count_known(purchases, now)]


def select_unprocessed(purchases: Sequence[Purchase], last: AttributionRun, due: datetime) -> Sequence[Purchase]:
    """Return the purchases known at `due` that no run up to `last` has processed.

    A purchase that arrives in the same second as a run, but after it, has a higher number than the run's last purchase.
    So time and number together distinguish processed purchases from others, and no purchase has to be marked.

    See: JOB-03.
    Implements: JOB-04.
    """
    if not purchases or sort_key(purchases[-1]) <= (last.due, last.last_purchase):
        return ()
    first = bisect_right(purchases, (last.due, last.last_purchase), key=sort_key)
    return purchases[first : count_known(purchases, due)]
