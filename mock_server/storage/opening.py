"""Reads workspaces into memory, and connects workspaces to the database.

How it works. The rows are read and decoded in a thread with a connection of its own, so that neither the event loop nor
the transactions of others wait for a large workspace. The thread makes new objects only: what workspaces share, such as
the worlds of the server and the budget of the journals, is touched on the event loop.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from mock_server.state import turn
from mock_server.state.journal_budget import JournalBudget
from mock_server.state.tokens import SigningKey
from mock_server.state.turn import Turn
from mock_server.state.workspace import Workspace, WorldFactory
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import building
from mock_server.storage.building import StoredWorkspace, Surroundings
from mock_server.storage.database import Cursor, Database, OpenTransaction, StorageError
from mock_server.storage.deleting import ContentCleaner
from mock_server.storage.journals import JournalWriter
from mock_server.storage.keeper import WorkspaceKeeper
from mock_server.storage.mirror import Mirror
from mock_server.storage.rows import OriginPart
from mock_server.storage.server_identity import ServerIdentity
from mock_server.worlds.digest import digest
from mock_server.worlds.world import Source, World


@dataclass(frozen=True, slots=True)
class WorldSources:
    """Where the server's worlds come from, by source. A server with a folder of CSV files has both."""

    by_source: dict[Source, WorldFactory]

    def find(self, source: Source, seed: int, day: date) -> World | None:
        """Return the server's own world, None if the server has no world of this source."""
        factory = self.by_source.get(source)
        return None if factory is None else factory(seed, day)

    def factory(self, world: World) -> WorldFactory:
        """Return the source of the worlds to which a workspace is reset."""
        return self.by_source.get(world.source, lambda seed, day: world)


@dataclass(slots=True)
class WorkspaceOpener:
    """Reads the workspaces of a database. `budget` bounds their journals, `key` signs their tokens.

    `request_numbers` are the numbers of all requests to the server.
    """

    database: Database
    server: ServerIdentity
    sources: WorldSources
    key: SigningKey
    cleaner: ContentCleaner
    request_numbers: Iterator[int]
    budget: JournalBudget

    async def read(self, name: str, transaction: OpenTransaction | None = None) -> Workspace | None:
        """Return a workspace as the database has it, None if there is none. Raises StorageError, StorageSetupError.

        A transaction that has locked the workspace's row becomes that of the workspace.
        """
        losses = self.database.losses
        run = self.database.read_beside if transaction is None else transaction.run
        stored = await run(lambda cursor: building.read(cursor, name))
        if stored is None:
            return None
        origin, seed = building.origin_of(stored.head, stored.rows)
        own = self.sources.find(origin.source, seed, origin.created_at.date())
        if own is not None and await turn.run(Turn(), digest, own) != origin.digest:
            own = None
        build = self._builder(stored, origin, own)
        workspace = self._adopt(stored, *await run(build))
        kept = keeper_of(workspace)
        kept.losses, kept.transaction = losses, transaction
        return workspace

    def read_now(self, name: str) -> Workspace | None:
        """Do the same while nothing else happens."""
        stored = self.database.run_now(lambda cursor: building.read(cursor, name))
        if stored is None:
            return None
        origin, seed = building.origin_of(stored.head, stored.rows)
        own = self.sources.find(origin.source, seed, origin.created_at.date())
        if own is not None and digest(own) != origin.digest:
            own = None
        return self._adopt(stored, *self.database.run_now(self._builder(stored, origin, own)))

    def _builder(
        self, stored: StoredWorkspace, origin: OriginPart, own: World | None
    ) -> Callable[[Cursor], tuple[Workspace, Mirror]]:
        """Return a function that builds a workspace. `own` is the server's own world if the workspace has it."""
        surroundings = Surroundings(self.sources.factory, self.key, self.server.epoch_seconds())

        def build(cursor: Cursor) -> tuple[Workspace, Mirror]:
            world = own or building.load_world(cursor, origin)
            return building.build(stored.head, stored.rows, world, surroundings)

        return build

    def _adopt(self, stored: StoredWorkspace, workspace: Workspace, mirror: Mirror) -> Workspace:
        """Let a workspace that was built share what the server's workspaces share."""
        attached = self.new_keeper(workspace, stored.head)
        attached.mirror, attached.stored_world = mirror, workspace.world
        attached.digest = digest(workspace.world)
        workspace.journal.join(self.budget)
        self._connect_journal(workspace, attached).add_stored(stored.journal_epoch, stored.journal)
        return workspace

    def new_keeper(self, workspace: Workspace, head: Head) -> WorkspaceKeeper:
        """Let a workspace be kept in the database."""
        attached = WorkspaceKeeper(self.database, self.server, self.cleaner, head, workspace)
        workspace.ids.request_numbers = self.request_numbers
        workspace.keeper = attached
        return attached

    def connect(self, workspace: Workspace) -> None:
        """Let the keeper of a workspace that was stored see further changes."""
        attached = keeper_of(workspace)
        attached.stored_world = workspace.world
        attached.mirror.watch(workspace)
        self._connect_journal(workspace, attached)

    def _connect_journal(self, workspace: Workspace, attached: WorkspaceKeeper) -> JournalWriter:
        """Write the workspace's journal, whose order is that of its versions, and of the database's time."""
        attached.journal = JournalWriter(
            self.database, attached.head.id, workspace, lambda: (attached.head.version, self.server.shared_seconds())
        )
        return attached.journal


def keeper_of(workspace: Workspace) -> WorkspaceKeeper:
    """Return what keeps a workspace. Raises StorageError."""
    if not isinstance(workspace.keeper, WorkspaceKeeper):
        raise StorageError
    return workspace.keeper
