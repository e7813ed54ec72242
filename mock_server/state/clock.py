"""The clock of a workspace. Only this module reads the machine's time."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Literal, TypeAlias

ClockMode: TypeAlias = Literal["running", "frozen"]
LAST_INSTANT = datetime.max.replace(microsecond=0, tzinfo=UTC)
MAX_SPEED = 1_000_000.0


def machine_now() -> datetime:
    """Return the machine's time in UTC, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the only place


def machine_epoch() -> float:
    """Return the machine's time in seconds since 1970. Unlike `machine_seconds`, it means the same to all processes."""
    return time.time()  # noqa: TID251 - the only place


def machine_seconds() -> float:
    """Return the machine's monotonic time in seconds."""
    return time.monotonic()  # noqa: TID251 - the only place


async def machine_pause(seconds: float) -> None:
    """Wait for a number of seconds of real time, while other requests are served."""
    import asyncio

    await asyncio.sleep(seconds)  # noqa: TID251 - the only place


class WorkspaceClock:
    """A clock that is frozen, or runs at `speed` seconds for each second of real time. It never goes back by itself.

    `monotonic` returns the machine's monotonic time in seconds, and `pause` waits for a number of seconds. Tests
    replace both.
    """

    def __init__(
        self,
        now: datetime,
        mode: ClockMode = "running",
        speed: float = 1.0,
        monotonic: Callable[[], float] = machine_seconds,
        pause: Callable[[float], Awaitable[None]] = machine_pause,
    ) -> None:
        self._monotonic = monotonic
        self._pause = pause
        self.mode: ClockMode = mode
        self.speed = speed
        self._base_instant = now
        self._base_seconds = monotonic()
        self._reported, self._reported_until = now, self._base_seconds
        self._earliest = now.replace(microsecond=0)
        self.setting = 0
        """How often the clock was set, so that a change can be seen."""

    def now(self) -> datetime:
        """Return the workspace's time, without fractions of a second.

        Implements: BASE-13.
        """
        if self._monotonic() >= self._reported_until:
            exact = self.exact_now()
            self._reported = max(exact.replace(microsecond=0), self._earliest)
            self._reported_until = self._second_end(exact)
        return self._reported

    def set(self, now: datetime | None = None, mode: ClockMode | None = None, speed: float | None = None) -> None:
        """Set the time, the mode and the speed. An omitted argument leaves the present value unchanged."""
        self._base_instant = max(self.exact_now(), self._earliest) if now is None else min(now, LAST_INSTANT)
        self._base_seconds = self._monotonic()
        self._earliest = self._base_instant.replace(microsecond=0)
        self.setting += 1
        self.mode = self.mode if mode is None else mode
        self.speed = self.speed if speed is None else speed
        self._reported_until = self._base_seconds

    async def wait(self, milliseconds: int) -> bool:
        """Wait for a number of milliseconds of real time, whatever the clock's speed. Return whether it waited.

        A frozen clock does not wait.
        """
        if self.mode == "frozen":
            return False
        await self._pause(milliseconds / 1000)
        return True

    def hold_at(self, instant: datetime) -> None:
        """Report no time before this one. The clock stands there until it has caught up."""
        if instant > self._earliest:
            self._earliest = instant
            self._reported_until = -inf

    def base(self, epoch: float) -> tuple[datetime, float]:
        """Return the time to which the clock was last set, and when that was. `epoch` is the machine's time now.

        Both times of the machine are in seconds since 1970.
        """
        return self._base_instant, epoch - (self._monotonic() - self._base_seconds)

    def resume(self, base: tuple[datetime, float], epoch: float, mode: ClockMode, speed: float) -> None:
        """Go on as a clock with this `base` does, which may be of another process. It stopped at no time in between."""
        self._base_instant, set_at = base
        self._base_seconds = self._monotonic() - (epoch - set_at)
        self._earliest = self._base_instant.replace(microsecond=0)
        self.mode, self.speed = mode, speed
        self._reported_until = self._monotonic()
        self.setting += 1

    def exact_now(self) -> datetime:
        """Return the workspace's time with fractions of a second."""
        if self.mode == "frozen":
            return self._base_instant
        elapsed = (self._monotonic() - self._base_seconds) * self.speed
        left = LAST_INSTANT - self._base_instant
        return self._base_instant + timedelta(seconds=elapsed) if elapsed < left.total_seconds() else LAST_INSTANT

    def _second_end(self, exact: datetime) -> float:
        """Return the machine's monotonic time at which the second that contains `exact` ends."""
        if self.mode == "frozen":
            return inf
        next_second = (exact - self._base_instant).total_seconds() + 1 - exact.microsecond / 1_000_000
        return self._base_seconds + next_second / self.speed
