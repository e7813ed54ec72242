"""Schemas of the clock, of jobs and of a reset."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.schemas import Timestamp
from mock_server.domain.models import Job, JobKind
from mock_server.http.fields import BODY_INTEGER, ClosedModel, TimestampText, closed, format_timestamp
from mock_server.state.clock import MAX_SPEED, ClockMode, WorkspaceClock
from mock_server.state.documentation import Documentation
from mock_server.state.job_queue import JobState

MAX_DAYS = 3660
SECONDS_PER_DAY = 86_400


class DurationRequest(ClosedModel):
    """A duration of at most 3,660 days: the sum of its members, each of which is zero or more."""

    days: Annotated[int, Field(ge=0, le=MAX_DAYS), BODY_INTEGER] = 0
    hours: Annotated[int, Field(ge=0, le=MAX_DAYS * 24), BODY_INTEGER] = 0
    minutes: Annotated[int, Field(ge=0, le=MAX_DAYS * 1440), BODY_INTEGER] = 0
    seconds: Annotated[int, Field(ge=0, le=MAX_DAYS * SECONDS_PER_DAY), BODY_INTEGER] = 0

    @property
    def duration(self) -> timedelta:
        """The sum of the members."""
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)


class RunUntilIdleRequest(DurationRequest):
    """The maximum duration by which the clock advances: the sum of the members, or one day if none is given."""

    @property
    def duration(self) -> timedelta:
        """The sum of the members, or one day if none is given."""
        return super().duration if self.model_fields_set else timedelta(days=1)


class ClockRequest(ClosedModel):
    """The new time, mode and speed of the clock. Omitted members do not change. `now` cannot be earlier than the clock.

    `speed` is in seconds of the workspace's clock for each second of real time.
    """

    now: Timestamp | None = None
    mode: ClockMode | None = None
    speed: Annotated[float, Field(gt=0, le=MAX_SPEED, allow_inf_nan=False, strict=True)] | None = None


class ResetRequest(ClosedModel):
    """The state to reset to. `seed` and `now` default to the workspace's current seed and start time.

    `mode` and `documentation` default to the workspace's initial ones. Its speed and quirks return to their initial
    values, except that `documentation` sets the quirks in which the generations differ.
    """

    seed: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    now: Timestamp | None = None
    mode: ClockMode | None = None
    documentation: Documentation | None = None


@closed
class ClockBody(TypedDict):
    """The clock. `speed` is in seconds of the workspace's clock for each second of real time."""

    now: TimestampText
    mode: ClockMode
    speed: float


@closed
class JobBody(TypedDict):
    """A job. `generation` is the settings revision for which an evaluation was started; it is 0 for other jobs."""

    kind: JobKind
    subject: str
    due: TimestampText
    state: JobState
    generation: int


@closed
class ClockMove(TypedDict):
    """The clock's new time, and the jobs that ran during the move, in the order in which they ran."""

    now: TimestampText
    fired: list[JobBody]


@closed
class RunUntilIdleResult(TypedDict):
    """The clock's new time, the jobs that ran, and the latest time to which the clock could move (`bound`).

    `idle` is true if only scheduled attribution runs and expiries are still pending.
    """

    now: TimestampText
    fired: list[JobBody]
    bound: TimestampText
    idle: bool


def clock_body(now: datetime, workspace_clock: WorkspaceClock) -> ClockBody:
    """Build the response body for a clock that shows the time `now`."""
    return {"now": format_timestamp(now), "mode": workspace_clock.mode, "speed": workspace_clock.speed}


def job_body(record: Job, state: JobState) -> JobBody:
    """Build the response body for a job in the given state."""
    return {
        "kind": record.kind,
        "subject": record.subject,
        "due": format_timestamp(record.due),
        "state": state,
        "generation": record.generation,
    }


def performed_job_bodies(records: list[Job]) -> list[JobBody]:
    """Build the response bodies for jobs that have run."""
    return [job_body(record, "done") for record in records]
