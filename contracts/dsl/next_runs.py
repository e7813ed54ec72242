"""The next attribution runs of the target: what events sell while the run waits for them, and the rows that they add.

All contracts of the next runs share one wait. Elsewhere than on our mock it begins after all other contracts, because
those set models for a while, and takes a day or more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice
from typing import Protocol

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.early_starts import ATTRIBUTION
from contracts.dsl.sold_days import ONE_DAY, read_now
from contracts.dsl.steps import Row, list_adjustments, read_revenue
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment

SHARED_KEY = "next runs"
RUN_HOUR = 8
EVENTS_LISTED, FOLLOWED_PER_MODEL = 50, 6
RECENT = timedelta(days=4)
"""An event that has sold within this time will probably sell again before the next run."""
BESIDE, SLACK = timedelta(seconds=60), timedelta(seconds=20)
"""How long before and after a run the sales are read, and by how much the clocks may differ."""
MARGIN = timedelta(hours=1)
"""A run takes some time until its rows show."""
LEAST_LEAD = timedelta(minutes=5)
"""The first run that is waited for is due no earlier than this."""
ODD_SHARES = (0.37, 0.71)
"""When the rows are read before the first run, as shares of the time until then."""
Credited = tuple[int, Decimal]
NOTHING: Credited = (0, Decimal(0))


@dataclass(frozen=True, slots=True)
class SalesReading:
    """What an event's model credits to campaigns on each day, as read between two times."""

    begun: datetime
    ended: datetime
    days: Mapping[date, Credited]

    def credited_until(self, last: date) -> Credited:
        """Return what is credited up to and including a day."""
        return add_credited(credited for day, credited in self.days.items() if day <= last)


@dataclass(slots=True)
class FollowedEvent:
    """An event of a role's partner, its sales at several times, and its rows before and after the runs."""

    role: str
    id: str
    model: str
    readings: list[SalesReading] = field(default_factory=list)
    row_lists: list[list[Row]] = field(default_factory=list)

    @property
    def new_rows(self) -> list[Row]:
        """The automated rows that were added since the first reading, oldest first."""
        known = {row["id"] for row in self.row_lists[0]}
        rows = [row for row in self.row_lists[-1] if row["source"] == "automated" and row["id"] not in known]
        return sorted(rows, key=lambda row: str(row["created_at"]))

    def least_until(self, moment: datetime) -> Credited:
        """Return the least that can have been credited up to a time."""
        by_days = self.readings[-1].credited_until(moment.date() - ONE_DAY)
        earlier = [each.credited_until(date.max) for each in self.readings if each.ended <= moment - SLACK]
        return max([by_days, *earlier])

    def most_until(self, moment: datetime) -> Credited:
        """Return the most that can have been credited up to a time."""
        by_days = self.readings[-1].credited_until(moment.date())
        later = [each.credited_until(date.max) for each in self.readings if each.begun >= moment + SLACK]
        return min([by_days, *later])


@dataclass(slots=True)
class NextRuns:
    """The runs that were waited for, by their due times, the followed events, and when they were read.

    The model of the events in `switched` is another one during the first run.
    """

    start: datetime
    due_times: list[datetime]
    events: list[FollowedEvent]
    switched: list[FollowedEvent] = field(default_factory=list)
    reads: list[datetime] = field(default_factory=list)

    @property
    def last_run_before(self) -> datetime:
        """The last due time before the wait."""
        return self.due_times[0] - ONE_DAY

    @property
    def crediting_events(self) -> list[FollowedEvent]:
        """The events whose model credits campaigns, so that runs add rows for them."""
        return [event for event in self.events if event.model != "EXTERNAL"]


class Preparation(Protocol):
    """What is written before the first run, and after it."""

    def before_runs(self, runs: NextRuns) -> None:
        """Write after the first reading. Move events whose model is changed to `runs.switched`."""

    def after_first_run(self, runs: NextRuns) -> None:
        """Write an hour after the first run."""


class NoPreparation:
    """Writes nothing."""

    def before_runs(self, runs: NextRuns) -> None:
        """Do nothing."""

    def after_first_run(self, runs: NextRuns) -> None:
        """Do nothing."""


NO_PREPARATION = NoPreparation()


def add_credited(parts: Iterable[Credited]) -> Credited:
    """Add up orders and revenue."""
    listed = list(parts)
    return sum(orders for orders, _ in listed), sum((revenue for _, revenue in listed), Decimal(0))


def parse_time(row: Row) -> datetime:
    """Return the time of a row."""
    return datetime.fromisoformat(row["created_at"]).astimezone(UTC)


def observe_next_runs(deployment: Deployment, preparation: Preparation = NO_PREPARATION) -> NextRuns:
    """Wait for the next attribution runs, and return what they did. The first use prepares and waits.

    Raises InconclusiveError if the job timeout is too short for the next run, or if no event is on sale.
    """
    if SHARED_KEY not in deployment.shared:
        try:
            deployment.shared[SHARED_KEY] = _observe(deployment, preparation)
        except Exception as error:
            deployment.shared[SHARED_KEY] = error
            raise
    observed: NextRuns | Exception = deployment.shared[SHARED_KEY]
    if isinstance(observed, Exception):
        raise observed
    return observed


def _observe(deployment: Deployment, preparation: Preparation) -> NextRuns:
    now, started_at = read_now(deployment), machine_seconds()
    due_times = _list_due_times(now, deployment.clock.longest_wait(ATTRIBUTION))
    runs = NextRuns(now, due_times, list(_choose_events(deployment, now)))
    require_cases(runs.events, "an event that is on sale")

    def wait_until(moment: datetime) -> None:
        deployment.clock.wait_for_age(ATTRIBUTION, started_at, (moment - now).total_seconds())
        deployment.renew_clients()

    def read(moment: datetime) -> None:
        _read_rows(deployment, runs)
        _read_sales(deployment, runs, moment)

    read(now)
    preparation.before_runs(runs)
    for share in ODD_SHARES if due_times[0] - now > 4 * MARGIN else ():
        moment = now + timedelta(seconds=int((due_times[0] - now).total_seconds() * share))
        wait_until(moment)
        read(moment)
    for due in due_times[:2]:
        for moment in (due - BESIDE, due + BESIDE):
            wait_until(moment)
            _read_sales(deployment, runs, moment)
        if due == due_times[0]:
            wait_until(due + MARGIN)
            preparation.after_first_run(runs)
    wait_until(due_times[-1] + MARGIN)
    read(due_times[-1] + MARGIN)
    return runs


def _list_due_times(now: datetime, longest_wait: float) -> list[datetime]:
    """Return the due times of the schedule that the run may wait for."""
    first = (now + LEAST_LEAD).replace(hour=RUN_HOUR, minute=0, second=0, microsecond=0)
    first += timedelta(days=first < now + LEAST_LEAD)
    last = now + timedelta(seconds=longest_wait) - MARGIN
    if first > last:
        needed = (first + MARGIN - now).total_seconds()
        raise InconclusiveError(f"needs to wait {needed:.0f} s (--job-timeout {ATTRIBUTION}=SECONDS)")
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def _choose_events(deployment: Deployment, now: datetime) -> Iterator[FollowedEvent]:
    """Yield events that have sold of late: a few of each model, of each partner whose user is known."""
    for role in ("partner", "second"):
        if role in deployment.users:
            events = list(_list_selling_events(deployment, role, now))
            events.sort(key=lambda event: (event.model, event.id not in deployment.row_events))
            for _, alike in groupby(events, key=lambda event: event.model):
                yield from islice(alike, FOLLOWED_PER_MODEL)


def _list_selling_events(deployment: Deployment, role: str, now: datetime) -> Iterator[FollowedEvent]:
    client = _client_of(deployment, role)
    answer = client.call("listEvents", query={"limit": EVENTS_LISTED})
    assertions.status(answer, 200)
    for event in answer.json()["items"]:
        summary = read_revenue(client, event["id"])
        days = [date.fromisoformat(day["date"]) for day in summary["daily"] if day["purchases"]]
        if days and max(days) >= (now - RECENT).date():
            yield FollowedEvent(role, event["id"], summary["attribution_model"])


def _client_of(deployment: Deployment, role: str) -> Client:
    return deployment.second_partner if role == "second" else deployment.partner


def _read_sales(deployment: Deployment, runs: NextRuns, begun: datetime) -> None:
    runs.reads.append(begun)
    started_at = machine_seconds()
    for event in (*runs.events, *runs.switched):
        daily = read_revenue(_client_of(deployment, event.role), event.id)["daily"]
        days = {date.fromisoformat(day["date"]): _parse_credited(day["campaign"]) for day in daily}
        ended = begun + timedelta(seconds=machine_seconds() - started_at)
        event.readings.append(SalesReading(begun, ended, days))


def _parse_credited(part: Row) -> Credited:
    return part["purchases"], Decimal(str(part["revenue"]))


def _read_rows(deployment: Deployment, runs: NextRuns) -> None:
    for event in (*runs.events, *runs.switched):
        is_second = event.role == "second"
        client = deployment.second_results_user if is_second else deployment.results_user
        partner_id = deployment.second_partner_id if is_second else deployment.partner_id
        event.row_lists.append(list_adjustments(client, event.id, partner_id))
