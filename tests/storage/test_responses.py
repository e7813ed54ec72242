"""No response begins before its changes are stored, and a client that reads slowly keeps nobody waiting."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from mock_server import app
from mock_server.domain.formats import parse_timestamp
from mock_server.http import responses
from mock_server.settings import Settings
from mock_server.state.workspace import Workspace

START = parse_timestamp("2026-09-01T12:00:00Z")
PATHS = (
    "/_mock/journal",
    "/_mock/journal.har",
    "/_mock/snapshot",
    "/_mock/clock",
    "/openapi.yaml",
    "/api/v3/events/",
)


class Seen:
    """What was true of the workspace when its response began."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.states: list[tuple[bool, bool]] = []

    async def send(self, message: Message) -> None:
        keeper = self._workspace.keeper
        assert keeper is not None
        self.states.append((keeper.has_changes(), self._workspace.turn.is_held))


async def receive() -> Message:
    return {"type": "http.request", "body": b""}


async def ask(application: Any, seen: Seen, path: str) -> None:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "asgi": {}}
    await application(scope, receive, seen.send)


@pytest.mark.parametrize("bytes_at_once", [1, responses.BYTES_AT_ONCE])
@pytest.mark.parametrize("path", PATHS)
def test_a_response_begins_after_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, bytes_at_once: int
) -> None:
    monkeypatch.setattr(responses, "BYTES_AT_ONCE", bytes_at_once)
    settings = Settings(data=tmp_path / "tank.db", clock_mode="frozen", now=START)
    opened = app.open_state(settings)
    assert opened.stored is not None
    application, seen = app.create_app(settings, opened.workspace, stored=opened.stored), Seen(opened.workspace)

    async def fall_due_and_ask() -> None:
        await ask(application, Seen(opened.workspace), path)
        opened.workspace.clock.set(START + timedelta(days=2))
        assert opened.workspace.has_due(opened.workspace.clock.now())
        await ask(application, seen, path)

    asyncio.run(fall_due_and_ask())
    opened.stored.close()
    assert seen.states
    assert set(seen.states) == {(False, False)}
