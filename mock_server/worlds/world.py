"""The world: the records that a workspace starts from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from operator import attrgetter
from typing import Literal, TypeAlias

from mock_server.domain.models import (
    Cluster,
    ClusterEvaluation,
    Customer,
    EvaluationSettings,
    Event,
    PackageStatus,
    Partner,
    Purchase,
    TargetingMode,
    User,
)
from mock_server.domain.sales import SalesTotal

Source: TypeAlias = Literal["sample", "csv"]
LAST_START = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The latest time at which a world can start. Its tokens, packages and sales need up to a year of the calendar."""
START_REQUIREMENT = f"must not be later than {LAST_START.date()}, because a world needs a year after its start"


class WorldError(Exception):
    """The files of a world are invalid. The message contains a line for each problem."""


@dataclass(frozen=True, slots=True)
class ManualResult:
    """An adjustment that was entered by hand before the start."""

    eid: str
    id: str
    purchase: int
    revenue: Decimal
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PrebuiltPackage:
    """A package that was ordered before the start, and possibly evaluated.

    `status` is DONE, EXPIRED, or FAILED if its build failed at `built_at`.
    """

    id: str
    partner_id: str
    title: str
    event_ids: tuple[str, ...]
    targeting_mode: TargetingMode
    num_packages: int
    n_top_events: int
    built_at: datetime
    settings: EvaluationSettings
    evaluated_at: datetime | None
    status: PackageStatus = "DONE"


@dataclass(frozen=True, slots=True)
class WorldExtras:
    """The sample's data in addition to its records. `result_ids` contains the id of each event's automated row."""

    manual_results: tuple[ManualResult, ...] = ()
    packages: tuple[PrebuiltPackage, ...] = ()
    result_ids: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class WorldCache:
    """Results that depend only on the world. They are computed once and shared by all workspaces that start from it.

    `credited` maps an event to its last attribution run and the total credited up to this run. `clusters` and
    `evaluation_rows` are keyed by package. `digest` identifies the world (`digest.py`). `encoded` has the JSON of
    records, and the records, by their ids.
    """

    credited: dict[str, tuple[datetime, SalesTotal | None]] = field(default_factory=dict)
    clusters: dict[str, tuple[Cluster, ...]] = field(default_factory=dict)
    evaluation_rows: dict[str, tuple[ClusterEvaluation, ...]] = field(default_factory=dict)
    digest: str | None = None
    encoded: dict[int, tuple[object, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """The records of a world by id (users by name), and its purchases by event. A world never changes.

    Each event's purchases are in the order in which the platform learns of them. They are numbered from 1 to
    `purchase_count`, event by event in the order of `events`. `customers` and `sales` may be computed on first access.
    """

    partners: dict[str, Partner]
    users: dict[str, User]
    events: dict[str, Event]
    customers: Mapping[str, Customer]
    sales: Mapping[str, Sequence[Purchase]]
    purchase_count: int
    extras: WorldExtras = field(default_factory=WorldExtras)
    source: Source = field(default="csv", compare=False)
    cache: WorldCache = field(default_factory=WorldCache, init=False, repr=False, compare=False)

    @property
    def purchases(self) -> tuple[Purchase, ...]:
        """Return all purchases in the order in which the platform learns of them."""
        unordered = (purchase for event_purchases in self.sales.values() for purchase in event_purchases)
        return tuple(sorted(unordered, key=lambda purchase: (purchase.revealed_at, purchase.number)))


def group_purchases(events: Iterable[str], purchases: Iterable[Purchase]) -> dict[str, tuple[Purchase, ...]]:
    """Group purchases by event, then sort and number them. Purchases with equal times keep the given order."""
    by_event: dict[str, list[Purchase]] = {event_id: [] for event_id in events}
    for purchase in purchases:
        by_event[purchase.event_id].append(purchase)
    numbers = count(1)
    return {
        event_id: tuple(
            replace(purchase, number=next(numbers))
            for purchase in sorted(event_purchases, key=attrgetter("revealed_at"))
        )
        for event_id, event_purchases in by_event.items()
        if event_purchases
    }


def derive_subject(username: str) -> str:
    """Return an id in the form of a UUID, which is always the same for a username. See: AUTH-03."""
    digits = hashlib.blake2b(username.encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
