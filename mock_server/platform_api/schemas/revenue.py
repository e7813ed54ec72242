"""Request and response formats of daily revenue."""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from mock_server.domain.models import AttributionModel
from mock_server.domain.revenue import FIRST_DAY, LAST_DAY, RevenueDay
from mock_server.domain.sales import SalesTotal
from mock_server.http.fields import ClosedModel, Count, Currency, Day, DayText, Text, closed, to_json_amount
from mock_server.http.responses import EmptyResponse, EncodedJson
from mock_server.operations.revenue import DailyRevenue
from mock_server.platform_api.schemas.campaign_results import CampaignResultBody, campaign_result_bodies
from mock_server.state.quirks import Quirks


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
    """Encodes daily revenue as JSON and caches the encoded days of each event until they change."""

    def __init__(self) -> None:
        self._encoded_days: dict[str, tuple[tuple[RevenueDay, ...], list[bytes]]] = {}

    def encode(self, revenue: DailyRevenue) -> EncodedJson:
        """Encode an event's days and adjustments.

        See: DRS-03, DRS-04.
        Implements: DRS-02.
        """
        event = {
            "event_id": revenue.event.id,
            "currency": revenue.currency,
            "attribution_model": revenue.event.attribution_model,
        }
        parts = (
            to_json(event)[:-1],
            b',"daily":[',
            b",".join(self._encode_days(revenue)[revenue.requested]),
            b'],"manual_adjustments":',
            to_json(campaign_result_bodies(revenue.adjustments)),
            b"}",
        )
        return EncodedJson(b"".join(parts))

    def _encode_days(self, revenue: DailyRevenue) -> list[bytes]:
        cached = self._encoded_days.get(revenue.event.id)
        if cached is None or cached[0] is not revenue.days:
            cached = (revenue.days, [to_json(_revenue_day_body(day)) for day in revenue.days])
            self._encoded_days[revenue.event.id] = cached
        return cached[1]


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
