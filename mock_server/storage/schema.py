"""The tables, and how they are created and migrated.

- `server` has the values of the whole server by name: the version of the tables, the signing key, counters, reports.
- `workspaces` has a row for each workspace. `version` grows with each change and never goes back. Servers that share
  the database lock this row to act in the workspace. `format` is the version of its rows, and `content` the number
  under which its records are stored.
- `records` has the workspace's state (`rows.py`). Its column `workspace` is the content: at first the id of the
  workspace. A restored snapshot and other large changes are a new content, whose number is negative (`writing.py`). A
  row is valid from the version `since` until the version `until`. The present state consists of the rows without
  `until`. Ended rows are kept as long as a checkpoint needs them, and for a while so that other servers learn of
  deletions.
- `worlds` has the customers and sales of the worlds by their digests. Workspaces share them.
- `journal` has the recorded requests, and `journals` their numbers for each workspace.

How a version ends. `VERSION` counts the versions of the tables and of what their values contain. A change of either
increases it, and adds a migration from the version before, which may rewrite values. New tables are those of version 1
with all migrations, so a migration is never tested only by old databases.

A server that runs while another one migrates the database must not use it any more. Each request reads the row of its
workspace, and with it the format. If that is newer, the request gets 503.
"""

import logging
from collections.abc import Callable
from typing import Any

from mock_server.storage.database import Cursor, Database, StorageError, StorageSetupError, explain

VERSION = 3
"""The version of the tables and of what their values contain."""
LOCK_KEY = 0x57415645
"""Identifies the lock under which PostgreSQL servers create and migrate the tables."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS server (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE workspaces (
        id {identity},
        name TEXT NOT NULL UNIQUE,
        version BIGINT NOT NULL,
        pruned_to BIGINT NOT NULL,
        now TEXT NOT NULL,
        writer TEXT NOT NULL,
        ttl BIGINT,
        expires_at DOUBLE PRECISION
    )""",
    """CREATE TABLE records (
        workspace BIGINT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        since BIGINT NOT NULL,
        until BIGINT,
        position BIGINT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (workspace, kind, key, since)
    )""",
    "CREATE INDEX records_since ON records (workspace, since)",
    "CREATE INDEX records_until ON records (workspace, until) WHERE until IS NOT NULL",
    "CREATE TABLE worlds (digest TEXT, part BIGINT, value {bytes} NOT NULL, PRIMARY KEY (digest, part))",
    """CREATE TABLE journal (
        workspace BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        number BIGINT NOT NULL,
        size BIGINT NOT NULL,
        value {bytes} NOT NULL,
        PRIMARY KEY (workspace, epoch, number)
    )""",
    """CREATE TABLE journals (
        workspace BIGINT PRIMARY KEY,
        epoch BIGINT NOT NULL,
        first BIGINT NOT NULL,
        last BIGINT NOT NULL
    )""",
)
COLUMNS: dict[str, dict[str, Any]] = {
    "server": {"name": str, "value": str},
    "worlds": {"digest": str, "part": int, "value": bytes},
    "workspaces": {
        "name": str,
        "version": int,
        "pruned_to": int,
        "now": str,
        "writer": str,
        "ttl": int | None,
        "expires_at": float | None,
    },
    "records": {"kind": str, "key": str, "since": int, "until": int | None, "position": int, "value": str},
    "journals": {"epoch": int, "first": int, "last": int},
    "journal": {"epoch": int, "number": int, "size": int, "value": bytes},
}
"""The columns of each table that an export has, and the types of their values. They are those of all versions."""
TYPES = {
    False: {"identity": "INTEGER PRIMARY KEY AUTOINCREMENT", "bytes": "BLOB"},
    True: {"identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytes": "BYTEA"},
}
"""The types that SQLite and PostgreSQL name differently, by `Database.is_shared`."""


def _add_format(cursor: Cursor) -> None:
    cursor.execute("ALTER TABLE workspaces ADD COLUMN format BIGINT NOT NULL DEFAULT 1")


def _add_content(cursor: Cursor) -> None:
    cursor.execute("ALTER TABLE workspaces ADD COLUMN content BIGINT NOT NULL DEFAULT 0")
    reset_contents(cursor)


FIRST_WITH_CONTENTS = 3
"""The first version in which a workspace's rows may have another number than its id."""
MIGRATIONS: dict[int, Callable[[Cursor], None]] = {1: _add_format, 2: _add_content}
"""How to turn tables of each earlier version into tables of the next version."""
log = logging.getLogger("mock_server")


def prepare(database: Database) -> None:
    """Create the tables, or migrate them from an earlier version. Servers that start at once wait for each other.

    A file is copied before it is migrated. Raises StorageSetupError if the tables are of a later version, or the
    database cannot be used.
    """
    try:
        found = database.run_now(lambda cursor: find_or_create(cursor, database))
        require_known(found, database.description)
        if found < VERSION:
            copy = database.copy_version(found)
            database.run_now(lambda cursor: _migrate_existing(cursor, database))
            kept = f"; {copy} is a copy of it before" if copy else ""
            log.warning("migrated the database from version %d to version %d%s", found, VERSION, kept)
    except StorageError as error:
        raise StorageSetupError(f"{database.description}: {explain(error)}") from error


def find_or_create(cursor: Cursor, database: Database, new_version: int | None = None) -> int:
    """Return the version of the tables, which are created if there are none: of `new_version`, or of the present one.

    Others that create, fill or migrate them wait until the transaction ends.
    """
    if database.is_shared:
        cursor.execute("SELECT pg_advisory_xact_lock(?)", (LOCK_KEY,))
    server, *others = (table.format(**TYPES[database.is_shared]) for table in TABLES)
    cursor.execute(server)
    found = read_value(cursor, "version")
    if found is not None:
        return _to_number(found)
    for table in others:
        cursor.execute(table)
    cursor.execute("INSERT INTO server (name, value) VALUES ('version', '1')")
    migrate(cursor, 1, new_version or VERSION)
    return new_version or VERSION


def migrate(cursor: Cursor, version: int, target: int) -> None:
    """Migrate the tables step by step from one version to another."""
    for step in range(version, target):
        MIGRATIONS[step](cursor)
        cursor.execute("UPDATE workspaces SET format = ?", (step + 1,))
    cursor.execute("UPDATE server SET value = ? WHERE name = 'version'", (str(target),))


def reset_contents(cursor: Cursor) -> None:
    """Let the content of each workspace be that with its id."""
    cursor.execute("UPDATE workspaces SET content = id")


def _migrate_existing(cursor: Cursor, database: Database) -> None:
    """Migrate the tables unless another server has done so. Its transactions, and those of others, end before."""
    found = find_or_create(cursor, database)
    if found < VERSION:
        if database.is_shared:
            cursor.execute("LOCK TABLE workspaces IN ACCESS EXCLUSIVE MODE")
        migrate(cursor, found, VERSION)


def require_known(version: int, description: str) -> None:
    """Raise StorageSetupError if the tables are of a later version, or of one that never existed."""
    if version > VERSION:
        raise StorageSetupError(
            f"{description}: it has version {version} of the tables, which needs a newer version of Wavetank"
        )
    if version not in MIGRATIONS and version != VERSION:
        raise StorageSetupError(f"{description}: its tables have no known version")


def require_usable(cursor: Cursor) -> None:
    """Raise StorageError if another server has migrated the tables to a later version."""
    version = read_value(cursor, "version")
    if version is None or _to_number(version) != VERSION:
        raise outdated(version)


def _to_number(version: str) -> int:
    """Return a stored version, 0 if it is no number."""
    return int(version) if version.isdecimal() else 0


def outdated(version: object) -> StorageError:
    """Log that this server is too old for the database, and return the error for the client."""
    log.error("the database has version %s of the tables, which needs a newer version of Wavetank", version)
    return StorageError()


def find_version(cursor: Cursor, *, is_shared: bool) -> int | None:
    """Return the version of the tables, None if there are none, 0 if it is no number."""
    in_sqlite = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'server'"
    if not cursor.execute("SELECT 1 WHERE to_regclass('server') IS NOT NULL" if is_shared else in_sqlite):
        return None
    found = read_value(cursor, "version")
    return None if found is None else _to_number(found)


def require_version(cursor: Cursor, description: str, *, is_shared: bool) -> None:
    """Raise StorageSetupError if the tables are missing or not of this version."""
    version = find_version(cursor, is_shared=is_shared)
    if version is None:
        raise StorageSetupError(f"{description}: it contains no state of Wavetank")
    require_known(version, description)
    if version < VERSION:
        raise StorageSetupError(
            f"{description}: it has version {version} of the tables; wavetank serve migrates it to {VERSION}"
        )


def read_value(cursor: Cursor, name: str) -> str | None:
    """Return a value of the whole server, or None."""
    rows = cursor.execute("SELECT value FROM server WHERE name = ?", (name,))
    return rows[0][0] if rows else None


def increase(cursor: Cursor, name: str, least: int = 0) -> int:
    """Increase a counter of the whole server and return it. It becomes greater than `least`."""
    cursor.execute("INSERT INTO server (name, value) VALUES (?, '0') ON CONFLICT (name) DO NOTHING", (name,))
    rows = cursor.execute(
        "UPDATE server SET value = CAST(CASE WHEN CAST(value AS BIGINT) > ? THEN CAST(value AS BIGINT) ELSE ? END + 1"
        " AS TEXT) WHERE name = ? RETURNING value",
        (least, least, name),
    )
    return int(rows[0][0])


def set_if_absent(cursor: Cursor, name: str, value: str) -> str:
    """Set a value of the whole server unless it exists, and return the one that exists."""
    cursor.execute("INSERT INTO server (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))
    return read_value(cursor, name) or value
