"""Moving a workspace's clock; whatever falls due on the way is performed at its own instant.

It moves time and nothing else: no call, not even here, starts the platform's attribution. Rule: JOB-01.
The state before each move is kept, to be gone back to (`state/checkpoints.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_server.domain import lifecycles
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.models import Job
from mock_server.operations import bootstrap, run_due_jobs
from mock_server.state.clock import ClockMode
from mock_server.state.workspace import OperationCall

MAX_ADVANCE = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class ClockAdvance:
    """Where the clock went, and the jobs performed on the way."""

    now: datetime
    fired: list[Job]


@dataclass(frozen=True, slots=True)
class IdleAdvance:
    """The same, with the bound that was set, and whether the workspace is idle."""

    now: datetime
    fired: list[Job]
    bound: datetime
    idle: bool


def set_clock(call: OperationCall, now: datetime | None, mode: ClockMode | None, speed: float | None) -> datetime:
    """Stand at a later instant, in another mode, at another speed; answers where the clock stands.

    Raises InvalidRequestError for an earlier instant.
    """
    if now is not None and now < call.now:
        control_path = f"{call.workspace.prefix}/_mock"
        alternatives = f"POST {control_path}/rewind goes back to a kept point, POST {control_path}/reset starts over"
        raise InvalidRequestError(Problem("range", "now", f"the clock only goes ahead; {alternatives}"))
    if now is not None and now - call.now > MAX_ADVANCE:
        raise InvalidRequestError(Problem("range", "now", f"at most {MAX_ADVANCE.days} days ahead"))
    new_time = now or call.now
    if new_time != call.now:
        call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    call.workspace.clock.set(new_time, mode, speed)
    run_due_jobs.run_due_jobs(call.workspace, new_time)
    return new_time


def reset(call: OperationCall, seed: int | None, now: datetime | None, mode: ClockMode | None) -> OperationCall:
    """Start the world over: its seed, its first instant, the mode, speed and quirks of the server's start.

    Answers a call at the new birth.
    """
    workspace, created_at = call.workspace, now or call.workspace.created_at
    workspace.clock.set(created_at, mode or workspace.initial_mode, workspace.initial_speed)
    bootstrap.bootstrap(workspace, workspace.ids.seed if seed is None else seed, created_at)
    return OperationCall(workspace, created_at)


def advance(call: OperationCall, duration: timedelta) -> ClockAdvance:
    """Move the clock ahead. Raises InvalidRequestError past 3,660 days.

    What fell due before this call, since the one before it, is told first; so it is by the two below.
    """
    if duration > MAX_ADVANCE:
        raise InvalidRequestError(Problem("range", "days", f"at most {MAX_ADVANCE.days} days a call"))
    call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    return _include_earlier_jobs(call, _move_clock(call, lifecycles.add_duration(call.now, duration)))


def advance_to_next_job(call: OperationCall) -> ClockAdvance:
    """Move the clock to the next due job; nowhere where there is none."""
    call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    return _include_earlier_jobs(call, _move_clock(call, call.workspace.jobs.next_due() or call.now))


def run_until_idle(call: OperationCall, duration: timedelta) -> IdleAdvance:
    """Move the clock until nothing is pending but scheduled runs and expiries, or to the bound, if that is first."""
    if duration > MAX_ADVANCE:
        raise InvalidRequestError(Problem("range", "days", f"at most {MAX_ADVANCE.days} days a call"))
    call.workspace.checkpoints.record_before_move(call.workspace, call.now)
    bound = lifecycles.add_duration(call.now, duration)
    now, fired = call.now, list(call.performed_jobs)
    while (next_due := call.workspace.jobs.next_foreground_due()) is not None and next_due <= bound:
        step = _move_clock(call, next_due)
        now, fired = step.now, fired + step.fired
    idle = call.workspace.jobs.next_foreground_due() is None
    if not idle:
        step = _move_clock(call, bound)
        now, fired = step.now, fired + step.fired
    return IdleAdvance(now, fired, bound, idle)


def _include_earlier_jobs(call: OperationCall, result: ClockAdvance) -> ClockAdvance:
    return ClockAdvance(result.now, [*call.performed_jobs, *result.fired])


def _move_clock(call: OperationCall, now: datetime) -> ClockAdvance:
    call.workspace.clock.set(now)
    return ClockAdvance(now, run_due_jobs.run_due_jobs(call.workspace, now))
