"""Meta's report of an event's conversions by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mock_server.domain import revenue
from mock_server.domain.models import Purchase
from mock_server.domain.sales import SalesTotal


@dataclass(frozen=True, slots=True)
class MetaDay:
    """One UTC day on which Meta reports conversions, and the total of these conversions. See: META-05."""

    date: date
    conversions: SalesTotal


def list_days(purchases: Sequence[Purchase], first: date, last: date) -> list[MetaDay]:
    """Return the days with conversions from `first` to `last`, both included, ascending.

    Conversions are the orders that model META credits to campaigns, whatever the event's own model is.

    Implements: META-05, META-06.
    """
    days = revenue.list_days(purchases, "META", first, last)
    return [MetaDay(day.date, day.split["campaign"]) for day in days if day.split["campaign"].purchases]
