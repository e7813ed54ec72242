"""The records that a workspace holds, and the platform's own words for their states.

Records are frozen; change is `dataclasses.replace`. Instants are aware datetimes in UTC, to the
second; days are dates in UTC; money is a `Decimal` in the partner's currency's major unit (BASE-04).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

Credit: TypeAlias = Literal["campaign", "organic", "external"]
AttributionModel: TypeAlias = Literal["FD", "META", "EXTERNAL"]
EvaluationModel: TypeAlias = Literal["ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES"]
TargetingMode: TypeAlias = Literal["lookalike", "selective", "inclusive"]
PackageStatus: TypeAlias = Literal["INITIALIZING", "INPROGRESS", "DONE", "FAILED", "EXPIRED"]
ResultSource: TypeAlias = Literal["automated", "manual"]
EventStatus: TypeAlias = Literal["ACTIVE", "POSTPONED", "CANCELLED"]
FrontendStatus: TypeAlias = Literal["UPCOMING", "RUNNING", "PAST"]
CampaignStatus: TypeAlias = Literal["NONE", "ACTIVE", "PAUSED", "ENDED"]
OptimisationStatus: TypeAlias = Literal["ON", "OFF"]
SpecialAdCategory: TypeAlias = Literal["NONE", "HOUSING", "EMPLOYMENT", "CREDIT"]
PartnerStatus: TypeAlias = Literal["ACTIVE", "INACTIVE"]
SaleOrigin: TypeAlias = Literal["feed", "partner"]


@dataclass(frozen=True, slots=True)
class Partner:
    """A seller of tickets, the owner of everything else. Rule: PART-03."""

    id: str
    name: str
    domain: str
    currency: str
    vertical: str
    demand_prediction: bool
    campaign_recommendations: bool
    status: PartnerStatus
    pricing_tier: str
    campaign_pricing_model: str
    ner_active: bool
    attribution_model_default: AttributionModel


@dataclass(frozen=True, slots=True)
class User:
    """Someone who signs in. Rule: AUTH-03. `mfa_token` is the code that a second factor shows, or None."""

    username: str
    password: str
    sub: str
    email: str
    groups: tuple[str, ...]
    mfa_token: str | None = None
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """A sign-in that waits for its second step; works once. Rule: AUTH-07."""

    session: str
    kind: Literal["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"]
    username: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that tickets are sold for. Rule: EVT-02. `series` names the series it stands in, or None."""

    id: str
    partner_id: str
    title: str
    start_date_time: datetime
    city: str
    venue_name: str
    hall_name: str | None
    capacity: int | None
    category: str
    special_ad_category: SpecialAdCategory
    predicted_sales_share: float | None
    status: EventStatus
    campaign_status: CampaignStatus
    client_campaign_status: CampaignStatus
    campaign_optimisation_status: OptimisationStatus
    ad_campaign_optimisation_status: OptimisationStatus
    campaign_stop_time: datetime | None
    benchmark: float | None
    series: str | None
    attribution_model: AttributionModel


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone who buys. `cluster` is the name of the taste that package builds group buyers by."""

    id: str
    partner_id: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order of tickets for one event, and whom each attribution model credits with it.

    It is known to the platform from `revealed_at` on: the later of its own instant and its arrival.
    `number` is its place in the order in which the workspace learnt of purchases.
    """

    number: int
    customer_id: str
    event_id: str
    at: datetime
    revealed_at: datetime
    tickets: int
    revenue: Decimal
    fd: Credit
    meta: Credit
    external: Credit
    origin: SaleOrigin = "feed"


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """A sales adjustment of an event: a row of `/campaign_results/`. Rule: CR-02. `number` orders equal instants."""

    id: str
    number: int
    eid: str
    partner_id: str
    purchase: int
    revenue: Decimal
    created_at: datetime
    source: ResultSource


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """How a package is evaluated. Rule: BEV-01. `attribution_window` is in days."""

    attribution_window: int
    model: EvaluationModel
    email_sent_date: date | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """One of a package's audiences: `tc` is its key, `customers` its members' ids. Rule: PKG-04."""

    tc: str
    label: str
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """An audience package. Rules: PKG-01, PKG-02, PKG-04.

    `clusters` is None until it is built. `revision` is the revision of `settings`: it comes from a
    counter of the workspace that never goes back (BEV-04). `number` orders equal instants.
    """

    id: str
    number: int
    partner_id: str
    title: str
    status: PackageStatus
    merge_id: str | None
    created_at: datetime
    event_ids: tuple[str, ...]
    targeting_mode: TargetingMode
    num_packages: int
    n_top_events: int
    settings: EvaluationSettings
    revision: int
    tc_run_id: str | None = None
    clusters: tuple[Cluster, ...] | None = None


@dataclass(frozen=True, slots=True)
class ClusterEvaluation:
    """What one cluster bought: distinct buyers, tickets, orders. Rules: BEV-05, BEV-08."""

    tc: str
    customers: int
    items: int
    purchase: int
    conversion_rate: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a package's last completed evaluation, and the settings' revision that it belongs to."""

    package_id: str
    revision: int
    evaluated_at: datetime
    rows: tuple[ClusterEvaluation, ...]


@dataclass(frozen=True, slots=True)
class PartnerDefaults:
    """What a partner's new packages start with. Rules: DEF-01, DEF-02."""

    partner_id: str
    settings: EvaluationSettings


@dataclass(frozen=True, slots=True)
class AttributionRun:
    """The last scheduled run: its due time, and the last purchase number that it could look at. Rule: JOB-03."""

    due: datetime
    last_purchase: int


@dataclass(frozen=True, slots=True)
class Ingest:
    """A summary of transactions that is on its way: what its entries come to, and the period that it is spread over.

    Both days belong to the period. Rules: ING-03, ING-04.
    """

    id: str
    eid: str
    partner_id: str
    first: date
    last: date
    sold: int
    revenue: Decimal


JobKind: TypeAlias = Literal["attribution_run", "package_stage", "package_expiry", "evaluation", "ingest"]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that falls due at an instant.

    `number` orders equal instants; `generation` is the settings' revision that an evaluation is for.
    """

    number: int
    kind: JobKind
    subject: str
    due: datetime
    generation: int = 0
