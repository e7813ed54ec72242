"""Request and response formats of events, event pages, series and attribution models."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.events import EventFilter
from mock_server.domain.models import (
    AttributionModel,
    CampaignStatus,
    EventStatus,
    FrontendStatus,
    OptimisationStatus,
    SpecialAdCategory,
)
from mock_server.domain.paging import Page
from mock_server.http.fields import (
    QUERY_INTEGER,
    ClosedModel,
    Count,
    Day,
    Fraction,
    ListedId,
    Text,
    TimestampText,
    closed,
    format_timestamp,
)
from mock_server.operations.events import EventView

Limit = Annotated[int, Field(ge=1, le=500), QUERY_INTEGER]


class EventsQuery(ClosedModel):
    """Query that lists events: page, limit and filters. See: EVT-01."""

    page: Annotated[int, Field(ge=1), QUERY_INTEGER] = 1
    limit: Limit = 50
    q: Text | None = None
    since: Day | None = None
    until: Day | None = None
    frontend_status: list[FrontendStatus] | None = None
    city: list[Text] | None = None

    def to_filter(self) -> EventFilter:
        """Convert the filter parameters to an event filter."""
        return EventFilter(
            q=self.q,
            since=self.since,
            until=self.until,
            frontend_status=None if self.frontend_status is None else frozenset(self.frontend_status),
            city=None if self.city is None else frozenset(self.city),
        )


class SeriesQuery(ClosedModel):
    """Query that lists an event's series. See: EVT-04."""

    limit: Limit | None = None


class NewSeriesQuery(ClosedModel):
    """Query that replaces an event's series. See: EVT-04."""

    event_series: list[ListedId] | None = None


class AttributionModelBody(ClosedModel):
    """Request body that sets an event's attribution model. See: LAM-01."""

    model: AttributionModel


@closed
class AttributionModelAnswer(TypedDict):
    """Response body: an event's attribution model. See: LAM-01."""

    model: AttributionModel


@closed
class EventBody(TypedDict):
    """One event. See: EVT-02."""

    id: str
    title: str
    start_date_time: TimestampText
    city: str
    venue_name: str
    hall_name: str | None
    capacity: Count | None
    category: str
    special_ad_category: SpecialAdCategory
    predicted_sales_share: Fraction | None
    status: EventStatus
    frontend_status: FrontendStatus
    campaign_status: CampaignStatus
    client_campaign_status: CampaignStatus
    campaign_optimisation_status: OptimisationStatus
    ad_campaign_optimisation_status: OptimisationStatus
    campaign_stop_time: TimestampText | None
    has_active_campaigns: bool
    campaign_event_series: list[str]
    benchmark: float | None


@closed
class EventPageBody(TypedDict):
    """One page of events. See: EVT-01."""

    total: Count
    limit: Annotated[int, Field(ge=1, le=500)]
    page: Annotated[int, Field(ge=1)]
    pages: Count
    nextPage: Annotated[int, Field(ge=1)] | None
    prevPage: Annotated[int, Field(ge=1)] | None
    items: list[EventBody]


def event_body(view: EventView) -> EventBody:
    """Build the JSON object of an event.

    See: EVT-06.
    Implements: EVT-02.
    """
    record = view.event
    stop = record.campaign_stop_time
    return {
        "id": record.id,
        "title": record.title,
        "start_date_time": format_timestamp(record.start_date_time),
        "city": record.city,
        "venue_name": record.venue_name,
        "hall_name": record.hall_name,
        "capacity": record.capacity,
        "category": record.category,
        "special_ad_category": record.special_ad_category,
        "predicted_sales_share": record.predicted_sales_share,
        "status": record.status,
        "frontend_status": view.frontend_status,
        "campaign_status": record.campaign_status,
        "client_campaign_status": record.client_campaign_status,
        "campaign_optimisation_status": record.campaign_optimisation_status,
        "ad_campaign_optimisation_status": record.ad_campaign_optimisation_status,
        "campaign_stop_time": None if stop is None else format_timestamp(stop),
        "has_active_campaigns": view.has_active_campaigns,
        "campaign_event_series": view.series,
        "benchmark": record.benchmark,
    }


def event_page_body(event_page: Page[EventView]) -> EventPageBody:
    """Build the JSON object of a page of events. See: EVT-01."""
    return {
        "total": event_page.total,
        "limit": event_page.limit,
        "page": event_page.page,
        "pages": event_page.pages,
        "nextPage": event_page.next_page,
        "prevPage": event_page.prev_page,
        "items": [event_body(view) for view in event_page.items],
    }
