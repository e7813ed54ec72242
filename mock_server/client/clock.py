"""The clock of a workspace."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from mock_server.client.connection import AwaitingPart, BlockingPart, Place
from mock_server.client.json_values import parse_duration, parse_time
from mock_server.client.operation import ControlRequest, operation, reading
from mock_server.client.options import ClockOptions, Duration

if TYPE_CHECKING:
    from mock_server.client.responses import ClockMove, ClockMoveUntilIdle, ClockState

Body = TypeVar("Body")


class ClockOperations:
    """The operations of the clock. Jobs on the way are performed, each at its own due time."""

    _place: Place

    @reading("getClock")
    def now(self) -> ControlRequest[datetime]:
        """The clock's time, as an aware datetime."""
        return ControlRequest("GET", "/clock", lambda body: parse_time(self._note(body)["now"]))

    @operation("getClock")
    def read(self) -> "ControlRequest[ClockState]":
        """Return the time, the mode and the speed."""
        return ControlRequest("GET", "/clock", self._note)

    @operation("setClock")
    def set(self, **options: Unpack[ClockOptions]) -> "ControlRequest[ClockState]":
        """Set the time (only forward), the mode or the speed. What is left out does not change."""
        return ControlRequest("PUT", "/clock", self._note, options)

    @operation("setClock")
    def freeze(self) -> "ControlRequest[ClockState]":
        """Stop the clock."""
        return ControlRequest("PUT", "/clock", self._note, {"mode": "frozen"})

    @operation("setClock")
    def run(self, speed: float | None = None) -> "ControlRequest[ClockState]":
        """Let the clock run. `speed` is in seconds of the clock for each second of real time."""
        options: ClockOptions = {"mode": "running"}
        if speed is not None:
            options["speed"] = speed
        return ControlRequest("PUT", "/clock", self._note, options)

    @operation("advanceClock")
    def advance(self, by: timedelta | str | None = None, **duration: Unpack[Duration]) -> "ControlRequest[ClockMove]":
        """Advance the clock by a duration: `advance(days=1, hours=2)`, a timedelta, or a text such as "1d2h".

        Return the new time, and the jobs that ran.
        """
        return ControlRequest("POST", "/clock/advance", self._note, _add(by, duration))

    @operation("advanceToNextJob")
    def next(self) -> "ControlRequest[ClockMove]":
        """Advance the clock to the next due job. Return the new time, and the jobs that ran."""
        return ControlRequest("POST", "/clock/next", self._note)

    @operation("runUntilIdle")
    def run_until_idle(
        self, within: timedelta | str | None = None, **duration: Unpack[Duration]
    ) -> "ControlRequest[ClockMoveUntilIdle]":
        """Advance the clock until only attribution runs and expiries are pending, by at most a day by default."""
        body = _add(within, duration) if within is not None or duration else None
        return ControlRequest("POST", "/clock/run-until-idle", self._note, body)

    def _note(self, body: Any) -> Any:
        """Remember the time of a response, so that clients sign in again when it has passed their tokens."""
        self._place.state.now = parse_time(body["now"])
        return body


def _add(value: timedelta | str | None, duration: Duration) -> Duration:
    """Add a duration to that of named arguments."""
    return duration if value is None else {**duration, "seconds": duration.get("seconds", 0) + parse_duration(value)}


class Clock(ClockOperations, BlockingPart):
    """The clock of a workspace."""


class AsyncClock(ClockOperations, AwaitingPart):
    """The clock of a workspace, awaited."""
