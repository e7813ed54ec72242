"""The purchases of the sample: buyer, event, time, amount, and the source that each attribution model credits."""

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
"""The first and the last day with purchases, counted from the start date."""
SECONDS_PER_DAY = 86_400

WEEKDAY_WEIGHTS = (0.85, 0.8, 0.85, 0.95, 1.15, 1.35, 1.25)
MONTH_WEIGHTS = (0.95, 0.95, 1.0, 1.0, 0.95, 0.9, 0.8, 0.8, 1.0, 1.1, 1.25, 1.35)
HOUR_WEIGHTS = (4, 2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 14, 12, 11, 11, 12, 14, 18, 22, 24, 22, 15, 8)
"""The relative demand of each hour of the day, UTC."""

FAN_SHARE = 0.78
"""The fraction of an event's orders placed by customers with its taste. The others are by customers of any taste."""
TICKET_WEIGHTS = {1: 14, 2: 52, 3: 12, 4: 15, 5: 4, 6: 3}

Credits: TypeAlias = tuple[Credit, Credit, Credit]
CREDIT_WEIGHTS: dict[Credits, int] = {
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
"""How many of 100 purchases have this combination of sources, credited by FD, META and EXTERNAL. See: LAM-04."""

Sale: TypeAlias = tuple[int, str, str, tuple[int, Decimal], Credits]
"""The seconds from the start to the sale, the customer, the event, (tickets, revenue), and the credits."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The relative demand of each day from FIRST_DAY to LAST_DAY, and the seconds of a day to draw times from."""

    day_weights: tuple[float, ...]
    purchase_seconds: tuple[int, ...]


def build_calendar(start_date: date, chance: Chance) -> Calendar:
    """Build the calendar around the start date: weekends, evenings and the months before Christmas are busy."""
    days = (start_date + timedelta(days=day) for day in range(FIRST_DAY, LAST_DAY + 1))
    day_weights = tuple(WEEKDAY_WEIGHTS[day.weekday()] * MONTH_WEIGHTS[day.month - 1] for day in days)
    seconds = (
        hour * 3600 + int(chance.random() * 3600)
        for hour, weight in enumerate(HOUR_WEIGHTS)
        for _ in range(weight * 20)
    )
    return Calendar(day_weights, tuple(seconds))


def build_audiences(customers: dict[str, str]) -> dict[str | None, list[str]]:
    """Return customer ids by taste. The key None maps to all customers. Regular customers are listed more than once."""
    by_taste: dict[str | None, list[str]] = {None: list(customers)}
    for customer_id, taste in customers.items():
        by_taste.setdefault(taste, []).append(customer_id)
    return {taste: ids + ids[::3] + ids[::9] * 2 for taste, ids in by_taste.items()}


def draw_order_count(show: Show, chance: Chance) -> int:
    """Draw the number of a show's orders: about `show.orders`, but exactly one if that is 1.

    This must be the first draw from its generator.
    """
    drawn = int(show.orders * (0.97 + 0.06 * chance.random()))
    return max(drawn, min(show.orders, 1))


def draw_sales(
    show: Show, count: int, audience: dict[str | None, list[str]], sales_calendar: Calendar, chance: Chance
) -> Iterable[Sale]:
    """Draw a show's sales, unordered. Drawing a whole column with one call of `choices` is much faster."""
    fans = int(count * FAN_SHARE)
    buyers = chance.choices(audience[show.taste], k=fans) + chance.choices(audience[None], k=count - fans)
    return zip(
        _draw_instants(show, sales_calendar, count, chance),
        buyers,
        repeat(show.id),
        chance.choices(_weighted_orders(show.prices), k=count),
        chance.choices(_weighted_credits(show), k=count),
        strict=False,
    )


def build_purchases(sold: Iterable[Sale], start_date: date, first_number: int) -> tuple[Purchase, ...]:
    """Convert sales to purchases in the order of their times, numbered from `first_number`."""
    midnight = datetime.combine(start_date, time(), UTC)
    ordered = sorted(sold, key=itemgetter(0))
    instants = [midnight + timedelta(0, sale[0]) for sale in ordered]
    return tuple(
        [
            Purchase(number, customer, event, at, at, tickets, revenue, fd, meta, external)
            for number, (at, (_, customer, event, (tickets, revenue), (fd, meta, external))) in enumerate(
                zip(instants, ordered, strict=True), first_number
            )
        ]
    )


def _draw_instants(show: Show, sales_calendar: Calendar, count: int, chance: Chance) -> list[int]:
    first = max(show.on_sale, FIRST_DAY)
    last = min(show.day if show.off_sale is None else show.off_sale, LAST_DAY)
    span = range(first, last + 1)
    cumulative_demand = accumulate(
        sales_calendar.day_weights[day - FIRST_DAY] * _demand_weight(show, day) for day in span
    )
    chosen = chance.choices(span, cum_weights=list(cumulative_demand), k=count)
    seconds = chance.choices(sales_calendar.purchase_seconds, k=count)
    start = show.day * SECONDS_PER_DAY + int(show.hour * 3600)
    instants = [day * SECONDS_PER_DAY + second for day, second in zip(chosen, seconds, strict=True)]
    return [instant if instant < start else instant - SECONDS_PER_DAY for instant in instants]


def _demand_weight(show: Show, day: int) -> float:
    """Return the demand of a day: high when sales open, and rising towards the show.

    It does not use `exp`, because the last bit of its result differs between machines.
    """
    opening = 1 / (1 + (day - show.on_sale) / 3)
    closing = 1 / (1 + (show.day - day) / 8)
    return 0.8 + 5 * opening * opening + 3 * closing * closing


def _weighted_orders(prices: tuple[int, ...]) -> list[tuple[int, Decimal]]:
    """Return possible orders, each repeated in proportion to its probability. Expensive tickets are rarer."""
    return [
        order
        for rank, cents in enumerate(sorted(prices, reverse=True), 1)
        for tickets, weight in TICKET_WEIGHTS.items()
        for order in [(tickets, Decimal(cents * tickets).scaleb(-2))] * (rank * weight)
    ]


def _weighted_credits(show: Show) -> list[Credits]:
    """Return combinations of credits, each repeated in proportion to its probability.

    If the show has no campaigns, none of the combinations credits campaigns.
    """
    return [
        credited
        for credited, weight in CREDIT_WEIGHTS.items()
        if show.campaign != "IGNORED" or "campaign" not in credited
        for _ in range(weight)
    ]
