"""Points: a workspace's whole state at one instant, and going back to it."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing
from mock_server.domain.limits import Kind, Limits
from mock_server.state.clock import Mode
from mock_server.state.job_queue import Jobs
from mock_server.state.quirks import Quirks
from mock_server.state.store import Store

if TYPE_CHECKING:
    from mock_server.state.workspace import Workspace

MOST = 32
"""How many points of a workspace are kept, the first one always among them."""

Why: TypeAlias = Literal["birth", "restore", "clock_move"]
"""What a point was kept at: one of two beginnings, or before the control API moved the clock."""

Asked: TypeAlias = Mapping[tuple[Kind, str], deque[datetime]]

PART_OF_A_POINT = ("clock", "store", "jobs", "ids", "timing", "quirks", "faults", "limits", "born", "asked")
NO_PART_OF_A_POINT = (
    "name",  # who it is, and where it is reached
    "prefix",
    "source",
    "key",
    "life",  # going back refuses no token
    "tokens",
    "first_quirks",  # what a reset goes back to
    "first_limits",
    "first_timing",
    "first_mode",
    "first_speed",
    "points",  # themselves
    "journal",  # tells what was asked, whatever became of it
    "kept_days",  # worked out from records; forgotten when going back
)
"""A workspace's own fields are of one kind or the other; a test holds this."""


@dataclass(frozen=True, slots=True)
class Point:
    """A workspace's state at `now`. Its parts are its own: they are copied in and out and never change.

    What counts on for good is no part of it: the numbers of revisions, requests, tokens and the workspace's lives.
    """

    now: datetime
    mode: Mode
    speed: float
    seed: int
    born: datetime
    timing: Timing
    quirks: Quirks
    faults: Faults
    limits: Limits | None
    asked: Asked
    counts: Mapping[str, int]
    jobs: Jobs
    store: Store


def taken(workspace: "Workspace", now: datetime) -> Point:
    """The state as it is; `now` is the clock's instant, and what was due by then is done."""
    return Point(
        now=now,
        mode=workspace.clock.mode,
        speed=workspace.clock.speed,
        seed=workspace.ids.seed,
        born=workspace.born,
        timing=workspace.timing,
        quirks=workspace.quirks,
        faults=workspace.faults,
        limits=workspace.limits,
        asked=_asked(workspace.asked),
        counts=workspace.ids.counts.copy(),
        jobs=workspace.jobs.copied(),
        store=workspace.store.copied(),
    )


def gone_back(workspace: "Workspace", point: Point) -> None:
    """Have the workspace stand as it stood at the point, which can be gone back to again.

    Its clock goes on from there. Revisions, requests and tokens are counted on from where they are (BEV-04, BASE-06),
    and tokens of this life are judged by the clock alone (AUTH-06).
    """
    workspace.clock.set(point.now, point.mode, point.speed)
    workspace.born = point.born
    workspace.timing = point.timing
    workspace.quirks = point.quirks
    workspace.faults = point.faults
    workspace.limits = point.limits
    workspace.asked = _asked(point.asked)
    workspace.ids.go_on(point.seed, point.counts)
    workspace.jobs = point.jobs.copied()
    workspace.store = point.store.copied()
    workspace.kept_days = {}


def _asked(asked: Asked) -> dict[tuple[Kind, str], deque[datetime]]:
    return {whose: instants.copy() for whose, instants in asked.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """A point that can be gone back to, and what it was kept at."""

    why: Why
    point: Point


class Points:
    """The points that a workspace keeps, the earliest first: its beginning, and those before its last clock moves."""

    def __init__(self) -> None:
        self._kept: tuple[Kept, ...] = ()

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept)

    def begin(self, workspace: "Workspace", now: datetime, why: Why) -> None:
        """Keep the state as the first point, and forget all others."""
        self._kept = (Kept(why, taken(workspace, now)),)

    def keep(self, workspace: "Workspace", now: datetime) -> None:
        """Keep the state before the clock moves, in place of one before another move from the same instant.

        Past the bound the oldest but the first is forgotten.
        """
        first, *later = self._kept
        stay = [kept for kept in later if kept.point.now < now][-(MOST - 2) :]
        self._kept = (first, *stay, Kept("clock_move", taken(workspace, now)))

    def last_by(self, instant: datetime) -> Point | None:
        """The last point at or before an instant, or None."""
        return next((kept.point for kept in reversed(self._kept) if kept.point.now <= instant), None)

    def forget_after(self, instant: datetime) -> None:
        """Forget the points later than an instant."""
        self._kept = tuple(kept for kept in self._kept if kept.point.now <= instant)

    def copied(self) -> "Points":
        """The same points, for a fork."""
        other = Points()
        other._kept = self._kept
        return other
