"""Deletes what nobody needs from a database, and gives its space back, for `mock-server store compact`.

On PostgreSQL, it works beside servers. They wait meanwhile, because all workspaces are locked: between the moment at
which a server stores a world and the moment at which it stores the workspace, nobody uses the world.
"""

from typing import NamedTuple

from mock_server.storage import checking, deleting, heads, schema, writing
from mock_server.storage.database import Cursor


class Deleted(NamedTuple):
    """How many workspaces, rows and worlds were deleted."""

    workspaces: int
    rows: int
    worlds: int


def delete_unneeded(cursor: Cursor, now: float, *, is_shared: bool) -> Deleted:
    """Delete expired workspaces, rows of earlier versions that no checkpoint needs, and worlds without workspaces.

    `now` is in the machine's seconds since 1970. Raises StorageSetupError if a workspace cannot be read.
    """
    if is_shared:
        cursor.execute("LOCK TABLE workspaces IN EXCLUSIVE MODE")
    before, expired = _count(cursor), 0
    for head in heads.list_heads(cursor):
        if head.expires_at is not None and head.expires_at <= now:
            schema.increase(cursor, "epoch", deleting.stored_epoch(cursor, head))
            deleting.delete_workspace(cursor, head)
            expired += 1
        else:
            writing.prune(cursor, head, head.version)
    deleting.delete_unused_contents(cursor)
    deleting.delete_journal_orphans(cursor)
    rows = before - _count(cursor)
    return Deleted(expired, rows, _delete_unused_worlds(cursor))


def _count(cursor: Cursor) -> int:
    """Return the number of rows that belong to workspaces."""
    statement = "SELECT (SELECT count(*) FROM records) + (SELECT count(*) FROM journal)"
    return int(cursor.execute(statement)[0][0])


def _delete_unused_worlds(cursor: Cursor) -> int:
    used = set(checking.list_digests(cursor))
    unused = [row for row in cursor.execute("SELECT DISTINCT digest FROM worlds") if row[0] not in used]
    cursor.execute_many("DELETE FROM worlds WHERE digest = ?", unused)
    return len(unused)
