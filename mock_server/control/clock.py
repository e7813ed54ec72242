"""Moves a workspace's clock and runs the jobs that fall due on the way, each at its own due time.

These functions only move the clock: none of them starts an attribution run outside its schedule. See: JOB-01. The state
before each move is kept as a checkpoint (`state/checkpoints.py`), and the hours that a move passes over have none. A
move over many jobs runs in pieces.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_server.domain import lifecycles
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.models import Job
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.operations import bootstrap, due_jobs
from mock_server.state.clock import ClockMode
from mock_server.state.documentation import Documentation
from mock_server.state.workspace import OperationCall

MAX_ADVANCE = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class ClockAdvance:
    """The clock's new time, and the jobs that ran."""

    now: datetime
    fired: list[Job]


@dataclass(frozen=True, slots=True)
class IdleAdvance:
    """The clock's new time, the jobs that ran, the limit of the move, and whether the workspace is idle."""

    now: datetime
    fired: list[Job]
    bound: datetime
    idle: bool


@in_pieces
def set_clock(
    call: OperationCall, now: datetime | None, mode: ClockMode | None = None, speed: float | None = None
) -> Steps[datetime]:
    """Set the clock to a later time, and its mode and speed. Return the clock's time.

    Raises InvalidRequestError if `now` is earlier than the clock, or more than 3,660 days later.
    """
    new_time = call.now if now is None else now
    _require_reachable(call, new_time)
    if new_time != call.now:
        call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    call.workspace.clock.set(new_time, mode, speed)
    call.workspace.checkpoints.continue_from(new_time)
    yield from steps_of(due_jobs.run_due_jobs, call.workspace, new_time)
    return new_time


def reset(
    call: OperationCall,
    seed: int | None,
    now: datetime | None,
    mode: ClockMode | None,
    documentation: Documentation | None,
) -> OperationCall:
    """Reset the workspace to a seed and a start time, and to its initial mode, speed and quirks.

    `documentation` is the generation to follow, None for the initial one. Return an `OperationCall` at
    the new start time. Raises InvalidRequestError if the start time is too late for a world.
    """
    workspace, created_at = call.workspace, now or call.workspace.created_at
    bootstrap.require_start_time("now", created_at)
    workspace.clock.set(created_at, mode or workspace.initial_mode, workspace.initial_speed)
    bootstrap.bootstrap(workspace, workspace.ids.seed if seed is None else seed, created_at)
    if documentation is not None:
        workspace.follow(documentation)
        workspace.checkpoints.start(workspace, created_at, "reset")
    return OperationCall(workspace, created_at)


@in_pieces
def advance(call: OperationCall, duration: timedelta) -> Steps[ClockAdvance]:
    """Advance the clock. Raises InvalidRequestError for a duration of more than 3,660 days.

    The result of this function and of the next two begins with the jobs that fell due since the previous request.
    """
    _require_allowed_advance(duration)
    call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    now = lifecycles.add_duration(call.now, duration)
    return ClockAdvance(now, [*call.performed_jobs, *(yield from _move_clock(call, now))])


@in_pieces
def advance_to_next_job(call: OperationCall) -> Steps[ClockAdvance]:
    """Advance the clock to the due time of the next job. Do not move it if no job is pending."""
    call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    now = call.workspace.jobs.next_due() or call.now
    return ClockAdvance(now, [*call.performed_jobs, *(yield from _move_clock(call, now))])


@in_pieces
def run_until_idle(call: OperationCall, duration: timedelta) -> Steps[IdleAdvance]:
    """Advance the clock until only attribution runs and expiries are pending, but by `duration` at most.

    Raises InvalidRequestError for more than 3,660 days.
    """
    _require_allowed_advance(duration)
    call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    bound = lifecycles.add_duration(call.now, duration)
    now, fired, jobs = call.now, list(call.performed_jobs), call.workspace.jobs
    while (next_due := jobs.next_foreground_due()) is not None and next_due <= bound:
        now = next_due
        fired += yield from _move_clock(call, now)
    idle = next_due is None
    if not idle:
        now = bound
        fired += yield from _move_clock(call, now)
    return IdleAdvance(now, fired, bound, idle)


def _require_reachable(call: OperationCall, now: datetime) -> None:
    if now < call.now:
        prefix = call.workspace.prefix
        message = (
            f"the clock cannot be set back: use POST {prefix}/_mock/rewind to go back to a checkpoint, "
            f"or POST {prefix}/_mock/reset to reset the workspace"
        )
        raise InvalidRequestError(Problem("range", "now", message))
    if now - call.now > MAX_ADVANCE:
        raise InvalidRequestError(
            Problem("range", "now", f"must be at most {MAX_ADVANCE.days} days ahead of the clock's time")
        )


def _require_allowed_advance(duration: timedelta) -> None:
    if duration > MAX_ADVANCE:
        raise InvalidRequestError(Problem("range", "days", f"must be at most {MAX_ADVANCE.days} days in one call"))


def _move_clock(call: OperationCall, now: datetime) -> Steps[list[Job]]:
    call.workspace.clock.set(now)
    call.workspace.checkpoints.continue_from(now)
    return (yield from steps_of(due_jobs.run_due_jobs, call.workspace, now))
