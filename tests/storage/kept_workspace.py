"""A workspace that is kept in an SQLite file, and what of it can be compared."""

from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mock_server.domain.pieces import in_pieces
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace
from mock_server.storage import heads, keeper, rows, workspaces, writing
from mock_server.storage.opening import WorldSources
from mock_server.storage.sqlite import SqliteDatabase
from mock_server.storage.workspaces import StoredWorkspaces
from mock_server.worlds.world import World
from tests.builders import SIGNING_KEY
from tests.operations.test_time_step_independence import dump_state


class KeptWorkspace:
    """A workspace of a world, kept in a file. `epoch_seconds` is the machine's time of all servers that use it."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self.epoch_seconds = 1_790_000_000.0
        self.database = SqliteDatabase(folder / "tank.db")
        self._world = workspace.world
        workspace.name = "default"
        workspace.set_epoch(workspace.epoch)
        self.stored = self._open()
        self.workspace, _ = self.stored.open_default(lambda key: workspace, Journal())
        self.keeper = self._keeper_of(self.workspace)

    def commit(self) -> None:
        """Store what has changed."""
        if not self.keeper.has_changes():
            return
        row_changes, version = keeper.collect(self.keeper)
        head = self.keeper.stamp(version)
        kept = max(self.keeper.mirror.checkpoint_versions, default=0)

        def write(cursor: Any) -> None:
            batches = writing.encode_rows(row_changes, kept, self.workspace.world)
            writing.write_batches(cursor, head.content, batches)
            writing.write_head(cursor, head, self.keeper.head.version)

        self.database.run_now(write)
        self.keeper.head = head
        self.keeper.mirror.watch(self.workspace)

    def reopen(self) -> Workspace:
        """Return the workspace as another server reads it."""
        workspace, was_stored = self._open().open_default(lambda key: self.workspace, Journal())
        assert was_stored
        return workspace

    def pull(self, other: Workspace) -> Workspace:
        """Bring the workspace of another server up to date, or read it again if it was reset."""
        follower = self._keeper_of(other)
        newer = self.database.run_now(lambda cursor: heads.read_present(cursor, "default", follower.head.version))
        try:
            follower._apply(newer)
        except keeper.StorageError:
            assert follower.is_stale
            return self.reopen()
        return other

    def stored_keys(self) -> list[tuple[str, str]]:
        """Return the kinds and keys of the present rows."""
        statement = "SELECT kind, key FROM records WHERE until IS NULL ORDER BY kind, key"
        return [(row[0], row[1]) for row in self.database.run_now(lambda cursor: cursor.execute(statement))]

    def _open(self) -> StoredWorkspaces:
        def world_of(seed: int, day: date) -> World:
            return self._world

        sources = WorldSources({self._world.source: world_of})
        with patch.object(workspaces, "SigningKey", _known_key):
            return StoredWorkspaces(self.database, sources, lambda: self.epoch_seconds)

    def _keeper_of(self, workspace: Workspace) -> keeper.WorkspaceKeeper:
        assert isinstance(workspace.keeper, keeper.WorkspaceKeeper)
        return workspace.keeper


def _known_key(pem: bytes | None = None) -> SigningKey:
    """Return the key in PEM form, or a known one, because generating one takes longer than most tests."""
    return SIGNING_KEY if pem is None else SigningKey(pem)


def dump_everything(workspace: Workspace) -> list[Any]:
    """Return all that a client of the platform or of the control API can learn of a workspace."""
    clock = workspace.clock
    return [
        _dump_parts(workspace),
        [clock.base(0.0)[0], clock.mode, clock.speed],
        [
            (stored.reason, stored.checkpoint.now, _dump_checkpoint(workspace, stored.checkpoint))
            for stored in workspace.checkpoints
        ],
        [workspace.epoch, workspace.created_at, workspace.tokens.issuer, workspace.checkpoints.next_hourly],
    ]


def _dump_parts(workspace: Any) -> list[Any]:
    store = workspace.store
    tables = [rows.table_of(store, name) for name in rows.TABLES]
    return [
        [list(table) for table in tables],
        [sorted(table.history.items()) for table in tables],
        [list(table.history.deleted_histories()) for table in tables],
        [table.history.forgotten_count for table in tables],
        in_pieces(store.sales.find_changes)(),
        list(store.customers.added.items()),
        [store.last_run, store.last_cause_number, store.run_causes, store.restored_at, store.initial_last_purchase],
        [list(workspace.jobs), list(workspace.jobs.past)],
        [workspace.timing, workspace.documentation, workspace.quirks, workspace.faults, workspace.limits],
        {key: list(times) for key, times in workspace.recent_requests.items() if times},
    ]


def _dump_checkpoint(workspace: Workspace, checkpoint: Any) -> list[Any]:
    counts = sorted((kind, count) for kind, count in checkpoint.counts.items() if count and kind != "#token")
    return [_dump_parts(checkpoint), counts, checkpoint.seed, checkpoint.mode, checkpoint.speed]


__all__ = ["SIGNING_KEY", "KeptWorkspace", "SigningKey", "dump_everything", "dump_state"]
