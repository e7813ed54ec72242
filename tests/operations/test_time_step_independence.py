"""One long move of the clock and many short ones give the same history, byte for byte. Rules: JOB-03, JOB-04."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mock_server.control import test_data
from mock_server.control.test_data_schemas import PurchaseRow
from mock_server.domain.causes import Cause
from mock_server.domain.errors import PlatformError
from mock_server.domain.ingest import Entry
from mock_server.domain.models import EvaluationSettings
from mock_server.domain.packages import PackageOrder
from mock_server.operations import backhaul, campaign_results, due_jobs, events, ingest, packages, partners, revenue
from mock_server.operations.ingest import TransactionSummary
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.worlds.world import World
from tests.builders import ACME, START_TIME, a_customer, a_purchase, a_workspace, a_world, an_event

DAYS = 40
MODELS = ("FD", "META", "EXTERNAL")
EVALUATION_MODELS = ("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")
EVENTS = [an_event(f"evt_{place}", series="s" if place < 3 else None) for place in range(1, 5)]

MINUTES = DAYS * 24 * 60
Step = tuple[str, int, int, int]
STEPS = st.tuples(
    st.sampled_from(
        ("package", "settings", "model", "defaults", "sale", "manual", "ingest", "delete", "clear", "series", "merge")
    ),
    st.integers(0, 3),
    st.integers(1, 60),
    st.integers(0, MINUTES),
)
"""A step is an operation, the index of an event, a number, and the minute within 40 days at which it happens."""


@cache
def _a_busy_world() -> World:
    """Return a world with four events and sales on each of 60 days before its start and 60 days after."""
    sales = [
        a_purchase(
            START_TIME + timedelta(days=day, hours=place * 5 % 24, seconds=day % 7),
            event_id=f"evt_{place}",
            customer_id=f"cus_{(day * place) % 17}",
            credit=("campaign", "organic", "external")[(day + place) % 3],
            revenue=Decimal(day % 9 + 10),
        )
        for day in range(-60, 60)
        for place in range(1, 5)
    ]
    customers = [a_customer(f"cus_{number}", cluster=f"taste {number % 4}") for number in range(17)]
    return a_world(events=EVENTS, purchases=sales, customers=customers)


def a_busy_workspace() -> Workspace:
    """Return a workspace of this world."""
    return a_workspace(_a_busy_world())


def perform_step(workspace: Workspace, step: Step, cause: Cause | None = None) -> None:
    """Perform one operation of a partner. Errors of the platform are ignored."""
    kind, place, number, _ = step
    call = OperationCall(workspace, workspace.clock.now(), ACME, (ACME,), cause=cause)
    try:
        OPERATION_BY_KIND[kind](call, f"evt_{place + 1}", number)
    except PlatformError:
        return


def _create_package(call: OperationCall, eid: str, number: int) -> None:
    packages.create_package(call, PackageOrder(f"p{number}", (eid,), "lookalike", number % 4 + 1, 2))


def _save_settings(call: OperationCall, eid: str, number: int) -> None:
    own_packages = list(call.store.packages)
    if own_packages:
        settings = EvaluationSettings(number, EVALUATION_MODELS[number % 3], (call.now - timedelta(days=number)).date())
        backhaul.replace_settings(call, own_packages[number % len(own_packages)].id, settings)


def _add_sale(call: OperationCall, eid: str, number: int) -> None:
    row = PurchaseRow(
        customer_id=f"cus_{number % 20}",
        event_id=eid,
        at=(call.now + timedelta(hours=number - 30)).isoformat(),
        tickets=1,
        revenue=number,
        fd="campaign",
        meta="organic",
        external="external",
        origin="partner" if number % 5 == 0 else "feed",
    )
    test_data.add_purchases(call, [row])


def _merge_packages(call: OperationCall, eid: str, number: int) -> None:
    own_packages = [package.id for package in call.store.packages]
    if len(own_packages) > 1:
        packages.merge_packages(
            call, [own_packages[number % len(own_packages)], own_packages[number % len(own_packages) - 1]]
        )


def _send_summary(call: OperationCall, eid: str, number: int) -> None:
    first = (call.now - timedelta(days=number)).date()
    ingest.accept_summary(call, TransactionSummary(eid, first, call.now.date(), [Entry(0, "A", number, Decimal(100))]))


def _delete_row(call: OperationCall, eid: str, number: int) -> None:
    rows = campaign_results.list_campaign_results(call, eid, ACME)
    if rows:
        campaign_results.delete_campaign_result(call, rows[number % len(rows)].id)


OPERATION_BY_KIND = {
    "package": _create_package,
    "settings": _save_settings,
    "model": lambda call, eid, number: events.set_attribution_model(call, eid, MODELS[number % 3]),
    "defaults": lambda call, eid, number: partners.set_backhaul_defaults(
        call, ACME, EvaluationSettings(number, EVALUATION_MODELS[number % 3])
    ),
    "sale": _add_sale,
    "manual": lambda call, eid, number: campaign_results.create_campaign_result(call, eid, ACME, number, Decimal(1)),
    "ingest": _send_summary,
    "delete": _delete_row,
    "clear": lambda call, eid, number: revenue.clear_sales(call, eid),
    "series": lambda call, eid, number: events.replace_event_series(call, eid, [f"evt_{number % 4 + 1}"]),
    "merge": _merge_packages,
}


def dump_state(workspace: Workspace) -> bytes:
    """Return the whole state of a workspace as text."""
    store = workspace.store
    tables = (
        store.partners,
        store.users,
        store.challenges,
        store.events,
        store.results,
        store.packages,
        store.evaluations,
        store.defaults,
        store.ingests,
    )
    lines = [repr(sorted(table, key=repr)) for table in tables]
    lines += [repr(sorted(store.sales.overrides().items())), repr(store.customers.added), repr(store.last_run)]
    lines += [repr(list(workspace.jobs)), repr(sorted(workspace.ids.counts.items())), str(workspace.ids.last_revision)]
    return "\n".join(lines).encode()


def advance_in_steps(workspace: Workspace, until: datetime, step: timedelta) -> int:
    """Advance the clock step by step, and run due jobs at each step. Return the number of steps."""
    steps = 0
    while (now := workspace.clock.now()) < until:
        workspace.clock.set(min(now + step, until))
        due_jobs.run_due_jobs(workspace, workspace.clock.now())
        steps += 1
    return steps


def run_history(operations: list[Step], step_size: timedelta) -> tuple[int, bytes]:
    """Perform the operations within 40 days. Return the number of steps and the state at the end."""
    workspace = a_busy_workspace()
    steps = 0
    for operation in sorted(operations, key=lambda operation: operation[3]):
        steps += advance_in_steps(workspace, START_TIME + timedelta(minutes=operation[3]), step_size)
        perform_step(workspace, operation)
    return steps + advance_in_steps(workspace, START_TIME + timedelta(days=DAYS), step_size), dump_state(workspace)


def check_same_history(operations: list[Step]) -> None:
    jumps, state_after_jumps = run_history(operations, timedelta(days=DAYS))
    minutes, state_after_minutes = run_history(operations, timedelta(minutes=1))
    assert jumps <= len(operations) + 1
    assert minutes == MINUTES
    assert state_after_jumps == state_after_minutes


def test_one_jump_of_40_days_equals_57600_steps_of_a_minute() -> None:
    """All operations are at the start; in the 40 days after it, a package is built and evaluated, and expires."""
    start: list[Step] = [("package", 0, 3, 0), ("package", 1, 2, 0), ("settings", 0, 9, 10), ("merge", 0, 1, 20)]
    assert run_history(start, timedelta(days=DAYS))[0] == 3
    check_same_history(start)


@given(st.lists(STEPS, min_size=6, max_size=20))
@seed(1)
@settings(
    max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)
def test_jumps_equal_minutes_over_random_operations(steps: list[Step]) -> None:
    check_same_history(steps)


@pytest.mark.soak
@given(st.lists(STEPS, min_size=6, max_size=40))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_one_jump_equals_many_steps_over_fifty_histories(steps: list[Step]) -> None:
    check_same_history(steps)


def test_the_state_that_is_compared_notices_a_single_row() -> None:
    """This test shows that the comparison can fail."""
    one, other = a_busy_workspace(), a_busy_workspace()
    assert dump_state(one) == dump_state(other)
    perform_step(other, ("manual", 0, 1, 0))
    assert dump_state(one) != dump_state(other)
