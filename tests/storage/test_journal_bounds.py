"""The journals in a database are bounded in bytes, as those in memory are."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.storage.workspaces import StoredWorkspaces
from tests.asgi_driver import Driver

MAX_BYTES = 64 * 1024
RECORD_OVERHEAD = 2 * 1024
NAMES = ("default", "one", "two")


class Server:
    """A server in this process whose state is in a file."""

    def __init__(self, file: Path) -> None:
        settings = Settings(data=file, clock_mode="frozen", journal_bytes=MAX_BYTES)
        opened = app.open_state(settings)
        assert opened.stored is not None
        self.stored: StoredWorkspaces = opened.stored
        self._driver = Driver(app.create_app(settings, opened.workspace, stored=opened.stored))

    def send(self, method: str, *targets: str, body: object = None) -> None:
        async def send_all() -> None:
            for target in targets:
                await self._driver.request(method, target, body)

        asyncio.run(send_all())

    def write_journals(self) -> None:
        """Write what would be written within a second."""
        for workspace in self.stored.registry:
            asyncio.run(self.stored.journal_of(workspace).sync())

    def count_bytes(self) -> int:
        statement = "SELECT COALESCE(SUM(LENGTH(value)), 0) FROM journal"
        return int(self.stored.database.run_now(lambda cursor: cursor.execute(statement))[0][0])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "tank.db")
    for name in NAMES[1:]:
        started.send("POST", "/_mock/workspaces", body={"name": name})
    yield started
    started.stored.close()


@pytest.mark.parametrize("size", [10, 1_000, 7_000])
@pytest.mark.parametrize("names", [NAMES[:1], NAMES])
def test_the_journals_in_the_database_are_bounded_together(server: Server, size: int, names: tuple[str, ...]) -> None:
    text = quote("ab c" * (size // 4))
    for name in names:
        prefix = "" if name == "default" else f"/w/{name}"
        for _ in range(3):
            server.send("GET", *[f"{prefix}/api/v3/events/?{text}"] * 30)
            server.write_journals()
            server.write_journals()
            kept = sum(len(workspace.journal) for workspace in server.stored.registry)
            assert kept > 0
            assert server.count_bytes() <= MAX_BYTES + kept * RECORD_OVERHEAD
