"""Reads the rows of workspaces, and the rows of their contents."""

from typing import TypeAlias

from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import loading, schema
from mock_server.storage.database import Cursor, Row
from mock_server.storage.loading import StoredRow

READ_ATTEMPTS = 3
"""How often a workspace is read if others change it meanwhile, the last time with a lock."""
HEAD = "id, name, version, pruned_to, now, writer, ttl, expires_at, content"
DATABASE_TIME = "EXTRACT(EPOCH FROM clock_timestamp())"
HEAD_AND_FORMAT = f"{HEAD}, format"
Present: TypeAlias = tuple[Head, list[StoredRow]]
"""The row of a workspace, and rows of its content."""


def find_head(cursor: Cursor, name: str, *, locks: bool = False) -> Head | None:
    """Return the row of a workspace, or None. If it `locks`, other servers wait until the transaction ends."""
    lock = " FOR UPDATE" if locks else ""
    statement = f"SELECT {HEAD_AND_FORMAT} FROM workspaces WHERE name = ?{lock}"  # noqa: S608 - constants
    found = cursor.execute(statement, (name,))
    return to_head(found[0]) if found else None


def find_with_time(cursor: Cursor, name: str) -> tuple[Head, float] | None:
    """Return the row of a workspace, and the time of a database that servers share, None if there is no workspace."""
    found = cursor.execute(f"SELECT {DATABASE_TIME}, {HEAD_AND_FORMAT} FROM workspaces WHERE name = ?", (name,))  # noqa: S608
    return (to_head(found[0][1:]), float(found[0][0])) if found else None


def list_heads(cursor: Cursor) -> list[Head]:
    """Return the rows of all workspaces, by name. Raises StorageError if another server has migrated them."""
    return [to_head(row) for row in cursor.execute(f"SELECT {HEAD_AND_FORMAT} FROM workspaces ORDER BY name")]  # noqa: S608


def to_head(row: Row) -> Head:
    """Return a row of `HEAD_AND_FORMAT` without its format. Raises StorageError if this server cannot read it."""
    *head, row_format = row
    if row_format != schema.VERSION:
        raise schema.outdated(row_format)
    return Head(*head)


def read_rows(cursor: Cursor, content: int, after: int = -1) -> list[StoredRow]:
    """Return the rows of a content that begin or end after a version."""
    statement = f"SELECT {loading.COLUMNS} FROM records WHERE workspace = ? AND (since > ? OR until > ?)"  # noqa: S608
    return [StoredRow(*row) for row in cursor.execute(statement, (content, after, after))]


def read_present(cursor: Cursor, name: str, after: int = -1) -> Present | None:
    """Return the row of a workspace, and its rows that begin or end after a version, None if there is no workspace.

    Each statement sees what is committed when it begins, and both must show the same moment. So they are executed again
    if there was a commit in between, the last time with a lock.
    """
    for attempt in range(1, READ_ATTEMPTS + 1):
        locks = attempt == READ_ATTEMPTS
        head = find_head(cursor, name, locks=locks)
        if head is None:
            return None
        found = read_rows(cursor, head.content, after)
        again = head if locks else find_head(cursor, name)
        if again is not None and (again.id, again.version) == (head.id, head.version):
            return head, found
    return None
