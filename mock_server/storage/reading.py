"""Reads a whole database at one moment, also while servers use it.

Everything is read in one transaction that changes nothing, so a reader sees one state of all workspaces. An SQLite file
is opened without the lock that keeps a second server out. Rows are read one after the other, so the memory that a
reader needs does not grow with the database.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from mock_server.storage import schema
from mock_server.storage.database import Row, StorageError, StorageSetupError, explain

if TYPE_CHECKING:
    import psycopg


Value = TypeVar("Value")
ROWS_AT_ONCE = 16
"""How many rows PostgreSQL sends at once. A row may have some MB."""
MAX_DAMAGES = 20
"""How many damages of an SQLite file are reported."""


class Reader(Protocol):
    """Reads a database. It is a `Cursor` that refuses to write.

    `description` says where the database is, without a password.
    """

    description: str
    is_shared: bool

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises StorageError."""

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Raise StorageError: it only reads."""

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Execute a statement and yield its rows, without holding all of them. Raises StorageError."""

    def measure(self) -> int:
        """Return the size of the database in bytes."""

    def find_damage(self) -> list[str]:
        """Return what the database itself finds wrong with its pages and indexes."""


class SqliteReader:
    """Reads a file through a connection."""

    is_shared = False

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.description = f"SQLite file {path}"
        self._path = path
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises StorageError."""
        return list(self.stream(statement, values))

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Raise StorageError: it only reads."""
        raise StorageError

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Execute a statement and yield its rows, without holding all of them. Raises StorageError."""
        try:
            yield from self._connection.execute(statement, tuple(values))
        except sqlite3.Error as error:
            raise StorageError from error

    def measure(self) -> int:
        """Return the size of the file and of its log of changes in bytes."""
        files = (self._path, Path(f"{self._path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def find_damage(self) -> list[str]:
        """Return what SQLite finds wrong with the file."""
        lines = [str(row[0]) for row in self.execute(f"PRAGMA integrity_check({MAX_DAMAGES})")]
        return [] if lines == ["ok"] else [" ".join(line.split()) for line in lines]


class PostgresReader:
    """Reads a database through a connection."""

    is_shared = True

    def __init__(self, description: str, connection: "psycopg.Connection[Row]") -> None:
        self.description = description
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises StorageError."""
        return self._guard(lambda: self._connection.execute(statement.replace("?", "%s"), tuple(values)).fetchall())

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Raise StorageError: it only reads."""
        raise StorageError

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Execute a statement and yield its rows, without holding all of them. Raises StorageError."""
        cursor = self._connection.cursor("rows")
        try:
            self._guard(lambda: cursor.execute(statement.replace("?", "%s"), tuple(values)))
            while rows := self._guard(lambda: cursor.fetchmany(ROWS_AT_ONCE)):
                yield from rows
        finally:
            self._guard(cursor.close)

    def measure(self) -> int:
        """Return the size of the tables and their indexes in bytes."""
        statement = "SELECT sum(pg_total_relation_size(to_regclass(name))) FROM unnest(CAST(? AS TEXT[])) AS name"
        return int(self.execute(statement, (list(schema.COLUMNS),))[0][0] or 0)

    def find_damage(self) -> list[str]:
        """Return nothing: PostgreSQL checks its pages as it reads them."""
        return []

    def _guard(self, call: Callable[[], Value]) -> Value:
        import psycopg

        try:
            return call()
        except psycopg.Error as error:
            raise StorageError from error


@contextmanager
def open_reader(data: Path | None, url: str | None) -> Iterator[Reader]:
    """Open an SQLite file or, if there is none, the PostgreSQL database of a URL.

    Raises StorageSetupError if it cannot be opened, or contains no state that this version of the code can read.
    """
    with _open_file(data) if data is not None else _open_url(url or "") as reader:
        try:
            schema.require_version(reader, reader.description, is_shared=reader.is_shared)
        except StorageError as error:
            raise StorageSetupError(f"{reader.description}: {explain(error)}") from error
        yield reader


@contextmanager
def _open_file(path: Path) -> Iterator[Reader]:
    if not path.is_file():
        raise StorageSetupError(f"SQLite file {path}: {'not a file' if path.exists() else 'no such file'}")
    connection = _connect(path)
    try:
        yield SqliteReader(path, connection)
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Begin a transaction that reads. In a folder that cannot be written, a file that no server uses can be read."""
    address = path.resolve().as_uri()
    is_unused = not Path(f"{path}-wal").exists()
    for options in ("mode=ro", *(["mode=ro&immutable=1"] if is_unused else [])):
        connection = sqlite3.connect(f"{address}?{options}", uri=True, isolation_level=None)
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            connection.close()
            reason = error
        else:
            return connection
    raise StorageSetupError(f"SQLite file {path}: {reason}") from reason


@contextmanager
def _open_url(url: str) -> Iterator[Reader]:
    from mock_server.storage.postgres import PostgresDatabase

    database = PostgresDatabase(url)
    try:
        with database.connect_for_reading() as connection:
            yield PostgresReader(database.description, connection)
    finally:
        database.close()
