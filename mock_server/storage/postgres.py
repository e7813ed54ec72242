"""PostgreSQL, which several servers can share.

Transactions run in threads, each with a connection of its own. A connection that fails is closed, and the next
transaction makes another one. A transaction that the database aborted (deadlock, serialization) is repeated a few
times.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from mock_server.storage.database import Result, Row, StorageError, StorageSetupError, UniqueViolationError, Work

if TYPE_CHECKING:
    import psycopg

Value = TypeVar("Value")
MAX_CONNECTIONS = 8
"""How many transactions may be open at once, and how many others may run at once."""
MAX_ATTEMPTS = 3
"""How often a transaction is tried that the database aborts."""
CONNECT_SECONDS = 5
SETTINGS = (
    "-c synchronous_commit=on -c lock_timeout=30s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
)
log = logging.getLogger("mock_server")


class PostgresCursor:
    """Executes statements on a connection."""

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises UniqueViolationError."""
        import psycopg

        try:
            cursor = self._connection.execute(_translate(statement), tuple(values))
        except psycopg.errors.UniqueViolation as error:
            raise UniqueViolationError from error
        return cursor.fetchall() if cursor.description else []

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement once for each row."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_translate(statement), rows)


class PostgresTransaction:
    """A transaction that was begun and has not ended."""

    def __init__(self, database: "PostgresDatabase", connection: "psycopg.Connection[Row]") -> None:
        self._database = database
        self._connection = connection
        self._has_ended = False

    async def run(self, work: Work[Result]) -> Result:
        """Run a function within the transaction. Raises StorageError; then the transaction has ended."""
        import psycopg

        try:
            return await self._database.in_thread(work, PostgresCursor(self._connection))
        except psycopg.Error as error:
            await self._give_back()
            raise self._database.log_failure(error) from error
        except BaseException:
            await self._give_back()
            raise

    async def commit(self) -> None:
        """End the transaction and keep its changes. Raises StorageError if that is not certain."""
        import psycopg

        try:
            await self._database.in_thread(self._connection.commit)
        except psycopg.Error as error:
            raise self._database.log_failure(error) from error
        finally:
            await self._give_back()

    async def rollback(self) -> None:
        """End the transaction and drop its changes."""
        await self._give_back()

    async def _give_back(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            await self._database.give_back(self._connection)


class PostgresDatabase:
    """A database that a URL names. Raises StorageSetupError if psycopg is missing or the URL is invalid."""

    is_shared = True

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise StorageSetupError("--database-url needs psycopg: pip install 'wavetank[postgres]'") from None
        try:
            parameters = psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.Error:
            raise StorageSetupError("--database-url: not a valid PostgreSQL URL") from None
        host, name = str(parameters.get("host", "local socket")), parameters.get("dbname", "")
        if "@" in host:  # the rest of a password that contains an @
            raise StorageSetupError("--database-url: not a valid PostgreSQL URL: write %40 for an @ in the password")
        self.description = f"PostgreSQL database {name} on {host}"
        self._url = psycopg.conninfo.make_conninfo(
            url,
            connect_timeout=parameters.get("connect_timeout", CONNECT_SECONDS),
            options=f"{parameters.get('options', '')} {SETTINGS}".strip(),
            application_name="wavetank",
        )
        self._executor = ThreadPoolExecutor(2 * MAX_CONNECTIONS, "postgres")
        self.losses = 0
        self._idle: list[psycopg.Connection[Row]] = []
        self._free: tuple[asyncio.Semaphore, asyncio.Semaphore] | None = None

    async def run(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction. Raises StorageError, and the exceptions of the function."""
        import psycopg

        async with self._semaphores()[1]:
            try:
                return await self.in_thread(self.run_now, work)
            except StorageError as error:
                if isinstance(error.__cause__, psycopg.Error):
                    self.log_failure(error.__cause__)
                raise

    async def read_beside(self, work: Work[Result]) -> Result:
        """Run a function that only reads. Raises StorageError."""
        return await self.run(work)

    async def open(self) -> PostgresTransaction:
        """Begin a transaction. Raises StorageError."""
        import psycopg

        await self._semaphores()[0].acquire()
        try:
            connection = await self.in_thread(self._take_connection)
        except psycopg.Error as error:
            self._semaphores()[0].release()
            raise self.log_failure(error) from error
        except BaseException:
            self._semaphores()[0].release()
            raise
        return PostgresTransaction(self, connection)

    def run_now(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction, and again if the database aborts it.

        Raises StorageError, whose cause is not logged: a server that cannot start reports it in one line.
        """
        import psycopg

        for _ in range(MAX_ATTEMPTS - 1):
            try:
                return self._run_once(work)
            except psycopg.Error as error:
                if not may_be_repeated(error):
                    raise StorageError from error
        try:
            return self._run_once(work)
        except psycopg.Error as error:
            raise StorageError from error

    def _run_once(self, work: Work[Result]) -> Result:
        """Run a transaction once. Raises psycopg.Error, and StorageError if the commit fails: it may have happened."""
        import psycopg

        connection = self._take_connection()
        try:
            result = work(PostgresCursor(connection))
            try:
                connection.commit()
            except psycopg.Error as error:
                raise StorageError from error
            return result
        finally:
            self._put_back(connection)

    async def in_thread(self, function: Callable[..., Value], *args: Any) -> Value:
        """Call a function in one of the threads. If the caller is cancelled, the call still ends before this does."""
        call = asyncio.get_running_loop().run_in_executor(self._executor, function, *args)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            await asyncio.wait([call])
            raise

    async def give_back(self, connection: "psycopg.Connection[Row]") -> None:
        """End the connection's transaction, and keep the connection for another one."""
        try:
            await self.in_thread(self._put_back, connection)
        finally:
            self._semaphores()[0].release()

    def log_failure(self, error: BaseException) -> StorageError:
        """Log the cause of a failure, and return the error for the client."""
        log.error("the %s cannot be used: %s", self.description, " ".join(str(error).split()))
        return StorageError()

    def close(self) -> None:
        """Close all connections that nobody uses."""
        self._executor.shutdown()
        for connection in self._idle:
            connection.close()

    @contextmanager
    def connect_for_reading(self) -> Iterator["psycopg.Connection[Row]"]:
        """Open a connection whose transaction sees one moment and changes nothing. Raises StorageSetupError."""
        import psycopg

        try:
            connection = psycopg.connect(self._url)
        except psycopg.Error as error:
            raise StorageSetupError(f"{self.description}: {' '.join(str(error).split())}") from error
        try:
            connection.read_only, connection.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
            yield connection
        finally:
            connection.close()

    def copy_version(self, version: int) -> None:
        """Do nothing: a database on a server is copied by its administrator."""

    def vacuum(self, tables: Iterable[str]) -> None:
        """Let the space of deleted rows be used again. Raises StorageError."""
        import psycopg

        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                for table in tables:
                    connection.execute(psycopg.sql.SQL("VACUUM {}").format(psycopg.sql.Identifier(table)))
        except psycopg.Error as error:
            raise StorageError from error

    def _take_connection(self) -> "psycopg.Connection[Row]":
        import psycopg

        while (connection := self._pop_idle()) is not None:
            if not connection.closed:
                return connection
        return psycopg.connect(self._url)

    def _pop_idle(self) -> "psycopg.Connection[Row] | None":
        """Return a connection that no other thread has taken, or None."""
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _put_back(self, connection: "psycopg.Connection[Row]") -> None:
        import psycopg

        try:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.rollback()
        except psycopg.Error:
            connection.close()
        if not connection.closed:
            self._idle.append(connection)
            return
        self.losses += 1
        # The server has gone, so the other connections are dead too.
        while (dead := self._pop_idle()) is not None:
            dead.close()

    def _semaphores(self) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        """Return the permits of open transactions, and those of whole ones, which an open one may wait for."""
        if self._free is None:
            self._free = asyncio.Semaphore(MAX_CONNECTIONS), asyncio.Semaphore(MAX_CONNECTIONS)
        return self._free


@lru_cache(64)
def _translate(statement: str) -> str:
    """Return the statement with psycopg's placeholders."""
    return statement.replace("?", "%s")


def may_be_repeated(error: BaseException | None) -> bool:
    """Return whether nothing of the transaction can have been kept, and another attempt may succeed."""
    import psycopg

    if isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected):
        return True
    # The server closed the connection, for example because it was restarted. The commit was not sent yet.
    return isinstance(error, psycopg.OperationalError) and error.sqlstate in (None, "57P01")
