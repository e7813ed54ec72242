"""What a world is: the records that a workspace starts from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
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
    Partner,
    Purchase,
    TargetingMode,
    User,
)
from mock_server.domain.sales import SalesTotal

Source: TypeAlias = Literal["sample", "csv"]


class WorldError(Exception):
    """Files that hold no world; the message has a line for each problem."""


@dataclass(frozen=True, slots=True)
class ManualResult:
    """An adjustment that somebody has entered by hand before the world's birth."""

    eid: str
    id: str
    purchase: int
    revenue: Decimal
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PrebuiltPackage:
    """A package that was built, and perhaps evaluated, before the world's birth."""

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


@dataclass(frozen=True, slots=True)
class WorldExtras:
    """What the sample brings along beside its records. `result_ids` names events' automated rows."""

    manual_results: tuple[ManualResult, ...] = ()
    packages: tuple[PrebuiltPackage, ...] = ()
    result_ids: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class WorldCache:
    """What the platform made of a world's past, for each workspace that starts from it: what never changes is shared.

    By event: the last run, and what was credited up to it. By package: its clusters, and its evaluation's rows.
    `digest` tells it from other worlds (`digest.py`).
    """

    credited: dict[str, tuple[datetime, SalesTotal | None]] = field(default_factory=dict)
    clusters: dict[str, tuple[Cluster, ...]] = field(default_factory=dict)
    evaluation_rows: dict[str, tuple[ClusterEvaluation, ...]] = field(default_factory=dict)
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Records by id (users by name), and purchases by event; nothing of it ever changes.

    Each event's purchases are in the order in which the platform learns of them. Numbers run from 1 to
    `purchase_count`, event by event in the order of `events`. `customers` and `sales` may be worked out when
    they are first read. `source` says where it came from.
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
        """All purchases, by the instant at which the platform learns of them."""
        unordered = (purchase for event_purchases in self.sales.values() for purchase in event_purchases)
        return tuple(sorted(unordered, key=lambda purchase: (purchase.revealed_at, purchase.number)))


def group_purchases(events: Iterable[str], purchases: Iterable[Purchase]) -> dict[str, tuple[Purchase, ...]]:
    """Purchases by event, in order and numbered as a world's are; of one instant in the order given."""
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
