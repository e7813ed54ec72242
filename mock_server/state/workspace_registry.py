"""The workspaces of a server: the default workspace, and created workspaces, which are dropped after idle time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mock_server.domain.errors import PlatformError, Problem
from mock_server.domain.lifecycles import Timing
from mock_server.state.clock import WorkspaceClock, machine_seconds
from mock_server.state.ids import IdGenerator
from mock_server.state.workspace import Workspace, WorldFactory

DEFAULT_NAME = "default"
WORKSPACE_PREFIX = "/w"
"""The start of the path prefix of a created workspace, which is `/w/NAME`."""
DEFAULT_TTL = 3600
"""Seconds of the machine's time that a workspace may stay idle by default."""
MAX_TTL = 365 * 86_400
"""The longest time that can be set, in seconds."""
CREATE_HINT = "POST /_mock/workspaces creates one, GET /_mock/workspaces lists them"


class WorkspaceNotFoundError(PlatformError):
    """There is no workspace with this name: it was never created, was deleted, or was dropped when idle."""

    key = "error.workspace.not_found"


class WorkspaceConflictError(PlatformError):
    """The operation conflicts with an existing workspace, or there are too many."""

    key = "error.workspace.conflict"


@dataclass(slots=True)
class WorkspaceEntry:
    """A created workspace, the seconds for which it may stay idle, and when it was last used."""

    workspace: Workspace
    ttl: int
    last_used: float


class WorkspaceRegistry:
    """The default workspace, which always exists, and at most `capacity` created workspaces.

    `seconds` returns the machine's monotonic time in seconds. Idle workspaces are dropped at the server's next request.
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
        self.others: frozenset[str] = frozenset()
        """The names of workspaces that exist in the database only."""

    def __iter__(self) -> Iterator[Workspace]:
        yield self.default
        yield from (entry.workspace for entry in self._entries.values())

    def __len__(self) -> int:
        """Return how many created workspaces there are."""
        return len(self._entries.keys() | self.others)

    def get(self, name: str) -> Workspace:
        """Return the workspace with this name. Raises WorkspaceNotFoundError."""
        return self.default if name == self.default.name else self._entry(name).workspace

    def use(self, name: str) -> Workspace:
        """Return the workspace with this name, and restart its idle time. Raises WorkspaceNotFoundError."""
        if name == self.default.name:
            return self.default
        entry = self._entry(name)
        entry.last_used = self._seconds()
        return entry.workspace

    def ttl(self, workspace: Workspace) -> int | None:
        """Return how many seconds the workspace may stay idle. None for the default workspace: it is never dropped."""
        return None if workspace is self.default else self._entry(workspace.name).ttl

    def require_room(self, name: str | None) -> None:
        """Raise WorkspaceConflictError if the name is taken or there are too many workspaces."""
        if name == self.default.name or name in self._entries or name in self.others:
            hint = f"to free the name, send DELETE /_mock/workspaces/{name}"
            raise WorkspaceConflictError(Problem("duplicate", "name", f"workspace {name} already exists; {hint}"))
        if len(self) >= self.capacity:
            hint = "delete one with DELETE /_mock/workspaces/{name}, or allow more with --max-workspaces"
            raise WorkspaceConflictError(
                Problem("limit", "name", f"at most {self.capacity} workspaces can be created; {hint}")
            )

    def new_workspace(self, name: str, clock: WorkspaceClock, world_factory: WorldFactory, timing: Timing) -> Workspace:
        """Return a new workspace, which the caller bootstraps and adds.

        Its epochs follow the epochs of all removed workspaces, so that tokens of a removed workspace with the same name
        stay invalid.
        """
        workspace = Workspace(name, clock, world_factory, timing, self.default.key)
        workspace.prefix = f"{WORKSPACE_PREFIX}/{name}"
        workspace.epoch = self._last_epoch
        workspace.job_counts = self.default.job_counts
        return workspace

    def new_name(self) -> str:
        """Return an unused name such as `w1`. The number in it is never reused."""
        self._last_name_number += 1
        while (name := f"w{self._last_name_number}") in self._entries or name in self.others:
            self._last_name_number += 1
        return f"w{self._last_name_number}"

    def find(self, name: str) -> Workspace | None:
        """Return the workspace with this name if it is in memory."""
        if name == self.default.name:
            return self.default
        entry = self._entries.get(name)
        return None if entry is None else entry.workspace

    def replace(self, workspace: Workspace, ttl: int | None) -> None:
        """Put a workspace that was read from the database in the place of the one with its name, if there is one."""
        replaced = self.find(workspace.name)
        if replaced is not None:
            replaced.journal.close()
        workspace.job_counts = self.default.job_counts
        if ttl is None:
            self.default = workspace
        else:
            self.add(workspace, ttl)

    def forget(self, name: str) -> None:
        """Remove a workspace from memory, if it is there."""
        entry = self._entries.get(name)
        if entry is not None:
            self._remove(entry)

    def continue_counters(self, last_epoch: int, last_name_number: int) -> None:
        """Let the next workspace's epoch and name follow these."""
        self._last_epoch = max(self._last_epoch, last_epoch)
        self._last_name_number = max(self._last_name_number, last_name_number)

    def add(self, workspace: Workspace, ttl: int) -> None:
        """Add a workspace that may stay idle for `ttl` seconds."""
        self._entries[workspace.name] = WorkspaceEntry(workspace, ttl, self._seconds())
        self._next_expiry = min(self._next_expiry, self._seconds() + ttl)

    def require_deletable(self, name: str) -> None:
        """Raise WorkspaceConflictError for the default workspace."""
        if name == self.default.name:
            hint = "to reset it, send POST /_mock/reset"
            raise WorkspaceConflictError(Problem("default", "name", f"the default workspace cannot be deleted; {hint}"))

    def drop(self, name: str) -> None:
        """Remove a workspace. Raises WorkspaceNotFoundError, or WorkspaceConflictError for the default workspace."""
        self.require_deletable(name)
        self._remove(self._entry(name))

    def drop_idle(self) -> None:
        """Remove the workspaces that have been idle for too long."""
        if not self._entries or (now := self._seconds()) < self._next_expiry:
            return
        for entry in [kept for kept in self._entries.values() if kept.last_used + kept.ttl <= now]:
            self._remove(entry)
        self._next_expiry = min((kept.last_used + kept.ttl for kept in self._entries.values()), default=float("inf"))

    def _remove(self, entry: WorkspaceEntry) -> None:
        self._last_epoch = max(self._last_epoch, entry.workspace.epoch)
        entry.workspace.journal.close()
        del self._entries[entry.workspace.name]

    def _entry(self, name: str) -> WorkspaceEntry:
        entry = self._entries.get(name)
        if entry is None:
            raise WorkspaceNotFoundError(
                Problem("unknown", "workspace", f"there is no workspace {name}; {CREATE_HINT}")
            )
        return entry
