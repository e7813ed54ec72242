"""Daily revenue on the wire."""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from mock_server.domain.models import AttributionModel
from mock_server.domain.revenue import FIRST_DAY, LAST_DAY, RevenueDay
from mock_server.domain.sales import Takings
from mock_server.http.fields import Closed, Count, Currency, Day, DayText, Text, closed, money
from mock_server.http.responses import Encoded, NoContent
from mock_server.operations.revenue import DailyRevenue
from mock_server.platform_api.schemas.campaign_results import CampaignResultBody, rows
from mock_server.state.quirks import Quirks


class DailyRevenueQuery(Closed):
    """Rule: DRS-01."""

    event_id: Text
    currency: Text | None = None
    start_date: Day = FIRST_DAY
    end_date: Day = LAST_DAY

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day, both included."""
        return self.start_date, self.end_date


class ClearSalesQuery(Closed):
    """Rule: DRS-05."""

    event_id: Text


@closed
class TakingsBody(TypedDict):
    """Rule: DRS-02."""

    revenue: float
    purchases: Count


@closed
class RevenueDayBody(TypedDict):
    """Rule: DRS-02."""

    date: DayText
    revenue: float
    purchases: Annotated[int, Field(ge=1)]
    campaign: TakingsBody
    organic: TakingsBody
    external: TakingsBody


@closed
class DailyRevenueBody(TypedDict):
    """Rules: DRS-02, DRS-03."""

    event_id: str
    currency: Currency
    attribution_model: AttributionModel
    daily: list[RevenueDayBody]
    manual_adjustments: list[CampaignResultBody]


class Encoder:
    """Writes summaries; each event's days are put into JSON once, and kept as long as they are the same."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[RevenueDay, ...], list[bytes]]] = {}

    def summary(self, found: DailyRevenue) -> Encoded:
        """An event's days, with the adjustments beside them. Rules: DRS-02, DRS-03, DRS-04."""
        event = {
            "event_id": found.event.id,
            "currency": found.currency,
            "attribution_model": found.event.attribution_model,
        }
        parts = (
            to_json(event)[:-1],
            b',"daily":[',
            b",".join(self._days(found)[found.shown]),
            b'],"manual_adjustments":',
            to_json(rows(found.adjustments)),
            b"}",
        )
        return Encoded(b"".join(parts))

    def _days(self, found: DailyRevenue) -> list[bytes]:
        kept = self._kept.get(found.event.id)
        if kept is None or kept[0] is not found.days:
            kept = (found.days, [to_json(_day(day)) for day in found.days])
            self._kept[found.event.id] = kept
        return kept[1]


def cleared(quirks: Quirks) -> NoContent:
    """The answer to a clearing. Rule: DRS-05 (200; 204 with quirk `clear_sales_204`)."""
    return NoContent(204 if quirks.clear_sales_204 else 200)


def _day(day: RevenueDay) -> RevenueDayBody:
    return {
        "date": day.date.isoformat(),
        "revenue": money(day.total.revenue),
        "purchases": day.total.purchases,
        "campaign": _takings(day.split["campaign"]),
        "organic": _takings(day.split["organic"]),
        "external": _takings(day.split["external"]),
    }


def _takings(part: Takings) -> TakingsBody:
    return {"revenue": money(part.revenue), "purchases": part.purchases}
