"""The worlds of one server: the default workspace, and those made beside it, found by name, dropped when idle."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mock_server.domain.errors import PlatformError, Problem
from mock_server.domain.lifecycles import Timing
from mock_server.state.clock import WorkspaceClock, machine_seconds
from mock_server.state.ids import IdGenerator
from mock_server.state.workspace import Workspace, WorldFactory

DEFAULT_NAME = "default"
WORKSPACE_PREFIX = "/w"
"""What a made workspace's paths begin with, before its name."""
DEFAULT_TTL = 3600
"""Seconds of the machine's clock that a workspace may stay idle, where its maker does not say."""
CREATE_HINT = "POST /_mock/workspaces makes one, GET /_mock/workspaces lists them"


class WorkspaceNotFoundError(PlatformError):
    """No workspace of that name: never made, deleted, or dropped when idle."""

    key = "error.workspace.not_found"


class WorkspaceConflictError(PlatformError):
    """The workspaces that there are forbid it."""

    key = "error.workspace.conflict"


@dataclass(slots=True)
class WorkspaceEntry:
    """A workspace that was made, how many seconds it may stay idle, and when it was last used."""

    workspace: Workspace
    ttl: int
    last_used: float


class WorkspaceRegistry:
    """The default workspace, which always stands, and at most `most` that were made beside it.

    `seconds` gives the machine's; idle workspaces are dropped when the server is next asked anything.
    """

    def __init__(self, default: Workspace, capacity: int, seconds: Callable[[], float] = machine_seconds) -> None:
        self.default = default
        self.capacity = capacity
        self._seconds = seconds
        self._entries: dict[str, WorkspaceEntry] = {}
        self.ids = IdGenerator(seed=0)
        self._next_expiry = float("inf")
        self._last_name_number = 0
        self._last_epoch = 0

    def __iter__(self) -> Iterator[Workspace]:
        yield self.default
        yield from (entry.workspace for entry in self._entries.values())

    def __len__(self) -> int:
        """How many were made."""
        return len(self._entries)

    def get(self, name: str) -> Workspace:
        """The workspace of that name. Raises WorkspaceNotFoundError."""
        return self.default if name == self.default.name else self._entry(name).workspace

    def use(self, name: str) -> Workspace:
        """The same, which is not idle from now on. Raises WorkspaceNotFoundError."""
        if name == self.default.name:
            return self.default
        entry = self._entry(name)
        entry.last_used = self._seconds()
        return entry.workspace

    def ttl(self, workspace: Workspace) -> int | None:
        """How many seconds the workspace may stay idle; None for the default one, which stays."""
        return None if workspace is self.default else self._entry(workspace.name).ttl

    def require_room(self, name: str | None) -> None:
        """Raises WorkspaceConflictError where one of that name, or one more, cannot be made."""
        if name == self.default.name or name in self._entries:
            hint = f"DELETE /_mock/workspaces/{name} frees the name"
            raise WorkspaceConflictError(Problem("duplicate", "name", f"there is a workspace {name} already; {hint}"))
        if len(self) >= self.capacity:
            hint = "DELETE /_mock/workspaces/{name} frees one, --max-workspaces allows more"
            raise WorkspaceConflictError(
                Problem("limit", "name", f"at most {self.capacity} workspaces may be made; {hint}")
            )

    def new_workspace(self, name: str, clock: WorkspaceClock, world_factory: WorldFactory, timing: Timing) -> Workspace:
        """A workspace that is to be born and then added.

        Its lives follow those of all that are gone: tokens of another of its name stay refused.
        """
        workspace = Workspace(name, clock, world_factory, timing, self.default.key)
        workspace.prefix = f"{WORKSPACE_PREFIX}/{name}"
        workspace.epoch = self._last_epoch
        return workspace

    def new_name(self) -> str:
        """A name that nobody has; the counter behind it never goes back."""
        self._last_name_number += 1
        while f"w{self._last_name_number}" in self._entries:
            self._last_name_number += 1
        return f"w{self._last_name_number}"

    def add(self, workspace: Workspace, ttl: int) -> None:
        """Keep a workspace that may stay idle for so many seconds."""
        self._entries[workspace.name] = WorkspaceEntry(workspace, ttl, self._seconds())
        self._next_expiry = min(self._next_expiry, self._seconds() + ttl)

    def drop(self, name: str) -> None:
        """Forget a workspace. Raises WorkspaceNotFoundError; WorkspaceConflictError for the default one."""
        if name == self.default.name:
            hint = "POST /_mock/reset starts it over"
            raise WorkspaceConflictError(Problem("default", "name", f"the default workspace stays; {hint}"))
        self._remove(self._entry(name))

    def drop_idle(self) -> None:
        """Forget those that nobody has used for their time."""
        if not self._entries or (now := self._seconds()) < self._next_expiry:
            return
        for entry in [kept for kept in self._entries.values() if kept.last_used + kept.ttl <= now]:
            self._remove(entry)
        self._next_expiry = min((kept.last_used + kept.ttl for kept in self._entries.values()), default=float("inf"))

    def _remove(self, entry: WorkspaceEntry) -> None:
        self._last_epoch = max(self._last_epoch, entry.workspace.epoch)
        del self._entries[entry.workspace.name]

    def _entry(self, name: str) -> WorkspaceEntry:
        entry = self._entries.get(name)
        if entry is None:
            raise WorkspaceNotFoundError(
                Problem("unknown", "workspace", f"there is no workspace {name}; {CREATE_HINT}")
            )
        return entry
