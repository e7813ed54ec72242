"""What the client's methods take: the members of request bodies and queries, as in the control API's document.

A time is an aware datetime, or a text such as `2026-09-01T12:00:00Z`. A member that is left out has the default that
the document states.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, Required, TypeAlias, TypedDict

Time: TypeAlias = datetime | str
Mode: TypeAlias = Literal["running", "frozen"]
Generation: TypeAlias = Literal["older", "newer"]
Source: TypeAlias = Literal["campaign", "organic", "external"]


class RateLimits(TypedDict, total=False):
    """Requests a minute."""

    reads: int
    writes: int
    sign_ins: int


class WorkspaceOptions(TypedDict, total=False):
    """A workspace to create."""

    seed: int
    now: Time
    mode: Mode
    speed: float
    timing: Literal["quick", "faithful"]
    world: Literal["sample"]
    documentation: Generation
    quirks: Mapping[str, bool]
    rate_limits: RateLimits
    journal: int
    ttl_seconds: int


class ClockOptions(TypedDict, total=False):
    """The new time, mode and speed of a clock."""

    now: Time
    mode: Mode
    speed: float


class Duration(TypedDict, total=False):
    """A duration: the sum of its members."""

    days: int
    hours: int
    minutes: int
    seconds: int


class ResetOptions(TypedDict, total=False):
    """The state to reset to."""

    seed: int
    now: Time
    mode: Mode
    documentation: Generation


class FaultMatch(TypedDict, total=False):
    """The requests or jobs to which a fault rule applies."""

    operation: str
    method: str
    path: str
    partner: str
    nth: int | Sequence[int]
    fraction: float


class FaultEffect(TypedDict, total=False):
    """What a fault rule does: exactly one member."""

    status: int
    latency: Mapping[str, Any]
    reset: bool
    truncate: Mapping[str, int]
    drip: Mapping[str, int]
    malformed: bool
    evaluation: Mapping[str, Any]
    build: Mapping[str, Any]
    attribution_run: Literal["missed", "twice"]
    token: Literal["revoked"]


class FaultRule(TypedDict, total=False):
    """A fault rule, for `faults.replace`."""

    id: str
    match: FaultMatch
    effect: Required[FaultEffect]
    times: int
    until: Time


class FaultOptions(FaultMatch, FaultEffect, total=False):
    """A fault rule, for `faults.add`: what it matches, exactly one effect, and how long it applies."""

    id: str
    times: int
    until: Time


class JournalFilters(TypedDict, total=False):
    """Selects recorded requests."""

    operation: str
    method: str
    status: int
    partner: str
    since: Time
    after: int
    before: int
    console: bool
    limit: int


class CallExpectation(TypedDict, total=False):
    """A request that is expected: exactly `count` times, or from `at_least` to `at_most` times, else at least once."""

    operation: Required[str]
    count: int
    at_least: int
    at_most: int
    status: int
    partner: str
    path: Mapping[str, str]
    query: Mapping[str, str | Sequence[str]]
    body: Mapping[str, Any]


class EvaluationFilters(TypedDict, total=False):
    """Selects the purchases of an evaluation's explanation."""

    cluster: str
    reason: str
    page: int
    limit: int


class RowFilters(TypedDict, total=False):
    """Selects the rows of an event's explanation."""

    row: str
    purchases: int
    page: int
    limit: int


class DailyFilters(TypedDict, total=False):
    """Selects the last of several days, and a page of their purchases."""

    until: date | str
    page: int
    limit: int


class Purchase(TypedDict):
    """A purchase to add."""

    customer_id: str
    event_id: str
    at: Time
    tickets: int
    revenue: Decimal | float
    fd: Source
    meta: Source
    external: Source
    origin: NotRequired[Literal["feed", "partner"]]


class Cluster(TypedDict):
    """A cluster of a package to add."""

    tc: str
    label: NotRequired[str]
    customers: Sequence[str]


class EvaluationSettings(TypedDict):
    """The evaluation settings of a package to add."""

    backhaul_evaluation_attribution_window: int
    backhaul_evaluation_model: str
    email_sent_date: NotRequired[date | str]


class NewPackage(TypedDict):
    """A package to add."""

    partner_id: str
    id: NotRequired[str]
    title: str
    event_ids: Sequence[str]
    clusters: Sequence[Cluster]
    targeting_mode: NotRequired[str]
    created_at: NotRequired[Time]
    settings: NotRequired[EvaluationSettings]


class NewEvent(TypedDict):
    """An event to add."""

    partner_id: str
    id: NotRequired[str]
    title: str
    start_date_time: Time
    city: NotRequired[str]
    venue_name: NotRequired[str]
    hall_name: NotRequired[str]
    capacity: NotRequired[int]
    category: NotRequired[str]
    special_ad_category: NotRequired[str]
    predicted_sales_share: NotRequired[float]
    status: NotRequired[str]
    frontend_status: NotRequired[str]
    campaign_status: NotRequired[str]
    client_campaign_status: NotRequired[str]
    campaign_optimisation_status: NotRequired[str]
    ad_campaign_optimisation_status: NotRequired[str]
    campaign_stop_time: NotRequired[Time]
    benchmark: NotRequired[Mapping[str, Mapping[str, float]]]
    series: NotRequired[Sequence[str]]
    attribution_model: NotRequired[str]
