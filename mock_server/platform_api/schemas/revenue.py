"""Request and response formats of daily revenue."""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from mock_server.domain.models import AttributionModel
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.domain.revenue import FIRST_DAY, LAST_DAY, RevenueDay
from mock_server.domain.sales import SalesTotal
from mock_server.http import long_responses
from mock_server.http.fields import ClosedModel, Count, Currency, Day, DayText, Text, closed, to_json_amount
from mock_server.http.responses import EmptyResponse, LongJson
from mock_server.operations.revenue import DailyRevenue
from mock_server.platform_api.schemas.campaign_results import (
    ROWS_PER_STEP,
    CampaignResultBody,
    campaign_result_bodies,
)
from mock_server.state.quirks import Quirks

DAY_UNITS = 30
"""The units of work of encoding a day."""


class DailyRevenueQuery(ClosedModel):
    """Query that reads an event's daily revenue. See: DRS-01."""

    event_id: Text
    currency: Text | None = None
    start_date: Day = FIRST_DAY
    end_date: Day = LAST_DAY

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day, both inclusive."""
        return self.start_date, self.end_date


class ClearSalesQuery(ClosedModel):
    """Query that clears an event's sales. See: DRS-05."""

    event_id: Text


@closed
class SalesTotalBody(TypedDict):
    """Total revenue and number of purchases. See: DRS-02."""

    revenue: float
    purchases: Count


@closed
class RevenueDayBody(TypedDict):
    """One day's total, split into campaign, organic and external sales. See: DRS-02."""

    date: DayText
    revenue: float
    purchases: Annotated[int, Field(ge=1)]
    campaign: SalesTotalBody
    organic: SalesTotalBody
    external: SalesTotalBody


@closed
class DailyRevenueBody(TypedDict):
    """Response body: an event's daily revenue and adjustments. See: DRS-02, DRS-03."""

    event_id: str
    currency: Currency
    attribution_model: AttributionModel
    daily: list[RevenueDayBody]
    manual_adjustments: list[CampaignResultBody]


class DailyRevenueEncoder:
    """Encodes the days of events as JSON, and caches them until they change."""

    def __init__(self) -> None:
        self._encoded_days: dict[str, tuple[tuple[RevenueDay, ...], list[bytes]]] = {}

    def encode_days(self, revenue: DailyRevenue) -> Steps[list[bytes]]:
        """Return the JSON of each day that is known so far."""
        cached = self._encoded_days.get(revenue.event.id)
        if cached is None or cached[0] is not revenue.days:
            encoded = []
            for day in revenue.days:
                encoded.append(to_json(_revenue_day_body(day)))
                yield DAY_UNITS
            cached = self._encoded_days[revenue.event.id] = (revenue.days, encoded)
        return cached[1]


@in_pieces
def encode_daily_revenue(encoder: DailyRevenueEncoder, revenue: DailyRevenue) -> Steps[LongJson]:
    """Encode an event's days and adjustments.

    See: DRS-03, DRS-04.
    Implements: DRS-02.
    """
    event = {
        "event_id": revenue.event.id,
        "currency": revenue.currency,
        "attribution_model": revenue.event.attribution_model,
    }
    days = yield from encoder.encode_days(revenue)
    rows = yield from long_responses.encode_items.steps(revenue.adjustments, campaign_result_bodies, ROWS_PER_STEP)
    days_requested = b",".join(days[revenue.requested])
    return LongJson([to_json(event)[:-1], b',"daily":[', days_requested, b'],"manual_adjustments":[', *rows, b"]}"])


def clear_sales_response(quirks: Quirks) -> EmptyResponse:
    """Build the empty response after clearing sales. See: DRS-05 (200, or 204 with quirk `clear_sales_204`)."""
    return EmptyResponse(204 if quirks.clear_sales_204 else 200)


def _revenue_day_body(day: RevenueDay) -> RevenueDayBody:
    return {
        "date": day.date.isoformat(),
        "revenue": to_json_amount(day.total.revenue),
        "purchases": day.total.purchases,
        "campaign": _sales_total_body(day.split["campaign"]),
        "organic": _sales_total_body(day.split["organic"]),
        "external": _sales_total_body(day.split["external"]),
    }


def _sales_total_body(total: SalesTotal) -> SalesTotalBody:
    return {"revenue": to_json_amount(total.revenue), "purchases": total.purchases}
