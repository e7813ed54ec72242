"""The orders that events sold on each day, according to the daily revenue, and the events that have sold."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import islice

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.event_readings import find_days
from contracts.dsl.measurements import remember
from contracts.dsl.steps import Row, read_revenue
from contracts.spec.verdicts import InconclusiveError
from contracts.target import tokens
from contracts.target.client import Client
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment

MAX_EVENTS_READ = 20
"""How many events are read at most to find events with sales."""
PACKAGE_EVENTS = 3
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SoldDays:
    """The number of orders on each day that has any, in the days of the daily revenue."""

    orders: Mapping[date, int]

    @property
    def first(self) -> date:
        """The first day with an order."""
        return min(self.orders)

    @property
    def last(self) -> date:
        """The last day with an order."""
        return max(self.orders)

    def count(self, first: date, last: date) -> int:
        """Return the number of orders from the first to the last day, both included."""
        return sum(orders for day, orders in self.orders.items() if first <= day <= last)


@dataclass(frozen=True, slots=True)
class SoldEvent:
    """An event, the ids of the other events in its series, and its sold days."""

    id: str
    series: tuple[str, ...]
    sold: SoldDays

    def select_sold(self, days: Iterable[Row]) -> list[Row]:
        """Return the days up to the event's last one with an order. Later sales do not change these."""
        return [day for day in days if date.fromisoformat(day["date"]) <= self.sold.last]


def read_now(deployment: Deployment) -> datetime:
    """Return the target's own time: from a sandbox's clock, else from a new IdToken or the `Date` of its response.

    Raises InconclusiveError if none of them tells it.
    """
    if deployment.is_sandbox:
        return datetime.fromisoformat(deployment.clock.now())
    if "target time" not in deployment.shared:
        deployment.shared["target time"] = read_sign_in_time(deployment), machine_seconds()
    told: datetime
    told, at = deployment.shared["target time"]
    return told + timedelta(seconds=machine_seconds() - at)


def read_sign_in_time(deployment: Deployment) -> datetime:
    """Sign in, and return the time of the sign-in by the `iat` of the IdToken or the `Date` of the response.

    Raises InconclusiveError if there is neither.
    """
    credentials = deployment.credentials("partner")
    body = {"username": credentials.username, "password": credentials.password}
    answer = deployment.anonymous.call("signIn", body=body)
    issued_at = tokens.parse_claims(answer.json().get("IdToken")).get("iat")
    return _parse_time(issued_at, answer.headers.get("date"))


def _parse_time(issued_at: object, date_header: str | None) -> datetime:
    if isinstance(issued_at, int):
        return datetime.fromtimestamp(issued_at, UTC)
    if date_header is None:
        raise InconclusiveError("the target does not tell its time: no `iat` in the IdToken and no Date header")
    return parsedate_to_datetime(date_header).astimezone(UTC)


def read_today(deployment: Deployment) -> date:
    """Return the target's own date, in UTC. Raises InconclusiveError if nothing tells it."""
    return read_now(deployment).date()


def read_sold_days(client: Client, event_ids: Iterable[str]) -> SoldDays:
    """Read the daily revenue of these events, and add up their orders by day."""
    return count_orders(day for event_id in event_ids for day in read_revenue(client, event_id)["daily"])


def count_orders(days: Iterable[Row]) -> SoldDays:
    """Add up the orders of these days of the daily revenue by day."""
    orders: Counter[date] = Counter()
    for day in days:
        orders[date.fromisoformat(day["date"])] += day["purchases"]
    return SoldDays({day: count for day, count in orders.items() if count})


def find_sold_events(deployment: Deployment) -> list[SoldEvent]:
    """Return those of the partner's first events that have orders. Raises InconclusiveError if there is none."""
    return require_cases(_read_sold_events(deployment), "an event with sales")


def choose_settled_events(deployment: Deployment) -> list[SoldEvent]:
    """Return up to three events whose sales are over: their last order is at least three days old.

    Raises InconclusiveError if there is none.
    """
    over = read_today(deployment) - 3 * ONE_DAY
    settled = (event for event in _read_sold_events(deployment) if event.sold.last <= over)
    return require_cases(islice(settled, PACKAGE_EVENTS), "an event whose last sale is three days old or older")


def _read_sold_events(deployment: Deployment) -> Iterator[SoldEvent]:
    """Yield those of the partner's first events that have orders. The run reads each event on first use."""
    listed = remember(deployment, "listed events", lambda: _list_events(deployment))
    for event_id, series in listed.items():
        sold = remember(deployment, f"sold days of {event_id}", partial(_read_sold, deployment, event_id))
        if sold.orders:
            yield SoldEvent(event_id, series, sold)


def _read_sold(deployment: Deployment, event_id: str) -> SoldDays:
    return count_orders(find_days(deployment, event_id))


def _list_events(deployment: Deployment) -> dict[str, tuple[str, ...]]:
    """Return the series of the partner's first events by their ids."""
    answer = deployment.partner.call("listEvents", query={"limit": MAX_EVENTS_READ})
    assertions.step_status(answer, 200)
    listed = {event["id"]: tuple(event.get("campaign_event_series") or ()) for event in answer.json()["items"]}
    return {event_id: listed[event_id] for event_id in deployment.select_kept(listed)}
