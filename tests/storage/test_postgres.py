"""Servers that share a PostgreSQL database: their start, and a database that breaks off, is away or refuses them."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from threading import Barrier
from typing import Any

import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.domain.formats import parse_timestamp
from mock_server.settings import Settings
from mock_server.storage import schema
from mock_server.storage.database import Database
from tests.asgi_driver import AsgiResponse, Driver
from tests.storage import postgres_cluster
from tests.storage.postgres_cluster import GUARDED_USER, PostgresCluster

BREAK_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
SERVERS = 4
RESULT = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme&revenue=1&purchase="
RESULTS = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme"
numbers = count(1)


class Server:
    """A server in this process whose state is in a database. It opens the database when `begin` has returned."""

    def __init__(self, url: str, begin: Callable[[], Any] = lambda: None) -> None:
        self.url = url
        settings = Settings(database_url=url, clock_mode="frozen", now=parse_timestamp("2026-09-01T12:00:00Z"))
        begin()
        self.opened = app.open_state(settings)
        assert self.opened.stored is not None
        self.stored = self.opened.stored
        self.driver = Driver(app.create_app(settings, self.opened.workspace, stored=self.stored))

    def send(self, method: str, target: str) -> AsgiResponse:
        """Send a request."""
        return asyncio.run(self.driver.request(method, target))

    def list_purchases(self) -> list[int]:
        """Return the numbers of purchases of the results that were added by hand, without those of the sample."""
        rows = self.send("GET", RESULTS).json()
        return sorted(row["purchase"] for row in rows if row["source"] == "manual" and row["purchase"] > 100)


@pytest.fixture
def url(cluster: PostgresCluster) -> str:
    """Return the URL of an empty database."""
    return cluster.create_database(f"empty_{next(numbers)}")


@pytest.fixture
def server(url: str) -> Iterator[Server]:
    started = Server(url)
    try:
        asyncio.run(started.driver.sign_in())
        yield started
    finally:
        started.stored.close()


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.ERROR, "mock_server")
    return lambda: [record.getMessage() for record in caplog.records]


def test_servers_that_start_together_on_an_empty_database_are_one(url: str) -> None:
    together = Barrier(SERVERS)
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(SERVERS))
        servers = list(threads.map(lambda _: Server(url, together.wait), range(SERVERS)))
        for server in servers:
            stack.callback(server.stored.close)
        assert sorted(server.opened.was_stored for server in servers) == [False, True, True, True]
        asyncio.run(servers[0].driver.sign_in())
        for number, server in enumerate(servers, 101):
            server.driver.headers = servers[0].driver.headers
            assert server.send("POST", f"{RESULT}{number}").status == 201
        assert [server.list_purchases() for server in servers] == [[101, 102, 103, 104]] * SERVERS


def test_requests_do_not_notice_that_idle_connections_were_closed(
    server: Server, errors: Callable[[], list[str]]
) -> None:
    for number in (101, 102):
        break_connections(server.url)
        assert server.send("POST", f"{RESULT}{number}").status == 201
        break_connections(server.url)
        assert server.list_purchases()[-1] == number
    assert errors() == []


def break_connections(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute(f"{BREAK_OTHERS} current_database()")


@pytest.mark.parametrize("end", [PostgresCluster.kill, PostgresCluster.stop_at_once])
def test_a_request_while_the_database_is_away_is_503_in_the_platforms_body(
    server: Server, cluster: PostgresCluster, end: Callable[[PostgresCluster], None], errors: Callable[[], list[str]]
) -> None:
    assert server.send("POST", f"{RESULT}101").status == 201
    end(cluster)
    for method, target in (("POST", f"{RESULT}102"), ("GET", RESULTS), ("GET", "/_mock/status")):
        response = server.send(method, target)
        assert (response.status, response.json()["message"]) == (503, "error.internal.unspecified")
        assert response.request_id
    assert server.send("GET", "/_mock/health?ready").status == 503
    assert server.send("GET", "/_mock/health").status == 200
    assert server.send("GET", "/api/v3/status/").status == 200
    assert errors()
    assert all("cannot be used: " in line and "\n" not in line for line in errors())
    cluster.start()
    assert server.list_purchases() == [101]
    assert server.send("POST", f"{RESULT}103").status == 201
    assert server.list_purchases() == [101, 103]


def test_a_database_that_is_away_when_the_server_starts_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'wavetank[postgres]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = refused_start(f"postgresql://wavetank:hidden@127.0.0.1:{port}/tank", capsys)
    assert "PostgreSQL database tank on 127.0.0.1" in line
    assert "Connection refused" in line


def test_a_database_that_goes_away_while_the_server_starts_is_reported_in_one_line(
    cluster: PostgresCluster, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = schema.prepare

    def prepare_and_stop(database: Database) -> None:
        prepare(database)
        cluster.stop_at_once()

    monkeypatch.setattr(schema, "prepare", prepare_and_stop)
    assert "Connection refused" in refused_start(url, capsys)


def test_a_wrong_password_is_reported_in_one_line_without_it(
    cluster: PostgresCluster, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE ROLE {GUARDED_USER} LOGIN PASSWORD 'right'")
    name = url.rpartition("/")[2]
    line = refused_start(cluster.url(name, f"{GUARDED_USER}:hidden"), capsys)
    assert "password authentication failed" in line


def test_a_database_that_does_not_exist_is_reported_in_one_line(
    cluster: PostgresCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 'database "nowhere" does not exist' in refused_start(cluster.url("nowhere", "wavetank:hidden"), capsys)


def refused_start(url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Start a server whose database cannot be used, and return the line that it prints."""
    with pytest.raises(SystemExit) as ended:
        main.main(["serve", "--port", "0", "--database-url", url])
    output = capsys.readouterr()
    assert (ended.value.code, output.out, output.err.count("\n")) == (2, "", 1)
    assert "hidden" not in output.err
    return output.err


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_cluster, "find_binaries", lambda: None)
    assert postgres_cluster.missing_reason() == "needs PostgreSQL, which .ci/run installs"
