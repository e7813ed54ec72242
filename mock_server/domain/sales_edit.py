"""The sales sheet of an event: each day's total, and the differences from an edited sheet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from mock_server.domain.errors import Problem
from mock_server.domain.models import CampaignResult
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.revenue import RevenueDay
from mock_server.domain.sales import EXACT, ZERO, SalesTotal

MAX_ROWS = 4_000
"""The maximum number of rows of a sheet."""
NO_SALES = SalesTotal(ZERO, 0)


@dataclass(frozen=True, slots=True)
class StatedDay:
    """A day in a sheet, with its total or with the change of its total. `row_index` starts at 0."""

    row_index: int
    date: date
    purchases: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class StatedSheet:
    """The days of a sheet, and the problems of its rows. If there are problems, nothing is recorded. See: SED-05."""

    days: tuple[StatedDay, ...]
    problems: tuple[Problem, ...] = ()


@in_pieces
def totals_by_day(daily: Iterable[RevenueDay], rows: Iterable[CampaignResult]) -> Steps[Mapping[date, SalesTotal]]:
    """Return the totals of the UTC days with sales or manual adjustments, ascending.

    A day's total is its sales plus its manual adjustments. Automated rows credit sales that `daily` already contains,
    so they are left out.

    Implements: SED-02.
    """
    totals = {day.date: day.total for day in daily}
    for part in split(rows):
        for row in part:
            if row.source == "manual":
                day = row.created_at.date()
                current = totals.get(day, NO_SALES)
                revenue = EXACT.add(current.revenue, row.revenue)
                totals[day] = SalesTotal(revenue, current.purchases + row.purchase)
        yield 2 * len(part)
    return dict(sorted(totals.items()))


def find_differences(current: Mapping[date, SalesTotal], stated: Sequence[StatedDay]) -> list[StatedDay]:
    """Return the amount to add to each day whose total in the sheet differs from its current total.

    See: SED-03.
    Implements: SED-04.
    """
    changes = []
    with localcontext(EXACT):
        for row in stated:
            present = current.get(row.date, NO_SALES)
            purchases, revenue = row.purchases - present.purchases, row.revenue - present.revenue
            if purchases or revenue:
                changes.append(StatedDay(row.row_index, row.date, purchases, revenue))
    return changes
