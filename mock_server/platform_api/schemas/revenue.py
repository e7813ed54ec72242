"""Request and response formats of daily revenue."""

from datetime import date
from typing import Annotated, NamedTuple

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


class EncodedDays(NamedTuple):
    """The JSON of days, separated by commas. `starts` has the place of each day, and the place after the last comma."""

    days: tuple[RevenueDay, ...]
    content: bytes
    starts: list[int]

    def select(self, requested: slice) -> memoryview:
        """Return the JSON of a part of the days, which is copied only into the response."""
        first, end, _ = requested.indices(len(self.days))
        return memoryview(self.content)[self.starts[first] : max(0, self.starts[end] - 1)]


class DailyRevenueEncoder:
    """Encodes the days of events as JSON, and caches them until they change."""

    def __init__(self) -> None:
        self._encoded_days: dict[str, EncodedDays] = {}

    def find_days(self, revenue: DailyRevenue) -> EncodedDays | None:
        """Return the JSON of the days that are known so far, None if they have not been encoded yet."""
        encoded = self._encoded_days.get(revenue.event.id)
        return encoded if encoded is not None and encoded.days is revenue.days else None

    def encode_days(self, revenue: DailyRevenue) -> Steps[EncodedDays]:
        """Encode the days that are known so far."""
        parts, starts = list[bytes](), [0]
        for day in revenue.days:
            parts.append(to_json(_revenue_day_body(day)))
            starts.append(starts[-1] + len(parts[-1]) + 1)
            yield DAY_UNITS
        encoded = self._encoded_days[revenue.event.id] = EncodedDays(revenue.days, b",".join(parts), starts)
        return encoded


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
    days = encoder.find_days(revenue)
    if days is None:
        days = yield from encoder.encode_days(revenue)
    rows = yield from long_responses.encode_items.steps(revenue.adjustments, campaign_result_bodies, ROWS_PER_STEP)
    requested = days.select(revenue.requested)
    return LongJson([to_json(event)[:-1], b',"daily":[', requested, b'],"manual_adjustments":[', *rows, b"]}"])


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
