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
from dataclasses import dataclass
from datetime import date

from mock_server.domain.errors import InternalError, Problem
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace, WorldFactory
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.state.workspace_registry import (
    CREATE_HINT,
    DEFAULT_NAME,
    WorkspaceConflictError,
    WorkspaceNotFoundError,
    WorkspaceRegistry,
)
from mock_server.storage import building, keeper, rows, schema, worlds
from mock_server.storage.building import Surroundings
from mock_server.storage.database import (
    Cursor,
    Database,
    StorageError,
    StorageSetupError,
    UniqueViolationError,
    explain,
)
from mock_server.storage.journals import JournalWriter
from mock_server.storage.keeper import ServerIdentity, WorkspaceKeeper
from mock_server.storage.loading import StoredRow
from mock_server.worlds.digest import digest
from mock_server.worlds.world import Source, World

MAX_MARGIN = 60
MARGIN_PART = 10
"""The margin of `expires_at`: a tenth of the idle time, but at most a minute."""
SWEEP_SECONDS = 60
"""How often expired workspaces are deleted. They are not found any more as soon as they expire."""
log = logging.getLogger("mock_server")
REQUEST_IDS_PER_START = 100_000_000
"""Each start of a server gives requests ids with numbers of its own."""


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


class StoredWorkspaces:
    """The workspaces of a database. `key` signs the tokens of all of them.

    Raises StorageSetupError if the tables are of a later version, StorageError if the database cannot be used.
    """

    def __init__(self, database: Database, sources: WorldSources, epoch_seconds: Callable[[], float]) -> None:
        schema.prepare(database)
        self.database = database
        self._sources = sources
        number = database.run_now(lambda cursor: schema.increase(cursor, "starts"))
        self._request_numbers = itertools.count((number - 1) * REQUEST_IDS_PER_START + 1)
        self.server = ServerIdentity(str(number), epoch_seconds)
        self.key = SigningKey(_provide_key(database))
        self.registry: WorkspaceRegistry
        self._next_sweep = 0.0
        self._loading = asyncio.Lock()
        self._creating = set[str]()

    def open_default(self, build: Callable[[SigningKey], Workspace], journal: Journal) -> tuple[Workspace, bool]:
        """Return the default workspace, and whether it was stored already. If it was not, `build` creates it."""
        self._journal = journal
        found = self.database.run_now(lambda cursor: keeper.read_present(cursor, DEFAULT_NAME))
        if found is not None:
            return self.database.run_now(lambda cursor: self._build(cursor, *found)), True
        workspace = build(self.key)
        try:
            self.database.run_now(lambda cursor: self._insert(cursor, workspace, None))
        except UniqueViolationError:  # another server was faster
            return self.open_default(build, journal)
        self._attach(workspace)
        return workspace, False

    def start(self, registry: WorkspaceRegistry) -> None:
        """Serve the workspaces of this registry."""
        self.registry = registry
        registry.ids.request_numbers = self._request_numbers

    async def find(self, name: str) -> tuple[Workspace, Head]:
        """Return the workspace with this name, and its row as it is now.

        Raises WorkspaceNotFoundError, StorageError.
        """
        self._require_possible(name)
        if name in self._creating:
            raise self._not_found(name)
        workspace = self.registry.find(name)
        known = None if workspace is None else self._keeper(workspace)
        if known is not None and not known.is_stale and not self.database.is_shared:
            head = known.head
        else:
            found = await self.database.run(lambda cursor: keeper.find_head(cursor, name))
            if found is None:
                self._forget(name)
                raise self._not_found(name)
            head = found
        now = self.server.epoch_seconds()
        if head.expires_at is not None and head.expires_at <= now:
            await self._delete_expired(head, now)
            raise self._not_found(name)
        if workspace is None or known is None or known.is_stale or known.head.id != head.id:
            workspace = await self._load(head)
        await self._touch(workspace, now)
        return workspace, head

    async def reopen(self, workspace: Workspace) -> Workspace:
        """Read a workspace again that another server has replaced."""
        return (await self.find(workspace.name))[0]

    async def require_exists(self, workspace: Workspace) -> None:
        """Raise WorkspaceNotFoundError if the workspace was deleted. Another one may have its name by now."""
        head = await self.database.run(lambda cursor: keeper.find_head(cursor, workspace.name))
        if head is None or not self._keeper(workspace).is_of(head):
            raise self._not_found(workspace.name)

    async def open_all(self) -> None:
        """Bring all workspaces into memory, and forget those that were deleted."""
        heads = await self.database.run(keeper.list_heads)
        names = self._present(heads)
        self._forget_others(names)
        for name in sorted(names - {DEFAULT_NAME}):
            known = self.registry.find(name)
            if known is None or self._keeper(known).is_stale:
                await self.find(name)

    async def prepare_creation(self) -> None:
        """Let the registry know the names of all workspaces, and give it an epoch that no workspace has had."""

        def read(cursor: Cursor) -> tuple[list[Head], int, int]:
            return keeper.list_heads(cursor), schema.increase(cursor, "epoch"), schema.increase(cursor, "name")

        heads, epoch, name_number = await self.database.run(read)
        for head in heads:
            await self._delete_expired(head, self.server.epoch_seconds())
        names = self._present(heads)
        self._forget_others(names)
        self.registry.others = frozenset(names - {DEFAULT_NAME})
        self.registry.continue_counters(epoch, name_number - 1)

    async def add(self, workspace: Workspace, ttl: int) -> None:
        """Store a new workspace. Raises WorkspaceConflictError if another server has created one with its name."""
        self._creating.add(workspace.name)
        try:
            await self.database.run(lambda cursor: self._insert(cursor, workspace, ttl))
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
        self._attach(workspace)

    async def delete(self, name: str) -> None:
        """Delete a workspace. Raises WorkspaceNotFoundError."""
        self._require_possible(name)
        workspace = self.registry.find(name)
        epoch = 0 if workspace is None else workspace.epoch

        def work(cursor: Cursor) -> bool:
            head = keeper.find_head(cursor, name, locks=self.database.is_shared)
            if head is None:
                return False
            schema.increase(cursor, "epoch", max(epoch, stored_epoch(cursor, head)))
            delete_rows(cursor, head.id)
            if self.database.is_shared:
                worlds.lock(cursor)
            worlds.delete_unused(cursor)
            return True

        async with self._loading:  # or a request that is reading the workspace would bring it back
            was_there = await self.database.run(work)
            self._forget(name)
        if not was_there:
            raise self._not_found(name)

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
        journal = self._keeper(workspace).journal
        if journal is None:
            raise StorageError
        return journal

    async def _load(self, head: Head) -> Workspace:
        """Read a workspace into memory. Requests that ask for it at the same time get the same one."""
        async with self._loading:
            known = self.registry.find(head.name)
            if known is not None:
                known_keeper = self._keeper(known)
                if known_keeper.head.id == head.id and not known_keeper.is_stale:
                    return known
                known_keeper.is_stale = True
            return await self._read(head.name)

    async def _read(self, name: str) -> Workspace:
        def read(cursor: Cursor) -> tuple[Workspace, int | None]:
            present = keeper.read_present(cursor, name)
            if present is None:
                raise self._not_found(name)
            return self._build(cursor, *present), present[0].ttl

        try:
            workspace, ttl = await self.database.run(read)
        except StorageSetupError as error:
            log.error("%s", error)
            raise InternalError from error
        self.registry.replace(workspace, ttl)
        return workspace

    def _build(self, cursor: Cursor, head: Head, stored: list[StoredRow]) -> Workspace:
        """Return the workspace whose rows these are. Raises StorageSetupError."""
        surroundings = Surroundings(
            self._find_world, self._sources.factory, self.key, self._journal.budget, self.server.epoch_seconds
        )
        workspace, mirror = building.build(cursor, head, stored, surroundings)
        attached = self._new_keeper(workspace, head)
        attached.mirror = mirror
        attached.journal = JournalWriter(self.database, head.id, workspace)
        with building.reporting_damage(head.name):
            attached.journal.read_all(cursor)
        return workspace

    def _find_world(self, cursor: Cursor, origin: rows.OriginPart, seed: int) -> World:
        own = self._sources.find(origin.source, seed, origin.created_at.date())
        if own is not None and digest(own) == origin.digest:
            return own
        stored = worlds.load(cursor, origin.digest, origin.source)
        if stored is None:
            raise StorageSetupError(f"the world {origin.digest} is not in the database")
        stored.cache.digest = origin.digest
        return stored

    def _insert(self, cursor: Cursor, workspace: Workspace, ttl: int | None) -> None:
        """Insert a new workspace with all of its rows."""
        now = self.server.epoch_seconds()
        expires_at = None if ttl is None else now + ttl + _margin(ttl)
        created = cursor.execute(
            "INSERT INTO workspaces (name, version, pruned_to, now, writer, ttl, expires_at, format)"
            " VALUES (?, 0, 0, '', '', ?, ?, ?) RETURNING id",
            (workspace.name, ttl, expires_at, schema.VERSION),
        )
        schema.require_usable(cursor)
        head = Head(created[0][0], workspace.name, 0, 0, "", "", ttl, expires_at)
        attached = self._new_keeper(workspace, head)
        attached.store_world(cursor, workspace.world)
        row_changes, version = attached.collect()
        head = attached.stamp(version)
        keeper.write_rows(cursor, head.id, row_changes, version)
        keeper.write_head(cursor, head, 0)
        attached.head = head

    def _new_keeper(self, workspace: Workspace, head: Head) -> WorkspaceKeeper:
        attached = WorkspaceKeeper(self.database, self.server, head, workspace)
        attached.digest, attached.stored_world = digest(workspace.world), workspace.world
        workspace.ids.request_numbers = self._request_numbers
        workspace.keeper = attached
        return attached

    def _attach(self, workspace: Workspace) -> None:
        """Let the keeper of a workspace that was stored see further changes."""
        attached = self._keeper(workspace)
        attached.mirror.watch(workspace)
        attached.journal = JournalWriter(self.database, attached.head.id, workspace)

    async def _touch(self, workspace: Workspace, now: float) -> None:
        """Restart the idle time of a workspace, and delete the workspaces that have expired."""
        known = self._keeper(workspace)
        if known.head.ttl is not None:
            expires_at = now + known.head.ttl + _margin(known.head.ttl)
            if expires_at - (known.head.expires_at or 0) > _margin(known.head.ttl):
                known.head = known.head._replace(expires_at=expires_at)
                values = expires_at, known.head.id, expires_at
                statement = "UPDATE workspaces SET expires_at = ? WHERE id = ? AND expires_at < ?"
                await self.database.run(lambda cursor: cursor.execute(statement, values))
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            for head in await self.database.run(keeper.list_heads):
                await self._delete_expired(head, now)
            await self.database.run(delete_orphans)

    async def _delete_expired(self, head: Head, now: float) -> None:
        if head.expires_at is not None and head.expires_at <= now:
            with suppress(WorkspaceNotFoundError):  # another server has deleted it
                await self.delete(head.name)

    def _keeper(self, workspace: Workspace) -> WorkspaceKeeper:
        if not isinstance(workspace.keeper, WorkspaceKeeper):
            raise StorageError
        return workspace.keeper

    def _present(self, heads: list[Head]) -> set[str]:
        now = self.server.epoch_seconds()
        return {head.name for head in heads if head.expires_at is None or head.expires_at > now}

    def _forget_others(self, names: set[str]) -> None:
        """Remove all workspaces with other names from memory."""
        for workspace in list(self.registry):
            if workspace.name not in names:
                self._forget(workspace.name)

    def _forget(self, name: str) -> None:
        workspace = None if name in self._creating else self.registry.find(name)
        if workspace is not None:
            self._keeper(workspace).is_stale = True
            self.registry.forget(name)

    def _require_possible(self, name: str) -> None:
        """Raise WorkspaceNotFoundError for a name that no workspace can have. Databases refuse some of them."""
        if not (name.isascii() and name.isprintable()):
            raise self._not_found(name)

    def _not_found(self, name: str) -> WorkspaceNotFoundError:
        return WorkspaceNotFoundError(Problem("unknown", "workspace", f"there is no workspace {name}; {CREATE_HINT}"))


def _margin(ttl: int) -> float:
    return min(MAX_MARGIN, ttl / MARGIN_PART)


def stored_epoch(cursor: Cursor, head: Head) -> int:
    """Return the stored epoch of a workspace, which another server may have increased."""
    stored = cursor.execute(
        "SELECT value FROM records WHERE workspace = ? AND kind = 'part' AND key = 'origin' AND until IS NULL",
        (head.id,),
    )
    return int(rows.decode("part", "origin", stored[0][0]).epoch) if stored else 0


def delete_rows(cursor: Cursor, workspace: int) -> None:
    """Delete all rows of a workspace."""
    for table in ("records", "journals", "journal"):
        cursor.execute(f"DELETE FROM {table} WHERE workspace = ?", (workspace,))  # noqa: S608 - constants
    cursor.execute("DELETE FROM workspaces WHERE id = ?", (workspace,))


def delete_orphans(cursor: Cursor) -> None:
    """Delete what another server has recorded of a workspace while it was deleted."""
    for table in ("journals", "journal"):
        cursor.execute(f"DELETE FROM {table} WHERE workspace NOT IN (SELECT id FROM workspaces)")  # noqa: S608


def _provide_key(database: Database) -> bytes:
    """Return the signing key of the database in PEM form. The first server generates it."""
    found = database.run_now(lambda cursor: schema.read_value(cursor, "signing_key"))
    if found is None:
        new = SigningKey().to_pem().decode()
        found = database.run_now(lambda cursor: schema.set_if_absent(cursor, "signing_key", new))
    return found.encode()
