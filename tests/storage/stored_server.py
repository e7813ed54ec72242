"""A server in this process whose state is in a database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_server import app
from mock_server.settings import Settings
from mock_server.storage.keeper import WorkspaceKeeper
from mock_server.storage.workspaces import StoredWorkspaces
from tests.asgi_driver import AsgiResponse, Driver
from tests.builders import START_TIME


@cache
def _new_file() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tank.db"
        opened = app.open_state(Settings(data=file, clock_mode="frozen", now=START_TIME))
        assert opened.stored is not None
        opened.stored.database.close()
        return file.read_bytes()


def write_store(file: Path) -> None:
    """Write a file as the first start of a server does, unless it exists. A copy takes a tenth of the time."""
    if not file.exists():
        file.write_bytes(_new_file())


class StoredServer:
    """A server with a frozen clock. `driver` sends its requests."""

    def __init__(self, file: Path | None, url: str | None = None) -> None:
        if file is not None:
            write_store(file)
        settings = Settings(data=file, database_url=url, clock_mode="frozen", now=START_TIME)
        opened = app.open_state(settings)
        assert opened.stored is not None
        self.stored: StoredWorkspaces = opened.stored
        self.driver = Driver(app.create_app(settings, opened.workspace, stored=opened.stored))

    def send(self, method: str, target: str, body: object = None) -> AsgiResponse:
        """Send a request."""
        return asyncio.run(self.driver.request(method, target, body))

    def make_stale(self) -> None:
        """Let the default workspace be read again by the next request."""
        kept = self.stored.registry.default.keeper
        assert isinstance(kept, WorkspaceKeeper)
        kept.is_stale = True

    def sign_in(self) -> None:
        """Sign in, and send the token with each later request."""
        asyncio.run(self.driver.sign_in())


@contextmanager
def a_stored_server(file: Path | None, url: str | None = None) -> Iterator[StoredServer]:
    """Run a server until the block ends, with its state in an SQLite file or in the PostgreSQL database of a URL."""
    server = StoredServer(file, url)
    try:
        yield server
    finally:
        server.stored.close()
