"""An event's revenue by day, split by the attribution model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mock_server.domain import attribution, purchase_columns, sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.purchase_columns import PurchaseColumns, PurchaseUnion
from mock_server.domain.sales import SalesTotal

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class RevenueDay:
    """One UTC day with sales. The parts of `split` add up to `total`. See: DRS-02, LAM-04."""

    date: date
    total: SalesTotal
    split: dict[Credit, SalesTotal]


def list_days(
    purchases: Sequence[Purchase], model: AttributionModel, first: date, last: date
) -> tuple[RevenueDay, ...]:
    """Return the days with sales from `first` to `last`, both included, ascending. Adjustments do not change them.

    See: DRS-01, DRS-02.
    Implements: DRS-04.
    """
    columns, records = purchase_columns.partition(purchases)
    days: dict[date, list[Purchase]] = {}
    for purchase in records:
        day = purchase.at.date()
        if first <= day <= last:
            days.setdefault(day, []).append(purchase)
    if columns:
        return _list_days_of_columns(columns, days, model, (first, last))
    return tuple(RevenueDay(day, sales.total(days[day]), attribution.split(days[day], model)) for day in sorted(days))


def _list_days_of_columns(
    columns: Iterable[PurchaseColumns],
    records: Mapping[date, Sequence[Purchase]],
    model: AttributionModel,
    period: tuple[date, date],
) -> tuple[RevenueDay, ...]:
    """Return what `list_days` returns for the columns, and for records by day, in a period."""
    days: dict[date, list[Sequence[Purchase]]] = {day: [purchases] for day, purchases in records.items()}
    for each in columns:
        for day, purchases in each.select_days(*period).split_by_day():
            days.setdefault(day, []).append(purchases)
    splits = {day: attribution.split(PurchaseUnion(days[day]), model) for day in sorted(days)}
    return tuple(RevenueDay(day, sales.add_totals(split.values()), split) for day, split in splits.items())
