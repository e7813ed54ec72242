"""Checkpoints: copies of a workspace's whole state, to which the workspace can be rewound.

How it works. A workspace keeps a checkpoint of its start, which is a reset or a restored snapshot, and a checkpoint
from before each clock move of the control API. On a running clock, it also keeps hourly checkpoints. `POST
/_mock/rewind` restores the latest checkpoint at or before a given time, and drops later checkpoints. A fork and a
snapshot use the same kind of copy: a fork restores it in another workspace, a snapshot writes it as JSON
(`snapshot.py`).

Hourly checkpoints. `next_hourly` is the first full hour after the last checkpoint or clock move. The first request at
or after it takes the checkpoint of that hour before it acts (`due_jobs.catch_up`): it performs the jobs that were due
by then, and copies the state. After a night without requests, this is the state of the evening before. A clock move
passes over hours without checkpoints, so a frozen clock never has one.

What is copied. `CheckpointedState` lists the parts of a workspace that a checkpoint contains. `EXCLUDED_FIELDS` lists
the other parts: the identity of the workspace, its initial values, the journal (which also contains requests that a
rewind has undone), and results that are computed from records. A test checks that each attribute of a workspace is in
one of the two lists.

What continues. The counters of revisions (BEV-04), request ids (BASE-06) and tokens (AUTH-06) never go back. Otherwise,
for example, a job from before a rewind could publish a result for later settings. Tokens that were issued after the
restored time stay valid until they expire.

Why it is cheap. Records are frozen, so only the collections that contain them are copied: in `capture`, and again in
`restore`. A checkpoint therefore never changes and can be restored any number of times.

What is dropped. At most `MAX_CHECKPOINTS` are kept, always including the first. Of the hourly ones, these are the
latest `MAX_HOURLY`, and of those before them the last of each of `MAX_DAILY` days; they leave room for at least half as
many clock moves. If two moves start at the same time, only the later checkpoint is kept.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing
from mock_server.domain.limits import Limits, RequestKind
from mock_server.domain.revenue import RevenueDay
from mock_server.state.clock import ClockMode, WorkspaceClock
from mock_server.state.documentation import Documentation
from mock_server.state.ids import IdGenerator
from mock_server.state.job_queue import JobQueue
from mock_server.state.quirks import Quirks
from mock_server.state.store import Store

MAX_CHECKPOINTS = 32
"""How many checkpoints a workspace keeps, always including the first."""
MAX_HOURLY, MAX_DAILY = 8, 7
"""How many of the latest hourly checkpoints are kept, and of how many days before them the last one."""
HOUR = timedelta(hours=1)
MIN_REAL_SECONDS = 60
"""How many seconds of real time are at least between two hourly checkpoints, however fast the clock runs."""
NEVER = datetime.max.replace(tzinfo=UTC)
"""A time that no clock shows."""

CheckpointReason: TypeAlias = Literal["reset", "restore", "clock_move", "hourly"]
"""Why a checkpoint was taken: after a reset, after restoring a snapshot, before a move of the clock, or every hour."""

RecentRequests: TypeAlias = dict[tuple[RequestKind, str], deque[datetime]]


@dataclass(frozen=True, slots=True)
class RequesterTimes:
    """The times at which a partner or an address has sent requests in the last minute."""

    kind: RequestKind
    requester: str
    times: tuple[datetime, ...]


class CheckpointedState(Protocol):
    """The parts of a workspace that a checkpoint contains."""

    clock: WorkspaceClock
    store: Store
    jobs: JobQueue
    ids: IdGenerator
    timing: Timing
    documentation: Documentation
    quirks: Quirks
    faults: Faults
    limits: Limits | None
    created_at: datetime
    recent_requests: RecentRequests


class RestorableState(CheckpointedState, Protocol):
    """The parts of a workspace that `restore` changes: the checkpointed state, and a cache that it clears."""

    revenue_days_cache: dict[str, tuple[object, tuple[RevenueDay, ...]]]


EXCLUDED_FIELDS = (
    "name",  # the identity of the workspace
    "keeper",
    "world",
    "prefix",
    "world_factory",
    "key",
    "_number",
    "job_counts",  # counts all jobs of the server
    "turn",  # requests wait for it, whatever the state
    "epoch",  # a restore must not invalidate tokens
    "tokens",
    "initial_documentation",  # the values to which a reset returns
    "initial_quirks",
    "initial_limits",
    "initial_timing",
    "initial_mode",
    "initial_speed",
    "checkpoints",
    "journal",  # keeps requests even if they were undone
    "revenue_days_cache",  # computed from records; cleared by a restore
)
"""The parts of a workspace that a checkpoint does not contain."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A copy of a workspace's state at `now`, which never changes.

    It does not include the counters that never go back: revisions, requests, tokens and the workspace's epoch.
    """

    now: datetime
    mode: ClockMode
    speed: float
    seed: int
    created_at: datetime
    timing: Timing
    documentation: Documentation
    quirks: Quirks
    faults: Faults
    limits: Limits | None
    recent_requests: RecentRequests
    counts: Mapping[str, int]
    jobs: JobQueue
    store: Store


def capture(workspace: CheckpointedState, now: datetime) -> Checkpoint:
    """Copy the current state. `now` is the clock's time. The jobs that are due by `now` must have run."""
    return Checkpoint(
        now=now,
        mode=workspace.clock.mode,
        speed=workspace.clock.speed,
        seed=workspace.ids.seed,
        created_at=workspace.created_at,
        timing=workspace.timing,
        documentation=workspace.documentation,
        quirks=workspace.quirks,
        faults=workspace.faults,
        limits=workspace.limits,
        recent_requests=_copy_requests(workspace.recent_requests),
        counts=workspace.ids.counts.copy(),
        jobs=workspace.jobs.copy(),
        store=workspace.store.copy(),
    )


def restore(workspace: RestorableState, checkpoint: Checkpoint) -> None:
    """Restore the checkpoint, which can be restored again later. The clock continues from the checkpoint's time.

    The counters of revisions, requests and tokens continue from their present values (BEV-04, BASE-06), and tokens of
    the current epoch stay valid until they expire (AUTH-06).
    """
    workspace.clock.set(checkpoint.now, checkpoint.mode, checkpoint.speed)
    workspace.created_at = checkpoint.created_at
    workspace.timing = checkpoint.timing
    workspace.documentation = checkpoint.documentation
    workspace.quirks = checkpoint.quirks
    workspace.faults = checkpoint.faults
    workspace.limits = checkpoint.limits
    workspace.recent_requests = _copy_requests(checkpoint.recent_requests)
    workspace.ids.resume(checkpoint.seed, checkpoint.counts)
    workspace.jobs = checkpoint.jobs.copy()
    workspace.store = checkpoint.store.copy()
    workspace.revenue_days_cache = {}


def to_recent_requests(entries: Iterable[RequesterTimes]) -> RecentRequests:
    """Return the recent requests by their kinds and requesters."""
    return {(entry.kind, entry.requester): deque(entry.times) for entry in entries}


def _copy_requests(requests: RecentRequests) -> RecentRequests:
    return {requester: times.copy() for requester, times in requests.items()}


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint that is kept, and the reason why it was taken."""

    reason: CheckpointReason
    checkpoint: Checkpoint


class Checkpoints:
    """The checkpoints of a workspace, earliest first: one for its start, the latest clock moves, and hourly ones.

    `next_hourly` is the time from which a request takes the next hourly checkpoint.
    """

    def __init__(self) -> None:
        self._stored: tuple[StoredCheckpoint, ...] = ()
        self.next_hourly = NEVER

    def __iter__(self) -> Iterator[StoredCheckpoint]:
        return iter(self._stored)

    def start(self, workspace: CheckpointedState, now: datetime, reason: CheckpointReason) -> None:
        """Take the first checkpoint and drop all others."""
        self.start_at(capture(workspace, now), reason)

    def start_at(self, checkpoint: Checkpoint, reason: CheckpointReason) -> None:
        """Keep this checkpoint as the first, and drop all others."""
        self._stored = (StoredCheckpoint(reason, checkpoint),)
        self.continue_from(checkpoint.now)

    def record_before_move(self, workspace: CheckpointedState, now: datetime) -> None:
        """Take a checkpoint before the clock moves. It replaces an existing checkpoint of the same time."""
        self._record(StoredCheckpoint("clock_move", capture(workspace, now)))

    def record_hourly(self, workspace: CheckpointedState, now: datetime) -> None:
        """Take the checkpoint of `next_hourly`. The jobs that are due by then must have run. `now` is the present."""
        self._record(StoredCheckpoint("hourly", capture(workspace, self.next_hourly)))
        self.continue_from(now, timedelta(seconds=MIN_REAL_SECONDS * workspace.clock.speed))

    def continue_from(self, now: datetime, interval: timedelta = HOUR) -> None:
        """Take the next hourly checkpoint at the first full hour after `now`, or later if the interval is longer."""
        try:
            self.next_hourly = now.replace(minute=0, second=0) + max(HOUR, interval)
        except OverflowError:
            self.next_hourly = NEVER

    def latest_at(self, at: datetime) -> Checkpoint | None:
        """Return the last checkpoint whose time is `at` or earlier, or None."""
        return next((stored.checkpoint for stored in reversed(self._stored) if stored.checkpoint.now <= at), None)

    def drop_after(self, at: datetime) -> None:
        """Drop the checkpoints after `at`, to which the clock is set."""
        self._stored = tuple(stored for stored in self._stored if stored.checkpoint.now <= at)
        self.continue_from(at)

    def replace(self, stored: tuple[StoredCheckpoint, ...]) -> None:
        """Keep these checkpoints, earliest first, instead of the present ones."""
        self._stored = stored

    def copy(self) -> "Checkpoints":
        """Return a copy with the same checkpoints, for a fork."""
        other = Checkpoints()
        other._stored, other.next_hourly = self._stored, self.next_hourly
        return other

    def _record(self, added: StoredCheckpoint) -> None:
        """Keep a checkpoint. If there are too many, drop the oldest of its kind except the first."""
        first, *later = self._stored
        later = [stored for stored in later if stored.checkpoint.now < added.checkpoint.now] + [added]
        hourly = _select_hourly([stored for stored in later if stored.reason == "hourly"])
        moves = [stored for stored in later if stored.reason != "hourly"][-(MAX_CHECKPOINTS - 1 - len(hourly)) :]
        self._stored = (first, *sorted((*hourly, *moves), key=lambda stored: stored.checkpoint.now))


def _select_hourly(hourly: Sequence[StoredCheckpoint]) -> list[StoredCheckpoint]:
    """Return the hourly checkpoints to keep: the latest ones, and of those before them the last of each day."""
    recent, older = hourly[-MAX_HOURLY:], hourly[:-MAX_HOURLY]
    last_of_day = {stored.checkpoint.now.date(): stored for stored in older}
    return [*list(last_of_day.values())[-MAX_DAILY:], *recent]
