"""The records of a workspace, and the platform's enumerations.

Records are frozen; `dataclasses.replace` returns a changed copy. Timestamps are aware datetimes in UTC, without
fractions of a second. Days are dates in UTC. Amounts are `Decimal` in the major unit of the partner's currency
(BASE-04).
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
FrontendStatus: TypeAlias = Literal["DEFAULT", "FLAGGED", "HIDDEN", "CANCELLED"]
SettableFrontendStatus: TypeAlias = Literal["DEFAULT", "FLAGGED", "HIDDEN"]
CampaignStatus: TypeAlias = Literal["RUNNING", "OPEN", "CLOSED", "IGNORED"]
ClientCampaignStatus: TypeAlias = Literal["RUNNING", "PAUSED"]
OptimisationStatus: TypeAlias = Literal["ON", "OFF"]
SpecialAdCategory: TypeAlias = Literal["NONE", "HOUSING", "EMPLOYMENT", "CREDIT"]
BenchmarkState: TypeAlias = Literal["above", "at", "below"]
SaleOrigin: TypeAlias = Literal["feed", "partner"]


@dataclass(frozen=True, slots=True)
class Partner:
    """A seller of tickets. It owns all other records. See: PART-03."""

    id: str
    name: str
    domain: str
    currency: str
    vertical: str
    demand_prediction: bool
    campaign_recommendations: bool
    status: str
    pricing_tier: str
    campaign_pricing_model: str
    ner_active: bool
    attribution_model_default: AttributionModel


@dataclass(frozen=True, slots=True)
class User:
    """A user who signs in. See: AUTH-03. `mfa_token` is the code of the second factor, if any.

    `password` is the password that the world's configuration sets. If the user has chosen another one since,
    `password_hash` is its hash, and `password` is empty.
    """

    username: str
    password: str
    sub: str
    email: str
    groups: tuple[str, ...]
    mfa_token: str | None = None
    must_change_password: bool = False
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """A sign-in that is waiting for its second step. A session can be used once. See: AUTH-07."""

    session: str
    kind: Literal["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"]
    username: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction for an event, and the benchmark with which it is compared. See: EVT-02."""

    value: float
    benchmark: float


@dataclass(frozen=True, slots=True)
class Event:
    """An event that tickets are sold for. See: EVT-02, EVT-06. `series` is the name of its series, or None.

    `status` is a word from an open list, such as `active`. A `frontend_status` of CANCELLED is shown under the quirk
    `cancelled_frontend_status` only. Its currency is the partner's.
    """

    id: str
    partner_id: str
    title: str
    start_date_time: datetime
    city: str
    venue_name: str
    hall_name: str | None
    capacity: int | None
    category: str
    special_ad_category: SpecialAdCategory | None
    predicted_sales_share: float | None
    status: str
    frontend_status: FrontendStatus
    campaign_status: CampaignStatus
    client_campaign_status: ClientCampaignStatus | None
    campaign_optimisation_status: OptimisationStatus
    ad_campaign_optimisation_status: OptimisationStatus
    campaign_stop_time: datetime | None
    benchmark: Prediction | None
    series: str | None
    attribution_model: AttributionModel


@dataclass(frozen=True, slots=True)
class Customer:
    """A buyer. `cluster` is the customer's taste. The build of a package groups buyers by taste."""

    id: str
    partner_id: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order of tickets for one event, and the source that each attribution model credits with it.

    The platform knows a purchase from `revealed_at` on, which is the later of `at` and the time of its arrival. Numbers
    follow the order in which purchases arrive in the workspace.
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
    """A sales adjustment of an event: a row of `/campaign_results/`. See: CR-02.

    `number` is the sort key for rows of the same time.
    """

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
    """The settings of a package's evaluation. `attribution_window` is in days. See: BEV-01."""

    attribution_window: int
    model: EvaluationModel
    email_sent_date: date | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """One of a package's audiences. `tc` is the key of the cluster; `customers` are ids. See: PKG-04."""

    tc: str
    label: str
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """An audience package. See: PKG-01, PKG-02, PKG-04.

    `clusters` is None until the package is built. `revision` identifies `settings` and comes from a counter that never
    goes back (BEV-04). `number` is the sort key for packages that were created at the same time.
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
    tc_run_id: int | None = None
    clusters: tuple[Cluster, ...] | None = None


@dataclass(frozen=True, slots=True)
class ClusterEvaluation:
    """The purchases of one cluster: distinct buyers (`customers`), tickets (`items`), orders. See: BEV-05, BEV-08."""

    tc: str
    customers: int
    items: int
    purchase: int
    conversion_rate: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a package's last completed evaluation, and the revision of the settings that it used."""

    package_id: str
    revision: int
    evaluated_at: datetime
    rows: tuple[ClusterEvaluation, ...]


@dataclass(frozen=True, slots=True)
class PartnerDefaults:
    """The initial settings of a partner's new packages. See: DEF-01, DEF-02."""

    partner_id: str
    settings: EvaluationSettings


@dataclass(frozen=True, slots=True)
class AttributionRun:
    """An attribution run: its due time, and the number of the last purchase that had arrived. See: JOB-03."""

    due: datetime
    last_purchase: int


@dataclass(frozen=True, slots=True)
class Ingest:
    """A transaction summary that is not published yet: the total of its entries, and its period, both days included.

    See: ING-03, ING-04.
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
    """Work that the platform does at a due time.

    Jobs with equal due times run in the order of `number`. `generation` is the revision of the settings for which an
    evaluation was started.
    """

    number: int
    kind: JobKind
    subject: str
    due: datetime
    generation: int = 0
