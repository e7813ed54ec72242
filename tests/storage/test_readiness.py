"""`GET /_mock/health?ready` waits for no transaction of others."""

import asyncio
import threading
from pathlib import Path

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.turn import LoopIteration
from mock_server.storage.database import Cursor
from mock_server.storage.workspaces import StoredWorkspaces


def a_server(folder: Path) -> StoredWorkspaces:
    settings = Settings(data=folder / "tank.db")
    opened = app.open_state(settings)
    assert opened.stored is not None
    app.create_app(settings, opened.workspace, stored=opened.stored)
    return opened.stored


def test_readiness_does_not_wait_for_a_long_transaction(tmp_path: Path) -> None:
    stored, may_end = a_server(tmp_path), threading.Event()

    def work(cursor: Cursor) -> bool:
        cursor.execute("INSERT INTO server (name, value) VALUES ('long', '1')")
        return may_end.wait(60)

    async def ask_meanwhile() -> tuple[bool, bool]:
        long = asyncio.ensure_future(stored.database.run(work))
        await LoopIteration()
        ready = await stored.is_ready()
        has_ended = long.done()
        may_end.set()
        assert await long
        return ready, has_ended

    assert asyncio.run(ask_meanwhile()) == (True, False)
    stored.close()


def test_a_server_without_its_file_is_not_ready(tmp_path: Path) -> None:
    stored = a_server(tmp_path)
    for file in tmp_path.glob("tank.db*"):
        file.unlink()
    assert not asyncio.run(stored.is_ready())
    stored.close()
