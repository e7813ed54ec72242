"""The sample world: what a workspace starts from where nobody brings a world along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from mock_server.domain.models import Customer, EvaluationSettings, Event, Purchase
from mock_server.worlds import sample_acme, sample_others, sample_people, sample_sales, sample_show
from mock_server.worlds.randomness import Chance, stream
from mock_server.worlds.sample_people import ACME, BETA, FD
from mock_server.worlds.sample_sales import Calendar
from mock_server.worlds.sample_show import Show
from mock_server.worlds.world import ManualResult, ReadyPackage, World, WorldExtras

FIRST_BIRTH, LAST_BIRTH = date(2, 1, 1), date(9998, 12, 31)
"""Within these the calendar holds all that the sample needs; a birth beyond them is drawn as if on them."""

MUNICH = "evt_abc123"


@dataclass(frozen=True, slots=True)
class Season:
    """A partner's part of the sample; `short` begins its customers' ids."""

    partner_id: str
    short: str
    tastes: dict[str, int]
    shows: tuple[Show, ...]


SEASONS = (
    Season(ACME, "ac", sample_acme.TASTES, sample_acme.SHOWS),
    Season(BETA, "be", sample_others.BETA_TASTES, sample_others.BETA_SHOWS),
    Season(FD, "fd", sample_others.FD_TASTES, sample_others.FD_SHOWS),
)


def sample(seed: int, birth: date) -> World:
    """The world of a seed and a birth date, the same each time.

    Partners, users and events depend on the date alone. Purchases are instants from 120 days before the
    birth's 00:00 UTC to 180 days after it; an event's are drawn when they are first read.
    """
    birth = min(max(birth, FIRST_BIRTH), LAST_BIRTH)
    audiences = {season.partner_id: Audience(season, seed) for season in SEASONS}
    sales = DrawnSales(seed, birth, audiences)
    return World(
        partners=sample_people.partners(),
        users=sample_people.users(),
        events={event.id: event for event in _events(birth, SEASONS)},
        customers=DrawnCustomers(audiences.values()),
        sales=sales,
        purchase_count=sales.count,
        extras=extras(birth),
        source="sample",
    )


class Audience:
    """A partner's customers, drawn when they are first asked for."""

    def __init__(self, season: Season, seed: int) -> None:
        self.season = season
        self._seed = seed

    @cached_property
    def tastes(self) -> dict[str, str]:
        """Each one's taste, by id."""
        season = self.season
        return sample_people.tastes(season.partner_id, season.short, season.tastes, stream(self._seed, season.short))

    @cached_property
    def by_taste(self) -> dict[str | None, list[str]]:
        """Their ids by taste, as sales are drawn from them."""
        return sample_sales.audiences(self.tastes)


class DrawnCustomers(Mapping[str, Customer]):
    """The customers of all partners by id, drawn when they are first read."""

    def __init__(self, audiences: Iterable[Audience]) -> None:
        self._audiences = audiences

    @cached_property
    def _drawn(self) -> dict[str, Customer]:
        return {
            customer_id: Customer(customer_id, audience.season.partner_id, taste)
            for audience in self._audiences
            for customer_id, taste in audience.tastes.items()
        }

    def __getitem__(self, customer_id: str) -> Customer:
        return self._drawn[customer_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._drawn)

    def __len__(self) -> int:
        return len(self._drawn)


class DrawnSales(Mapping[str, Sequence[Purchase]]):
    """The purchases by event, each event's drawn when they are first read. `count` is how many there are."""

    def __init__(self, seed: int, birth: date, audiences: dict[str, Audience]) -> None:
        self._seed, self._birth = seed, birth
        self._plans: dict[str, _Plan] = {}
        self._drawn: dict[str, Sequence[Purchase]] = {}
        self.count = 0
        for audience in audiences.values():
            for show in audience.season.shows:
                chance = stream(seed, show.id)
                plan = _Plan(show, audience, chance, self.count, sample_sales.orders(show, chance))
                self.count += plan.orders
                if plan.orders:
                    self._plans[show.id] = plan

    @cached_property
    def _days(self) -> Calendar:
        return sample_sales.calendar(self._birth, stream(self._seed, "calendar"))

    def __getitem__(self, event_id: str) -> Sequence[Purchase]:
        if event_id not in self._drawn:
            plan = self._plans[event_id]
            sales = sample_sales.sales(plan.show, plan.orders, plan.audience.by_taste, self._days, plan.chance)
            self._drawn[event_id] = sample_sales.purchases(sales, self._birth, plan.before + 1)
        return self._drawn[event_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an event's sales are drawn: by which chance, how many, after how many of other events."""

    show: Show
    audience: Audience
    chance: Chance
    before: int
    orders: int


def extras(birth: date) -> WorldExtras:
    """Two packages that are built, the first one evaluated, and rows of one event: the documentation's examples."""
    return WorldExtras(
        (_box_office(birth), _correction(birth)), (_munich_shows(birth), _cologne_nights(birth)), {MUNICH: "cr_9f3k2a"}
    )


def _events(birth: date, seasons: Sequence[Season]) -> list[Event]:
    return [sample_show.event(show, season.partner_id, birth) for season in seasons for show in season.shows]


def _box_office(birth: date) -> ManualResult:
    return ManualResult(MUNICH, "cr_01hq9m", 12, Decimal("540.00"), sample_show.instant(birth, -6, 14.5))


def _correction(birth: date) -> ManualResult:
    return ManualResult(MUNICH, "cr_01hqd4", -2, Decimal("-90.00"), sample_show.instant(birth, -4, 9.25))


def _munich_shows(birth: date) -> ReadyPackage:
    return ReadyPackage(
        id="pkg_555",
        partner_id=ACME,
        title="Munich shows Q3",
        event_ids=(MUNICH, "evt_m6d7ay", "evt_f3r8mu", "evt_y1o6tm"),
        targeting_mode="lookalike",
        num_packages=4,
        n_top_events=10,
        built_at=sample_show.instant(birth, -10, 9.2),
        settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE", birth - timedelta(days=9)),
        evaluated_at=sample_show.instant(birth, -1, 6),
    )


def _cologne_nights(birth: date) -> ReadyPackage:
    return ReadyPackage(
        id="pkg_556",
        partner_id=ACME,
        title="Cologne nights",
        event_ids=("evt_c4v8yl", "evt_b2h7qe"),
        targeting_mode="selective",
        num_packages=3,
        n_top_events=5,
        built_at=sample_show.instant(birth, -5, 15),
        settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE"),
        evaluated_at=None,
    )
