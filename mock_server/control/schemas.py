"""What the control API's bodies and answers look like."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.domain.models import (
    AttributionModel,
    CampaignStatus,
    Credit,
    EventStatus,
    Job,
    JobKind,
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
    TimestampText,
    amount_schema,
    closed,
    format_timestamp,
    parse_body_number,
)
from mock_server.platform_api.schemas.backhaul import SettingsBody
from mock_server.platform_api.schemas.campaign_results import MAX_AMOUNT
from mock_server.platform_api.schemas.packages import require_distinct
from mock_server.state.clock import MAX_SPEED, ClockMode, WorkspaceClock
from mock_server.state.job_queue import JobState

MAX_DAYS = 3660
SECONDS_PER_DAY = 86_400


def _parse_timestamp(value: object) -> object:
    try:
        if isinstance(value, str) and (timestamp := datetime.fromisoformat(value)).tzinfo is not None:
            return timestamp.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("instant", "must be an RFC 3339 instant such as 2026-09-30T08:00:00Z")


Timestamp: TypeAlias = Annotated[
    datetime, BeforeValidator(_parse_timestamp), WithJsonSchema({"type": "string", "format": "date-time"})
]
Name: TypeAlias = Annotated[Text, Field(min_length=1, max_length=200)]


class DurationRequest(ClosedModel):
    """A length of time: the sum of its parts, none of them negative, at most 3,660 days."""

    days: Annotated[int, Field(ge=0, le=MAX_DAYS), BODY_INTEGER] = 0
    hours: Annotated[int, Field(ge=0, le=MAX_DAYS * 24), BODY_INTEGER] = 0
    minutes: Annotated[int, Field(ge=0, le=MAX_DAYS * 1440), BODY_INTEGER] = 0
    seconds: Annotated[int, Field(ge=0, le=MAX_DAYS * SECONDS_PER_DAY), BODY_INTEGER] = 0

    @property
    def duration(self) -> timedelta:
        """The sum of the parts."""
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)


class RunUntilIdleRequest(DurationRequest):
    """How far the clock may go at most; a day where nothing is said."""

    @property
    def duration(self) -> timedelta:
        """The sum of the parts, or a day."""
        return super().duration if self.model_fields_set else timedelta(days=1)


class ClockRequest(ClosedModel):
    """Where the clock shall stand; what is left out stays as it is. Time never goes back."""

    now: Timestamp | None = None
    mode: ClockMode | None = None
    speed: Annotated[float, Field(gt=0, le=MAX_SPEED, allow_inf_nan=False, strict=True)] | None = None


class ResetRequest(ClosedModel):
    """What the world starts over as; left out: the same seed and the instant of the last start.

    Mode, speed and quirks are those of the server's start again.
    """

    seed: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    now: Timestamp | None = None
    mode: ClockMode | None = None


class PurchaseRow(ClosedModel):
    """A row as in purchases.csv. A customer who is not known yet becomes one of the event's partner.

    `origin` is `partner` for a sale that the partner brought in: clearing sales drops it (DRS-05).
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
    """Sales to add, all or none."""

    purchases: Annotated[list[PurchaseRow], Field(min_length=1, max_length=5_000)]


class ClusterRequest(ClosedModel):
    """One cluster of a package, with its customers; those who are not known yet become the partner's."""

    tc: Name
    label: Name | None = None
    customers: Annotated[list[Name], Field(max_length=100_000)]


def _require_disjoint_clusters(clusters: list[ClusterRequest]) -> list[ClusterRequest]:
    customers = [customer for cluster in clusters for customer in cluster.customers]
    if len(set(customers)) < len(customers) or len({cluster.tc for cluster in clusters}) < len(clusters):
        raise PydanticCustomError("duplicate", "clusters share no customer and no tc")
    return clusters


class PackageRequest(ClosedModel):
    """A package that is DONE at once. `created_at` is now where it is left out; it expires 28 days from now."""

    partner_id: Name
    id: Annotated[Name, Field(pattern=r"^pkg_[^\x00-\x1f]*$")] | None = None
    title: Name
    event_ids: Annotated[list[EventReference], Field(min_length=1, max_length=100), AfterValidator(require_distinct)]
    clusters: Annotated[list[ClusterRequest], Field(max_length=1000), AfterValidator(_require_disjoint_clusters)]
    targeting_mode: TargetingMode = "lookalike"
    created_at: Timestamp | None = None
    settings: SettingsBody | None = None


EventIdInsteadOfEid: TypeAlias = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f,]*$")]


class EventRequest(ClosedModel):
    """An event. `series` names events that it shall stand in one series with.

    The attribution model is the partner's default where it is left out (PART-05).
    """

    partner_id: Name
    id: EventIdInsteadOfEid | None = None
    title: Name
    start_date_time: Timestamp
    city: Text = "München"
    venue_name: Text = "Olympiahalle"
    hall_name: Text | None = None
    capacity: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    category: Text = "CONCERT"
    special_ad_category: SpecialAdCategory = "NONE"
    predicted_sales_share: Annotated[float, Field(ge=0, le=1)] | None = None
    status: EventStatus = "ACTIVE"
    campaign_status: CampaignStatus = "NONE"
    client_campaign_status: CampaignStatus = "NONE"
    campaign_optimisation_status: OptimisationStatus = "OFF"
    ad_campaign_optimisation_status: OptimisationStatus = "OFF"
    campaign_stop_time: Timestamp | None = None
    benchmark: Annotated[float, Field(allow_inf_nan=False)] | None = None
    series: Annotated[list[EventReference], Field(max_length=100, default_factory=list)]
    attribution_model: AttributionModel | None = None


class QuirksBody(ClosedModel):
    """The sides that the mock plays; what is left out is off. Each is described in docs/quickstart.md."""

    campaign_results_admin_only: StrictBool = False
    clear_sales_204: StrictBool = False
    numeric_client_id: StrictBool = False
    ignore_unknown: StrictBool = False
    email_date_in_defaults_ignored: StrictBool = False


@closed
class ClockBody(TypedDict):
    """Where the clock stands. `speed` is in seconds of the workspace for each of the machine's."""

    now: TimestampText
    mode: ClockMode
    speed: float


@closed
class JobBody(TypedDict):
    """A job. `generation` is the settings' revision that an evaluation was started for, else 0."""

    kind: JobKind
    subject: str
    due: TimestampText
    state: JobState
    generation: int


@closed
class ClockMove(TypedDict):
    """Where the clock went, and the jobs that fell due on the way, in the order in which they were performed."""

    now: TimestampText
    fired: list[JobBody]


@closed
class RunUntilIdleResult(TypedDict):
    """The same, with the bound, and whether nothing but scheduled runs and expiries is pending now."""

    now: TimestampText
    fired: list[JobBody]
    bound: TimestampText
    idle: bool


@closed
class StatusBody(TypedDict):
    """What this mock is, and where it stands."""

    version: str
    workspace: str
    seed: int
    created_at: TimestampText
    clock: ClockBody
    partners: list[str]
    pending_jobs: int
    next_due: TimestampText | None
    quirks: list[str]


@closed
class AddedCount(TypedDict):
    """How many were added."""

    added: int


JobsBody: TypeAlias = list[JobBody]


def clock_body(now: datetime, workspace_clock: WorkspaceClock) -> ClockBody:
    """The clock as it stands at `now`."""
    return {"now": format_timestamp(now), "mode": workspace_clock.mode, "speed": workspace_clock.speed}


def job_body(record: Job, state: JobState) -> JobBody:
    """A job in its state."""
    return {
        "kind": record.kind,
        "subject": record.subject,
        "due": format_timestamp(record.due),
        "state": state,
        "generation": record.generation,
    }


def performed_job_bodies(records: list[Job]) -> list[JobBody]:
    """Jobs that were performed."""
    return [job_body(record, "done") for record in records]
