"""The attribution job: its rows compared with what the models credit, for both partners."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.credited_events import CreditedEvent, read_credited_events
from contracts.dsl.measurements import forget_readings
from contracts.dsl.sold_days import ONE_DAY, read_now
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

MANY = 5
MARGIN = timedelta(hours=1)
"""A run takes some time until its rows show."""
REVENUE_TOLERANCE = Decimal("0.01")


@property_test("JOB-03.takes", "JOB-03.row", "JOB-04.sum")
@pytest.mark.parametrize("role", ["partner", "second"])
def test_automated_rows_add_up_to_what_is_credited(deployment: Deployment, role: str) -> None:
    """Sales of the day of the last run may be after it, so the sum is between that without and that with this day."""
    sums = list(_compare_sums(deployment, role))
    if any(not each.holds for each in sums):
        forget_readings(deployment.shared)
        sums = list(_compare_sums(deployment, role))
    for each in require_cases(sums, "an event with sales"):
        what = f"orders and revenue of the automated rows of {each.event_id}"
        assertions.is_true(what, each.holds, expected=each.expected, seen=each.seen)


@dataclass(frozen=True, slots=True)
class ComparedSum:
    """The orders and the revenue of an event's automated rows, compared with what is credited."""

    event_id: str
    holds: bool
    expected: str
    seen: tuple[int, Decimal]


def _compare_sums(deployment: Deployment, role: str) -> Iterator[ComparedSum]:
    events = read_credited_events(deployment, role)
    others = events if role == "partner" else read_credited_events(deployment, "partner")
    runs = require_cases((row[0] for event in (*events, *others) for row in event.rows), "an automated row")
    last_run = date.fromisoformat(max(runs)[:10])
    for event in (each for each in events if each.credited):
        least, most = event.credited_until(last_run - ONE_DAY), event.credited_until(last_run)
        expected = f"from {least} to {most}, what is credited up to the run on {last_run}"
        is_sum = least[0] <= event.orders <= most[0]
        is_revenue = least[1] - REVENUE_TOLERANCE <= event.revenue <= most[1] + REVENUE_TOLERANCE
        yield ComparedSum(event.id, is_sum and is_revenue, expected, (event.orders, event.revenue))


@property_test("JOB-02.time", "JOB-04.no_double")
def test_the_last_run_is_the_last_one_of_the_schedule(deployment: Deployment) -> None:
    """Some event has sold on the day before, all of which has passed since the run before."""
    now = read_now(deployment)
    due = (now - MARGIN).replace(hour=8, minute=0, second=0, microsecond=0)
    due -= timedelta(days=due > now - MARGIN)
    due_text = f"{due:%Y-%m-%dT%H:%M:%SZ}"
    if _find_last_run(read_credited_events(deployment, "partner")) != due_text:
        forget_readings(deployment.shared)
    events = read_credited_events(deployment, "partner")
    sold = [event for event in events if event.credited.get(due.date() - ONE_DAY, (0, Decimal(0)))[0] >= MANY]
    require_cases(sold, f"an event with {MANY} orders credited to campaigns on the day before the last run")
    assertions.equal("time of the newest automated row of all events", _find_last_run(events), due_text)


def _find_last_run(events: Iterable[CreditedEvent]) -> str | None:
    return max((row[0] for event in events for row in event.rows), default=None)
