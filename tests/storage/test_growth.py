"""What is stored does not grow with the number of changes, only with the present state and its checkpoints."""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from mock_server import app
from mock_server.domain.formats import parse_timestamp
from mock_server.settings import Settings
from mock_server.storage import keeper
from mock_server.storage.database import Cursor
from mock_server.storage.workspaces import StoredWorkspaces
from tests.asgi_driver import AsgiResponse, Driver

START = "2026-09-01T12:00:00Z"
ROUNDS = 8
MAX_ENDED_ROWS = 20
numbers = count(1)


class Server:
    """A server in this process whose state is in a database."""

    def __init__(self, **database: Any) -> None:
        settings = Settings(clock_mode="frozen", now=parse_timestamp(START), **database)
        opened = app.open_state(settings)
        assert opened.stored is not None
        self.stored: StoredWorkspaces = opened.stored
        self._driver = Driver(app.create_app(settings, opened.workspace, stored=opened.stored))

    def send(self, method: str, target: str, body: object = None) -> AsgiResponse:
        """Send a request with a JSON body."""
        response = asyncio.run(self._driver.request(method, target, body))
        assert response.status < 300
        return response

    def count(self, table: str) -> int:
        """Return how many rows a table has."""

        def work(cursor: Cursor) -> int:
            return int(cursor.execute(f"SELECT COUNT(*) FROM {table}")[0][0])

        return self.stored.database.run_now(work)


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Server]:
    if request.param == "sqlite":
        started = Server(data=tmp_path / "tank.db")
    else:
        cluster = request.getfixturevalue("cluster")
        started = Server(database_url=cluster.create_database(f"growth_{next(numbers)}"))
    yield started
    started.stored.close()


def change_seed(server: Server, number: int) -> None:
    server.send("POST", "/_mock/reset", {"seed": number})


def alternate(server: Server, number: int) -> None:
    saved = server.send("GET", "/_mock/snapshot").json()
    server.send("POST", "/_mock/reset", {})
    server.send("PUT", "/_mock/snapshot", saved)


def move_and_reset(server: Server, number: int) -> None:
    for _ in range(3):
        server.send("POST", "/_mock/clock/advance", {"days": number})
    server.send("POST", "/_mock/reset", {})


@pytest.mark.parametrize("change", [change_seed, alternate, move_and_reset])
def test_rows_that_nobody_needs_are_deleted(server: Server, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    monkeypatch.setattr(keeper, "MAX_ENDED_ROWS", MAX_ENDED_ROWS)
    first = server.count("records")
    for number in range(1, ROUNDS):
        change(server, number)
        assert server.count("records") <= 2 * first + MAX_ENDED_ROWS
