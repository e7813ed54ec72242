"""The target's clock: either advanced through the control API, or real time, with jobs polled until a timeout."""

import time
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from contracts.spec.verdicts import InconclusiveError, NotApplicableError
from contracts.target.control_api import ControlApi

Seen = TypeVar("Seen")
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between two polls of a job. The older documentation advises polling at most every 10 s (RATE-01)."""
CONTROLLED_WAIT = 4 * 86_400.0
"""For how many seconds a contract waits at most if it controls the clock."""
EXPECTED_SHARE = 0.9
"""A job is first polled after this share of the shortest time that a job of its kind has taken in the run."""


class TargetClock(Protocol):
    """The target's clock, for contracts that depend on time."""

    def now(self) -> str:
        """Return the time as RFC 3339 in UTC, in seconds. Raises NotApplicableError if the clock cannot be read."""

    def advance(self, **duration: int) -> None:
        """Advance by `days=`, `hours=`, `minutes=`, `seconds=`. Raises NotApplicableError if that is not possible."""

    def wait_until(
        self, kind: str, read: Callable[[], Seen], is_done: Callable[[Seen], bool], *, at_once: bool = True
    ) -> Seen:
        """Read until `is_done`. Return the last value read.

        `kind` is the kind of job, such as `evaluation`. Unless `at_once`, the job has just been started, so the first
        read comes after a pause. Raises InconclusiveError if the job does not end in time.
        """

    def wait_for_change(
        self,
        kind: str,
        read: Callable[[], Seen],
        has_changed: Callable[[Seen], bool],
        *,
        at_once: bool = True,
        pause: float | None = None,
    ) -> Seen:
        """Read until `has_changed`, or until the job timeout. Return the last value read, which is then the new state.

        This is for jobs whose result may equal the previous one, so that their end cannot be observed. `pause` is how
        many seconds pass before the second read, or before the first unless `at_once`. Later pauses are longer. If no
        `pause` is given for a job that has just been started, the first read comes when such a job may have ended.
        """

    def wait_for_age(self, kind: str, started_at: float, age: float) -> None:
        """Wait until what was started at this monotonic time of the machine is this many seconds old.

        Raises InconclusiveError if that is longer than the timeout for this kind.
        """

    def longest_wait(self, kind: str) -> float:
        """Return for how many seconds a contract may wait for something of this kind."""


class ControlledClock:
    """The clock of a sandbox: frozen, and advanced through the control API."""

    def __init__(self, control: ControlApi) -> None:
        self._control = control
        self._first_waits: dict[float, str] = {}

    def now(self) -> str:
        """Return the workspace's time."""
        return str(self._control.get("/clock")["now"])

    def advance(self, **duration: int) -> None:
        """Advance the workspace's clock. Each job that falls due runs at its due time."""
        self._control.post("/clock/advance", duration)

    def wait_until(
        self, kind: str, read: Callable[[], Seen], is_done: Callable[[Seen], bool], *, at_once: bool = True
    ) -> Seen:
        """Run all pending jobs, then read once."""
        self._control.post("/clock/run-until-idle")
        return read()

    def wait_for_change(
        self,
        kind: str,
        read: Callable[[], Seen],
        has_changed: Callable[[Seen], bool],
        *,
        at_once: bool = True,
        pause: float | None = None,
    ) -> Seen:
        """Run all pending jobs, then read once."""
        return self.wait_until(kind, read, has_changed)

    def wait_for_age(self, kind: str, started_at: float, age: float) -> None:
        """Set the clock to this age, counted from the first wait, at which the frozen clock stands."""
        first = self._first_waits.setdefault(started_at, self.now())
        due = datetime.fromisoformat(first) + timedelta(seconds=age)
        self._control.put("/clock", {"now": due.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def longest_wait(self, kind: str) -> float:
        """Return four days, whatever the kind: from a sandbox's start, a Tuesday, to the weekend."""
        return CONTROLLED_WAIT


class PollingClock:
    """Real time. A job is polled with back-off, until the timeout in seconds that is set for its kind.

    `durations` contains the shortest time in seconds that a job of each kind has taken; the clock keeps it up to date.
    """

    def __init__(
        self,
        job_timeouts: Mapping[str, float],
        durations: MutableMapping[str, float],
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._job_timeouts = job_timeouts
        self._durations = durations
        self._monotonic = monotonic
        self._pause = pause

    def now(self) -> str:
        """Raise NotApplicableError: the clock of a real deployment cannot be read."""
        raise NotApplicableError("needs the target's clock, which only a control API can read")

    def advance(self, **duration: int) -> None:
        """Raise NotApplicableError: the clock of a real deployment cannot be moved."""
        raise NotApplicableError("needs to advance the clock, which only a control API can do")

    def wait_until(
        self, kind: str, read: Callable[[], Seen], is_done: Callable[[Seen], bool], *, at_once: bool = True
    ) -> Seen:
        """Poll until `is_done`. Raises InconclusiveError at the timeout."""
        seen = self.wait_for_change(kind, read, is_done, at_once=at_once)
        if not is_done(seen):
            raise InconclusiveError(
                f"the {kind} did not end within {self._job_timeouts[kind]:g} s (--job-timeout {kind}=SECONDS)"
            )
        return seen

    def wait_for_change(
        self,
        kind: str,
        read: Callable[[], Seen],
        has_changed: Callable[[Seen], bool],
        *,
        at_once: bool = True,
        pause: float | None = None,
    ) -> Seen:
        """Poll until `has_changed`, or until the timeout. Return the last value read."""
        started = self._monotonic()
        deadline = started + self._job_timeouts[kind]
        was_just_started = not at_once and pause is None
        pause = pause or FIRST_PAUSE
        if not at_once:
            expected = self._durations.get(kind, 0) * EXPECTED_SHARE if was_just_started else 0
            self._pause(min(max(pause, expected), self._job_timeouts[kind]))
        while not (changed := has_changed(seen := read())) and (remaining := deadline - self._monotonic()) > 0:
            self._pause(min(pause, remaining))
            pause = min(pause * 1.5, LONGEST_PAUSE)
        if was_just_started and changed:
            duration = self._monotonic() - started
            self._durations[kind] = min(duration, self._durations.get(kind, duration))
        return seen

    def wait_for_age(self, kind: str, started_at: float, age: float) -> None:
        """Wait, if that does not take longer than the timeout since the start. Raises InconclusiveError."""
        if age > self._job_timeouts[kind]:
            raise InconclusiveError(f"needs to wait {age:g} s (--job-timeout {kind}=SECONDS)")
        while (remaining := started_at + age - self._monotonic()) > 0:
            self._pause(min(remaining, LONGEST_PAUSE))

    def longest_wait(self, kind: str) -> float:
        """Return the timeout for this kind."""
        return self._job_timeouts[kind]


def machine_now() -> str:
    """Return this machine's time as RFC 3339 in UTC, in seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def machine_timestamp(seconds: float | None = None) -> str:
    """Return this machine's time, or that of a number of seconds since 1970, as RFC 3339 to the millisecond."""
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def machine_seconds() -> float:
    """Return this machine's monotonic time in seconds."""
    return time.monotonic()


def machine_pause(seconds: float) -> None:
    """Wait this many seconds, to respect the target's documented rate limits."""
    time.sleep(seconds)
