"""What a client sees of workspaces that are missing or cannot be read, and what stays in memory of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.workspace_registry import WorkspaceNotFoundError
from mock_server.storage.database import StorageSetupError
from mock_server.storage.workspaces import StoredWorkspaces
from tests.asgi_driver import AsgiResponse, Driver
from tests.storage.kept_workspace import keeper
from tests.storage.stored_server import write_store

IMPOSSIBLE_NAMES = ("\0", "a\0b", "\x7f", "ä", "名", "\ud800")


class Server:
    """A server in this process whose state is in a file."""

    def __init__(self, file: Path) -> None:
        write_store(file)
        settings = Settings(data=file, clock_mode="frozen")
        opened = app.open_state(settings)
        assert opened.stored is not None
        self.stored: StoredWorkspaces = opened.stored
        self._driver = Driver(app.create_app(settings, opened.workspace, stored=opened.stored))

    def send(self, method: str, target: str) -> AsgiResponse:
        """Send a request."""
        return asyncio.run(self._driver.request(method, target))

    def make_stale(self) -> None:
        """Let the default workspace be read again by the next request."""
        kept = self.stored.registry.default.keeper
        assert isinstance(kept, keeper.WorkspaceKeeper)
        kept.is_stale = True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "tank.db")
    yield started
    started.stored.close()


@pytest.mark.parametrize("name", IMPOSSIBLE_NAMES, ids=ascii)
def test_a_name_that_no_workspace_can_have_is_not_looked_up(server: Server, name: str) -> None:
    class Unused:
        is_shared = True

    database, server.stored.database = server.stored.database, Unused()  # type: ignore[assignment]
    try:
        for look_up in (server.stored.find, server.stored.delete):
            with pytest.raises(WorkspaceNotFoundError):
                asyncio.run(look_up(name))
    finally:
        server.stored.database = database


def test_such_a_name_in_a_path_is_404(server: Server) -> None:
    response = server.send("GET", f"/w/{quote(chr(0))}/_mock/status")
    assert (response.status, response.json()["message"]) == (404, "error.workspace.not_found")


def test_a_workspace_whose_rows_are_damaged_is_an_internal_error_in_the_platforms_body(server: Server) -> None:
    spoil = "UPDATE records SET value = '{}' WHERE kind = 'part' AND key = 'origin'"
    server.stored.database.run_now(lambda cursor: cursor.execute(spoil))
    server.make_stale()
    response = server.send("GET", "/_mock/status")
    assert (response.status, response.json()["message"]) == (500, "error.internal.unspecified")
    assert response.request_id


def test_a_workspace_that_is_read_again_leaves_no_journal_behind(server: Server) -> None:
    for _ in range(3):
        server.send("GET", "/api/v3/events/")
        server.send("GET", "/_mock/journal")
        server.make_stale()
    server.send("GET", "/_mock/journal")
    default = server.stored.registry.default.journal
    assert len(default) == 3
    assert default.budget.used == default.size


def test_the_jobs_of_a_workspace_that_is_read_again_are_counted_with_those_before(server: Server) -> None:
    counted = server.stored.registry.default.job_counts
    server.make_stale()
    server.send("GET", "/_mock/status")
    assert server.stored.registry.default.job_counts is counted


@pytest.mark.parametrize(
    ("first", "then", "is_refused"),
    [
        pytest.param({}, {"host": "0.0.0.0"}, True, id="made on loopback"),
        pytest.param({}, {"host": "0.0.0.0", "sample_password": "other"}, True, id="the stored password counts"),
        pytest.param({}, {}, False, id="on loopback again"),
        pytest.param({"sample_password": "other"}, {"host": "0.0.0.0"}, False, id="another password"),
        pytest.param({"host": "0.0.0.0"}, {"host": "0.0.0.0"}, False, id="no users"),
    ],
)
def test_users_with_the_known_password_are_served_on_loopback_only(
    tmp_path: Path, first: dict[str, str], then: dict[str, str], *, is_refused: bool
) -> None:
    def start(changes: dict[str, str]) -> None:
        stored = app.open_state(Settings(data=tmp_path / "tank.db", **changes)).stored  # type: ignore[arg-type]
        assert stored is not None
        stored.database.close()

    start(first)
    if not is_refused:
        start(then)
        return
    with pytest.raises(StorageSetupError, match="its sample users have the password wavetank, so it is served on loop"):
        start(then)
    start(first)
