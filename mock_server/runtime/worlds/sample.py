"""The sample world: what a workspace starts from where nobody brings a world along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mock_server.domain.models import Customer, EvaluationSettings, Event
from mock_server.runtime.worlds import sample_acme, sample_others, sample_people, sample_sales, sample_show
from mock_server.runtime.worlds.chance import stream
from mock_server.runtime.worlds.sample_people import ACME, BETA, FD
from mock_server.runtime.worlds.sample_sales import Sale
from mock_server.runtime.worlds.sample_show import Show
from mock_server.runtime.worlds.world import ManualResult, ReadyPackage, World, WorldExtras

FIRST_BIRTH, LAST_BIRTH = date(2, 1, 1), date(9998, 12, 31)
"""Within these the calendar holds all that the sample needs; a birth beyond them is drawn as if on them."""

MUNICH = "evt_abc123"


@dataclass(frozen=True, slots=True)
class _Season:
    """A partner's part of the sample; `short` begins its customers' ids."""

    partner_id: str
    short: str
    tastes: dict[str, int]
    shows: tuple[Show, ...]


SEASONS = (
    _Season(ACME, "ac", sample_acme.TASTES, sample_acme.SHOWS),
    _Season(BETA, "be", sample_others.BETA_TASTES, sample_others.BETA_SHOWS),
    _Season(FD, "fd", sample_others.FD_TASTES, sample_others.FD_SHOWS),
)


def sample(seed: int, birth: date) -> World:
    """The world of a seed and a birth date, the same each time.

    Partners, users and events depend on the date alone. Purchases are instants from 120 days before the
    birth's 00:00 UTC to 180 days after it.
    """
    birth = min(max(birth, FIRST_BIRTH), LAST_BIRTH)
    customers: list[Customer] = []
    sales: list[Sale] = []
    days = sample_sales.calendar(birth, stream(seed, "calendar"))
    for season in SEASONS:
        people = sample_people.customers(season.partner_id, season.short, season.tastes, stream(seed, season.short))
        customers += people
        audience = sample_sales.audiences(people)
        for show in season.shows:
            sales += sample_sales.sales(show, audience, days, stream(seed, show.id))
    return World(
        partners=sample_people.partners(),
        users=sample_people.users(),
        events={event.id: event for event in _events(birth, SEASONS)},
        customers={customer.id: customer for customer in customers},
        purchases=sample_sales.purchases(sales, birth),
        extras=extras(birth),
    )


def extras(birth: date) -> WorldExtras:
    """A package that is built and evaluated, and rows of one event, as the documentation's examples show them."""
    return WorldExtras((_box_office(birth), _correction(birth)), (_munich_shows(birth),), {MUNICH: "cr_9f3k2a"})


def _events(birth: date, seasons: Sequence[_Season]) -> list[Event]:
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
