"""Deletes workspaces, and the contents that no workspace refers to any more.

A large workspace has hundreds of thousands of rows. In a file, deleting them at once would keep all other workspaces
waiting. So only the row of the workspace is deleted, or refers to another content, and `ContentCleaner` deletes the
rows in parts. What it has not deleted when the server stops is deleted at the next start.
"""

import asyncio
from contextlib import suppress
from typing import NamedTuple

from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import heads, rows, schema, worlds
from mock_server.storage.database import Cursor, Database, StorageError

ROWS_AT_ONCE = 2_000
"""How many rows are deleted in a transaction."""


class ContentCleaner:
    """Deletes contents of a file that nobody reads, in parts, while requests are answered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contents = list[int]()
        self._task: asyncio.Task[None] | None = None

    def add(self, content: int) -> None:
        """Delete the rows of a content soon."""
        self._contents.append(content)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._clean())

    async def _clean(self) -> None:
        with suppress(StorageError):  # it has been logged, and the next start deletes the rows
            while self._contents:
                if await self._delete_part(self._contents[0]):
                    del self._contents[0]

    async def _delete_part(self, content: int) -> bool:
        return await self._database.run(lambda cursor: delete_part(cursor, content))


def delete_part(cursor: Cursor, content: int) -> bool:
    """Delete some rows of a content from a file, unless a workspace refers to it. Return whether that was all.

    A request that was cancelled while it wrote a content does not know whether its workspace refers to it.
    """
    if cursor.execute("SELECT 1 FROM workspaces WHERE content = ?", (content,)):
        return True
    part = "SELECT rowid FROM records WHERE workspace = ? LIMIT ?"
    cursor.execute(f"DELETE FROM records WHERE rowid IN ({part})", (content, ROWS_AT_ONCE))  # noqa: S608 - a constant
    return not cursor.execute("SELECT 1 FROM records WHERE workspace = ? LIMIT 1", (content,))


def stored_epoch(cursor: Cursor, head: Head) -> int:
    """Return the stored epoch of a workspace, which another server may have increased."""
    stored = cursor.execute(
        "SELECT value FROM records WHERE workspace = ? AND kind = 'part' AND key = 'origin' AND until IS NULL",
        (head.content,),
    )
    return int(rows.decode("part", "origin", stored[0][0]).epoch) if stored else 0


class Deleted(NamedTuple):
    """What was deleted with a workspace. `content` still has rows, which are deleted in parts; None if it has none."""

    worlds: list[str]
    content: int | None


def delete(cursor: Cursor, name: str, epoch: int, is_shared: bool) -> Deleted | None:
    """Delete a workspace, which was of this epoch in memory. Return None if there is none."""
    head = heads.find_head(cursor, name, locks=is_shared)
    if head is None:
        return None
    schema.increase(cursor, "epoch", max(epoch, stored_epoch(cursor, head)))
    delete_workspace(cursor, head)
    if is_shared:
        delete_content(cursor, head.content)
        worlds.lock(cursor)
    is_empty = is_shared or delete_part(cursor, head.content)
    return Deleted(worlds.delete_unused(cursor), None if is_empty else head.content)


def delete_workspace(cursor: Cursor, head: Head) -> None:
    """Delete a workspace and its journal, but not its content."""
    for table in ("journals", "journal"):
        cursor.execute(f"DELETE FROM {table} WHERE workspace = ?", (head.id,))  # noqa: S608 - constants
    cursor.execute("DELETE FROM workspaces WHERE id = ?", (head.id,))


def delete_content(cursor: Cursor, content: int) -> None:
    """Delete all rows of a content."""
    cursor.execute("DELETE FROM records WHERE workspace = ?", (content,))


def delete_journal_orphans(cursor: Cursor) -> None:
    """Delete what another server has recorded of a workspace while it was deleted."""
    for table in ("journals", "journal"):
        cursor.execute(f"DELETE FROM {table} WHERE workspace NOT IN (SELECT id FROM workspaces)")  # noqa: S608


def delete_unused_contents(cursor: Cursor) -> None:
    """Delete the contents that no workspace refers to. Nobody may be writing one."""
    used = {content for (content,) in cursor.execute("SELECT content FROM workspaces")}
    following = "SELECT MIN(workspace) FROM records WHERE workspace > ?"
    content = cursor.execute("SELECT MIN(workspace) FROM records")[0][0]
    while content is not None:
        if content not in used:
            delete_content(cursor, content)
        content = cursor.execute(following, (content,))[0][0]
