"""The next attribution runs: when they are, and which rows they add."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.early_starts import ATTRIBUTION, EarlyStart
from contracts.dsl.next_runs import (
    NOTHING,
    Credited,
    FollowedEvent,
    NextRuns,
    add_credited,
    observe_next_runs,
    parse_time,
)
from contracts.dsl.prepared_runs import WRITES, observe_night, observe_prepared_runs
from contracts.dsl.steps import Row
from contracts.spec.markers import property_test
from contracts.spec.verdicts import NotApplicableError
from contracts.target.deployment import Deployment

REVENUE_TOLERANCE = Decimal("0.01")
READ_SECONDS = 10
"""How much later than a read a row can have been added that the read itself has caused."""
FEW_EVENTS, MANY = 3, 10


@dataclass(frozen=True, slots=True)
class AddedSum:
    """What an event's rows of some runs add up to, and what they may add up to."""

    what: str
    seen: Credited
    least: Credited
    most: Credited

    @property
    def holds(self) -> bool:
        """Whether the sum is between the bounds."""
        orders, revenue = self.seen
        is_revenue = self.least[1] - REVENUE_TOLERANCE <= revenue <= self.most[1] + REVENUE_TOLERANCE
        return self.least[0] <= orders <= self.most[0] and is_revenue


def format_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def list_run_times(runs: NextRuns) -> list[datetime]:
    """Return the times of the new rows of all events, without duplicates."""
    return sorted({parse_time(row) for event in runs.events for row in event.new_rows})


def has_certainly_sold(event: FollowedEvent, since: datetime, until: datetime) -> bool:
    return event.least_until(until)[0] > event.most_until(since)[0]


@property_test("JOB-02.time", "JOB-04.no_double", gotcha="G-05", early=ATTRIBUTION)
def test_each_due_time_of_the_schedule_has_its_run(deployment: Deployment, early_start: EarlyStart) -> None:
    runs = observe_next_runs(deployment)
    seen = list_run_times(runs)
    missing = [due for due in runs.due_times if due not in seen and _is_run_needed(runs, due)]
    require_case(bool(seen or missing), "an event with sales before the next run that its model credits to campaigns")
    off = [format_time(moment) for moment in seen if moment not in runs.due_times]
    assertions.equal("times of new automated rows that are not in the schedule", off, [])
    times = list(map(format_time, missing))
    assertions.equal("due times at which no row was added although events had sold", times, [])


def _is_run_needed(runs: NextRuns, due: datetime) -> bool:
    """Whether an event has sold more up to a due time than its rows up to then contain."""
    sums = (_compare_sum(event, runs.last_run_before, due) for event in runs.crediting_events)
    return any(each.seen[0] < each.least[0] for each in sums)


@property_test("JOB-03.row", "JOB-04.no_double", early=ATTRIBUTION)
def test_a_run_adds_one_row_for_each_event_that_sold(deployment: Deployment, early_start: EarlyStart) -> None:
    runs = observe_next_runs(deployment)
    for event in require_cases((each for each in runs.events if each.new_rows), "an event with a new automated row"):
        times = [row["created_at"] for row in event.new_rows]
        assertions.equal(f"times of new rows of {event.id}, which must differ", times, sorted(set(times)))
        empty = [row["created_at"] for row in event.new_rows if row["purchase"] < 1]
        assertions.equal(f"times of new rows of {event.id} without orders", empty, [])


@property_test("JOB-03.row", early=ATTRIBUTION)
def test_a_run_adds_no_row_under_external(deployment: Deployment, early_start: EarlyStart) -> None:
    runs = observe_next_runs(deployment)
    external = [event for event in runs.events if event.model == "EXTERNAL"]
    for event in require_cases(external, "an event on sale whose model is EXTERNAL"):
        assertions.equal(f"new automated rows of {event.id}, whose model is EXTERNAL", event.new_rows, [])


@property_test("JOB-03.takes", "JOB-04.sum", "JOB-04.no_double", early=ATTRIBUTION)
@pytest.mark.parametrize("role", ["partner", "second"])
def test_a_run_credits_what_has_been_sold_since_the_run_before(
    deployment: Deployment, early_start: EarlyStart, role: str
) -> None:
    """The sales are read a minute before and after a run, and the days of other runs bound what they can credit.

    Several runs are also compared together: what one of them takes too much or too little, the next one may hide.
    """
    runs = observe_next_runs(deployment)
    events = [event for event in runs.crediting_events if event.role == role]
    sums = [each for event in events for each in _list_added_sums(runs, event)]
    for each in require_cases(sums, "an event on sale, and a run that added rows"):
        expected = f"from {each.least} to {each.most}"
        assertions.is_true(each.what, each.holds, expected=expected, seen=each.seen)


def _list_added_sums(runs: NextRuns, event: FollowedEvent) -> Iterator[AddedSum]:
    for before, until in combinations([runs.last_run_before, *list_run_times(runs)], 2):
        yield _compare_sum(event, before, until)


def _compare_sum(event: FollowedEvent, before: datetime, until: datetime) -> AddedSum:
    rows = [row for row in event.new_rows if before < parse_time(row) <= until]
    least = _subtract(event.least_until(until), event.most_until(before))
    most = _subtract(event.most_until(until), event.least_until(before))
    what = f"orders and revenue of rows of {event.id} after {format_time(before)} and up to {format_time(until)}"
    return AddedSum(what, _add_rows(rows), max(least, NOTHING), most)


def _subtract(minuend: Credited, subtrahend: Credited) -> Credited:
    return minuend[0] - subtrahend[0], minuend[1] - subtrahend[1]


def _add_rows(rows: list[Row]) -> Credited:
    return add_credited((row["purchase"], Decimal(str(row["revenue"]))) for row in rows)


@property_test("JOB-04.sum", early=ATTRIBUTION)
def test_a_run_leaves_earlier_rows_as_they_are(deployment: Deployment, early_start: EarlyStart) -> None:
    runs = observe_next_runs(deployment)
    for event in require_cases((each for each in runs.events if each.row_lists[0]), "an event with rows"):
        after = {row["id"]: row for row in event.row_lists[-1]}
        changed = [row for row in event.row_lists[0] if after.get(row["id"]) != row]
        assertions.equal(f"earlier rows of {event.id} that have changed or are gone", changed, [])


@property_test("JOB-01.schedule", "JOB-01.no_trigger", gotcha="G-05", early=ATTRIBUTION)
def test_no_read_starts_a_run(deployment: Deployment, early_start: EarlyStart) -> None:
    """The rows are read at odd times. A schedule that adds rows at just these times, and at no others, is none."""
    runs = observe_next_runs(deployment)
    reads = [moment for moment in runs.reads if moment < runs.due_times[0]]
    require_case(len(reads) > FEW_EVENTS - 1, "a run that is not due before hours have passed")
    sold = [event for event in runs.crediting_events if has_certainly_sold(event, reads[0], reads[-1])]
    require_cases(sold, "an event that has sold between two reads")
    early = [moment for moment in _list_all_times(runs) if runs.start <= moment < runs.due_times[0]]
    caused = [moment for moment in early if any(_is_caused(moment, read) for read in reads)]
    is_triggered = len(caused) > 1 and caused == early
    times = [format_time(moment) for moment in caused] if is_triggered else []
    assertions.equal("times of automated rows, all of which are times of reads", times, [])


def _list_all_times(runs: NextRuns) -> list[datetime]:
    rows = (row for event in runs.events for row in event.row_lists[-1] if row["source"] == "automated")
    return sorted({parse_time(row) for row in rows})


def _is_caused(moment: datetime, read: datetime) -> bool:
    return timedelta(seconds=-1) <= moment - read <= timedelta(seconds=READ_SECONDS)


@property_test("BEV-02.starts", "BEV-08.completion", gotcha="G-01", writes=WRITES, early=ATTRIBUTION)
def test_no_package_is_evaluated_during_the_runs(writable: Deployment, early_start: EarlyStart) -> None:
    """Orders that come in while the settings are saved may count, so only most of the later ones show an evaluation."""
    night = observe_night(writable)
    sold = night.anew - night.before
    require_case(sold >= MANY, f"{MANY} orders of the customers of {night.id} while the run waited")
    what = f"orders of {night.id} that came in during the wait and are counted without a PUT"
    late = night.after - night.before
    assertions.is_true(what, 2 * late < sold, expected=f"few of {sold}", seen=late, part="BEV-02.starts")
    assertions.equal(what, late, 0, part="BEV-08.completion")


@property_test("CR-04.delete", "JOB-04.deleted", writes=WRITES, early=ATTRIBUTION)
def test_deleted_automated_rows_do_not_return(writable: Deployment, early_start: EarlyStart) -> None:
    runs, prepared = observe_prepared_runs(writable)
    require_rows(writable, any(prepared.deleted.values()))
    assertions.equal("automated rows that could not be deleted", prepared.refused, [], part="CR-04.delete")
    for event in runs.switched:
        times = {row["created_at"] for row in prepared.deleted[event.id]}
        ids = {row["id"] for row in prepared.deleted[event.id]}
        back = [row for row in event.row_lists[-1] if row["id"] in ids or _is_automated_at(row, times)]
        assertions.equal(f"deleted rows of {event.id} that have returned", back, [], part="JOB-04.deleted")


@property_test("JOB-03.takes", "JOB-04.deleted", writes=WRITES, early=ATTRIBUTION)
def test_a_run_processes_each_sale_once_whatever_the_model(writable: Deployment, early_start: EarlyStart) -> None:
    """Under EXTERNAL, the first run adds no row. The second one, under the model before, takes only later sales."""
    runs, _ = observe_prepared_runs(writable)
    require_rows(writable, bool(runs.switched))
    require_case(len(runs.due_times) > 1, "two runs within --job-timeout attribution=SECONDS")
    first, second = runs.due_times[:2]
    for event in runs.switched:
        early = [row for row in event.new_rows if parse_time(row) <= first]
        assertions.equal(f"rows of {event.id} of a run under EXTERNAL", early, [], part="JOB-03.takes")
        added = _compare_sum(event, first, second)
        expected = f"at most {added.most}, which was sold since the run before"
        assertions.is_true(added.what, added.seen[0] <= added.most[0], expected=expected, seen=added.seen)


def require_rows(deployment: Deployment, is_case: bool) -> None:
    if not is_case and not deployment.row_events:
        raise NotApplicableError("needs permission to delete automated rows for good: --allow-rows EVENT")
    require_case(is_case, "an event on sale with automated rows, whose model credits campaigns (--allow-rows EVENT)")


def _is_automated_at(row: Row, times: set[str]) -> bool:
    return row["source"] == "automated" and row["created_at"] in times
