"""The sample world, from which a workspace starts if no CSV files are given.

It is generated from a seed and a start date. Customers and purchases are drawn on first access, because most requests
need few of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mock_server.domain.models import Customer, Event, Purchase
from mock_server.worlds import sample_acme, sample_extras, sample_others, sample_people, sample_sales, sample_show
from mock_server.worlds.randomness import Chance, random_stream
from mock_server.worlds.sample_people import ACME, BETA, FD
from mock_server.worlds.sample_sales import Calendar
from mock_server.worlds.sample_show import Show
from mock_server.worlds.world import LAST_START, START_REQUIREMENT, World, WorldError

FIRST_START_DATE = date(2, 1, 1)
"""Earlier start dates count as this one, so that all dates of the sample are in the calendar."""


@dataclass(frozen=True, slots=True)
class PartnerSample:
    """A partner's part of the sample. Its customers' ids start with `id_prefix`."""

    partner_id: str
    id_prefix: str
    tastes: dict[str, int]
    shows: tuple[Show, ...]


PARTNER_SAMPLES = (
    PartnerSample(ACME, "ac", sample_acme.TASTES, sample_acme.SHOWS),
    PartnerSample(BETA, "be", sample_others.BETA_TASTES, sample_others.BETA_SHOWS),
    PartnerSample(FD, "fd", sample_others.FD_TASTES, sample_others.FD_SHOWS),
)


def build_sample(seed: int, start_date: date) -> World:
    """Return the world of a seed and a start date. For the same arguments, the world is always the same.

    Partners, users and events depend only on the date. Purchases are from 120 days before 00:00 UTC of the start date
    to 180 days after it. Raises WorldError for a start date after LAST_START.
    """
    if start_date > LAST_START.date():
        raise WorldError(f"the start date {START_REQUIREMENT}")
    start_date = max(start_date, FIRST_START_DATE)
    audiences = {partner_sample.partner_id: Audience(partner_sample, seed) for partner_sample in PARTNER_SAMPLES}
    sales = LazySales(seed, start_date, audiences)
    return World(
        partners=sample_people.partners(),
        users=sample_people.users(),
        events={event.id: event for event in _events(start_date, PARTNER_SAMPLES)},
        customers=LazyCustomers(audiences.values()),
        sales=sales,
        purchase_count=sales.count,
        extras=sample_extras.build_extras(start_date),
        source="sample",
    )


class Audience:
    """A partner's customers, drawn on first access."""

    def __init__(self, partner_sample: PartnerSample, seed: int) -> None:
        self.partner_sample = partner_sample
        self._seed = seed

    @cached_property
    def tastes(self) -> dict[str, str]:
        """Each customer's taste, by id."""
        partner_sample = self.partner_sample
        return sample_people.draw_tastes(
            partner_sample.partner_id,
            partner_sample.id_prefix,
            partner_sample.tastes,
            random_stream(self._seed, partner_sample.id_prefix),
        )

    @cached_property
    def by_taste(self) -> dict[str | None, list[str]]:
        """Customer ids by taste, from which the buyers of sales are drawn."""
        return sample_sales.build_audiences(self.tastes)


class LazyCustomers(Mapping[str, Customer]):
    """The customers of all partners by id, drawn on first access."""

    def __init__(self, audiences: Iterable[Audience]) -> None:
        self._audiences = audiences

    @cached_property
    def _customers(self) -> dict[str, Customer]:
        return {
            customer_id: Customer(customer_id, audience.partner_sample.partner_id, taste)
            for audience in self._audiences
            for customer_id, taste in audience.tastes.items()
        }

    def __getitem__(self, customer_id: str) -> Customer:
        return self._customers[customer_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._customers)

    def __len__(self) -> int:
        return len(self._customers)


class LazySales(Mapping[str, Sequence[Purchase]]):
    """The purchases by event. An event's purchases are drawn on first access. `count` is the total number."""

    def __init__(self, seed: int, start_date: date, audiences: dict[str, Audience]) -> None:
        self._seed, self._start_date = seed, start_date
        self._plans: dict[str, _SalesPlan] = {}
        self._purchases: dict[str, Sequence[Purchase]] = {}
        self.count = 0
        for audience in audiences.values():
            for show in audience.partner_sample.shows:
                chance = random_stream(seed, show.id)
                plan = _SalesPlan(show, audience, chance, self.count, sample_sales.draw_order_count(show, chance))
                self.count += plan.orders
                if plan.orders:
                    self._plans[show.id] = plan

    @cached_property
    def _calendar(self) -> Calendar:
        return sample_sales.build_calendar(self._start_date, random_stream(self._seed, "calendar"))

    def __getitem__(self, event_id: str) -> Sequence[Purchase]:
        if event_id not in self._purchases:
            plan = self._plans[event_id]
            sales = sample_sales.draw_sales(plan.show, plan.orders, plan.audience.by_taste, self._calendar, plan.chance)
            self._purchases[event_id] = sample_sales.build_purchases(sales, self._start_date, plan.purchases_before + 1)
        return self._purchases[event_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


@dataclass(frozen=True, slots=True)
class _SalesPlan:
    """How an event's sales are drawn: their number (`orders`), and how many purchases of other events precede them."""

    show: Show
    audience: Audience
    chance: Chance
    purchases_before: int
    orders: int


def _events(start_date: date, partner_samples: Sequence[PartnerSample]) -> list[Event]:
    return [
        sample_show.to_event(show, partner_sample.partner_id, start_date)
        for partner_sample in partner_samples
        for show in partner_sample.shows
    ]
