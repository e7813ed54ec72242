"""A commit that PostgreSQL refuses, as on a full disk, is a StorageError, and is not tried again."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from mock_server.storage.database import Cursor, StorageError

postgres = pytest.importorskip("mock_server.storage.postgres", reason="needs psycopg")
psycopg = pytest.importorskip("psycopg", reason="needs psycopg: pip install 'wavetank[postgres]'")

FAILURES = ["DiskFull", "OutOfMemory", "ReadOnlySqlTransaction", "IoError"]


class RefusedConnection:
    """A connection whose statements, or commits, fail."""

    closed = False
    description = None

    def __init__(self, failure: str, fails_at: str) -> None:
        self.calls = list[str]()
        self.info = SimpleNamespace(transaction_status=psycopg.pq.TransactionStatus.INERROR)
        self._error: Exception = getattr(psycopg.errors, failure)("no space left on device")
        self._fails_at = fails_at

    def execute(self, statement: str, values: Any) -> "RefusedConnection":
        self._call("execute")
        return self

    def commit(self) -> None:
        self._call("commit")

    def rollback(self) -> None:
        self._call("rollback")

    def close(self) -> None:
        pass

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self._fails_at:
            raise self._error


def change(cursor: Cursor) -> None:
    cursor.execute("UPDATE workspaces SET version = ?", (1,))


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("fails_at", ["execute", "commit"])
@pytest.mark.parametrize("is_open", [True, False], ids=["an open transaction", "a whole transaction"])
def test_the_change_is_refused_once_and_the_connection_is_kept(
    failure: str, fails_at: str, is_open: bool, caplog: pytest.LogCaptureFixture
) -> None:
    connection = RefusedConnection(failure, fails_at)
    database = postgres.PostgresDatabase("postgresql://wavetank:canary@127.0.0.1:1/tank")
    database._idle = [connection]

    async def run() -> None:
        if not is_open:
            await database.run(change)
            return
        transaction = await database.open()
        await transaction.run(change)
        await transaction.commit()

    with caplog.at_level(logging.ERROR, "mock_server"), pytest.raises(StorageError):
        asyncio.run(run())
    assert connection.calls == ["execute", "commit", "rollback"][:: 1 if fails_at == "commit" else 2]
    assert (database._idle, database.losses) == ([connection], 0)
    assert [record.getMessage() for record in caplog.records] == [
        "the PostgreSQL database tank on 127.0.0.1 cannot be used: no space left on device"
    ]
    database.close()
