"""An event's revenue by day, split by the attribution model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mock_server.domain import attribution, sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
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
    days: dict[date, list[Purchase]] = {}
    for purchase in purchases:
        day = purchase.at.date()
        if first <= day <= last:
            days.setdefault(day, []).append(purchase)
    return tuple(RevenueDay(day, sales.total(days[day]), attribution.split(days[day], model)) for day in sorted(days))
