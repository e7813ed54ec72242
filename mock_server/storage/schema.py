"""The tables, and how they are created and migrated.

- `server` has the values of the whole server by name: the version of the tables, the signing key, counters.
- `workspaces` has a row for each workspace. `version` grows with each change and never goes back. Servers that share
  the database lock this row to act in the workspace.
- `records` has the workspace's state (`rows.py`). A row is valid from the version `since` until the version `until`.
  The present state consists of the rows without `until`. Ended rows are kept as long as a checkpoint needs them, and
  for a while so that other servers learn of deletions.
- `worlds` has the customers and sales of the worlds by their digests. Workspaces share them.
- `journal` has the recorded requests, and `journals` their numbers for each workspace.
"""

from collections.abc import Callable

from mock_server.storage.database import Cursor, Database, StorageError, StorageSetupError

VERSION = 1
"""The version of the tables. It is increased when servers of earlier versions cannot use them."""
LOCK_KEY = 0x57415645
"""Identifies the lock under which PostgreSQL servers create and migrate the tables."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS server (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS workspaces (
        id {identity},
        name TEXT NOT NULL UNIQUE,
        version BIGINT NOT NULL,
        pruned_to BIGINT NOT NULL,
        now TEXT NOT NULL,
        writer TEXT NOT NULL,
        ttl BIGINT,
        expires_at DOUBLE PRECISION
    )""",
    """CREATE TABLE IF NOT EXISTS records (
        workspace BIGINT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        since BIGINT NOT NULL,
        until BIGINT,
        position BIGINT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (workspace, kind, key, since)
    )""",
    "CREATE INDEX IF NOT EXISTS records_since ON records (workspace, since)",
    "CREATE INDEX IF NOT EXISTS records_until ON records (workspace, until) WHERE until IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS worlds (digest TEXT, part BIGINT, value {bytes} NOT NULL, PRIMARY KEY (digest, part))",
    """CREATE TABLE IF NOT EXISTS journal (
        workspace BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        number BIGINT NOT NULL,
        size BIGINT NOT NULL,
        value {bytes} NOT NULL,
        PRIMARY KEY (workspace, epoch, number)
    )""",
    """CREATE TABLE IF NOT EXISTS journals (
        workspace BIGINT PRIMARY KEY,
        epoch BIGINT NOT NULL,
        first BIGINT NOT NULL,
        last BIGINT NOT NULL
    )""",
)
TYPES = {
    False: {"identity": "INTEGER PRIMARY KEY AUTOINCREMENT", "bytes": "BLOB"},
    True: {"identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytes": "BYTEA"},
}
"""The types that SQLite and PostgreSQL name differently, by `Database.is_shared`."""
MIGRATIONS: dict[int, Callable[[Cursor], None]] = {}
"""How to turn tables of each earlier version into tables of the next version."""


def prepare(database: Database) -> None:
    """Create the tables, or migrate them from an earlier version. Servers that start at once wait for each other.

    Raises StorageSetupError if the tables are of a later version, StorageError if the database cannot be used.
    """

    def create(cursor: Cursor) -> int:
        if database.is_shared:
            cursor.execute("SELECT pg_advisory_xact_lock(?)", (LOCK_KEY,))
        for table in TABLES:
            cursor.execute(table.format(**TYPES[database.is_shared]))
        found = read_value(cursor, "version")
        if found is None:
            cursor.execute("INSERT INTO server (name, value) VALUES ('version', ?)", (str(VERSION),))
            return VERSION
        version = int(found)
        while version in MIGRATIONS:
            MIGRATIONS[version](cursor)
            version += 1
            cursor.execute("UPDATE server SET value = ? WHERE name = 'version'", (str(version),))
        return version

    version = database.run_now(create)
    if version > VERSION:
        raise StorageSetupError(
            f"{database.description}: it has version {version} of the tables, which needs a newer mock-server"
        )


def explain(error: StorageError) -> str:
    """Return why the database cannot be used, in one line."""
    return str(error.__cause__ or "it cannot be used").split("\n")[0]


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


def delete_workspace(cursor: Cursor, workspace: int) -> None:
    """Delete the rows of a workspace."""
    for table in ("records", "journals", "journal"):
        cursor.execute(f"DELETE FROM {table} WHERE workspace = ?", (workspace,))  # noqa: S608 - constants
    cursor.execute("DELETE FROM workspaces WHERE id = ?", (workspace,))


def delete_orphans(cursor: Cursor) -> None:
    """Delete what another server has recorded of a workspace while it was deleted."""
    for table in ("journals", "journal"):
        cursor.execute(f"DELETE FROM {table} WHERE workspace NOT IN (SELECT id FROM workspaces)")  # noqa: S608
