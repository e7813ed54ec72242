"""Keeps one workspace in the database.

How it works. The workspace in memory is as the database has it, up to `version`. A request changes the workspace in
memory, then `commit` writes what has changed in one transaction, with the next version, and only then is the request
answered. Meanwhile the request holds the workspace's turn, so nobody sees a change that may still be lost.

If several servers share the database, a request that changes something first locks the workspace's row, and brings the
workspace up to date with what the others have written (`lock`). A request that only reads compares versions
(`refresh`). The database's locks give the order; time never goes back, because each commit stores the workspace's time.

If a commit fails, the workspace in memory may be ahead of the database. It is marked as stale and dropped, and the next
request reads it anew. The request is answered with 503. If the connection was lost during the commit, nobody knows
whether it happened; then the database is asked, for `writer` tells whose commit was the last.

Old rows. Rows that ended long ago, or are many, and that no checkpoint needs are deleted as the workspace is used.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from mock_server.domain import formats
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.state import turn
from mock_server.state.clock import machine_epoch
from mock_server.state.workspace import Workspace
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import changes, loading, rows, schema, worlds
from mock_server.storage.database import Cursor, Database, OpenTransaction, Row, StorageError
from mock_server.storage.journals import JournalWriter
from mock_server.storage.loading import StoredRow
from mock_server.storage.mirror import Mirror, RowChange, State
from mock_server.worlds.digest import digest
from mock_server.worlds.world import World

KEPT_VERSIONS = 1_000
"""For how many versions a deleted row is kept, so that other servers learn of the deletion."""
PRUNE_EVERY = 256
"""After how many versions old rows are deleted."""
MAX_ENDED_ROWS = 10_000
"""After how many rows that have ended they are deleted at the latest. A server that has not seen it reads all anew."""
LOCK_ATTEMPTS = 3
"""How often a lock is tried if the database closes the connection or aborts the transaction."""
READ_ATTEMPTS = 3
"""How often a workspace is read if others change it meanwhile, the last time with a lock."""
END_ROW = "UPDATE records SET until = ? WHERE workspace = ? AND kind = ? AND key = ? AND since = ?"
OVERWRITE_ROW = (
    "UPDATE records SET since = ?, position = ?, value = ? WHERE workspace = ? AND kind = ? AND key = ? AND since = ?"
)
INSERT_ROW = "INSERT INTO records (workspace, kind, key, since, position, value) VALUES (?, ?, ?, ?, ?, ?)"
log = logging.getLogger("mock_server")
HEAD = "id, name, version, pruned_to, now, writer, ttl, expires_at"
HEAD_AND_FORMAT = f"{HEAD}, format"


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """A server among those that share the database. `epoch_seconds` returns the machine's seconds since 1970."""

    name: str
    epoch_seconds: Callable[[], float] = machine_epoch


class WorkspaceKeeper:
    """Keeps a workspace whose state is that of `head.version`. `digest` identifies its world."""

    def __init__(self, database: Database, server: ServerIdentity, head: Head, workspace: Workspace) -> None:
        self.workspace = workspace
        self.head = head
        self.mirror = Mirror()
        self.digest = ""
        self.stored_world: World | None = None
        self.is_stale = False
        self.journal: JournalWriter | None = None
        self._database = database
        self._server = server
        self._open: OpenTransaction | None = None
        self._commits = 0
        self._ended_rows = 0

    @property
    def is_shared(self) -> bool:
        """Whether other processes use the database, too."""
        return self._database.is_shared

    def needs_lock(self) -> bool:
        """Return whether the workspace must be locked even for a request that only reads.

        Faults and rate limits count each request, and due jobs change the workspace.
        """
        workspace = self.workspace
        if not self._database.is_shared:
            return False
        counts = workspace.limits is not None or bool(workspace.faults.rules)
        return counts or workspace.has_due(workspace.clock.now())

    def is_of(self, head: Head) -> bool:
        """Return whether this is the row of the workspace. Another workspace may have its name by now."""
        return head.id == self.head.id

    def is_behind(self, head: Head) -> bool:
        """Return whether another process has changed the workspace."""
        return head.version > self.head.version

    async def refresh(self, head: Head) -> None:
        """Bring the workspace up to date with this row of it. The caller holds the turn if there is anything to do."""
        if head.version > self.head.version:
            await self._database.run(self._pull_present)
        self.workspace.clock.hold_at(formats.parse_timestamp(self.head.now))

    async def lock(self) -> None:
        """Lock the workspace against other servers, and bring it up to date. The caller holds the turn.

        Raises StorageError. If the workspace was deleted meanwhile, it is stale, too.
        """
        if not self._database.is_shared or self._open is not None:
            return
        for attempt in range(1, LOCK_ATTEMPTS + 1):
            transaction = await self._database.open()
            try:
                self._open = transaction
                await transaction.run(self._lock_and_pull)
            except StorageError:
                self._open = None
                await transaction.rollback()
                if attempt == LOCK_ATTEMPTS or self.is_stale:
                    raise
            except BaseException:
                self._open = None
                await transaction.rollback()
                raise
            else:
                self.workspace.clock.hold_at(formats.parse_timestamp(self.head.now))
                return

    def has_changes(self) -> bool:
        """Return whether a commit has something to do."""
        workspace, mirror = self.workspace, self.mirror
        if self._open is not None or workspace.store is not mirror.store or workspace.jobs is not mirror.jobs:
            return True
        store = workspace.store
        if workspace.jobs.changed or store.sales.changed or store.customers.changed:
            return True
        if any(rows.table_of(store, name).changed for name in rows.TABLES):
            return True
        if list(mirror.checkpoint_versions.values()) != list(workspace.checkpoints):
            return True
        state = self.present_state()
        if any(mirror.of("part")[key].value != value for key, value in state.parts.items()):
            return True
        return {key: entry.value for key, entry in mirror.of("requests").items()} != state.requests

    def present_state(self) -> State:
        """Return the state of the workspace that is to be stored."""
        return changes.state_of(self.workspace, self.mirror, self.digest, self._server.epoch_seconds())

    async def commit(self) -> None:
        """Write what has changed, and unlock the workspace. Raises StorageError; then the workspace is stale."""
        if self.is_stale:
            await self.abandon()
            raise StorageError
        transaction, self._open = self._open, None
        try:
            new_world = await self._identify_world()
            row_changes, version = await turn.run(self.workspace.turn, collect, self)
            if row_changes and self._database.is_shared and transaction is None:
                log.error("a change of workspace %s was not locked", self.head.name)
                raise StorageError
            if not row_changes:
                if transaction is not None:
                    await transaction.rollback()
                return
            head = self.stamp(version)
            await self._write(transaction, head, row_changes, new_world)
        except BaseException:
            self.is_stale = True
            if transaction is not None:
                await transaction.rollback()
            raise
        self.head, self.stored_world = head, self.workspace.world
        self.mirror.watch(self.workspace)

    def store_world(self, cursor: Cursor, world: World) -> None:
        """Store a world unless it is stored already. No other server deletes it before the transaction ends."""
        if self._database.is_shared:
            worlds.lock(cursor)
        worlds.store(cursor, self.digest, world)

    async def clear_journal(self) -> None:
        """Drop all recorded requests. Raises StorageError."""
        if self.journal is not None:
            await self.journal.clear()

    async def abandon(self) -> None:
        """Drop the changes in memory, and unlock the workspace. The workspace must be read again."""
        self.is_stale = True
        transaction, self._open = self._open, None
        if transaction is not None:
            await transaction.rollback()

    def stamp(self, version: int) -> Head:
        """Return the row of the workspace with the next commit: its version, its time, and whose commit it is."""
        self._commits += 1
        now = formats.format_timestamp(self.workspace.clock.now())
        return self.head._replace(version=version, now=now, writer=f"{self._server.name}:{self._commits}")

    async def _identify_world(self) -> World | None:
        """Return the world to which the workspace was reset, None if it is the same as before."""
        world = self.workspace.world
        if world is self.stored_world:
            return None
        self.digest = await self._database.run(lambda cursor: digest(world))  # in a thread: it may take long
        return world

    def collect(self) -> tuple[list[RowChange], int]:
        """Return the rows to write, and the version with which they are written."""
        return collect(self)

    async def _write(
        self, transaction: OpenTransaction | None, head: Head, row_changes: list[RowChange], new_world: World | None
    ) -> None:
        keeps, replaced = max(self.mirror.checkpoint_versions, default=0), self.head.version
        horizon = self._choose_horizon(head, row_changes)

        def work(cursor: Cursor) -> None:
            write_head(cursor, head, replaced)
            if new_world is not None:
                self.store_world(cursor, new_world)
            write_rows(cursor, head.id, row_changes, keeps)
            if new_world is not None:
                worlds.delete_unused(cursor)
            if horizon > 0:
                prune(cursor, head, horizon)

        if transaction is None:
            await self._database.run(work)
            return
        await transaction.run(work)
        try:
            await transaction.commit()
        except StorageError:
            if not await self._was_committed(head):
                raise

    def _choose_horizon(self, head: Head, row_changes: list[RowChange]) -> int:
        """Return up to which version ended rows are deleted with this commit, 0 for none."""
        self._ended_rows += sum(change.replaced is not None for change in row_changes)
        if self._ended_rows >= MAX_ENDED_ROWS:
            self._ended_rows = 0
            return head.version
        if head.version % PRUNE_EVERY < head.version - self.head.version:
            return head.version - (KEPT_VERSIONS if self._database.is_shared else 0)
        return 0

    async def _was_committed(self, head: Head) -> bool:
        """Return whether a commit happened whose outcome is unknown."""
        with contextlib.suppress(StorageError):
            stored = await self._database.run(lambda cursor: find_head(cursor, head.name))
            return stored is not None and stored.id == head.id and stored.writer == head.writer
        return False

    def _lock_and_pull(self, cursor: Cursor) -> None:
        head = find_head(cursor, self.head.name, locks=True)
        if head is None or head.id != self.head.id:
            self.is_stale = True
            raise StorageError
        self._pull(cursor, head)

    def _pull_present(self, cursor: Cursor) -> None:
        found = read_present(cursor, self.head.name, self.head.version)
        if found is None or found[0].id != self.head.id:
            self.is_stale = True
            raise StorageError
        self._apply(*found)

    def _pull(self, cursor: Cursor, head: Head) -> None:
        """Apply the rows that other servers have written since this workspace's version. The caller has the lock."""
        self._apply(head, read_rows(cursor, head.id, self.head.version) if head.version > self.head.version else [])

    def _apply(self, head: Head, newer: list[StoredRow]) -> None:
        if head.version > self.head.version:
            if head.pruned_to > self.head.version:
                self.is_stale = True
                raise StorageError
            if any(row.kind == "part" and row.key == "origin" for row in newer):
                self.is_stale = True  # it was reset or restored, so it is read anew
                raise StorageError
            loading.replay(self.workspace, self.mirror, newer, self.head.version, self._server.epoch_seconds())
        self.head = head


@in_pieces
def collect(keeper: WorkspaceKeeper) -> Steps[tuple[list[RowChange], int]]:
    """Return the rows to write, and the version with which they are written."""
    workspace, mirror = keeper.workspace, keeper.mirror
    everything = workspace.store is not mirror.store or workspace.jobs is not mirror.jobs
    row_changes, version = yield from changes.collect_checkpoints.steps(
        mirror, workspace, keeper.digest, keeper.head.version, everything=everything
    )
    state = keeper.present_state()
    row_changes += yield from changes.collect.steps(mirror, state, workspace.world, version + 1, everything=everything)
    return row_changes, version + 1


def find_head(cursor: Cursor, name: str, *, locks: bool = False) -> Head | None:
    """Return the row of a workspace, or None. If it `locks`, other servers wait until the transaction ends."""
    lock = " FOR UPDATE" if locks else ""
    statement = f"SELECT {HEAD_AND_FORMAT} FROM workspaces WHERE name = ?{lock}"  # noqa: S608 - constants
    found = cursor.execute(statement, (name,))
    return to_head(found[0]) if found else None


def list_heads(cursor: Cursor) -> list[Head]:
    """Return the rows of all workspaces, by name. Raises StorageError if another server has migrated them."""
    return [to_head(row) for row in cursor.execute(f"SELECT {HEAD_AND_FORMAT} FROM workspaces ORDER BY name")]  # noqa: S608


def to_head(row: Row) -> Head:
    """Return a row of `HEAD_AND_FORMAT` without its format. Raises StorageError if this server cannot read it."""
    *head, row_format = row
    if row_format != schema.VERSION:
        raise schema.outdated(row_format)
    return Head(*head)


def read_rows(cursor: Cursor, workspace: int, after: int = -1) -> list[StoredRow]:
    """Return the rows that begin or end after a version."""
    statement = f"SELECT {loading.COLUMNS} FROM records WHERE workspace = ? AND (since > ? OR until > ?)"  # noqa: S608
    return [StoredRow(*row) for row in cursor.execute(statement, (workspace, after, after))]


def read_present(cursor: Cursor, name: str, after: int = -1) -> tuple[Head, list[StoredRow]] | None:
    """Return the row of a workspace, and its rows that begin or end after a version, None if there is no workspace.

    Each statement sees what is committed when it begins, and both must show the same moment. So they are executed again
    if there was a commit in between, the last time with a lock.
    """
    for attempt in range(1, READ_ATTEMPTS + 1):
        locks = attempt == READ_ATTEMPTS
        head = find_head(cursor, name, locks=locks)
        if head is None:
            return None
        found = read_rows(cursor, head.id, after)
        again = head if locks else find_head(cursor, name)
        if again is not None and (again.id, again.version) == (head.id, head.version):
            return head, found
    return None


def write_rows(cursor: Cursor, workspace: int, row_changes: list[RowChange], keeps: int) -> None:
    """Write rows, version by version. A replaced row that a checkpoint of version `keeps` or earlier needs is kept."""
    for _, of_version in groupby(row_changes, key=lambda change: change.version):
        _write_version(cursor, workspace, list(of_version), keeps)


def _write_version(cursor: Cursor, workspace: int, row_changes: list[RowChange], keeps: int) -> None:
    ended, overwritten, inserted = list[tuple[object, ...]](), list[tuple[object, ...]](), list[tuple[object, ...]]()
    for kind, key, value, position, version, replaced in row_changes:
        if replaced is not None and (value is None or replaced <= keeps):
            ended.append((version, workspace, kind, key, replaced))
        if value is None:
            continue
        encoded = rows.encode(kind, key, value)
        if replaced is None or replaced <= keeps:
            inserted.append((workspace, kind, key, version, position, encoded))
        else:
            overwritten.append((version, position, encoded, workspace, kind, key, replaced))
    if ended:
        cursor.execute_many(END_ROW, ended)
    if overwritten:
        cursor.execute_many(OVERWRITE_ROW, overwritten)
    if inserted:
        cursor.execute_many(INSERT_ROW, inserted)


def write_head(cursor: Cursor, head: Head, replaced: int) -> None:
    """Write the version of a workspace, and who wrote it when. Raises StorageError if it is not of version `replaced`.

    Then somebody else has changed or deleted the workspace, and what follows from the old version is not kept.
    """
    written = cursor.execute(
        "UPDATE workspaces SET version = ?, now = ?, writer = ? WHERE id = ? AND version = ? RETURNING id",
        (head.version, head.now, head.writer, head.id, replaced),
    )
    if not written:
        log.error("a change of workspace %s was dropped: it is not of version %d any more", head.name, replaced)
        raise StorageError


def prune(cursor: Cursor, head: Head, horizon: int) -> None:
    """Delete the rows that ended up to a version and that no checkpoint needs."""
    cursor.execute(
        "DELETE FROM records WHERE workspace = ? AND until <= ? AND NOT EXISTS ("
        " SELECT 1 FROM records AS mark WHERE mark.workspace = records.workspace AND mark.kind = 'checkpoint'"
        " AND mark.until IS NULL AND mark.position >= records.since AND mark.position < records.until)",
        (head.id, horizon),
    )
    cursor.execute("UPDATE workspaces SET pruned_to = ? WHERE id = ? AND pruned_to < ?", (horizon, head.id, horizon))
