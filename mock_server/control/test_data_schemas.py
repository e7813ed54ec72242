"""Schemas of the test data that a test adds to a workspace: purchases, packages and events."""

from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from mock_server.control.schemas import Name, Timestamp
from mock_server.domain.formats import STATUS_WORD_PATTERN
from mock_server.domain.models import (
    AttributionModel,
    CampaignStatus,
    ClientCampaignStatus,
    Credit,
    OptimisationStatus,
    SaleOrigin,
    SpecialAdCategory,
    TargetingMode,
)
from mock_server.http.fields import (
    BODY_INTEGER,
    ClosedModel,
    EventReference,
    Text,
    amount_schema,
    closed,
    parse_body_number,
)
from mock_server.platform_api.schemas.backhaul import SettingsBody
from mock_server.platform_api.schemas.campaign_results import MAX_AMOUNT
from mock_server.platform_api.schemas.events import DocumentedFrontendStatus
from mock_server.platform_api.schemas.packages import require_distinct


class PurchaseRow(ClosedModel):
    """A purchase, with the columns of purchases.csv. An unknown customer is added to the event's partner.

    `fd`, `meta` and `external` are the sources that the attribution models credit. `origin` is `partner` for a purchase
    that the partner reported; clearing sales deletes it (DRS-05).
    """

    customer_id: Name
    event_id: EventReference
    at: Timestamp
    tickets: Annotated[int, Field(ge=1, le=1_000_000), BODY_INTEGER]
    revenue: Annotated[
        Decimal,
        Field(gt=-MAX_AMOUNT, lt=MAX_AMOUNT),
        BeforeValidator(parse_body_number),
        amount_schema(exclusiveMinimum=-MAX_AMOUNT, exclusiveMaximum=MAX_AMOUNT),
    ]
    fd: Credit
    meta: Credit
    external: Credit
    origin: SaleOrigin = "feed"


class PurchasesRequest(ClosedModel):
    """Purchases to add. If one is invalid, none is added."""

    purchases: Annotated[list[PurchaseRow], Field(min_length=1, max_length=5_000)]


class ClusterRequest(ClosedModel):
    """A cluster of a package, and the cluster's customers. Unknown customers are added to the package's partner."""

    tc: Name
    label: Name | None = None
    customers: Annotated[list[Name], Field(max_length=100_000)]


class PackageRequest(ClosedModel):
    """A package with the status DONE. `created_at` defaults to now. The package expires 28 days from now.

    Clusters have different `tc` and share no customer.
    """

    partner_id: Name
    id: Annotated[Name, Field(pattern=r"^pkg_[^\x00-\x1f]*$")] | None = None
    title: Name
    event_ids: Annotated[list[EventReference], Field(min_length=1, max_length=100), AfterValidator(require_distinct)]
    clusters: Annotated[list[ClusterRequest], Field(max_length=1000)]
    targeting_mode: TargetingMode = "lookalike"
    created_at: Timestamp | None = None
    settings: SettingsBody | None = None


StatusWord: TypeAlias = Annotated[str, Field(pattern=f"^{STATUS_WORD_PATTERN.pattern}$")]
FiniteNumber: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]


class PredictionRequest(ClosedModel):
    """A prediction for an event, and the benchmark. The event's `state` says how they compare."""

    value: FiniteNumber
    benchmark: FiniteNumber


class BenchmarkRequest(ClosedModel):
    """The benchmark of an event."""

    prediction: PredictionRequest


EventIdInsteadOfEid: TypeAlias = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f,]*$")]


class EventRequest(ClosedModel):
    """An event. `series` lists the events to put into one series with this event.

    `attribution_model` defaults to the partner's default (PART-05).
    """

    partner_id: Name
    id: EventIdInsteadOfEid | None = None
    title: Name
    start_date_time: Timestamp
    city: Text = "München"
    venue_name: Text = "Olympiahalle"
    hall_name: Text | None = None
    capacity: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    category: Text = "concert"
    special_ad_category: SpecialAdCategory | None = None
    predicted_sales_share: Annotated[float, Field(ge=0, le=1)] | None = None
    status: StatusWord = "active"
    frontend_status: DocumentedFrontendStatus = "DEFAULT"
    campaign_status: CampaignStatus = "IGNORED"
    client_campaign_status: ClientCampaignStatus | None = None
    campaign_optimisation_status: OptimisationStatus = "OFF"
    ad_campaign_optimisation_status: OptimisationStatus = "OFF"
    campaign_stop_time: Timestamp | None = None
    benchmark: BenchmarkRequest | None = None
    series: Annotated[list[EventReference], Field(max_length=100, default_factory=list)]
    attribution_model: AttributionModel | None = None


@closed
class AddedCount(TypedDict):
    """The number of purchases that were added."""

    added: int
