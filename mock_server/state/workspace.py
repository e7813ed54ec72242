"""Workspaces and calls. A workspace is one instance of the platform. A call is a workspace at one time."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple, Protocol

from mock_server.domain import limits
from mock_server.domain.causes import Cause
from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing, add_duration
from mock_server.domain.limits import Limits, RequestKind
from mock_server.domain.models import Job, JobKind
from mock_server.domain.revenue import RevenueDay
from mock_server.state.checkpoints import Checkpoints
from mock_server.state.clock import WorkspaceClock
from mock_server.state.documentation import DEFAULT_DOCUMENTATION, Documentation, build_quirks, set_profile
from mock_server.state.ids import IdGenerator
from mock_server.state.job_queue import JobQueue
from mock_server.state.quirks import Quirks
from mock_server.state.request_journal import Journal
from mock_server.state.store import Store
from mock_server.state.tokens import SigningKey, Tokens
from mock_server.state.turn import Turn
from mock_server.worlds.world import World

_numbers = count(1)
MAX_REQUESTERS = 10_000
"""For how many partners and addresses requests are counted. The one that was counted first is dropped."""
WorldFactory = Callable[[int, date], World]
"""Returns the world of a seed and a start date."""


class Keeper(Protocol):
    """Keeps a workspace in a database (`storage/`). A workspace without a keeper exists in memory only.

    `is_stale` says that the workspace does not agree with the database any more, so that it must be read again.
    `is_shared` says that other processes use the database, too, so that a request locks the workspace before it changes
    anything. `head` is the workspace's row, whose id no other workspace has or had.
    """

    is_stale: bool
    head: "WorkspaceHead"

    @property
    def is_shared(self) -> bool:
        """Whether other processes use the database, too."""

    def is_of(self, head: "WorkspaceHead") -> bool:
        """Return whether this is the row of the workspace. Another workspace may have its name by now."""

    def is_behind(self, head: "WorkspaceHead") -> bool:
        """Return whether another process has changed the workspace."""

    def refresh(self, head: "WorkspaceHead") -> Awaitable[None]:
        """Bring the workspace up to date with its row in the database."""

    def needs_lock(self) -> bool:
        """Return whether the workspace must be locked even for a request that only reads."""

    def lock(self) -> Awaitable[None]:
        """Lock the workspace against other processes, and bring it up to date."""

    def has_changes(self) -> bool:
        """Return whether a commit has something to do."""

    def commit(self) -> Awaitable[None]:
        """Write what has changed, and unlock the workspace."""

    def clear_journal(self) -> Awaitable[None]:
        """Drop all recorded requests."""

    def abandon(self) -> Awaitable[None]:
        """Drop what has changed, and unlock the workspace."""


class WorkspaceHead(NamedTuple):
    """The row of a workspace in a database.

    `version` counts its changes, and rows that ended up to version `pruned_to` may be deleted. `now` is its time at the
    last commit, and `writer` identifies that commit. `ttl` is in seconds, `expires_at` in the machine's seconds since
    1970; both are None for the default workspace. `content` is the number under which its records are stored.
    """

    id: int
    name: str
    version: int
    pruned_to: int
    now: str
    writer: str
    ttl: int | None
    expires_at: float | None
    content: int


class Workspace:
    """One instance of the platform. `epoch` counts its resets, never goes back, and is part of each token.

    `prefix` is the path prefix before the paths of the platform and the control API. `world` is the world from which
    the workspace started.
    `job_counts` counts the jobs that
    were performed, by kind; all workspaces of a server share it, and it never goes back.
    """

    def __init__(
        self, name: str, clock: WorkspaceClock, world_factory: WorldFactory, timing: Timing, key: SigningKey
    ) -> None:
        self.name = name
        self.prefix = ""
        self.clock = clock
        self.world_factory = world_factory
        self.initial_timing = self.timing = timing
        self.initial_documentation: Documentation = DEFAULT_DOCUMENTATION
        self.initial_quirks = build_quirks(DEFAULT_DOCUMENTATION, {})
        self.initial_limits: Limits | None = None
        self.initial_mode, self.initial_speed = clock.mode, clock.speed
        self.keeper: Keeper | None = None
        self.ids = IdGenerator(seed=1)
        self.epoch = 0
        self.journal = Journal()
        self.turn = Turn()
        self.job_counts: dict[str, int] = {}
        self.key = key
        self._number = next(_numbers)

    @property
    def identity(self) -> int:
        """A number that no other workspace of the server, or of its database, has or had."""
        return self._number if self.keeper is None else self.keeper.head.id

    def reset(self, world: World, seed: int, created_at: datetime) -> None:
        """Reset all state to a world, except monotonic counters. Existing tokens become invalid."""
        self.epoch += 1
        self.journal.reset()
        self.world = world
        self.created_at = created_at
        self.documentation, self.quirks = self.initial_documentation, self.initial_quirks
        self.limits, self.timing = self.initial_limits, self.initial_timing
        self.store = Store(world)
        self.jobs = JobQueue()
        self.ids.reset(seed)
        self.faults = Faults(seed)
        self.set_epoch(self.epoch)
        self.recent_requests: dict[tuple[RequestKind, str], deque[datetime]] = {}
        self.revenue_days_cache: dict[str, tuple[object, tuple[RevenueDay, ...]]] = {}
        self.checkpoints = Checkpoints()

    def set_epoch(self, epoch: int) -> None:
        """Accept only the tokens of this epoch."""
        self.epoch = epoch
        self.tokens = Tokens(self.key, f"{self.name}-{epoch}")

    def has_due(self, now: datetime) -> bool:
        """Return whether a job, or the hourly checkpoint, may be due by `now`. False is certain."""
        return now >= self.checkpoints.next_hourly or self.jobs.has_due(now)

    def follow(self, documentation: Documentation) -> None:
        """Follow a generation of the vendor's documentation: set the quirks in which the generations differ."""
        self.documentation = documentation
        self.quirks = set_profile(self.quirks, documentation)

    def admit_request(self, kind: RequestKind, requester: str, now: datetime) -> bool:
        """Count a request from a partner or an address. Return whether it is within the rate limits."""
        if self.limits is None:
            return True
        recent = self.recent_requests.get((kind, requester))
        if recent is None:
            if len(self.recent_requests) >= MAX_REQUESTERS:
                del self.recent_requests[next(iter(self.recent_requests))]
            recent = self.recent_requests[kind, requester] = deque()
        return limits.try_acquire(recent, now, self.limits.limit_for(kind))

    def schedule(self, kind: JobKind, subject: str, due: datetime, generation: int = 0) -> None:
        """Schedule a job for a due time."""
        self.jobs.add(Job(self.ids.next_number("job"), kind, subject, due, generation))

    def schedule_in(self, kind: JobKind, subject: str, start: datetime, delay: timedelta) -> None:
        """Schedule a job for a due time that is `delay` after `start`."""
        self.schedule(kind, subject, add_duration(start, delay))


class OperationCall(NamedTuple):
    """One call of an operation: a workspace at one time, on behalf of a user who is scoped to one partner.

    `partner_id` and `groups` are empty if the operation needs no sign-in. `performed_jobs` are the jobs that fell due
    since the previous request. `cause` is the cause that is recorded for the operation's writes. It is None if the
    operation only reads. `mount_path` is the path at which an outer application has mounted the server.
    """

    workspace: Workspace
    now: datetime
    partner_id: str = ""
    groups: tuple[str, ...] = ()
    performed_jobs: tuple[Job, ...] = ()
    cause: Cause | None = None
    mount_path: str = ""

    @property
    def turn(self) -> Turn:
        """The turn of the workspace, for an operation that may run long."""
        return self.workspace.turn

    @property
    def store(self) -> Store:
        """The workspace's records."""
        return self.workspace.store

    @property
    def ids(self) -> IdGenerator:
        """The workspace's counters."""
        return self.workspace.ids

    @property
    def base_path(self) -> str:
        """The prefix of the workspace's paths, as the client sees them."""
        return self.mount_path + self.workspace.prefix

    @property
    def quirks(self) -> Quirks:
        """The workspace's quirks."""
        return self.workspace.quirks
