"""What the store needs of a database, and what both databases have in common.

A transaction is a function of a `Cursor`. It runs in a thread, because the event loop must not wait for a disk. The SQL
is written once, with `?` for each value; values are always bound, never part of the SQL.

Two kinds of transaction exist:

- `Database.run` runs a function as a whole transaction. If the database aborts it because of another transaction, it is
  run again, so the function must not change anything but the database.
- `Database.open` begins a transaction that stays open while the event loop works, for servers that share a database:
  lock the workspace, act, write. It ends with `commit` or `rollback`.

Errors. Whatever the database raises becomes a `StorageError`, which clients receive as a 503. Its cause is logged, and
contains no password.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from mock_server.domain.errors import PlatformError

BEGIN_ATTEMPTS = 3
"""How often the beginning of a transaction is tried."""
Result = TypeVar("Result")
Row: TypeAlias = tuple[Any, ...]


class StorageError(PlatformError):
    """The database cannot be used now. Nothing of the request was kept."""

    key = "error.internal.unspecified"


class StorageSetupError(Exception):
    """The database cannot be opened, for a reason that only the operator can change. The message is one line."""


def explain(error: StorageError) -> str:
    """Return the reason of a failure in one line. The texts of the drivers contain no password."""
    return " ".join(str(error.__cause__ or "it cannot be used").split())


class UniqueViolationError(Exception):
    """A row with the same unique value exists already."""


class Cursor(Protocol):
    """Executes statements within one transaction."""

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute a statement and return its rows. Raises UniqueViolationError, StorageError."""

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement once for each row."""


Work: TypeAlias = Callable[[Cursor], Result]


class OpenTransaction(Protocol):
    """A transaction that was begun and has not ended."""

    async def run(self, work: Work[Result]) -> Result:
        """Run a function within the transaction. Raises StorageError; then the transaction has ended."""

    async def commit(self) -> None:
        """End the transaction and keep its changes. Raises StorageError if that is not certain."""

    async def rollback(self) -> None:
        """End the transaction and drop its changes."""


class Database(Protocol):
    """A database. `is_shared` says that other processes may change it at any time."""

    is_shared: bool
    description: str
    """Where the state is kept, for the start message. It contains no password."""
    losses: int
    """How many connections were lost. After a loss, the database may be another one, which lacks the last commits."""

    async def run(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction. Raises StorageError, and the exceptions of the function."""

    async def read_beside(self, work: Work[Result]) -> Result:
        """Run a function that only reads, without waiting for the transactions of others. Raises StorageError."""

    async def open(self) -> OpenTransaction:
        """Begin a transaction. Raises StorageError."""

    def copy_version(self, version: int) -> str | None:
        """Copy a file that is about to be migrated from this version, and return the copy's name; None for no file.

        Raises StorageError.
        """

    def run_now(self, work: Work[Result]) -> Result:
        """Run a function as a whole transaction, while nothing else happens. It is meant for the start."""

    def close(self) -> None:
        """Close all connections."""


async def begin(database: Database, work: Work[Result]) -> tuple[OpenTransaction, Result]:
    """Begin a transaction whose first statements are those of a function. Return it, and the function's result.

    It begins anew if the database closes the connection or aborts the transaction. Raises StorageError.
    """
    attempt = 1
    while True:
        transaction = await database.open()
        try:
            return transaction, await transaction.run(work)
        except BaseException as error:
            await transaction.rollback()
            if not isinstance(error, StorageError) or attempt == BEGIN_ATTEMPTS:
                raise
        attempt += 1
