"""Request and response formats of the Meta integration."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, cast

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.revenue import FIRST_DAY, LAST_DAY
from mock_server.http.fields import ClosedModel, Count, Day, DayText, closed, to_json_amount
from mock_server.http.responses import LongJson
from mock_server.operations.meta import MetaResults, ReportedDay
from mock_server.platform_api.schemas.campaign_results import CampaignResultBody, campaign_result_bodies


class InsightsQuery(ClosedModel):
    """Query that reads Meta's report by day. See: META-05."""

    start_date: Day = FIRST_DAY
    end_date: Day = LAST_DAY

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day, both inclusive."""
        return self.start_date, self.end_date


@closed
class MetaRowsBody(TypedDict):
    """Adjustments, newest first. See: META-01, META-02."""

    rows: list[CampaignResultBody]


@closed
class MetaResultsBody(TypedDict):
    """Adjustments of an event and of the other events in its series. See: META-01."""

    event_results: MetaRowsBody
    series_results: MetaRowsBody


@closed
class MetaDayBody(TypedDict):
    """One day with conversions. See: META-05."""

    date: DayText
    purchases: Annotated[int, Field(ge=1)]
    purchase_value: float
    impressions: Count
    clicks: Count
    spend: Annotated[float, Field(ge=0)]


def meta_results_body(results: MetaResults) -> MetaResultsBody:
    """Build the response body with the adjustments of an event and its series.

    Implements: META-01.
    """
    return {
        "event_results": {"rows": campaign_result_bodies(results.event)},
        "series_results": {"rows": campaign_result_bodies(results.series)},
    }


def long_results_body(event_rows: Sequence[bytes], series_rows: Sequence[bytes]) -> MetaResultsBody:
    """Build the response body from rows that are already encoded."""
    start, middle, end = b'{"event_results":{"rows":[', b']},"series_results":{"rows":[', b"]}}"
    return cast("MetaResultsBody", LongJson([start, *event_rows, middle, *series_rows, end]))


def meta_day_bodies(days: Sequence[ReportedDay]) -> list[MetaDayBody]:
    """Build the JSON array of days with conversions. See: META-05."""
    return [
        {
            "date": day.date.isoformat(),
            "purchases": day.conversions.purchases,
            "purchase_value": to_json_amount(day.conversions.revenue),
            "impressions": activity.impressions,
            "clicks": activity.clicks,
            "spend": to_json_amount(activity.spend),
        }
        for day, activity in days
    ]
