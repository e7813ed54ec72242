"""An event's sales as a sheet of days: what a day comes to, and what makes up the difference to another figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from mock_server.domain.models import CampaignResult
from mock_server.domain.revenue import RevenueDay
from mock_server.domain.sales import EXACT, ZERO, Takings

MOST_ROWS = 4_000
"""How many days a sheet may have."""
NOTHING = Takings(ZERO, 0)


@dataclass(frozen=True, slots=True)
class StatedDay:
    """A row of a sheet: what a day comes to, or shall come to. `place` is the row's, from 0."""

    place: int
    date: date
    purchases: int
    revenue: Decimal


def days(daily: Iterable[RevenueDay], rows: Iterable[CampaignResult]) -> Mapping[date, Takings]:
    """What each day comes to that has sales or a manual row, ascending; by days of UTC. Rule: SED-02.

    Automated rows are left out: the sales that they credit stand in `daily` already.
    """
    found = {day.date: day.total for day in daily}
    with localcontext(EXACT):
        for row in rows:
            if row.source == "manual":
                day = row.created_at.date()
                before = found.get(day, NOTHING)
                found[day] = Takings(before.revenue + row.revenue, before.purchases + row.purchase)
    return dict(sorted(found.items()))


def differences(current: Mapping[date, Takings], stated: Sequence[StatedDay]) -> list[StatedDay]:
    """What has to be added to each day that is stated otherwise than it is now. Rules: SED-03, SED-04."""
    found = []
    with localcontext(EXACT):
        for row in stated:
            now = current.get(row.date, NOTHING)
            purchases, revenue = row.purchases - now.purchases, row.revenue - now.revenue
            if purchases or revenue:
                found.append(StatedDay(row.place, row.date, purchases, revenue))
    return found
