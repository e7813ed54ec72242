"""The workspaces of a database: which exist, and how they are created, read and deleted.

How it works. The registry in memory has the workspaces that this server has used. `find` is called by each request. If
the database is shared, it reads the workspace's row, which tells whether the workspace still exists and whether another
server has changed it. A workspace that is not in memory, or is stale, is read from its rows.

A workspace without requests expires. `expires_at` is written with a margin of a tenth of its time, a minute at most, so
that few requests have to write it: a workspace lives up to that much longer than its `ttl`, and never shorter.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakValueDictionary

from mock_server.domain.errors import InternalError, Problem
from mock_server.state.journal_budget import JournalBudget
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.state.workspace_registry import (
    CREATE_HINT,
    DEFAULT_NAME,
    WorkspaceConflictError,
    WorkspaceNotFoundError,
    WorkspaceRegistry,
)
from mock_server.storage import deleting, heads, schema
from mock_server.storage.database import (
    Cursor,
    Database,
    OpenTransaction,
    StorageError,
    StorageSetupError,
    UniqueViolationError,
    begin,
    explain,
)
from mock_server.storage.deleting import ContentCleaner
from mock_server.storage.journals import JournalWriter
from mock_server.storage.keeper import WorkspaceKeeper
from mock_server.storage.opening import WorkspaceOpener, WorldSources, keeper_of
from mock_server.storage.server_identity import ServerIdentity

MAX_MARGIN = 60
MARGIN_PART = 10
"""The margin of `expires_at`: a tenth of the idle time, but at most a minute."""
SWEEP_SECONDS = 60
"""How often expired workspaces are deleted. They are not found any more as soon as they expire."""
log = logging.getLogger("mock_server")
REQUEST_IDS_PER_START = 100_000_000
"""Each start of a server gives requests ids with numbers of its own."""


class StoredWorkspaces:
    """The workspaces of a database. `key` signs the tokens of all of them.

    Raises StorageSetupError if the tables are of a later version, StorageError if the database cannot be used.
    """

    def __init__(self, database: Database, sources: WorldSources, epoch_seconds: Callable[[], float]) -> None:
        schema.prepare(database)
        self.database = database
        number = database.run_now(lambda cursor: schema.increase(cursor, "starts"))
        self.server = ServerIdentity(str(number), epoch_seconds)
        self.key = SigningKey(_provide_key(database))
        self.registry: WorkspaceRegistry
        self._cleaner = ContentCleaner(database)
        request_numbers = itertools.count((number - 1) * REQUEST_IDS_PER_START + 1)
        self._opener = WorkspaceOpener(
            database, self.server, sources, self.key, self._cleaner, request_numbers, JournalBudget()
        )
        self._next_sweep = 0.0
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._creating = set[str]()
        if not database.is_shared:  # else another server may be writing a content
            database.run_now(deleting.delete_unused_contents)

    def open_default(self, build: Callable[[SigningKey], Workspace], journal: Journal) -> tuple[Workspace, bool]:
        """Return the default workspace, and whether it was stored already. If it was not, `build` creates it."""
        self._opener.budget = journal.budget
        found = self._opener.read_now(DEFAULT_NAME)
        if found is not None:
            return found, True
        workspace = build(self.key)
        attached = self._opener.new_keeper(workspace, _unstored(DEFAULT_NAME))
        try:
            attached.insert_now()
        except UniqueViolationError:  # another server was faster
            return self.open_default(build, journal)
        self._opener.connect(workspace)
        return workspace, False

    def start(self, registry: WorkspaceRegistry) -> None:
        """Serve the workspaces of this registry."""
        self.registry = registry
        registry.ids.request_numbers = self._opener.request_numbers

    async def find(self, name: str) -> tuple[Workspace, Head]:
        """Return the workspace with this name, and its row as it is now.

        Raises WorkspaceNotFoundError, StorageError.
        """
        self._require_possible(name)
        if name in self._creating:
            raise self._not_found(name)
        workspace = self.registry.find(name)
        known = None if workspace is None else keeper_of(workspace)
        if known is not None and not known.is_stale and not self.database.is_shared:
            head = known.head
        else:
            head = await self._read_head(name, known)
        now = self.server.epoch_seconds()
        if head.expires_at is not None and head.expires_at <= now:
            await self._delete_expired(head, now)
            raise self._not_found(name)
        if workspace is None or known is None or known.is_stale or known.head.id != head.id:
            workspace = await self._load(head)
        await self._touch(workspace, now)
        return workspace, head

    async def _read_head(self, name: str, known: WorkspaceKeeper | None) -> Head:
        """Return the row of a workspace. What is known of it becomes stale if the database has lost it."""
        before = None if known is None else known.head
        if self.database.is_shared:
            timed = await self.database.run(lambda cursor: heads.find_with_time(cursor, name))
            if timed is not None:
                self.server.note_time(timed[1])
            found = None if timed is None else timed[0]
        else:
            found = await self.database.run(lambda cursor: heads.find_head(cursor, name))
        if found is None:
            self._forget(name)
            raise self._not_found(name)
        if known is not None and before is not None:
            known.distrust(before, found)
        return found

    async def reopen(self, workspace: Workspace) -> Workspace:
        """Read a workspace again that another server has replaced. The caller holds its turn.

        It is locked then, so that no other server can replace it again before the caller acts. It is not if its turn is
        another one, because it was deleted and created again. Raises WorkspaceNotFoundError, StorageError.
        """
        name, known = workspace.name, self.registry.find(workspace.name)
        if not self.database.is_shared or known is None or known.turn is not workspace.turn:
            return (await self.find(name))[0]
        async with self._loading_of(name):
            keeper_of(known).is_stale = True
            transaction, _ = await begin(self.database, lambda cursor: heads.find_head(cursor, name, locks=True))
            try:
                return await self._read(name, transaction)
            except BaseException:
                await transaction.rollback()
                raise

    async def require_exists(self, workspace: Workspace) -> None:
        """Raise WorkspaceNotFoundError if the workspace was deleted. Another one may have its name by now."""
        head = await self.database.run(lambda cursor: heads.find_head(cursor, workspace.name))
        if head is None or not keeper_of(workspace).is_of(head):
            raise self._not_found(workspace.name)

    async def open_all(self) -> None:
        """Bring all workspaces into memory, and forget those that were deleted."""
        names = self._present(await self.database.run(heads.list_heads))
        self._forget_others(names)
        for name in sorted(names - {DEFAULT_NAME}):
            known = self.registry.find(name)
            if known is None or keeper_of(known).is_stale:
                await self.find(name)

    async def prepare_creation(self) -> None:
        """Let the registry know the names of all workspaces, and give it an epoch that no workspace has had."""

        def read(cursor: Cursor) -> tuple[list[Head], int, int]:
            return heads.list_heads(cursor), schema.increase(cursor, "epoch"), schema.increase(cursor, "name")

        found, epoch, name_number = await self.database.run(read)
        for head in found:
            await self._delete_expired(head, self.server.epoch_seconds())
        names = self._present(found)
        self._forget_others(names)
        self.registry.others = frozenset(names - {DEFAULT_NAME})
        self.registry.continue_counters(epoch, name_number - 1)

    async def add(self, workspace: Workspace, ttl: int) -> None:
        """Store a new workspace. Raises WorkspaceConflictError if another server has created one with its name."""
        self._creating.add(workspace.name)
        workspace.turn.hold()  # nobody acts in it before it is stored
        expires_at = self.server.epoch_seconds() + ttl + _margin(ttl)
        attached = self._opener.new_keeper(workspace, _unstored(workspace.name, ttl, expires_at))
        try:
            await attached.insert()
        except UniqueViolationError:
            self.registry.forget(workspace.name)
            delete = f"DELETE /_mock/workspaces/{workspace.name}"
            message = f"workspace {workspace.name} already exists; to free the name, send {delete}"
            raise WorkspaceConflictError(Problem("duplicate", "name", message)) from None
        except BaseException:
            self.registry.forget(workspace.name)
            raise
        finally:
            self._creating.discard(workspace.name)
            workspace.turn.release()
        self._opener.connect(workspace)

    async def delete(self, name: str) -> None:
        """Delete a workspace. Raises WorkspaceNotFoundError."""
        self._require_possible(name)
        workspace = self.registry.find(name)
        epoch, is_shared = 0 if workspace is None else workspace.epoch, self.database.is_shared
        async with self._loading_of(name):  # or a request that is reading the workspace would bring it back
            deleted = await self.database.run(lambda cursor: deleting.delete(cursor, name, epoch, is_shared))
            self._forget(name)
        if deleted is None:
            raise self._not_found(name)
        self.server.known_digests.difference_update(deleted.worlds)
        if deleted.content is not None:
            self._cleaner.add(deleted.content)

    def close(self) -> None:
        """Write what was recorded last, and close the database."""
        try:
            for workspace in self.registry:
                self.journal_of(workspace).write_now()
        except StorageError as error:
            log.error("the last recorded requests are lost: %s", explain(error))
        self.database.close()

    async def is_ready(self) -> bool:
        """Return whether the database answers, and its tables are those of this version."""
        try:
            version = await self.database.read_beside(lambda cursor: schema.read_value(cursor, "version"))
        except StorageError:
            return False
        return version == str(schema.VERSION)

    def journal_of(self, workspace: Workspace) -> JournalWriter:
        """Return what writes the journal of a workspace. Raises StorageError."""
        journal = keeper_of(workspace).journal
        if journal is None:
            raise StorageError
        return journal

    def _loading_of(self, name: str) -> asyncio.Lock:
        """Return the lock under which the workspace with this name is read."""
        return self._loading.setdefault(name, asyncio.Lock())

    async def _load(self, head: Head) -> Workspace:
        """Read a workspace into memory. Requests that ask for it at the same time get the same one."""
        async with self._loading_of(head.name):
            known = self.registry.find(head.name)
            if known is not None:
                known_keeper = keeper_of(known)
                if known_keeper.head.id == head.id and not known_keeper.is_stale:
                    return known
                known_keeper.is_stale = True
            return await self._read(head.name)

    async def _read(self, name: str, transaction: OpenTransaction | None = None) -> Workspace:
        try:
            workspace = await self._opener.read(name, transaction)
        except StorageSetupError as error:
            log.error("%s", error)
            raise InternalError from error
        if workspace is None:
            raise self._not_found(name)
        replaced = self.registry.find(name)
        if replaced is not None:  # who waits in the replaced one goes on waiting, in the same order
            workspace.turn = replaced.turn
        self.registry.replace(workspace, keeper_of(workspace).head.ttl)
        return workspace

    async def _touch(self, workspace: Workspace, now: float) -> None:
        """Restart the idle time of a workspace, and delete the workspaces that have expired."""
        known = keeper_of(workspace)
        if known.head.ttl is not None:
            expires_at = now + known.head.ttl + _margin(known.head.ttl)
            if expires_at - (known.head.expires_at or 0) > _margin(known.head.ttl):
                known.head = known.head._replace(expires_at=expires_at)
                values = expires_at, known.head.id, expires_at
                statement = "UPDATE workspaces SET expires_at = ? WHERE id = ? AND expires_at < ?"
                await self.database.run(lambda cursor: cursor.execute(statement, values))
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            for head in await self.database.run(heads.list_heads):
                await self._delete_expired(head, now)
            await self.database.run(deleting.delete_journal_orphans)

    async def _delete_expired(self, head: Head, now: float) -> None:
        if head.expires_at is not None and head.expires_at <= now:
            with suppress(WorkspaceNotFoundError):  # another server has deleted it
                await self.delete(head.name)

    def _present(self, found: list[Head]) -> set[str]:
        now = self.server.epoch_seconds()
        return {head.name for head in found if head.expires_at is None or head.expires_at > now}

    def _forget_others(self, names: set[str]) -> None:
        """Remove all workspaces with other names from memory."""
        for workspace in list(self.registry):
            if workspace.name not in names:
                self._forget(workspace.name)

    def _forget(self, name: str) -> None:
        workspace = None if name in self._creating else self.registry.find(name)
        if workspace is not None:
            keeper_of(workspace).is_stale = True
            self.registry.forget(name)

    def _require_possible(self, name: str) -> None:
        """Raise WorkspaceNotFoundError for a name that no workspace can have. Databases refuse some of them."""
        if not (name.isascii() and name.isprintable()):
            raise self._not_found(name)

    def _not_found(self, name: str) -> WorkspaceNotFoundError:
        return WorkspaceNotFoundError(Problem("unknown", "workspace", f"there is no workspace {name}; {CREATE_HINT}"))


def _margin(ttl: int) -> float:
    return min(MAX_MARGIN, ttl / MARGIN_PART)


def _unstored(name: str, ttl: int | None = None, expires_at: float | None = None) -> Head:
    """Return the row of a workspace that is not stored yet."""
    return Head(0, name, 0, 0, "", "", ttl, expires_at, 0)


def _provide_key(database: Database) -> bytes:
    """Return the signing key of the database in PEM form. The first server generates it."""
    found = database.run_now(lambda cursor: schema.read_value(cursor, "signing_key"))
    if found is None:
        new = SigningKey().to_pem().decode()
        found = database.run_now(lambda cursor: schema.set_if_absent(cursor, "signing_key", new))
    return found.encode()
