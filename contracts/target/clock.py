"""A target's time: moved by its control API where there is one, polled where there is none."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from contracts.spec.verdicts import InconclusiveError, NotApplicableError
from contracts.target.control_api import ControlApi

Seen = TypeVar("Seen")
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Between two looks at a job, in seconds: what the platform asks of pollers at most (a package every 5 s)."""


class TargetClock(Protocol):
    """A target's time."""

    def now(self) -> str:
        """The target's instant, RFC 3339 in UTC to the second. Raises NotApplicableError where nobody tells."""

    def advance(self, **duration: int) -> None:
        """Move time by `days=`, `hours=`, `minutes=`, `seconds=`. Raises NotApplicableError where it cannot be moved."""

    def wait_until(self, kind: str, read: Callable[[], Seen], is_done: Callable[[Seen], bool]) -> Seen:
        """Look until it is done; gives what was seen last.

        `kind` is the kind of job that is waited for, such as `evaluation`. Raises Inconclusive where it does not end.
        """

    def wait_for_change(self, kind: str, read: Callable[[], Seen], has_changed: Callable[[Seen], bool]) -> Seen:
        """Look until it has changed, or until the declared time of a job is over: what is seen then is the new state.

        For jobs whose result may be the same as before, where nothing tells that they have ended.
        """


class ControlledClock:
    """Time that the suite holds in its hand: it passes when a contract says so, and not else."""

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    def now(self) -> str:
        """The world's instant."""
        return str(self._control.get("/clock")["now"])

    def advance(self, **duration: int) -> None:
        """Move the world's clock; each job on the way is performed at its own instant."""
        self._control.post("/clock/advance", duration)

    def wait_until(self, kind: str, read: Callable[[], Seen], is_done: Callable[[Seen], bool]) -> Seen:
        """Let all that is under way end, then look once: what is not done then never will be."""
        self._control.post("/clock/run-until-idle")
        return read()

    def wait_for_change(self, kind: str, read: Callable[[], Seen], has_changed: Callable[[Seen], bool]) -> Seen:
        """The same: nothing is under way afterwards."""
        return self.wait_until(kind, read, has_changed)


class PollingClock:
    """Time that passes by itself: looks with back-off, for as long as was declared."""

    def __init__(
        self,
        job_timeouts: Mapping[str, float],
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._job_timeouts = job_timeouts
        self._monotonic = monotonic
        self._pause = pause

    def now(self) -> str:
        """Nobody tells a real deployment's instant to the second."""
        raise NotApplicableError("needs a clock that can be read: the target has no control API")

    def advance(self, **duration: int) -> None:
        """Nobody moves a real deployment's time."""
        raise NotApplicableError("needs a clock that can be moved: the target has no control API")

    def wait_until(self, kind: str, read: Callable[[], Seen], is_done: Callable[[Seen], bool]) -> Seen:
        """Look, pause, look again, each pause longer than the one before."""
        seen = self.wait_for_change(kind, read, is_done)
        if not is_done(seen):
            raise InconclusiveError(f"no {kind} ended within {self._job_timeouts[kind]:g} s (--job-timeout {kind}=…)")
        return seen

    def wait_for_change(self, kind: str, read: Callable[[], Seen], has_changed: Callable[[Seen], bool]) -> Seen:
        """The same, and give what was seen last when the time is over."""
        deadline, pause = self._monotonic() + self._job_timeouts[kind], FIRST_PAUSE
        while not has_changed(seen := read()) and (remaining := deadline - self._monotonic()) > 0:
            self._pause(min(pause, remaining))
            pause = min(pause * 1.5, LONGEST_PAUSE)
        return seen


def machine_now() -> str:
    """The machine's instant, for a report's head: RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def machine_seconds() -> float:
    """Seconds of the machine that only ever grow, to tell how long something took."""
    return time.monotonic()


def machine_pause(seconds: float) -> None:
    """Wait, where a target's documented limits ask for it."""
    time.sleep(seconds)
