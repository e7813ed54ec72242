"""Meta's report of an event by day: its conversions, and the activity of its ads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mock_server.domain import revenue
from mock_server.domain.draws import draw_integer
from mock_server.domain.models import Purchase
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.sales import EXACT, SalesTotal

CLICKS_PER_ORDER = (8, 40)
IMPRESSIONS_PER_CLICK = (25, 100)
CENTS_PER_CLICK = (15, 75)
"""The smallest and the greatest number that is drawn for a day."""


@dataclass(frozen=True, slots=True)
class MetaDay:
    """One UTC day on which Meta reports conversions, and the total of these conversions. See: META-05."""

    date: date
    conversions: SalesTotal


@dataclass(frozen=True, slots=True)
class AdActivity:
    """The activity of Meta's ads on one day. `spend` is in the currency's major unit. See: META-05."""

    impressions: int
    clicks: int
    spend: Decimal


@in_pieces
def list_days(purchases: Sequence[Purchase], first: date, last: date) -> Steps[list[MetaDay]]:
    """Return the days with conversions from `first` to `last`, both included, ascending.

    Conversions are the orders that model META credits to campaigns, whatever the event's own model is.

    Implements: META-05, META-06.
    """
    days = yield from steps_of(revenue.list_days, purchases, "META", first, last)
    return [MetaDay(day.date, day.split["campaign"]) for day in days if day.split["campaign"].purchases]


def draw_activity(seed: int, event_id: str, day: MetaDay) -> AdActivity:
    """Draw the activity of a day's ads. Seed, event and day set the rates, so more orders never give less.

    See: META-05 (purchases ≤ clicks ≤ impressions).
    """
    subject = (seed, event_id, day.date)
    clicks = day.conversions.purchases * draw_integer(*CLICKS_PER_ORDER, *subject, "clicks")
    impressions = clicks * draw_integer(*IMPRESSIONS_PER_CLICK, *subject, "impressions")
    cents = clicks * draw_integer(*CENTS_PER_CLICK, *subject, "cents")
    return AdActivity(impressions, clicks, Decimal(cents).scaleb(-2, EXACT))
