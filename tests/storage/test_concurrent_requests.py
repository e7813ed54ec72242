"""Requests that act in one stored workspace at the same time lose nothing, also if a commit fails."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from mock_server import app
from mock_server.domain.formats import parse_timestamp
from mock_server.settings import Settings
from mock_server.storage import heads, writing
from mock_server.storage.database import Result, StorageError, Work
from mock_server.storage.sqlite import SqliteDatabase
from mock_server.storage.workspaces import StoredWorkspaces
from tests.operations.test_time_step_independence import a_busy_workspace
from tests.storage.kept_workspace import KeptWorkspace

ADD = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme&revenue=1&purchase="
LIST = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme"
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
SALE = {
    "customer_id": "cus_1",
    "event_id": "evt_abc123",
    "at": "2026-08-01T12:00:00Z",
    "tickets": 1,
    "revenue": 1,
    **dict.fromkeys(("fd", "meta", "external"), "campaign"),
}


class Server:
    """A server in this process. `fail_next_commit` makes the next transaction that writes fail, as a full disk does."""

    def __init__(self, file: Path) -> None:
        now = parse_timestamp("2026-09-01T12:00:00Z")
        settings = Settings(data=file, clock_mode="frozen", now=now)
        opened = app.open_state(settings)
        assert opened.stored is not None
        self.stored: StoredWorkspaces = opened.stored
        self.workspace = opened.workspace
        self._app = app.create_app(settings, opened.workspace, stored=opened.stored)
        self._headers: dict[str, str] = {}

    def send(self, *requests: tuple[str, str, Any]) -> list[httpx2.Response]:
        """Send requests at the same time."""

        async def send_all() -> list[httpx2.Response]:
            transport = httpx2.ASGITransport(app=self._app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://mock", headers=self._headers) as client:
                calls = (client.request(method, path, json=body) for method, path, body in requests)
                return await asyncio.gather(*calls)

        return asyncio.run(send_all())

    def sign_in(self) -> None:
        (answer,) = self.send(("POST", "/api/v3/auth", CREDENTIALS))
        self._headers = {"Authorization": f"Bearer {answer.json()['AccessToken']}"}

    def fail_next_commit(self) -> None:
        run = self.stored.database.run

        async def fail(work: Work[Result]) -> Result:
            if "WorkspaceKeeper._write" not in work.__qualname__:
                return await run(work)
            self.stored.database.run = run  # type: ignore[method-assign]  # a disk that is full once
            raise StorageError

        self.stored.database.run = fail  # type: ignore[method-assign]  # a disk that is full once


@contextmanager
def a_server(folder: Path) -> Iterator[Server]:
    server = Server(folder / "tank.db")
    try:
        server.sign_in()
        yield server
    finally:
        server.stored.close()


def additions(numbers: range) -> list[tuple[str, str, Any]]:
    return [("POST", f"{ADD}{number}", None) for number in numbers]


def list_numbers(server: Server) -> Counter[int]:
    (answer,) = server.send(("GET", LIST, None))
    return Counter(row["purchase"] for row in answer.json() if row["purchase"] >= 1_000)


def test_a_request_that_has_ended_does_not_store_what_another_one_has_half_done(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        server.workspace.turn.piece_units = 1
        sales = [{**SALE, "customer_id": f"cus_{number}"} for number in range(20)]
        works = [
            ("POST", "/_mock/purchases", {"purchases": sales}),
            ("POST", "/_mock/clock/advance", {"days": 1}),
        ]
        mixed = [
            request for number in range(1_000, 1_030) for request in (*additions(range(number, number + 1)), *works)
        ]
        answers = server.send(*mixed[:45])
        assert Counter(answer.status_code // 100 for answer in answers)[5] == 0
        acknowledged = [a.json()["purchase"] for a in answers if "purchase=" in str(a.url) and a.status_code == 201]
    with a_server(tmp_path) as again:
        assert list_numbers(again) == Counter(acknowledged)


def test_after_a_failed_commit_all_requests_act_in_one_workspace(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        server.fail_next_commit()
        answers = server.send(*additions(range(1_000, 1_012)))
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses[503] >= 1
        assert statuses[503] + statuses[201] == 12
        added = [answer.json() for answer in answers if answer.status_code == 201]
        assert len({row["id"] for row in added}) == len(added)
        more = server.send(*additions(range(1_100, 1_112)))
        added += [answer.json() for answer in more]
        ids = [answer.headers["x-request-id"] for answer in (*answers, *more)]
        assert len(set(ids)) == len(ids)
    with a_server(tmp_path) as again:
        assert list_numbers(again) == Counter(row["purchase"] for row in added)


def test_a_workspace_that_somebody_else_has_changed_is_not_overwritten(tmp_path: Path) -> None:
    kept = KeptWorkspace(tmp_path, a_busy_workspace())
    old = kept.keeper.head
    kept.workspace.ids.new("cr")
    kept.commit()
    following = old._replace(version=old.version + 1, writer="another")
    with pytest.raises(StorageError):
        kept.database.run_now(lambda cursor: writing.write_head(cursor, following, old.version))
    assert kept.database.run_now(lambda cursor: heads.find_head(cursor, old.name)) == kept.keeper.head


def test_a_refused_change_does_not_stop_the_changes_that_are_committed_with_it(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "tank.db")
    insert = "INSERT INTO numbers VALUES (?)"
    database.run_now(lambda cursor: cursor.execute("CREATE TABLE numbers (number INTEGER UNIQUE)"))

    async def run_together() -> list[Any]:
        repeated = database.run(lambda cursor: cursor.execute_many(insert, [(1,), (2,), (2,)]))
        valid = database.run(lambda cursor: cursor.execute_many(insert, [(1,)]))
        return await asyncio.gather(repeated, valid, return_exceptions=True)

    refused, accepted = asyncio.run(run_together())
    assert isinstance(refused, StorageError)
    assert accepted is None
    assert database.run_now(lambda cursor: cursor.execute("SELECT number FROM numbers")) == [(1,)]
    database.close()


def test_a_transaction_gives_its_connection_back_when_its_work_fails() -> None:
    postgres = pytest.importorskip("mock_server.storage.postgres", reason="psycopg is not installed")
    pytest.importorskip("psycopg", reason="psycopg is not installed")

    class OneConnection:
        given_back = 0

        async def in_thread(self, function: Any, *args: Any) -> Any:
            return function(*args)

        async def give_back(self, connection: object) -> None:
            self.given_back += 1

    def fail(cursor: object) -> None:
        raise StorageError

    database = OneConnection()
    transaction = postgres.PostgresTransaction(database, None)
    with pytest.raises(StorageError):
        asyncio.run(transaction.run(fail))
    asyncio.run(transaction.rollback())
    assert database.given_back == 1


def test_threads_that_close_the_same_dead_connections_do_not_fail() -> None:
    """Another thread takes the last connection between a look at the list and its removal."""
    postgres = pytest.importorskip("mock_server.storage.postgres", reason="psycopg is not installed")
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

    class TakenByOthers(list[Any]):
        def __bool__(self) -> bool:
            return True

    class Dead:
        closed = True
        info = SimpleNamespace(transaction_status=psycopg.pq.TransactionStatus.IDLE)

    database = postgres.PostgresDatabase("postgresql://wavetank@127.0.0.1:1/tank")
    database._idle = TakenByOthers()
    database._put_back(Dead())
    with pytest.raises(psycopg.OperationalError, match="refused"):
        database._take_connection()
    database._idle = []
    database.close()
