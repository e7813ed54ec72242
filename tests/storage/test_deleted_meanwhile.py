"""A workspace that is created or deleted while it is used is there or not: never an error of the server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.asgi_driver import Driver
from tests.storage.stored_server import write_store

USES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/w/one/_mock/clock", None),
    ("GET", "/w/one/api/v3/events/", None),
    ("GET", "/_mock/workspaces", None),
    ("GET", "/_mock/workspaces/one", None),
    ("POST", "/w/one/_mock/clock/advance", {"hours": 1}),
    ("POST", "/w/one/_mock/reset", {}),
    ("POST", "/w/one/_mock/fork", {}),
    ("POST", "/_mock/workspaces", {"name": "two"}),
    ("DELETE", "/_mock/workspaces/two", None),
)
CREATE = ("POST", "/_mock/workspaces", {"name": "one"})
DELETE = ("DELETE", "/_mock/workspaces/one", None)


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    write_store(tmp_path / "tank.db")
    settings = Settings(data=tmp_path / "tank.db", clock_mode="frozen")
    opened = app.open_state(settings)
    assert opened.stored is not None
    yield Driver(app.create_app(settings, opened.workspace, stored=opened.stored))
    opened.stored.close()


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use[0]} {use[1]}")
def test_no_use_of_a_workspace_fails_while_it_is_created_or_deleted(driver: Driver, use: tuple[str, str, Any]) -> None:
    async def send_together() -> set[int]:
        await driver.request("GET", "/_mock/status")
        statuses = set[int]()
        for change in (CREATE, DELETE, CREATE, DELETE, CREATE):
            for order in ([use, change, use, use], [change, use, use, use], [use, use, use, change]):
                answers = await asyncio.gather(*(driver.request(*request) for request in order))
                statuses |= {answer.status for answer in answers}
            await driver.request(*DELETE)
            if change is DELETE:
                continue
            await driver.request(*CREATE)
        return statuses

    assert max(asyncio.run(send_together())) < 500
