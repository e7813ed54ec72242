"""Points: a workspace's whole state at one instant, and going back to it."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing
from mock_server.domain.limits import Limits, RequestKind
from mock_server.state.clock import ClockMode
from mock_server.state.job_queue import JobQueue
from mock_server.state.quirks import Quirks
from mock_server.state.store import Store

if TYPE_CHECKING:
    from mock_server.state.workspace import Workspace

MAX_CHECKPOINTS = 32
"""How many points of a workspace are kept, the first one always among them."""

CheckpointReason: TypeAlias = Literal["reset", "restore", "clock_move"]
"""What a point was kept at: one of two beginnings, or before the control API moved the clock."""

RecentRequests: TypeAlias = Mapping[tuple[RequestKind, str], deque[datetime]]

CHECKPOINTED_FIELDS = (
    "clock",
    "store",
    "jobs",
    "ids",
    "timing",
    "quirks",
    "faults",
    "limits",
    "created_at",
    "recent_requests",
)
EXCLUDED_FIELDS = (
    "name",  # who it is, and where it is reached
    "prefix",
    "world_factory",
    "key",
    "epoch",  # going back refuses no token
    "tokens",
    "initial_quirks",  # what a reset goes back to
    "initial_limits",
    "initial_timing",
    "initial_mode",
    "initial_speed",
    "checkpoints",  # themselves
    "journal",  # tells what was asked, whatever became of it
    "revenue_days_cache",  # worked out from records; forgotten when going back
)
"""A workspace's own fields are of one kind or the other; a test holds this."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A workspace's state at `now`. Its parts are its own: they are copied in and out and never change.

    What counts on for good is no part of it: the numbers of revisions, requests, tokens and the workspace's lives.
    """

    now: datetime
    mode: ClockMode
    speed: float
    seed: int
    created_at: datetime
    timing: Timing
    quirks: Quirks
    faults: Faults
    limits: Limits | None
    recent_requests: RecentRequests
    counts: Mapping[str, int]
    jobs: JobQueue
    store: Store


def capture(workspace: "Workspace", now: datetime) -> Checkpoint:
    """The state as it is; `now` is the clock's instant, and what was due by then is done."""
    return Checkpoint(
        now=now,
        mode=workspace.clock.mode,
        speed=workspace.clock.speed,
        seed=workspace.ids.seed,
        created_at=workspace.created_at,
        timing=workspace.timing,
        quirks=workspace.quirks,
        faults=workspace.faults,
        limits=workspace.limits,
        recent_requests=_copy_requests(workspace.recent_requests),
        counts=workspace.ids.counts.copy(),
        jobs=workspace.jobs.copy(),
        store=workspace.store.copy(),
    )


def restore(workspace: "Workspace", checkpoint: Checkpoint) -> None:
    """Have the workspace stand as it stood at the point, which can be gone back to again.

    Its clock goes on from there. Revisions, requests and tokens are counted on from where they are (BEV-04, BASE-06),
    and tokens of this life are judged by the clock alone (AUTH-06).
    """
    workspace.clock.set(checkpoint.now, checkpoint.mode, checkpoint.speed)
    workspace.created_at = checkpoint.created_at
    workspace.timing = checkpoint.timing
    workspace.quirks = checkpoint.quirks
    workspace.faults = checkpoint.faults
    workspace.limits = checkpoint.limits
    workspace.recent_requests = _copy_requests(checkpoint.recent_requests)
    workspace.ids.resume(checkpoint.seed, checkpoint.counts)
    workspace.jobs = checkpoint.jobs.copy()
    workspace.store = checkpoint.store.copy()
    workspace.revenue_days_cache = {}


def _copy_requests(requests: RecentRequests) -> dict[tuple[RequestKind, str], deque[datetime]]:
    return {requester: instants.copy() for requester, instants in requests.items()}


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A point that can be gone back to, and what it was kept at."""

    reason: CheckpointReason
    checkpoint: Checkpoint


class Checkpoints:
    """The points that a workspace keeps, the earliest first: its beginning, and those before its last clock moves."""

    def __init__(self) -> None:
        self._stored: tuple[StoredCheckpoint, ...] = ()

    def __iter__(self) -> Iterator[StoredCheckpoint]:
        return iter(self._stored)

    def start(self, workspace: "Workspace", now: datetime, reason: CheckpointReason) -> None:
        """Keep the state as the first point, and forget all others."""
        self._stored = (StoredCheckpoint(reason, capture(workspace, now)),)

    def record_before_move(self, workspace: "Workspace", now: datetime) -> None:
        """Keep the state before the clock moves, in place of one before another move from the same instant.

        Past the bound the oldest but the first is forgotten.
        """
        first, *later = self._stored
        remaining = [stored for stored in later if stored.checkpoint.now < now][-(MAX_CHECKPOINTS - 2) :]
        self._stored = (first, *remaining, StoredCheckpoint("clock_move", capture(workspace, now)))

    def latest_at(self, instant: datetime) -> Checkpoint | None:
        """The last point at or before an instant, or None."""
        return next((stored.checkpoint for stored in reversed(self._stored) if stored.checkpoint.now <= instant), None)

    def drop_after(self, instant: datetime) -> None:
        """Forget the points later than an instant."""
        self._stored = tuple(stored for stored in self._stored if stored.checkpoint.now <= instant)

    def copy(self) -> "Checkpoints":
        """The same points, for a fork."""
        other = Checkpoints()
        other._stored = self._stored
        return other
