"""What a world is: the records that a workspace starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from mock_server.domain.models import Customer, EvaluationSettings, Event, Partner, Purchase, TargetingMode, User


class BadWorld(Exception):
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
class ReadyPackage:
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
    packages: tuple[ReadyPackage, ...] = ()
    result_ids: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """Records by id (users by name). `purchases` are in the order in which the platform learns of them."""

    partners: dict[str, Partner]
    users: dict[str, User]
    events: dict[str, Event]
    customers: dict[str, Customer]
    purchases: tuple[Purchase, ...]
    extras: WorldExtras = field(default_factory=WorldExtras)

    @property
    def purchase_count(self) -> int:
        """How many purchases there are; the last one's number."""
        return len(self.purchases)

    @cached_property
    def sales(self) -> Mapping[str, Sequence[Purchase]]:
        """The purchases by event."""
        books: dict[str, list[Purchase]] = {}
        for purchase in self.purchases:
            books.setdefault(purchase.event_id, []).append(purchase)
        return books
