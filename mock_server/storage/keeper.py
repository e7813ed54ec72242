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
from functools import partial

from mock_server.domain import formats
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.state import turn
from mock_server.state.workspace import Workspace
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import changes, deleting, heads, loading, rows, schema, worlds, writing
from mock_server.storage.database import Cursor, Database, OpenTransaction, Result, StorageError, Work, begin
from mock_server.storage.deleting import ContentCleaner
from mock_server.storage.heads import Present
from mock_server.storage.journals import JournalWriter
from mock_server.storage.loading import StoredRow
from mock_server.storage.mirror import Mirror, RowChange, State
from mock_server.storage.server_identity import ServerIdentity
from mock_server.storage.writing import RowBatch
from mock_server.worlds.digest import digest
from mock_server.worlds.world import World

KEPT_VERSIONS = 1_000
"""For how many versions a deleted row is kept, so that other servers learn of the deletion."""
PRUNE_EVERY = 256
"""After how many versions old rows are deleted."""
MAX_ENDED_ROWS = 10_000
"""After how many rows that have ended they are deleted at the latest. A server that has not seen it reads all anew."""
MAX_PULLED_ROWS = 1_000
"""How many rows of other servers are applied to the workspace in memory. If there are more, it is read anew."""
MAX_COPIED_CHECKPOINTS = 2
"""How many checkpoints a workspace may have that is written as a new content. Each is compared with the one before."""
log = logging.getLogger("mock_server")


class WorkspaceKeeper:
    """Keeps a workspace whose state is that of `head.version`. `digest` identifies its world.

    The workspace is not stored yet if the id of its head is 0. `transaction` is the one that has locked its row.
    """

    def __init__(
        self, database: Database, server: ServerIdentity, cleaner: ContentCleaner, head: Head, workspace: Workspace
    ) -> None:
        self.workspace = workspace
        self.head = head
        self.mirror = Mirror()
        self.digest = ""
        self.stored_world: World | None = None
        self.is_stale = False
        self.journal: JournalWriter | None = None
        self._database = database
        self._server = server
        self._cleaner = cleaner
        self.losses = database.losses
        self.transaction: OpenTransaction | None = None
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

    def distrust(self, before: Head, head: Head) -> None:
        """Mark the workspace as stale if the database may have lost commits. `before` was known when `head` was read.

        After a failover, a database may lack commits that were acknowledged, and others may have taken their place.
        """
        is_overtaken = head.version > before.version
        if head.id == before.id and not is_overtaken and (head.version, head.writer) != (before.version, before.writer):
            log.error("the database has lost changes of workspace %s, which is read again", head.name)
            self.is_stale = True
        elif self.transaction is None and self.losses != self._database.losses:
            self.is_stale = True

    async def refresh(self, head: Head) -> None:
        """Bring the workspace up to date with this row of it. The caller holds the turn if there is anything to do."""
        if head.version > self.head.version:
            self._apply(await self._database.run(self._read_newer))
        self.workspace.clock.hold_at(formats.parse_timestamp(self.head.now))

    async def lock(self) -> None:
        """Lock the workspace against other servers, and bring it up to date. The caller holds the turn.

        Raises StorageError. If the workspace was deleted meanwhile, it is stale, too.
        """
        if not self._database.is_shared or self.transaction is not None:
            return
        self.transaction, present = await begin(self._database, self._lock_and_read)
        try:
            self._apply(present)
        except BaseException:
            transaction, self.transaction = self.transaction, None
            await transaction.rollback()
            raise
        self.workspace.clock.hold_at(formats.parse_timestamp(self.head.now))

    def has_changes(self) -> bool:
        """Return whether a commit has something to do."""
        workspace, mirror = self.workspace, self.mirror
        if self.transaction is not None or workspace.store is not mirror.store or workspace.jobs is not mirror.jobs:
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
        transaction, self.transaction = self.transaction, None
        content = self.head.content
        try:
            new_world = await self._identify_world()
            row_changes, version, content = await self._collect()
            if row_changes and self._database.is_shared and transaction is None:
                log.error("a change of workspace %s was not locked", self.head.name)
                raise StorageError
            if not row_changes:
                if transaction is not None:
                    await transaction.rollback()
                return
            head = self.stamp(version)._replace(content=content)
            await self._write(transaction, head, row_changes, new_world)
        except BaseException:
            self.is_stale = True
            if transaction is not None:
                await transaction.rollback()
            elif content != self.head.content:
                self._cleaner.add(content)
            raise
        replaced, self.head, self.stored_world = self.head, head, self.workspace.world
        self.mirror.watch(self.workspace)
        if head.content != replaced.content and not self._database.is_shared:
            self._cleaner.add(replaced.content)

    async def insert(self) -> None:
        """Store a workspace that is not stored yet. Raises UniqueViolationError if its name is taken, StorageError."""
        await self._identify_world()
        world = await self._encode_world(self.workspace.world)
        row_changes, version = await turn.run(self.workspace.turn, collect, self)
        is_long, transaction = len(row_changes) > writing.MAX_ROWS_AT_ONCE, None
        content = await self._allocate_content() if is_long else 0
        head = self.stamp(version)._replace(content=content)
        if is_long and self._database.is_shared:
            transaction = await self._database.open()
        try:
            batches = await self._write_parts(transaction, head, row_changes)
            self.head = await self._run(transaction, self.insertion(head, batches, world))
            if transaction is not None:
                await transaction.commit()
            self._server.note_worlds(self.digest)
        except BaseException:
            if transaction is not None:
                await transaction.rollback()
            elif content:
                self._cleaner.add(content)
            raise

    def insert_now(self) -> None:
        """Do the same while nothing else happens."""
        self.digest = digest(self.workspace.world)
        row_changes, version = collect(self)
        keeps = max(self.mirror.checkpoint_versions, default=0)
        batches = writing.encode_rows(row_changes, keeps, self.workspace.world)
        self.head = self._database.run_now(self.insertion(self.stamp(version), batches, None))

    def insertion(self, head: Head, batches: list[RowBatch], world: list[worlds.Part] | None) -> Work[Head]:
        """Return a function that inserts the workspace, and returns its row. Its content is its id if it has none."""

        def work(cursor: Cursor) -> Head:
            created = cursor.execute(
                "INSERT INTO workspaces (name, version, pruned_to, now, writer, ttl, expires_at, format)"
                " VALUES (?, 0, 0, '', '', ?, ?, ?) RETURNING id",
                (head.name, head.ttl, head.expires_at, schema.VERSION),
            )
            schema.require_usable(cursor)
            identity = created[0][0]
            inserted = head._replace(id=identity, content=head.content or identity)
            worlds.store(cursor, self.digest, self.workspace.world, world, locks=self._database.is_shared)
            writing.write_batches(cursor, inserted.content, batches)
            writing.write_head(cursor, inserted, 0)
            return inserted

        return work

    async def clear_journal(self) -> None:
        """Drop all recorded requests. Raises StorageError."""
        if self.journal is not None:
            await self.journal.clear()

    async def abandon(self) -> None:
        """Drop the changes in memory, and unlock the workspace. The workspace must be read again."""
        self.is_stale = True
        transaction, self.transaction = self.transaction, None
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
        self.digest = await turn.run(self.workspace.turn, digest, world)
        return world

    async def _encode_world(self, world: World) -> list[worlds.Part] | None:
        """Return the parts of a world that are to be stored, None if it is stored already."""
        if self.digest in self._server.known_digests:
            return None
        return await turn.run(self.workspace.turn, worlds.encode, world)

    async def _collect(self) -> tuple[list[RowChange], int, int]:
        """Return the rows to write, their version, and the content into which they are written.

        If most rows have changed and they are many, these are all rows, and the content is a new one.
        """
        row_changes, version = await turn.run(self.workspace.turn, collect, self)
        are_most = len(row_changes) > max(writing.MAX_ROWS_AT_ONCE, self.mirror.count() // writing.MIN_CHANGED_PART)
        if not are_most or len(self.mirror.checkpoint_versions) > MAX_COPIED_CHECKPOINTS:
            return row_changes, version, self.head.content
        self.mirror = Mirror()
        row_changes, version = await turn.run(self.workspace.turn, collect, self)
        return row_changes, version, await self._allocate_content()

    async def _allocate_content(self) -> int:
        """Return the number of a new content. It is negative, because the first one of a workspace has its id."""
        return -await self._database.run(lambda cursor: schema.increase(cursor, "content"))

    async def _write(
        self, transaction: OpenTransaction | None, head: Head, row_changes: list[RowChange], new_world: World | None
    ) -> None:
        world = None if new_world is None else await self._encode_world(new_world)
        replaced, horizon = self.head, self._choose_horizon(head, row_changes)
        batches = await self._write_parts(transaction, head, row_changes)

        def work(cursor: Cursor) -> list[str]:
            writing.write_head(cursor, head, replaced.version)
            if new_world is not None:
                worlds.store(cursor, self.digest, new_world, world, locks=self._database.is_shared)
            writing.write_batches(cursor, head.content, batches)
            if head.content != replaced.content and self._database.is_shared:
                deleting.delete_content(cursor, replaced.content)
            if horizon > 0:
                writing.prune(cursor, head, horizon)
            return [] if new_world is None else worlds.delete_unused(cursor)

        unused = await self._run(transaction, work)
        self._server.note_worlds(self.digest, unused)
        if transaction is None:
            return
        try:
            await transaction.commit()
        except StorageError:
            if not await self._was_committed(head):
                raise

    async def _write_parts(
        self, transaction: OpenTransaction | None, head: Head, row_changes: list[RowChange]
    ) -> list[RowBatch]:
        """Encode rows. Write them if they are of a new content, else return them."""
        workspace, keeps = self.workspace, max(self.mirror.checkpoint_versions, default=0)
        if head.content == self.head.content:
            return await turn.run(workspace.turn, writing.encode_rows, row_changes, keeps, workspace.world)
        for part in split(row_changes, writing.ROWS_IN_PART):
            batches = await turn.run(workspace.turn, writing.encode_rows, part, keeps, workspace.world)
            await self._run(transaction, partial(writing.write_batches, content=head.content, batches=batches))
        return []

    async def _run(self, transaction: OpenTransaction | None, work: Work[Result]) -> Result:
        """Run a function within a transaction, or as a whole one."""
        return await (self._database.run(work) if transaction is None else transaction.run(work))

    def _choose_horizon(self, head: Head, row_changes: list[RowChange]) -> int:
        """Return up to which version ended rows are deleted with this commit, 0 for none."""
        if head.content != self.head.content:
            return 0
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
            stored = await self._database.run(lambda cursor: heads.find_head(cursor, head.name))
            return stored is not None and stored.id == head.id and stored.writer == head.writer
        return False

    def _lock_and_read(self, cursor: Cursor) -> Present | None:
        """Lock the row, and return it with the rows that other servers have written since this workspace's version."""
        head = heads.find_head(cursor, self.head.name, locks=True)
        if head is None or head.version <= self.head.version:
            return None if head is None else (head, [])
        return head, heads.read_rows(cursor, head.content, self.head.version)

    def _read_newer(self, cursor: Cursor) -> Present | None:
        return heads.read_present(cursor, self.head.name, self.head.version)

    def _apply(self, found: Present | None) -> None:
        """Apply what other servers have written. Raises StorageError if the workspace must be read anew."""
        if found is not None and found[0].id == self.head.id:
            head, newer = found
            self.distrust(self.head, head)
            if self.losses != self._database.losses:  # the connection is one to another database, perhaps
                self.is_stale = True
            elif head.version > self.head.version and not self.is_stale:
                self.is_stale = not self._can_apply(head, newer)
        else:
            self.is_stale = True
        if self.is_stale or found is None:
            raise StorageError
        if head.version > self.head.version:
            loading.replay(self.workspace, self.mirror, newer, self.head.version, self._server.epoch_seconds())
        self.head = head

    def _can_apply(self, head: Head, newer: list[StoredRow]) -> bool:
        """Return whether rows can be applied: they are all that has changed, few, and of no reset or restore."""
        is_complete = head.pruned_to <= self.head.version and head.content == self.head.content
        was_reset = any(row.kind == "part" and row.key == "origin" for row in newer)
        return is_complete and not was_reset and len(newer) <= MAX_PULLED_ROWS


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
