"""Where a stream finds its workspace and the recorded requests: in memory, or in the database of several servers."""

from typing import TYPE_CHECKING, Protocol

from mock_server.control.stream import changes
from mock_server.control.stream.changes import Requests
from mock_server.operations import background_jobs
from mock_server.state.request_journal import JournalRecord
from mock_server.state.workspace import Workspace, WorkspaceHead
from mock_server.state.workspace_registry import WorkspaceNotFoundError, WorkspaceRegistry

if TYPE_CHECKING:
    from mock_server.storage.workspaces import StoredWorkspaces

NAMES_LOOKS = 4
"""After how many looks the names of the workspaces in a database are read again."""


class Source(Protocol):
    """Where one workspace is found."""

    async def bring_up_to_date(self, workspace: Workspace) -> Workspace:
        """Return the workspace with all that is due performed, when its turn has come. Nothing waits after that.

        Raises WorkspaceNotFoundError if it was deleted, even if another one has its name, and StorageError.
        """

    async def read_requests(self, workspace: Workspace, after: int) -> Requests:
        """Return the requests after a number. Raises StorageError."""

    async def read_names(self) -> frozenset[str]:
        """Return the names of all workspaces. Raises StorageError."""


class MemorySource:
    """The workspaces of a server without a database."""

    def __init__(self, registry: WorkspaceRegistry) -> None:
        self._registry = registry

    async def bring_up_to_date(self, workspace: Workspace) -> Workspace:
        """Wait for the turn, and perform what is due. The stream restarts the idle time, as a request does."""
        if self._registry.use(workspace.name) is not workspace:
            raise WorkspaceNotFoundError
        await _act(workspace)
        return workspace

    async def read_requests(self, workspace: Workspace, after: int) -> Requests:
        """Return the requests in the journal."""
        return changes.find_requests(workspace.journal, after)

    async def read_names(self) -> frozenset[str]:
        """Return the names in the registry."""
        return frozenset(workspace.name for workspace in self._registry)


class StoredSource:
    """The workspaces of a database, which other servers may share."""

    def __init__(self, stored: "StoredWorkspaces") -> None:
        self._stored = stored
        self._names: frozenset[str] = frozenset()
        self._looks = 0

    async def bring_up_to_date(self, workspace: Workspace) -> Workspace:
        """Find the workspace, read what other servers have changed, and perform what is due."""
        kept = workspace.keeper
        found, head = await self._stored.find(workspace.name)
        if kept is None or not kept.is_of(head):
            raise WorkspaceNotFoundError
        await _act(found, head)
        return found

    async def read_requests(self, workspace: Workspace, after: int) -> Requests:
        """Return the requests that all servers have recorded. One server has numbered all of its own in memory."""
        if not self._stored.database.is_shared:
            return changes.find_requests(workspace.journal, after)
        from mock_server.storage import watching

        first, last, records = await watching.read_recorded(self._stored.database, workspace, after)
        numbered = [(number, JournalRecord(*raw)) for number, raw in records]
        return Requests(numbered, last, max(0, first - after - 1))

    async def read_names(self) -> frozenset[str]:
        """Return the names in the database, which are not read at each look."""
        if self._looks % NAMES_LOOKS == 0:
            from mock_server.storage import watching

            self._names = await watching.read_names(self._stored.database, self._stored.server.epoch_seconds())
        self._looks += 1
        return self._names


async def _act(workspace: Workspace, head: WorkspaceHead | None = None) -> None:
    """Wait for the turn of the workspace, bring it up to date with its row, and perform what is due."""
    if workspace.turn.busy:
        await workspace.turn.wait(lambda: False)
    if head is not None:
        from mock_server.storage import watching

        await watching.refresh(workspace, head)
    await background_jobs.perform(workspace, workspace.clock.now())
