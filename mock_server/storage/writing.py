"""Writes the rows of a workspace.

How it works. Rows are encoded in pieces on the event loop, so that other workspaces are answered meanwhile, and the
transaction that writes them is short. It has two parts: `RowBatch` is what is encoded, `write_batch` executes it.

A large change is written as a new content: all rows of the workspace, in parts of `ROWS_IN_PART`, under a number that
no workspace refers to. Then the row of the workspace gets this number, and with it the whole change, in a transaction
that is as short as any. So nobody waits for it, and a kill leaves rows that nobody reads (`deleting.py`). In a file,
each part is a transaction of its own. In a database that servers share, all of it is one transaction, which keeps no
other workspace waiting.
"""

import logging
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple, TypeAlias

from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import cluster_rows, rows
from mock_server.storage.database import Cursor, StorageError
from mock_server.storage.mirror import RowChange
from mock_server.worlds.world import World

MAX_ROWS_AT_ONCE = 4_000
"""How many rows a transaction writes. A larger change is written as a new content, unless most rows stay."""
ROWS_IN_PART = 2_000
"""How many rows of a new content a transaction writes."""
MIN_CHANGED_PART = 4
"""A change is written as a new content if it concerns at least a fourth of all rows."""
ENCODED_AT_ONCE = 100
UNITS_PER_ENCODED_ROW = 40
"""How many units of work (`domain/pieces.py`) it is to encode a row."""
END_ROW = "UPDATE records SET until = ? WHERE kind = ? AND key = ? AND since = ? AND workspace = ?"
OVERWRITE_ROW = (
    "UPDATE records SET since = ?, position = ?, value = ? WHERE kind = ? AND key = ? AND since = ? AND workspace = ?"
)
INSERT_ROW = "INSERT INTO records (kind, key, since, position, value, workspace) VALUES (?, ?, ?, ?, ?, ?)"
OF_WORLD = frozenset({"events", cluster_rows.KIND})
"""The kinds of rows that are large and many in a new workspace, and whose values are those of the world."""
log = logging.getLogger("mock_server")

Values: TypeAlias = tuple[object, ...]


class RowBatch(NamedTuple):
    """Rows of one version: the values of the statements that end, overwrite and insert them, without the content."""

    ended: list[Values]
    overwritten: list[Values]
    inserted: list[Values]


@in_pieces
def encode_rows(row_changes: Iterable[RowChange], keeps: int, world: World) -> Steps[list[RowBatch]]:
    """Return the rows to write, version by version. `world` is the world of the workspace.

    A replaced row that a checkpoint of version `keeps` or earlier needs is kept.
    """
    batches = list[RowBatch]()
    for _, of_version in groupby(row_changes, key=lambda change: change.version):
        batch = RowBatch([], [], [])
        for part in split(of_version, ENCODED_AT_ONCE):
            for change in part:
                _encode_row(batch, change, keeps, world)
            yield UNITS_PER_ENCODED_ROW * len(part)
        batches.append(batch)
    return batches


def _encode_row(batch: RowBatch, change: RowChange, keeps: int, world: World) -> None:
    kind, key, value, position, version, replaced = change
    if replaced is not None and (value is None or replaced <= keeps):
        batch.ended.append((version, kind, key, replaced))
    if value is None:
        return
    encoded = _encode_of_world(kind, key, value, world) if kind in OF_WORLD else rows.encode(kind, key, value)
    if replaced is None or replaced <= keeps:
        batch.inserted.append((kind, key, version, position, encoded))
    else:
        batch.overwritten.append((version, position, encoded, kind, key, replaced))


def _encode_of_world(kind: str, key: str, value: object, world: World) -> str:
    """Return the JSON of a value. If it is of the world, workspaces share its JSON: most rows of a new one are."""
    known = world.cache.encoded.get(id(value))
    if known is not None and known[0] is value:
        return known[1]
    encoded = rows.encode(kind, key, value)
    if value is world.events.get(key) or any(value is each for each in world.cache.clusters.values()):
        world.cache.encoded[id(value)] = value, encoded
    return encoded


def write_batches(cursor: Cursor, content: int, batches: Iterable[RowBatch]) -> None:
    """Write rows that were encoded into a content."""
    for batch in batches:
        for statement, values in zip((END_ROW, OVERWRITE_ROW, INSERT_ROW), batch, strict=True):
            if values:
                cursor.execute_many(statement, [(*each, content) for each in values])


def write_head(cursor: Cursor, head: Head, replaced: int) -> None:
    """Write the version of a workspace, and who wrote it when. Raises StorageError if it is not of version `replaced`.

    Then somebody else has changed or deleted the workspace, and what follows from the old version is not kept.
    """
    written = cursor.execute(
        "UPDATE workspaces SET version = ?, now = ?, writer = ?, content = ? WHERE id = ? AND version = ? RETURNING id",
        (head.version, head.now, head.writer, head.content, head.id, replaced),
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
        (head.content, horizon),
    )
    cursor.execute("UPDATE workspaces SET pruned_to = ? WHERE id = ? AND pruned_to < ?", (horizon, head.id, horizon))
