"""After a restore or a rewind, the same steps have the same outcome as the first time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mock_server import app
from mock_server.control import clock as control_time
from mock_server.control.snapshots import operations
from mock_server.domain.errors import PlatformError
from mock_server.domain.faults import Effect, FaultRule, Faults, JobFault, Match
from mock_server.domain.ingest import Entry
from mock_server.domain.sales_edit import StatedDay, StatedSheet
from mock_server.operations import due_jobs, ingest, packages, sales_edit
from mock_server.operations.ingest import TransactionSummary
from mock_server.settings import Settings
from mock_server.state.documentation import GENERATIONS
from mock_server.state.quirks import Quirks
from mock_server.state.workspace import OperationCall, Workspace
from tests.asgi_driver import Driver, read_all_targets
from tests.builders import ACME
from tests.operations.test_time_step_independence import OPERATION_BY_KIND, a_busy_workspace

CLOSED_BY_NEWER_DOCUMENTATION = "/api/v3/campaign_results/"
Step = tuple[str, int, int, int]
Outcome = tuple[list[tuple[str, int, bytes]], datetime, list[object]]


def _send_summary(call: OperationCall, eid: str, number: int) -> None:
    ingest.accept_summary(
        call,
        TransactionSummary(eid, date(2026, 8, 1), date(2026, 8, number % 28 + 1), [Entry(0, "A", number, Decimal(7))]),
    )


def _upload_sales(call: OperationCall, eid: str, number: int) -> None:
    stated = StatedDay(1, date(2026, 8, number % 28 + 1), number, Decimal(number))
    sales_edit.upload_sales(call, eid, StatedSheet((stated,)))


def _regenerate_package(call: OperationCall, eid: str, number: int) -> None:
    own_packages = list(call.store.packages)
    if own_packages:
        packages.regenerate_package(call, own_packages[number % len(own_packages)].id)


def _set_fault(call: OperationCall, eid: str, number: int) -> None:
    effect = (
        Effect(evaluation=JobFault(fails=True)),
        Effect(build=JobFault(extra_seconds=number * 3600)),
        Effect(attribution_run="missed"),
        Effect(attribution_run="twice"),
        Effect(build=JobFault(fails=True)),
    )[number % 5]
    call.workspace.faults = Faults(1, (FaultRule("f", Match(fraction=0.5), effect, times=number),))


MORE_OPERATIONS = {
    "ingest": _send_summary,
    "upload": _upload_sales,
    "regenerate": _regenerate_package,
    "fault": _set_fault,
    "documentation": lambda call, eid, number: call.workspace.follow(GENERATIONS[number % 2]),
    "quirk": lambda call, eid, number: setattr(call.workspace, "quirks", Quirks(clear_sales_204=number % 2 == 0)),
    "revision": lambda call, eid, number: call.ids.next_revision(),
}
ALL_OPERATIONS: dict[str, Any] = {**OPERATION_BY_KIND, **MORE_OPERATIONS}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(ALL_OPERATIONS)), st.integers(0, 3), st.integers(1, 60), st.integers(0, 5 * 1440)),
    min_size=4,
    max_size=14,
)
"""A step is an operation, the index of an event, a number, and the minutes until the next step."""


def perform_steps(workspace: Workspace, steps: Sequence[Step]) -> None:
    """Perform operations of a partner and advance the clock after each. Errors of the platform are ignored."""
    for kind, place, number, minutes in steps:
        call = OperationCall(workspace, workspace.clock.now(), ACME, (ACME,))
        with suppress(PlatformError):
            ALL_OPERATIONS[kind](call, f"evt_{place + 1}", number)
        control_time.advance(OperationCall(workspace, workspace.clock.now()), timedelta(minutes=minutes))


def current_call(workspace: Workspace) -> OperationCall:
    """Return a call at the workspace's current time, after all due jobs were run."""
    due_jobs.run_due_jobs(workspace, workspace.clock.now())
    return OperationCall(workspace, workspace.clock.now())


def save_snapshot(workspace: Workspace) -> bytes:
    return operations.save(current_call(workspace))


def restore_snapshot(workspace: Workspace, snapshot: bytes) -> Workspace:
    operations.restore(current_call(workspace), snapshot)
    return workspace


def read_everything(workspace: Workspace) -> list[tuple[str, int, bytes]]:
    """Return everything that a partner can read over HTTP."""

    async def sign_in_and_read() -> list[tuple[str, int, bytes]]:
        driver = Driver(app.create_app(Settings(), workspace))
        await driver.sign_in()
        return await read_all_targets(driver, workspace)

    return asyncio.run(sign_in_and_read())


def jobs_without_revisions(workspace: Workspace) -> list[object]:
    """Return past and pending jobs without their revisions, which differ because they are never reused."""
    past_jobs = [(replace(past.job, generation=0), past.state) for past in workspace.jobs.past]
    return [*past_jobs, *(replace(job, generation=0) for job in workspace.jobs)]


def check_replay(before: Sequence[Step], after: Sequence[Step]) -> None:
    workspace = a_busy_workspace()
    perform_steps(workspace, before)
    snapshot, snapshot_time = save_snapshot(workspace), workspace.clock.now()
    control_time.advance(current_call(workspace), timedelta(hours=1))
    perform_steps(workspace, after)
    first_outcome = read_outcome(workspace)
    refused = [target for target, status, _ in first_outcome[0] if status != 200]
    assert all(target.startswith(CLOSED_BY_NEWER_DOCUMENTATION) for target in refused)

    restore_snapshot(workspace, snapshot)
    assert replay_from(workspace, snapshot, after) == first_outcome

    _rewind_to(workspace, snapshot_time)
    assert replay_from(workspace, snapshot, after) == first_outcome

    other_workspace = restore_snapshot(a_busy_workspace(), snapshot)
    assert replay_from(other_workspace, snapshot, after) == first_outcome


def read_outcome(workspace: Workspace) -> Outcome:
    """Return everything that the partner can read, the time, and the pending jobs."""
    return read_everything(workspace), workspace.clock.now(), jobs_without_revisions(workspace)


def replay_from(workspace: Workspace, snapshot: bytes, after: Sequence[Step]) -> Outcome:
    """Check that the workspace is in the snapshot's state, repeat the steps after it, and return the outcome."""
    assert save_snapshot(workspace) == snapshot
    control_time.advance(current_call(workspace), timedelta(hours=1))
    perform_steps(workspace, after)
    return read_outcome(workspace)


def _rewind_to(workspace: Workspace, target_time: Any) -> None:
    """Rewind to the time of the restore, which is the first checkpoint."""
    assert operations.rewind(current_call(workspace), target_time).now == target_time


EACH_OPERATION_ONCE: list[Step] = [
    (kind, place % 4, place * 7 + 3, 200) for place, kind in enumerate(sorted(ALL_OPERATIONS))
]
STEPS_WITH_PENDING_JOBS: list[Step] = [
    ("package", 0, 3, 5),
    ("settings", 0, 9, 0),
    ("ingest", 1, 5, 0),
    ("fault", 0, 1, 0),
    ("package", 2, 2, 0),
    ("sale", 0, 5, 30),
    ("clear", 0, 1, 0),
    ("sale", 1, 31, 0),
]


def test_replay_after_restore_with_every_operation() -> None:
    check_replay(EACH_OPERATION_ONCE, EACH_OPERATION_ONCE)


def test_replay_after_restore_with_pending_jobs() -> None:
    check_replay(
        STEPS_WITH_PENDING_JOBS, [("defaults", 0, 3, 41 * 1440), ("regenerate", 0, 0, 10), ("settings", 0, 4, 10)]
    )


@given(STEPS, STEPS)
@seed(4)
@settings(
    max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)
def test_replay_after_restore_over_random_histories(before: list[Step], after: list[Step]) -> None:
    check_replay(before, after)


@pytest.mark.soak
@given(STEPS, STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_replay_after_restore_over_many_histories(before: list[Step], after: list[Step]) -> None:
    check_replay(before, after)


def test_an_evaluation_from_an_undone_time_is_never_published() -> None:
    """Rule: BEV-04. Numbers of jobs are reused, but the revision of the evaluation is not."""
    workspace = a_busy_workspace()
    perform_steps(workspace, [("package", 0, 3, 5), ("settings", 0, 9, 5)])
    snapshot = save_snapshot(workspace)
    perform_steps(workspace, [("settings", 0, 7, 0)])
    undone = next(job for job in workspace.jobs if job.kind == "evaluation")
    restore_snapshot(workspace, snapshot)
    perform_steps(workspace, [("settings", 0, 8, 0)])
    anew = next(job for job in workspace.jobs if job.kind == "evaluation")
    assert anew.number == undone.number
    assert anew.generation > undone.generation
    workspace.jobs.add(replace(undone, number=10**6))
    control_time.advance(current_call(workspace), timedelta(minutes=1))
    assert workspace.store.evaluations.mapping()[undone.subject].revision < undone.generation


def test_a_comparison_of_readings_notices_a_single_row() -> None:
    one, other = a_busy_workspace(), a_busy_workspace()
    assert read_everything(one) == read_everything(other)
    perform_steps(other, [("manual", 0, 1, 0)])
    assert read_everything(one) != read_everything(other)
