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
from tests.storage.stored_server import write_store

START = "2026-09-01T12:00:00Z"
ROUNDS = 8
MAX_ENDED_ROWS = 20
SEEDS = (1, 3, 4)
"""The seeds of the worlds. They are few, because generating a world takes longer than storing it."""
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
        write_store(tmp_path / "tank.db")
        started = Server(data=tmp_path / "tank.db")
    else:
        cluster = request.getfixturevalue("cluster")
        started = Server(database_url=cluster.create_database(f"growth_{next(numbers)}"))
    yield started
    started.stored.close()


def change_seed(server: Server, number: int) -> None:
    server.send("POST", "/_mock/reset", {"seed": SEEDS[number % len(SEEDS)]})


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


def create_and_delete(server: Server, number: int) -> None:
    server.send("POST", "/_mock/workspaces", {"name": "other", "seed": SEEDS[number % len(SEEDS)]})
    server.send("DELETE", "/_mock/workspaces/other")


def reset_another(server: Server, number: int) -> None:
    name = server.send("POST", "/_mock/fork", {}).json()["name"]
    server.send("POST", f"/w/{name}/_mock/reset", {"seed": SEEDS[number % len(SEEDS)]})
    server.send("DELETE", f"/_mock/workspaces/{name}")


@pytest.mark.parametrize("change", [change_seed, create_and_delete, reset_another])
def test_worlds_from_which_no_workspace_has_started_are_deleted(server: Server, change: Any) -> None:
    first = server.count("worlds")
    for number in range(2, 5):
        change(server, number)
        assert server.count("worlds") < 2 * first


def test_a_world_is_kept_as_long_as_a_workspace_has_started_from_it(server: Server) -> None:
    server.send("POST", "/_mock/workspaces", {"name": "one", "seed": 3})
    server.send("POST", "/_mock/workspaces", {"name": "two", "seed": 3})
    server.send("DELETE", "/_mock/workspaces/one")
    server.send("POST", "/_mock/reset", {"seed": 4})
    digests = server.stored.database.run_now(lambda cursor: cursor.execute("SELECT digest FROM worlds WHERE part = 0"))
    used = {server.stored.registry.get("two").world.cache.digest, server.stored.registry.default.world.cache.digest}
    assert {digest for (digest,) in digests} == used
