"""A workspace: clock, store, jobs, ids and quirks of one world; and a Call: a workspace at one instant."""

from collections import deque
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from mock_server.domain import limits
from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing, after
from mock_server.domain.limits import Kind, Limits
from mock_server.domain.models import Job, JobKind
from mock_server.domain.revenue import RevenueDay
from mock_server.state.checkpoints import Points
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.job_queue import Jobs
from mock_server.state.quirks import Quirks
from mock_server.state.request_journal import Journal
from mock_server.state.store import Store
from mock_server.state.tokens import SigningKey, Tokens
from mock_server.worlds.world import World

WorldSource = Callable[[int, date], World]
"""Gives the world of a seed and a birth date."""


class Workspace:
    """One world and its time. `life` counts its resets and never goes back; tokens name it.

    `prefix` is what its paths begin with, before those of platform and control API.
    """

    def __init__(self, name: str, clock: Clock, source: WorldSource, timing: Timing, key: SigningKey) -> None:
        self.name = name
        self.prefix = ""
        self.clock = clock
        self.source = source
        self.first_timing = self.timing = timing
        self.first_quirks = self.quirks = Quirks()
        self.first_limits: Limits | None = None
        self.first_mode, self.first_speed = clock.mode, clock.speed
        self.ids = Ids(seed=1)
        self.life = 0
        self.journal = Journal()
        self.key = key

    def start_over(self, world: World, seed: int, born: datetime) -> None:
        """Be another world: all is forgotten but the counters that never go back, and old tokens are refused."""
        self.life += 1
        self.journal.start_over()
        self.born = born
        self.quirks, self.limits, self.timing = self.first_quirks, self.first_limits, self.first_timing
        self.store = Store(world)
        self.jobs = Jobs()
        self.ids.restart(seed)
        self.faults = Faults(seed)
        self.tokens = Tokens(self.key, f"{self.name}-{self.life}")
        self.asked: dict[tuple[Kind, str], deque[datetime]] = {}
        self.kept_days: dict[str, tuple[object, tuple[RevenueDay, ...]]] = {}
        self.points = Points()

    def takes(self, kind: Kind, whose: str, now: datetime) -> bool:
        """Whether one more request of the partner or address is within the limits; always where there are none."""
        if self.limits is None:
            return True
        return limits.taken(self.asked.setdefault((kind, whose), deque()), now, self.limits.most(kind))

    def schedule(self, kind: JobKind, subject: str, due: datetime, generation: int = 0) -> None:
        """Have a job performed at its due instant."""
        self.jobs.add(Job(self.ids.number("job"), kind, subject, due, generation))

    def schedule_in(self, kind: JobKind, subject: str, start: datetime, delay: timedelta) -> None:
        """Have a job performed a delay after an instant."""
        self.schedule(kind, subject, after(start, delay))


class Call(NamedTuple):
    """A workspace at one instant, on behalf of a user who is scoped to one partner.

    `partner_id` is empty, and `groups` too, where an operation needs no sign-in. `caught_up` are the jobs
    that were due since the request before this one. `life` is the workspace's in which its token was believed, 0
    where there was none.
    """

    workspace: Workspace
    now: datetime
    partner_id: str = ""
    groups: tuple[str, ...] = ()
    caught_up: tuple[Job, ...] = ()
    life: int = 0

    @property
    def store(self) -> Store:
        """The workspace's records."""
        return self.workspace.store

    @property
    def ids(self) -> Ids:
        """The workspace's counters."""
        return self.workspace.ids

    @property
    def quirks(self) -> Quirks:
        """The sides that the workspace plays."""
        return self.workspace.quirks
