"""A database in memory with the isolation of PostgreSQL (READ COMMITTED), each call of which is a step.

The committed rows are in SQLite. A transaction keeps the list of its statements that write. To see what it may see, its
writes are executed on top of the committed rows, and rolled back when another transaction takes its turn. So each
statement sees what is committed at that moment, and its own writes. `FOR UPDATE`, and changes of the rows of
workspaces, journals and counters, lock the row until the transaction ends.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mock_server.storage.database import Result, Row, StorageError, UniqueViolationError, Work
from mock_server.storage.heads import DATABASE_TIME
from tests.storage.simulation.machine import MACHINE
from tests.storage.simulation.scheduler import BlockedError, Scheduler, ServerCrashError

SENT = ("commit", "run")
"""The steps that may still happen after the server has crashed."""
LOST = 0.004
"""How often a call fails because the connection is lost."""
LOCKED_TABLES = re.compile(r"\s*(?:UPDATE|DELETE FROM|INSERT INTO|SELECT .* FROM) (workspaces|journals|server)\b", re.S)
IDENTITY = re.compile(r"\b(id|workspace|name) = \?")
NEW_WORKSPACE = "INSERT INTO workspaces ("

Lock = tuple[str, object]


class SharedRows:
    """The committed rows of the database, and who has locked what. `on_commit` is called after each commit."""

    def __init__(self, content: bytes | None = None) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        if content is not None:
            self.connection.deserialize(content)
        self.last_identity = 100 if content is not None else 0
        self.locks = dict[Lock, Transaction]()
        self.on_commit: Callable[[], None] = lambda: None
        self._active: Transaction | None = None

    def activate(self, transaction: "Transaction | None") -> None:
        """Show the connection as this transaction sees it."""
        if self._active is transaction:
            return
        if self._active is not None:
            self.connection.execute("ROLLBACK")
        self._active = transaction
        if transaction is not None:
            self.connection.execute("BEGIN")
            try:
                for statement, rows in transaction.writes:
                    self.connection.executemany(statement, rows)
            except sqlite3.Error:
                self.activate(None)
                raise

    def end(self, transaction: "Transaction", *, commits: bool) -> None:
        """End a transaction, and release its locks."""
        try:
            if commits and transaction.writes:
                self.activate(transaction)
                self.connection.execute("COMMIT")
                self._active = None
                self.on_commit()
            elif self._active is transaction:
                self.activate(None)
        finally:
            if self._active is transaction:
                self.activate(None)
            self.locks = {lock: owner for lock, owner in self.locks.items() if owner is not transaction}
            transaction.has_ended = True

    def read(self, statement: str, *values: object) -> list[Row]:
        """Read committed rows."""
        self.activate(None)
        return self.connection.execute(statement, values).fetchall()


class Transaction:
    """A transaction: what it has written, on its own connection."""

    def __init__(self, database: "SimulatedDatabase") -> None:
        self.writes = list[tuple[str, list[Sequence[object]]]]()
        self.has_ended = False
        self._database = database
        self._rows = database.rows

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises UniqueViolationError."""
        if "pg_advisory_xact_lock" in statement:
            return []
        self._interrupt()
        self._lock(statement, values)
        statement, values = self._translate(statement, values)
        self._activate()
        try:
            found = self._rows.connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.IntegrityError as error:
            raise UniqueViolationError from error
        if not statement.lstrip().startswith("SELECT"):
            self.writes.append((statement.partition(" RETURNING ")[0], [tuple(values)]))
        return found

    def _translate(self, statement: str, values: Sequence[object]) -> tuple[str, Sequence[object]]:
        """Return the statement for SQLite. As in PostgreSQL, an identity that was given once is not given again."""
        if statement.startswith(NEW_WORKSPACE):
            self._rows.last_identity += 1
            statement = statement.replace(NEW_WORKSPACE, f"{NEW_WORKSPACE}id, ").replace("(?, 0", "(?, ?, 0")
            return statement, (self._rows.last_identity, *values)
        statement = statement.replace(DATABASE_TIME, repr(MACHINE.database_seconds()))
        identity = "BIGINT GENERATED ALWAYS AS IDENTITY"
        return statement.replace(" FOR UPDATE", "").replace(identity, "INTEGER"), values

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement once for each row."""
        self._interrupt()
        bound = [tuple(row) for row in rows]
        self._activate()
        try:
            self._rows.connection.executemany(statement, bound)
        except sqlite3.IntegrityError as error:
            raise UniqueViolationError from error
        self.writes.append((statement, bound))

    async def run(self, work: Work[Result]) -> Result:
        """Run a function within the transaction. Raises StorageError."""
        earlier = list(self.writes)

        def effect() -> Result:
            self.writes[:] = earlier
            self._rows.activate(None)
            return work(self)

        result: Result = await self._database.wait("run in a transaction", effect)
        return result

    async def commit(self) -> None:
        """End the transaction and keep its changes. Raises StorageError if that is not certain."""
        try:
            await self._database.wait("commit", lambda: self._end(commits=True), may_be_kept=True)
        finally:
            self._end(commits=False)

    async def rollback(self) -> None:
        """End the transaction and drop its changes, as a lost connection does, too."""
        try:
            await self._database.wait("rollback", lambda: self._end(commits=False))
        finally:
            self._end(commits=False)

    def _end(self, *, commits: bool) -> None:
        if not self.has_ended:
            self._database.end(self, commits=commits)

    def _interrupt(self) -> None:
        if self._database.is_shared:
            self._database.scheduler.interrupt()

    def _activate(self) -> None:
        try:
            self._rows.activate(self)
        except sqlite3.IntegrityError as error:
            raise UniqueViolationError from error

    def _lock(self, statement: str, values: Sequence[object]) -> None:
        table = LOCKED_TABLES.match(statement)
        if table is None or not values or (statement.lstrip().startswith("SELECT") and "FOR UPDATE" not in statement):
            return
        lock = table[1], self._locked_row(table[1], statement, values)
        owner = self._rows.locks.setdefault(lock, self)
        if owner is not self:
            raise BlockedError

    def _locked_row(self, table: str, statement: str, values: Sequence[object]) -> object:
        """Return what identifies the row that a statement locks."""
        found = IDENTITY.search(statement)
        if found is None:
            return values[0]
        value = values[statement[: found.start()].count("?")]
        if table == "workspaces" and found[1] == "name":
            self._activate()
            by_name = self._rows.connection.execute("SELECT id FROM workspaces WHERE name = ?", (value,)).fetchall()
            return by_name[0][0] if by_name else value
        return value


class SimulatedDatabase:
    """The connections of one server. `is_healthy` says that no connection is lost.

    Without others (`is_shared`), it is as SQLite is for one server: nothing happens within a transaction.
    """

    description = "a simulated database"

    def __init__(self, rows: SharedRows, scheduler: Scheduler, *, is_shared: bool = True) -> None:
        self.is_shared = is_shared
        self.losses = 0
        self.rows = rows
        self.scheduler = scheduler
        self.is_healthy = True
        self._has_crashed = False
        self._open = list[Transaction]()

    async def read_beside(self, work: Work[Result]) -> Result:
        """Run a function that only reads. Raises StorageError."""
        return await self.run(work)

    async def run(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction. Raises StorageError, and the exceptions of the function."""
        transaction = self._begin()

        def effect() -> Result:
            transaction.writes.clear()
            try:
                result = work(transaction)
            except BlockedError:
                self.rows.activate(None)
                raise
            except BaseException:
                self.end(transaction, commits=False)
                raise
            self.end(transaction, commits=True)
            return result

        try:
            answer: Result = await self.wait("run", effect, may_be_kept=True)
        except StorageError:
            if not transaction.has_ended:
                self.end(transaction, commits=False)
            raise
        return answer

    async def open(self) -> Transaction:
        """Begin a transaction. Raises StorageError."""
        transaction: Transaction = await self.wait("open", self._begin)
        return transaction

    def run_now(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction, while nothing else happens."""
        transaction = self._begin()
        try:
            with self.scheduler.without_interrupts():
                result = work(transaction)
        except BaseException:
            self.end(transaction, commits=False)
            raise
        self.end(transaction, commits=True)
        return result

    def close(self) -> None:
        """Close all connections."""

    async def wait(self, name: str, effect: Callable[[], Any], *, may_be_kept: bool = False) -> Any:
        """Wait for a step. Now and then, the connection is lost before it, or after it (`may_be_kept`)."""
        self._require_alive()
        chance = self.scheduler.random.random()
        if self.is_healthy and chance < LOST:
            if not may_be_kept or chance < LOST / 2:
                return await self.scheduler.wait(self, f"{name}, lost before", self._lose)
            await self.scheduler.wait(self, f"{name}, lost after", effect)
            raise StorageError
        return await self.scheduler.wait(self, name, effect)

    def end(self, transaction: Transaction, *, commits: bool) -> None:
        """End a transaction, and let those go on that wait for its locks."""
        if transaction in self._open:
            self._open.remove(transaction)
        try:
            self.rows.end(transaction, commits=commits)
        except sqlite3.IntegrityError as error:
            raise UniqueViolationError from error
        finally:
            self.scheduler.unblock()

    def crash(self) -> None:
        """Let the server crash. A commit that was sent may still happen."""
        self._has_crashed = True
        for step in self.scheduler.waiting:
            is_sent = step.server is self and step.name in SENT and not step.is_done and not step.is_blocked
            if is_sent and self.scheduler.random.random() < 0.3:
                self.scheduler.perform_alone(step)
        for transaction in list(self._open):
            self.end(transaction, commits=False)
        self.scheduler.crash(self)

    def _begin(self) -> Transaction:
        self._require_alive()
        transaction = Transaction(self)
        self._open.append(transaction)
        return transaction

    def _lose(self) -> None:
        raise StorageError

    def _require_alive(self) -> None:
        if self._has_crashed:
            raise ServerCrashError
