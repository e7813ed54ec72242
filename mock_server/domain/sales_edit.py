"""An event's sales as a sheet of days: what a day comes to, and what makes up the difference to another figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from mock_server.domain.models import CampaignResult
from mock_server.domain.revenue import RevenueDay
from mock_server.domain.sales import EXACT, ZERO, SalesTotal

MAX_ROWS = 4_000
"""How many days a sheet may have."""
NO_SALES = SalesTotal(ZERO, 0)


@dataclass(frozen=True, slots=True)
class StatedDay:
    """A row of a sheet: what a day comes to, or shall come to. `place` is the row's, from 0."""

    row_index: int
    date: date
    purchases: int
    revenue: Decimal


def totals_by_day(daily: Iterable[RevenueDay], rows: Iterable[CampaignResult]) -> Mapping[date, SalesTotal]:
    """What each day comes to that has sales or a manual row, ascending; by days of UTC. Rule: SED-02.

    Automated rows are left out: the sales that they credit stand in `daily` already.
    """
    totals = {day.date: day.total for day in daily}
    with localcontext(EXACT):
        for row in rows:
            if row.source == "manual":
                day = row.created_at.date()
                current = totals.get(day, NO_SALES)
                totals[day] = SalesTotal(current.revenue + row.revenue, current.purchases + row.purchase)
    return dict(sorted(totals.items()))


def find_differences(current: Mapping[date, SalesTotal], stated: Sequence[StatedDay]) -> list[StatedDay]:
    """What has to be added to each day that is stated otherwise than it is now. Rules: SED-03, SED-04."""
    changes = []
    with localcontext(EXACT):
        for row in stated:
            present = current.get(row.date, NO_SALES)
            purchases, revenue = row.purchases - present.purchases, row.revenue - present.revenue
            if purchases or revenue:
                changes.append(StatedDay(row.row_index, row.date, purchases, revenue))
    return changes
