"""Request and response formats of events, event pages, series and attribution models."""

from collections.abc import Sequence
from typing import Annotated, NotRequired

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.domain import events
from mock_server.domain.events import EventFilter
from mock_server.domain.models import (
    AttributionModel,
    BenchmarkState,
    CampaignStatus,
    ClientCampaignStatus,
    FrontendStatus,
    OptimisationStatus,
    Prediction,
    SettableFrontendStatus,
    SpecialAdCategory,
)
from mock_server.domain.paging import Page
from mock_server.http.fields import (
    LISTED_VALUE,
    QUERY_INTEGER,
    ClosedModel,
    Count,
    Currency,
    Day,
    Fraction,
    ListedText,
    QueryBoolean,
    Text,
    TimestampText,
    closed,
    format_timestamp,
)
from mock_server.operations.events import EventView
from mock_server.state.quirks import Quirks


def require_documented_status(status: FrontendStatus, info: ValidationInfo) -> FrontendStatus:
    """Reject CANCELLED unless quirk `cancelled_frontend_status` is on. See: EVT-06."""
    if status == "CANCELLED" and isinstance(info.context, Quirks) and not info.context.cancelled_frontend_status:
        message = (
            "is CANCELLED, which appears only in the newer documentation; quirk cancelled_frontend_status enables it"
        )
        raise PydanticCustomError("literal_error", message)
    return status


Limit = Annotated[int, Field(ge=1, le=500), QUERY_INTEGER]
DocumentedFrontendStatus = Annotated[FrontendStatus, AfterValidator(require_documented_status)]


class EventsQuery(ClosedModel):
    """Query that lists events: page, limit and filters. See: EVT-01.

    The filters that `to_filter` omits have no effect, because an event has no member with such a name.
    """

    page: Annotated[int, Field(ge=1), QUERY_INTEGER] = 1
    limit: Limit = 50
    q: Text | None = None
    search: Text | None = None
    since: Day | None = None
    until: Day | None = None
    status: Text | None = None
    frontend_status: list[Annotated[DocumentedFrontendStatus, LISTED_VALUE]] | None = None
    city: list[ListedText] | None = None
    marketing_campaign_status: Text | None = None
    simulated: QueryBoolean | None = None
    flagged_to_top: QueryBoolean | None = None
    vh: list[ListedText] | None = None
    include_archived: QueryBoolean | None = None
    campaigns: Text | None = None
    exclude_products: QueryBoolean | None = None

    def to_filter(self) -> EventFilter:
        """Convert the filter parameters to an event filter."""
        return EventFilter(
            q=self.q,
            search=self.search,
            since=self.since,
            until=self.until,
            status=self.status,
            frontend_status=None if self.frontend_status is None else frozenset(self.frontend_status),
            city=None if self.city is None else frozenset(self.city),
        )


class SeriesQuery(ClosedModel):
    """Query that lists an event's series. See: EVT-04."""

    limit: Annotated[int, Field(ge=1, le=1000), QUERY_INTEGER] | None = None


class NewSeriesQuery(ClosedModel):
    """Query that replaces an event's series. See: EVT-04."""

    event_series: list[ListedText] | None = None


class FrontendStatusBody(ClosedModel):
    """Request body that sets an event's `frontend_status`. See: EVT-08."""

    frontend_status: SettableFrontendStatus


class AttributionModelBody(ClosedModel):
    """Request body that sets an event's attribution model. See: LAM-01."""

    model: AttributionModel


@closed
class AttributionModelAnswer(TypedDict):
    """Response body: an event's attribution model. See: LAM-01."""

    model: AttributionModel


@closed
class PredictionBody(TypedDict):
    """A prediction for an event, and how it compares with the benchmark. See: EVT-02."""

    value: float
    benchmark: float
    state: NotRequired[BenchmarkState]


@closed
class BenchmarkBody(TypedDict):
    """The benchmark of an event. See: EVT-02."""

    prediction: PredictionBody


@closed
class EventBody(TypedDict):
    """One event. Members that are not required appear in the older documentation only. See: EVT-02."""

    id: str
    title: str
    start_date_time: TimestampText
    city: str
    venue_name: str
    hall_name: str | None
    capacity: Count | None
    category: str
    special_ad_category: SpecialAdCategory | None
    predicted_sales_share: Fraction | None
    status: str
    frontend_status: FrontendStatus
    campaign_status: CampaignStatus
    client_campaign_status: ClientCampaignStatus | None
    campaign_optimisation_status: OptimisationStatus
    ad_campaign_optimisation_status: OptimisationStatus
    campaign_event_series: list[str]
    benchmark: BenchmarkBody | None
    currency: NotRequired[Currency]
    campaign_stop_time: NotRequired[TimestampText | None]
    has_active_campaigns: NotRequired[bool]


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


def event_body(view: EventView, quirks: Quirks) -> EventBody:
    """Build the JSON object of an event.

    Quirk `core_event_members` omits the members that appear only in the older documentation.

    Implements: EVT-02.
    """
    record, core_only = view.event, quirks.core_event_members
    body: EventBody = {
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
        "campaign_event_series": view.series,
        "benchmark": None if record.benchmark is None else _benchmark_body(record.benchmark, core_only=core_only),
    }
    return body if core_only else _add_older_members(body, view)


def event_bodies(views: Sequence[EventView], quirks: Quirks) -> list[EventBody]:
    """Build the JSON array of events. See: EVT-01."""
    return [event_body(view, quirks) for view in views]


def event_page_body(event_page: Page[EventView], quirks: Quirks) -> EventPageBody:
    """Build the JSON object of a page of events. See: EVT-01."""
    return {
        "total": event_page.total,
        "limit": event_page.limit,
        "page": event_page.page,
        "pages": event_page.pages,
        "nextPage": event_page.next_page,
        "prevPage": event_page.prev_page,
        "items": event_bodies(event_page.items, quirks),
    }


def _add_older_members(body: EventBody, view: EventView) -> EventBody:
    stop = view.event.campaign_stop_time
    body["currency"] = view.currency
    body["campaign_stop_time"] = None if stop is None else format_timestamp(stop)
    body["has_active_campaigns"] = view.has_active_campaigns
    return body


def _benchmark_body(prediction: Prediction, *, core_only: bool) -> BenchmarkBody:
    body: PredictionBody = {"value": prediction.value, "benchmark": prediction.benchmark}
    if not core_only:
        body["state"] = events.compare_with_benchmark(prediction)
    return {"prediction": body}
