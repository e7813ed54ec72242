"""What a server reads for those who look at a workspace without sending a request to it."""

from typing import NamedTuple

from mock_server.state.request_journal import RawRecord
from mock_server.state.workspace import Workspace
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import heads
from mock_server.storage.database import Cursor, Database, StorageError
from mock_server.storage.journals import decode_record
from mock_server.storage.keeper import WorkspaceKeeper

MAX_READ = 1_000
"""How many recorded requests are read at once."""


class Recorded(NamedTuple):
    """The numbers of the first and the last recorded request of a workspace, and those after a number, in order."""

    first: int
    last: int
    records: list[tuple[int, RawRecord]]


async def refresh(workspace: Workspace, head: Head) -> None:
    """Bring a workspace up to date with this row of it. The caller's turn has come. Raises StorageError."""
    kept = workspace.keeper
    if kept is None or kept.is_stale or not kept.is_of(head):
        raise StorageError
    workspace.turn.hold()
    try:
        await kept.refresh(head)
    finally:
        workspace.turn.release()


async def read_recorded(database: Database, workspace: Workspace, after: int) -> Recorded:
    """Return the requests after a number that any server has recorded, at most `MAX_READ`. Raises StorageError."""
    kept, epoch = workspace.keeper, workspace.epoch
    if not isinstance(kept, WorkspaceKeeper):
        raise StorageError
    identity = kept.head.id

    def read(cursor: Cursor) -> Recorded:
        statement = "SELECT first, last FROM journals WHERE workspace = ? AND epoch = ?"
        first, last = (cursor.execute(statement, (identity, epoch)) or [(1, 0)])[0]
        if last <= after:
            return Recorded(first, last, [])
        statement = (
            "SELECT number, value FROM journal WHERE workspace = ? AND epoch = ? AND number > ? ORDER BY number LIMIT ?"
        )
        found = cursor.execute(statement, (identity, epoch, after, MAX_READ))
        return Recorded(first, last, [(number, decode_record(value)) for number, value in found])

    return await database.read_beside(read)


async def read_names(database: Database, epoch_seconds: float) -> frozenset[str]:
    """Return the names of the workspaces that have not expired. Raises StorageError."""
    listed = await database.read_beside(heads.list_heads)
    return frozenset(head.name for head in listed if head.expires_at is None or head.expires_at > epoch_seconds)
