"""A large change is written in parts, and is there as a whole or not at all, wherever the server is killed."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mock_server.storage import deleting, reading, writing
from mock_server.storage.checking import _check_orphans
from mock_server.storage.database import Result, StorageError, Work
from mock_server.storage.sqlite import SqliteCursor
from tests.storage.stored_server import StoredServer, a_stored_server

MAX_ROWS, PART = 150, 60
SALE = {
    "customer_id": "cus_1",
    "event_id": "evt_abc123",
    "at": "2026-08-01T12:00:00Z",
    "tickets": 1,
    "revenue": 1,
    **dict.fromkeys(("fd", "meta", "external"), "campaign"),
}
UNUSED = "SELECT count(*) FROM records WHERE workspace NOT IN (SELECT content FROM workspaces)"
VISIBLE = (
    "SELECT name, count(*) FROM workspaces JOIN records ON records.workspace = workspaces.content"
    " AND until IS NULL GROUP BY name ORDER BY name"
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a change be large that is not."""
    monkeypatch.setattr(writing, "MAX_ROWS_AT_ONCE", MAX_ROWS)
    monkeypatch.setattr(writing, "ROWS_IN_PART", PART)
    monkeypatch.setattr(deleting, "ROWS_AT_ONCE", PART)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Any]:
    """A database, and a snapshot that has more rows than a transaction writes."""
    file = tmp_path_factory.mktemp("prepared") / "tank.db"
    with a_stored_server(file):
        pass
    content = file.read_bytes()
    with a_stored_server(file) as server:
        server.send("POST", "/_mock/purchases", {"purchases": [SALE] * 3 * MAX_ROWS})
        return content, json.loads(server.send("GET", "/_mock/snapshot").content)


@pytest.fixture
def large(prepared: tuple[bytes, Any]) -> Any:
    """The snapshot."""
    return prepared[1]


@pytest.fixture
def server(tmp_path: Path, prepared: tuple[bytes, Any]) -> Iterator[StoredServer]:
    (tmp_path / "tank.db").write_bytes(prepared[0])
    with a_stored_server(tmp_path / "tank.db") as started:
        yield started


def read(file: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(statement).fetchall()


class Observer:
    """Notes what is committed after each transaction. From call `fails_from` on, all of them fail."""

    def __init__(self, server: StoredServer, file: Path, fails_from: int = 1_000) -> None:
        self.visible = list[Any]()
        self.unused = list[int]()
        self._file, self._fails_from = file, fails_from
        self._run = server.stored.database.run
        server.stored.database.run = self.run  # type: ignore[method-assign]  # it observes

    async def run(self, work: Work[Result]) -> Result:
        if len(self.visible) + 1 >= self._fails_from:
            raise StorageError
        result = await self._run(work)
        self.visible.append(read(self._file, VISIBLE))
        self.unused.append(read(self._file, UNUSED)[0][0])
        return result


def change(server: StoredServer, how: str, large: Any) -> int:
    """Make a large change, and return the status."""
    if how == "fork":
        return server.send("POST", "/_mock/fork", {"name": "copy"}).status
    return server.send("PUT", "/_mock/snapshot", large).status


def test_each_commit_shows_all_of_a_change_or_nothing(server: StoredServer, tmp_path: Path, large: Any) -> None:
    for how, status in (("restore", 200), ("fork", 201)):
        before = read(tmp_path / "tank.db", VISIBLE)
        observer = Observer(server, tmp_path / "tank.db")
        assert change(server, how, large) == status
        after = read(tmp_path / "tank.db", VISIBLE)
        hidden = [visible for visible in observer.visible if visible != after]
        assert hidden == [before] * len(hidden)
        assert len(hidden) > 3 * MAX_ROWS // PART
        assert max(observer.unused) > 3 * MAX_ROWS


@pytest.mark.parametrize("how", ["restore", "fork"])
def test_a_start_deletes_what_was_written_before_a_kill(
    server: StoredServer, tmp_path: Path, large: Any, how: str
) -> None:
    file = tmp_path / "tank.db"
    if how == "fork":
        change(server, "restore", large)
    before = read(file, VISIBLE)
    Observer(server, file, fails_from=6)
    assert change(server, how, large) == 503
    assert read(file, UNUSED)[0][0] > PART
    with reading.open_reader(file, None) as reader:
        assert list(_check_orphans(reader)) == []
    server.stored.close()
    with a_stored_server(file) as again:
        assert again.send("GET", "/w/copy/_mock/status").status == 404
        assert read(file, VISIBLE) == before
        assert read(file, UNUSED) == [(0,)]
        assert change(again, how, large) in (200, 201)


def test_no_transaction_writes_many_rows(server: StoredServer, large: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, execute_many = list[int](), SqliteCursor.execute_many

    def count(self: SqliteCursor, statement: str, rows: Any) -> None:
        rows = list(rows)
        if "records" in statement:
            sizes.append(len(rows))
        execute_many(self, statement, rows)

    monkeypatch.setattr(SqliteCursor, "execute_many", count)
    assert change(server, "restore", large) == 200
    assert change(server, "fork", large) == 201
    assert server.send("POST", "/w/copy/_mock/reset", {}).status == 200
    assert sum(sizes) > 6 * MAX_ROWS
    assert max(sizes) <= MAX_ROWS


def test_what_is_replaced_or_deleted_is_deleted_while_the_server_runs(
    server: StoredServer, tmp_path: Path, large: Any
) -> None:
    requests = [
        ("PUT", "/_mock/snapshot", large),
        ("POST", "/_mock/fork", {"name": "copy"}),
        ("DELETE", "/_mock/workspaces/copy", None),
        ("POST", "/_mock/reset", {}),
    ]

    async def send_all() -> None:
        for method, target, body in requests:
            assert (await server.driver.request(method, target, body)).status in (200, 201, 204)
        task = server.stored._cleaner._task
        assert task is not None
        await task

    asyncio.run(send_all())
    assert read(tmp_path / "tank.db", UNUSED) == [(0,)]
