"""Selects purchases that the platform knows, or that no attribution run has processed, and adds up purchases."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from operator import attrgetter

from mock_server.domain import purchase_columns
from mock_server.domain.models import AttributionRun, Purchase
from mock_server.domain.purchase_columns import IndexedPurchases

_revealed_at = attrgetter("revealed_at")
_customer_id = attrgetter("customer_id")
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
    listed = list(totals)
    with localcontext(EXACT):
        return SalesTotal(sum((each.revenue for each in listed), ZERO), sum(each.purchases for each in listed))


def customer_ids(purchases: Iterable[Purchase]) -> set[str]:
    """Return the distinct buyers."""
    columns, records = purchase_columns.partition(purchases)
    found = set(map(_customer_id, records))
    return found.union(*(each.customer_ids() for each in columns))


def sort_key(purchase: Purchase) -> tuple[datetime, int]:
    """The order in which the platform learns of purchases. All sequences in this module are sorted by it."""
    return purchase.revealed_at, purchase.number


def count_known(purchases: Sequence[Purchase], now: datetime) -> int:
    """Count the purchases that the platform knows at `now`, because they were made and have arrived."""
    if not isinstance(purchases, (list, tuple)) and isinstance(purchases, IndexedPurchases):
        return purchases.count_revealed(now)
    return bisect_right(purchases, now, key=_revealed_at)


def select_known(purchases: Sequence[Purchase], now: datetime) -> Sequence[Purchase]:
    """Return the purchases that the platform knows at `now`."""
    return purchases[: count_known(purchases, now)]


def select_days(purchases: Sequence[Purchase], first: date, last: date) -> Sequence[Purchase]:
    """Return the purchases that were made on the UTC days from `first` to `last`, in the same order."""
    if isinstance(purchases, IndexedPurchases):
        return purchases.select_days(first, last)
    return [purchase for purchase in purchases if first <= purchase.at.date() <= last]


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
