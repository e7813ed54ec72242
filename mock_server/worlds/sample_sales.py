"""The sample's purchases: who bought what, when, and whom each attribution model credits with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate, repeat
from operator import itemgetter
from typing import TypeAlias

from mock_server.domain.models import Credit, Purchase
from mock_server.worlds.randomness import Chance
from mock_server.worlds.sample_show import Show

FIRST_DAY, LAST_DAY = -120, 179
"""The days that have purchases, counted from the birth."""
DAY = 86_400

WEEKDAYS = (0.85, 0.8, 0.85, 0.95, 1.15, 1.35, 1.25)
MONTHS = (0.95, 0.95, 1.0, 1.0, 0.95, 0.9, 0.8, 0.8, 1.0, 1.1, 1.25, 1.35)
HOURS = (4, 2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 14, 12, 11, 11, 12, 14, 18, 22, 24, 22, 15, 8)
"""How busy each hour of the day is, UTC."""

FANS = 0.78
"""The share of an event's orders that come from customers of its taste; anybody places the rest."""
TICKETS = {1: 14, 2: 52, 3: 12, 4: 15, 5: 4, 6: 3}

Credits: TypeAlias = tuple[Credit, Credit, Credit]
CREDITS: dict[Credits, int] = {
    ("campaign", "campaign", "campaign"): 9,
    ("campaign", "campaign", "organic"): 5,
    ("campaign", "campaign", "external"): 13,
    ("campaign", "organic", "campaign"): 2,
    ("campaign", "organic", "external"): 3,
    ("campaign", "external", "external"): 2,
    ("campaign", "external", "organic"): 1,
    ("organic", "campaign", "organic"): 7,
    ("organic", "campaign", "external"): 4,
    ("organic", "campaign", "campaign"): 2,
    ("organic", "organic", "organic"): 17,
    ("organic", "organic", "external"): 8,
    ("organic", "external", "organic"): 3,
    ("organic", "external", "external"): 4,
    ("external", "campaign", "external"): 3,
    ("external", "campaign", "campaign"): 2,
    ("external", "external", "external"): 7,
    ("external", "organic", "organic"): 5,
    ("external", "organic", "external"): 1,
    ("external", "external", "organic"): 2,
}
"""Of 100 purchases, how many are credited so by FD, META and EXTERNAL: to campaigns 35, 45 and 15. Rule: LAM-04."""

Sale: TypeAlias = tuple[int, str, str, tuple[int, Decimal], Credits]
"""Seconds after the birth, customer, event, tickets and revenue, credits."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """How busy each day from FIRST_DAY to LAST_DAY is, and the seconds of a day at which people buy."""

    busy: tuple[float, ...]
    seconds: tuple[int, ...]


def calendar(birth: date, chance: Chance) -> Calendar:
    """The days around the birth: weekends, evenings and the months before Christmas are busy."""
    days = (birth + timedelta(days=day) for day in range(FIRST_DAY, LAST_DAY + 1))
    busy = tuple(WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] for day in days)
    seconds = (
        hour * 3600 + int(chance.random() * 3600) for hour, weight in enumerate(HOURS) for _ in range(weight * 20)
    )
    return Calendar(busy, tuple(seconds))


def audiences(customers: dict[str, str]) -> dict[str | None, list[str]]:
    """The ids of customers, given with their tastes, by taste, and all under None; regulars stand there more often."""
    by_taste: dict[str | None, list[str]] = {None: list(customers)}
    for customer_id, taste in customers.items():
        by_taste.setdefault(taste, []).append(customer_id)
    return {taste: ids + ids[::3] + ids[::9] * 2 for taste, ids in by_taste.items()}


def orders(show: Show, chance: Chance) -> int:
    """How many orders the show has: the first thing that is drawn of it."""
    return int(show.orders * (0.97 + 0.06 * chance.random()))


def sales(
    show: Show, number: int, audience: dict[str | None, list[str]], days: Calendar, chance: Chance
) -> Iterable[Sale]:
    """The show's sales, in no order. Drawn column by column: one call of `choices` is as dear as a few purchases."""
    fans = int(number * FANS)
    buyers = chance.choices(audience[show.taste], k=fans) + chance.choices(audience[None], k=number - fans)
    return zip(
        _instants(show, days, number, chance),
        buyers,
        repeat(show.id),
        chance.choices(_orders(show.prices), k=number),
        chance.choices(_credits(show), k=number),
        strict=False,
    )


def purchases(drawn: Iterable[Sale], birth: date, first: int) -> tuple[Purchase, ...]:
    """The sales as purchases, known at once, in the order of their instants and numbered from `first`."""
    midnight = datetime.combine(birth, time(), UTC)
    ordered = sorted(drawn, key=itemgetter(0))
    moments = [midnight + timedelta(0, sale[0]) for sale in ordered]
    return tuple(
        [
            Purchase(number, customer, event, at, at, tickets, revenue, fd, meta, external)
            for number, (at, (_, customer, event, (tickets, revenue), (fd, meta, external))) in enumerate(
                zip(moments, ordered, strict=True), first
            )
        ]
    )


def _instants(show: Show, days: Calendar, number: int, chance: Chance) -> list[int]:
    first = max(show.on_sale, FIRST_DAY)
    last = min(show.day if show.off_sale is None else show.off_sale, LAST_DAY)
    span = range(first, last + 1)
    demand = accumulate(days.busy[day - FIRST_DAY] * _interest(show, day) for day in span)
    chosen = chance.choices(span, cum_weights=list(demand), k=number)
    seconds = chance.choices(days.seconds, k=number)
    start = show.day * DAY + int(show.hour * 3600)
    instants = [day * DAY + second for day, second in zip(chosen, seconds, strict=True)]
    return [instant if instant < start else instant - DAY for instant in instants]


def _interest(show: Show, day: int) -> float:
    """A burst when the sale opens, and a rise towards the show. No `exp`: its last bit is the machine's own."""
    opening = 1 / (1 + (day - show.on_sale) / 3)
    closing = 1 / (1 + (show.day - day) / 8)
    return 0.8 + 5 * opening * opening + 3 * closing * closing


def _orders(prices: tuple[int, ...]) -> list[tuple[int, Decimal]]:
    """Each order of some tickets at one price, as often as it is likely: the dearer the rarer."""
    return [
        order
        for place, cents in enumerate(sorted(prices, reverse=True), 1)
        for tickets, weight in TICKETS.items()
        for order in [(tickets, Decimal(cents * tickets).scaleb(-2))] * (place * weight)
    ]


def _credits(show: Show) -> list[Credits]:
    """What the models may say, as often as they say it; a show without campaigns owes them nothing."""
    return [
        credited
        for credited, weight in CREDITS.items()
        if show.campaign != "NONE" or "campaign" not in credited
        for _ in range(weight)
    ]
