"""An event's revenue by day, split by the attribution model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mock_server.domain import attribution, pieces, purchase_columns, sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.purchase_columns import PurchaseUnion
from mock_server.domain.sales import SalesTotal

DAY_UNITS = 20
"""The units of work of adding up a day, besides its purchases."""
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class RevenueDay:
    """One UTC day with sales. The parts of `split` add up to `total`. See: DRS-02, LAM-04."""

    date: date
    total: SalesTotal
    split: dict[Credit, SalesTotal]


@in_pieces
def list_days(
    purchases: Sequence[Purchase], model: AttributionModel, first: date, last: date
) -> Steps[tuple[RevenueDay, ...]]:
    """Return the days with sales from `first` to `last`, both included, ascending. Adjustments do not change them.

    See: DRS-01, DRS-02.
    Implements: DRS-04.
    """
    columns, records = purchase_columns.partition(purchases)
    sold: dict[date, list[Purchase]] = {}
    for part in pieces.split(records):
        for purchase in part:
            day = purchase.at.date()
            if first <= day <= last:
                sold.setdefault(day, []).append(purchase)
        yield 2 * len(part)
    days: dict[date, list[Sequence[Purchase]]] = {day: [records_of_day] for day, records_of_day in sold.items()}
    for each in columns:
        for day, purchases_of_day in each.select_days(first, last).split_by_day():
            days.setdefault(day, []).append(purchases_of_day)
            yield 1
    listed = []
    for day in sorted(days):
        split = yield from steps_of(attribution.split, PurchaseUnion(days[day]), model)
        listed.append(RevenueDay(day, sales.add_totals(split.values()), split))
        yield DAY_UNITS
    return tuple(listed)
