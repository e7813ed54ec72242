"""A workspace that is read from its rows is the workspace that was written, whatever was done to it."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.control import clock
from mock_server.control.snapshots import operations as snapshots
from mock_server.domain.causes import Cause
from mock_server.domain.errors import PlatformError
from mock_server.domain.faults import Effect, FaultRule, Faults, JobFault, Match
from mock_server.domain.limits import Limits
from mock_server.domain.pieces import steps_of
from mock_server.operations import due_jobs
from mock_server.state import change_cause
from mock_server.state.workspace import OperationCall, Workspace
from tests.operations.test_time_step_independence import STEPS, a_busy_workspace, perform_step
from tests.storage.kept_workspace import KeptWorkspace, dump_everything

MANY_DAYS = 35


def _call(workspace: Workspace) -> OperationCall:
    return OperationCall(workspace, workspace.clock.now())


def _rewind(workspace: Workspace, number: int) -> None:
    snapshots.rewind(_call(workspace), workspace.clock.now() - timedelta(hours=number))


def _reset(workspace: Workspace, number: int) -> None:
    clock.reset(_call(workspace), number, None, None, "newer" if number % 2 else None)


def _advance(workspace: Workspace, number: int) -> None:
    clock.advance(_call(workspace), timedelta(hours=number * 12))


def _restore(workspace: Workspace, number: int) -> None:
    saved = snapshots.save(_call(workspace))
    clock.advance(_call(workspace), timedelta(days=number))
    snapshots.restore(_call(workspace), saved)


def _set_faults(workspace: Workspace, number: int) -> None:
    effect = Effect(evaluation=JobFault(extra_seconds=number)) if number % 2 else Effect(status=503)
    workspace.faults = Faults(number, (FaultRule("f1", Match(), effect, times=number),))


def _limit(workspace: Workspace, number: int) -> None:
    workspace.limits = Limits(number, number, number) if number % 3 else None
    workspace.admit_request("reads", f"partner_{number % 2}", workspace.clock.now())


def _run_clock(workspace: Workspace, number: int) -> None:
    workspace.clock.set(None, "running" if number % 2 else "frozen", float(number))


ACTIONS = {
    "advance": _advance,
    "rewind": _rewind,
    "reset": _reset,
    "restore": _restore,
    "faults": _set_faults,
    "limit": _limit,
    "documentation": lambda workspace, number: workspace.follow("newer" if number % 2 else "older"),
    "clock": _run_clock,
}
Action = tuple[str, int, int, int]
ALL_STEPS = st.one_of(
    STEPS, STEPS, st.tuples(st.sampled_from(sorted(ACTIONS)), st.just(0), st.integers(1, 9), st.just(0))
)


def perform(workspace: Workspace, step: Action) -> None:
    """Perform a step of a partner, or of the control API, with its cause."""
    now = workspace.clock.now()
    due_jobs.run_due_jobs(workspace, now)
    if step[0] in ACTIONS:
        try:
            ACTIONS[step[0]](workspace, step[2])
        except PlatformError:
            return
    else:
        cause: Cause = change_cause.request_cause(workspace.store, now, "request", step[0], ("PUT /x", "req-1"))
        perform_step(workspace, step, cause)


MANY_STEPS = st.lists(ALL_STEPS, min_size=1, max_size=12)
COMMITS = st.lists(st.booleans(), min_size=12, max_size=12)


@settings(max_examples=25, deadline=None)
@given(MANY_STEPS, COMMITS)
def test_a_stored_workspace_is_read_and_followed_as_it_was_written(steps: list[Action], commits: list[bool]) -> None:
    compare_after(steps, commits)


@pytest.mark.soak
@settings(max_examples=500, deadline=None)
@given(MANY_STEPS, COMMITS)
def test_many_stored_workspaces_are_read_and_followed_as_they_were_written(
    steps: list[Action], commits: list[bool]
) -> None:
    compare_after(steps, commits)


def compare_after(steps: list[Action], commits: list[bool]) -> None:
    """Compare a workspace with what is read of it, after each commit."""
    with TemporaryDirectory() as folder:
        kept = KeptWorkspace(Path(folder), a_busy_workspace())
        follower = kept.reopen()
        assert dump_everything(follower) == dump_everything(kept.workspace)
        for step, commits_now in zip(steps, commits, strict=False):
            perform(kept.workspace, step)
            if commits_now:
                kept.commit()
                follower = kept.pull(follower)
                assert dump_everything(follower) == dump_everything(kept.workspace)
        kept.commit()
        assert not kept.keeper.has_changes()
        assert dump_everything(kept.reopen()) == dump_everything(kept.workspace)
        kept.database.close()


def test_a_dropped_checkpoint_is_not_replayed() -> None:
    """The rows that only the dropped checkpoint needed have been overwritten."""
    steps: list[Action] = [("advance", 0, 4, 0), ("advance", 0, 4, 0), ("advance", 0, 1, 0), ("rewind", 0, 107, 0)]
    with TemporaryDirectory() as folder:
        kept = KeptWorkspace(Path(folder), a_busy_workspace())
        for step in steps:
            perform(kept.workspace, step)
            kept.commit()
        assert dump_everything(kept.reopen()) == dump_everything(kept.workspace)
        kept.database.close()


def test_steps_change_what_is_compared() -> None:
    workspace = a_busy_workspace()
    before = dump_everything(workspace)
    list(steps_of(clock.advance, _call(workspace), timedelta(days=MANY_DAYS)))
    assert dump_everything(workspace) != before
