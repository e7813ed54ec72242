"""Moving a workspace's clock; whatever falls due on the way is performed at its own instant.

It moves time and nothing else: no call, not even here, starts the platform's attribution. Rule: JOB-01.
The state before each move is kept, to be gone back to (`state/checkpoints.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_server.domain import lifecycles
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.models import Job
from mock_server.operations import bootstrap, run_due_jobs
from mock_server.state.clock import Mode
from mock_server.state.workspace import Call

MOST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Course:
    """Where the clock went, and the jobs performed on the way."""

    now: datetime
    fired: list[Job]


@dataclass(frozen=True, slots=True)
class IdleCourse:
    """The same, with the bound that was set, and whether the workspace is idle."""

    now: datetime
    fired: list[Job]
    bound: datetime
    idle: bool


def set_clock(call: Call, now: datetime | None, mode: Mode | None, speed: float | None) -> datetime:
    """Stand at a later instant, in another mode, at another speed; answers where the clock stands.

    Raises InvalidRequest for an earlier instant.
    """
    if now is not None and now < call.now:
        control = f"{call.workspace.prefix}/_mock"
        ways = f"POST {control}/rewind goes back to a kept point, POST {control}/reset starts over"
        raise InvalidRequest(Problem("range", "now", f"the clock only goes ahead; {ways}"))
    if now is not None and now - call.now > MOST:
        raise InvalidRequest(Problem("range", "now", f"at most {MOST.days} days ahead"))
    settled = now or call.now
    if settled != call.now:
        call.workspace.points.keep(call.workspace, call.now)
    call.workspace.clock.set(settled, mode, speed)
    run_due_jobs.catch_up(call.workspace, settled)
    return settled


def reset(call: Call, seed: int | None, now: datetime | None, mode: Mode | None) -> Call:
    """Start the world over: its seed, its first instant, the mode, speed and quirks of the server's start.

    Answers a call at the new birth.
    """
    workspace, born = call.workspace, now or call.workspace.born
    workspace.clock.set(born, mode or workspace.first_mode, workspace.first_speed)
    bootstrap.begin(workspace, workspace.ids.seed if seed is None else seed, born)
    return Call(workspace, born)


def advance(call: Call, length: timedelta) -> Course:
    """Move the clock ahead. Raises InvalidRequest past 3,660 days.

    What fell due before this call, since the one before it, is told first; so it is by the two below.
    """
    if length > MOST:
        raise InvalidRequest(Problem("range", "days", f"at most {MOST.days} days a call"))
    call.workspace.points.keep(call.workspace, call.now)
    return _all(call, _go(call, lifecycles.after(call.now, length)))


def next_job(call: Call) -> Course:
    """Move the clock to the next due job; nowhere where there is none."""
    call.workspace.points.keep(call.workspace, call.now)
    return _all(call, _go(call, call.workspace.jobs.next_due() or call.now))


def run_until_idle(call: Call, length: timedelta) -> IdleCourse:
    """Move the clock until nothing is pending but scheduled runs and expiries, or to the bound, if that is first."""
    if length > MOST:
        raise InvalidRequest(Problem("range", "days", f"at most {MOST.days} days a call"))
    call.workspace.points.keep(call.workspace, call.now)
    bound = lifecycles.after(call.now, length)
    now, fired = call.now, list(call.caught_up)
    while (due_next := call.workspace.jobs.next_due_but_idle()) is not None and due_next <= bound:
        course = _go(call, due_next)
        now, fired = course.now, fired + course.fired
    idle = call.workspace.jobs.next_due_but_idle() is None
    if not idle:
        course = _go(call, bound)
        now, fired = course.now, fired + course.fired
    return IdleCourse(now, fired, bound, idle)


def _all(call: Call, course: Course) -> Course:
    return Course(course.now, [*call.caught_up, *course.fired])


def _go(call: Call, now: datetime) -> Course:
    call.workspace.clock.set(now)
    return Course(now, run_due_jobs.catch_up(call.workspace, now))
