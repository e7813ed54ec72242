"""The worlds of one server: the default workspace, and those made beside it, found by name, dropped when idle."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mock_server.domain.errors import PlatformError, Problem
from mock_server.domain.lifecycles import Timing
from mock_server.state.clock import Clock, machine_seconds
from mock_server.state.ids import Ids
from mock_server.state.workspace import Workspace, WorldSource

DEFAULT = "default"
PREFIX = "/w"
"""What a made workspace's paths begin with, before its name."""
TTL = 3600
"""Seconds of the machine's clock that a workspace may stay idle, where its maker does not say."""
HOW_TO_MAKE = "POST /_mock/workspaces makes one, GET /_mock/workspaces lists them"


class WorkspaceNotFound(PlatformError):
    """No workspace of that name: never made, deleted, or dropped when idle."""

    key = "error.workspace.not_found"


class WorkspaceConflict(PlatformError):
    """The workspaces that there are forbid it."""

    key = "error.workspace.conflict"


@dataclass(slots=True)
class Kept:
    """A workspace that was made, how many seconds it may stay idle, and when it was last used."""

    workspace: Workspace
    ttl: int
    used: float


class Workspaces:
    """The default workspace, which always stands, and at most `most` that were made beside it.

    `seconds` gives the machine's; idle workspaces are dropped when the server is next asked anything.
    """

    def __init__(self, default: Workspace, most: int, seconds: Callable[[], float] = machine_seconds) -> None:
        self.default = default
        self.most = most
        self._seconds = seconds
        self._made: dict[str, Kept] = {}
        self.ids = Ids(seed=0)
        self._nobody_before = float("inf")
        self._given = 0
        self._last_life = 0

    def __iter__(self) -> Iterator[Workspace]:
        yield self.default
        yield from (kept.workspace for kept in self._made.values())

    def __len__(self) -> int:
        """How many were made."""
        return len(self._made)

    def get(self, name: str) -> Workspace:
        """The workspace of that name. Raises WorkspaceNotFound."""
        return self.default if name == self.default.name else self._kept(name).workspace

    def use(self, name: str) -> Workspace:
        """The same, which is not idle from now on. Raises WorkspaceNotFound."""
        if name == self.default.name:
            return self.default
        kept = self._kept(name)
        kept.used = self._seconds()
        return kept.workspace

    def ttl(self, workspace: Workspace) -> int | None:
        """How many seconds the workspace may stay idle; None for the default one, which stays."""
        return None if workspace is self.default else self._kept(workspace.name).ttl

    def require_room(self, name: str | None) -> None:
        """Raises WorkspaceConflict where one of that name, or one more, cannot be made."""
        if name == self.default.name or name in self._made:
            free = f"DELETE /_mock/workspaces/{name} frees the name"
            raise WorkspaceConflict(Problem("duplicate", "name", f"there is a workspace {name} already; {free}"))
        if len(self) >= self.most:
            free = "DELETE /_mock/workspaces/{name} frees one, --max-workspaces allows more"
            raise WorkspaceConflict(Problem("limit", "name", f"at most {self.most} workspaces may be made; {free}"))

    def new(self, name: str, clock: Clock, source: WorldSource, timing: Timing) -> Workspace:
        """A workspace that is to be born and then added.

        Its lives follow those of all that are gone: tokens of another of its name stay refused.
        """
        workspace = Workspace(name, clock, source, timing, self.default.key)
        workspace.prefix = f"{PREFIX}/{name}"
        workspace.life = self._last_life
        return workspace

    def new_name(self) -> str:
        """A name that nobody has; the counter behind it never goes back."""
        self._given += 1
        while f"w{self._given}" in self._made:
            self._given += 1
        return f"w{self._given}"

    def add(self, workspace: Workspace, ttl: int) -> None:
        """Keep a workspace that may stay idle for so many seconds."""
        self._made[workspace.name] = Kept(workspace, ttl, self._seconds())
        self._nobody_before = min(self._nobody_before, self._seconds() + ttl)

    def drop(self, name: str) -> None:
        """Forget a workspace. Raises WorkspaceNotFound; WorkspaceConflict for the default one."""
        if name == self.default.name:
            reset = "POST /_mock/reset starts it over"
            raise WorkspaceConflict(Problem("default", "name", f"the default workspace stays; {reset}"))
        self._forget(self._kept(name))

    def drop_idle(self) -> None:
        """Forget those that nobody has used for their time."""
        if not self._made or (now := self._seconds()) < self._nobody_before:
            return
        for kept in [kept for kept in self._made.values() if kept.used + kept.ttl <= now]:
            self._forget(kept)
        self._nobody_before = min((kept.used + kept.ttl for kept in self._made.values()), default=float("inf"))

    def _forget(self, kept: Kept) -> None:
        self._last_life = max(self._last_life, kept.workspace.life)
        del self._made[kept.workspace.name]

    def _kept(self, name: str) -> Kept:
        kept = self._made.get(name)
        if kept is None:
            raise WorkspaceNotFound(Problem("unknown", "workspace", f"there is no workspace {name}; {HOW_TO_MAKE}"))
        return kept
