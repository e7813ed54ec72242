"""SQLite in a file, for one server.

One thread writes. It takes all transactions that wait, runs each in a savepoint of its own, and commits them together,
so that several workspaces share one wait for the disk. WAL with `synchronous=FULL` keeps acknowledged changes when the
machine loses power; NORMAL was measured to lose them.

A lock on a file beside the database keeps a second server out. The operating system releases it when the process ends,
however it ends.
"""

import asyncio
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeAlias

from mock_server.storage.database import (
    OpenTransaction,
    Result,
    Row,
    StorageError,
    StorageSetupError,
    UniqueViolationError,
    Work,
)

MAX_BATCH = 64
"""How many transactions are committed together at most."""
WAL_PAGES = 1_000
FOREIGN_CONTENT = (
    "SELECT 1 FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    " AND NOT EXISTS (SELECT 1 FROM pragma_table_info('server') WHERE name = 'value')"
)
"""Finds something in a file that has tables, but not ours."""
log = logging.getLogger("mock_server")

Task: TypeAlias = tuple[Work[Any], "Future[Any]"]


class SqliteCursor:
    """Executes statements on the connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises UniqueViolationError."""
        try:
            return self._connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.IntegrityError as error:
            raise UniqueViolationError from error

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement once for each row."""
        self._connection.executemany(statement, rows)


class SqliteDatabase:
    """A database in a file, whose directory must exist. Raises StorageSetupError if it cannot be opened."""

    is_shared = False
    losses = 0

    def __init__(self, path: Path) -> None:
        self.description = f"SQLite file {path}"
        self._path = path
        self._lock = _lock_file(path)
        try:
            self._connection = _connect(path)
        except (sqlite3.Error, OSError) as error:
            os.close(self._lock)
            raise StorageSetupError(f"{path}: {_explain(error)}") from error
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._is_closed = False

    async def run(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction. Raises StorageError, and the exceptions of the function."""
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="sqlite-writer", daemon=True)
            self._writer.start()
        future: Future[Result] = Future()
        self._tasks.put((work, future))
        return await asyncio.wrap_future(future)

    async def read_beside(self, work: Work[Result]) -> Result:
        """Run a function that only reads, without waiting for the thread that writes. Raises StorageError."""
        return await asyncio.to_thread(self._read, work)

    async def open(self) -> OpenTransaction:
        """Not needed: nobody else changes the database."""
        raise NotImplementedError

    def run_now(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction, while nothing else happens."""
        future: Future[Result] = Future()
        if self._writer is None:
            self._run_batch([(work, future)])
        else:  # it may be at work
            self._tasks.put((work, future))
        return future.result()

    def copy_version(self, version: int) -> str:
        """Copy the file, which has this version, and return the name of the copy. Raises StorageError."""
        copy = Path(f"{self._path}.version-{version}")
        unfinished = Path(f"{copy}.unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._connection.execute("VACUUM INTO ?", (str(unfinished),))
            with unfinished.open("rb+") as file:
                os.fsync(file.fileno())
            unfinished.replace(copy)
        except (sqlite3.Error, OSError) as error:
            unfinished.unlink(missing_ok=True)
            raise StorageError from error
        return str(copy)

    def vacuum(self, tables: Iterable[str]) -> None:
        """Give the space of deleted rows back to the file system, whatever the tables. Raises StorageError."""
        try:
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise StorageError from error

    def close(self) -> None:
        """Finish the transactions that wait, then close the connection."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._writer is not None:
            self._tasks.put(None)
            self._writer.join()
        self._connection.close()
        os.close(self._lock)

    def _read(self, work: Work[Result]) -> Result:
        try:
            address = f"{self._path.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
                connection.execute("BEGIN")  # so that all statements see the same moment
                return work(SqliteCursor(connection))
        except sqlite3.Error as error:
            raise StorageError from error

    def _write(self) -> None:
        while (task := self._tasks.get()) is not None:
            batch, is_last = [task], False
            while len(batch) < MAX_BATCH and not is_last:
                try:
                    following = self._tasks.get_nowait()
                except queue.Empty:
                    break
                is_last = following is None
                batch += [] if following is None else [following]
            failure = self._run_batch(batch)
            if failure is not None:
                log.error("the database %s cannot be written: %s", self._path, _explain(failure))
            if is_last:
                return

    def _run_batch(self, batch: list[Task]) -> sqlite3.Error | None:
        """Run transactions and commit them together. Return why none of them was committed, or None."""
        connection, finished = self._connection, list[tuple["Future[Any]", Any]]()
        # A transaction that has begun cannot be cancelled. One that was cancelled before is not run.
        batch = [task for task in batch if task[1].set_running_or_notify_cancel()]
        try:
            connection.execute("BEGIN IMMEDIATE")
            for work, future in batch:
                connection.execute("SAVEPOINT request")
                try:
                    result = work(SqliteCursor(connection))
                except sqlite3.IntegrityError as error:
                    log.error("the database %s refused a change: %s", self._path, _explain(error))
                    connection.execute("ROLLBACK TO request")
                    future.set_exception(_failure(error))
                except sqlite3.Error:
                    raise
                except Exception as error:
                    connection.execute("ROLLBACK TO request")
                    future.set_exception(error)
                else:
                    finished.append((future, result))
                connection.execute("RELEASE request")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            for _, future in batch:
                if not future.done():
                    future.set_exception(_failure(error))
            return error
        for future, result in finished:
            future.set_result(result)
        return None


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise sqlite3.OperationalError("the file is read-only")
        if connection.execute(FOREIGN_CONTENT).fetchone():
            raise sqlite3.OperationalError("it is the database of another application")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _lock_file(path: Path) -> int:
    """Lock a file beside the database, until the process ends. Raises StorageSetupError."""
    try:
        descriptor = os.open(f"{path}-lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StorageSetupError(f"{path}: {error.strerror}") from error
    try:
        import fcntl
    except ImportError:  # Windows
        return descriptor
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        why = "another server uses this file" if isinstance(error, BlockingIOError) else error.strerror
        raise StorageSetupError(f"{path}: {why}") from error
    return descriptor


def _failure(cause: sqlite3.Error) -> StorageError:
    error = StorageError()
    error.__cause__ = cause
    return error


def _explain(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
