"""The store commands, the migration and servers of different versions on PostgreSQL."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mock_server.cli import main
from mock_server.storage import schema, transfer
from mock_server.storage.database import StorageError, StorageSetupError
from mock_server.storage.export_format import ExportFileError
from mock_server.storage.sqlite import SqliteDatabase
from tests.storage.postgres_cluster import PostgresCluster
from tests.storage.stored_server import a_stored_server
from tests.storage.stored_tables import dump_tables
from tests.storage.test_transfer import export, fill_with_steps
from tests.storage.versions import write

if TYPE_CHECKING:
    from mock_server.storage.postgres import PostgresDatabase

NUMBERS = count(1)
STARTS = 4


@pytest.fixture
def url(cluster: PostgresCluster) -> str:
    """The URL of an empty database."""
    return cluster.create_database(f"store_{next(NUMBERS)}")


def connect(url: str) -> "closing[PostgresDatabase]":
    from mock_server.storage.postgres import PostgresDatabase

    return closing(PostgresDatabase(url))


def run(*arguments: str) -> int:
    """Run a command and return its exit status."""
    try:
        main.main(["store", *arguments])
    except SystemExit as exited:
        return int(exited.code or 0)
    return 0


def test_an_export_fills_a_database_of_the_other_kind(tmp_path: Path, cluster: PostgresCluster, url: str) -> None:
    fill_with_steps(tmp_path).database.close()
    content = export(tmp_path / "tank.db")
    with connect(url) as shared:
        transfer.fill(shared, io.BytesIO(content))
        with pytest.raises(StorageSetupError, match="it is not empty, so nothing was imported"):
            transfer.fill(shared, io.BytesIO(content))
        rows = shared.run_now(dump_tables)
    again = export(None, url)
    with closing(SqliteDatabase(tmp_path / "other.db")) as other:
        transfer.fill(other, io.BytesIO(again))
        assert other.run_now(dump_tables) == rows
    assert len(again) == len(content)


def test_nothing_is_imported_from_a_damaged_file(tmp_path: Path, url: str) -> None:
    fill_with_steps(tmp_path).database.close()
    with connect(url) as shared, pytest.raises(ExportFileError):
        transfer.fill(shared, io.BytesIO(export(tmp_path / "tank.db")[:-10]))
    with pytest.raises(StorageSetupError, match="it contains no state of Wavetank"):
        export(None, url)


@pytest.mark.parametrize("version", range(1, schema.VERSION + 1))
def test_an_export_of_each_version_is_imported(url: str, version: int) -> None:
    with connect(url) as shared:
        assert transfer.fill(shared, io.BytesIO(write.export_file(version).read_bytes())).workspaces == 1
        assert shared.run_now(lambda cursor: cursor.execute("SELECT format FROM workspaces")) == [(schema.VERSION,)]


def test_the_commands_work_beside_a_server(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with a_stored_server(None, url) as server:
        server.send("POST", "/_mock/workspaces", {"name": "two", "seed": 7})
        for _ in range(3):
            server.send("POST", "/_mock/clock/advance", {"days": 1})
        server.send("POST", "/_mock/reset", {"seed": 7})
        assert run("check", "--database-url", url) == 0
        assert run("export", str(tmp_path / "export.jsonl"), "--database-url", url) == 0
        with connect(url) as shared:
            shared.run_now(lambda cursor: cursor.execute("UPDATE workspaces SET expires_at = 1 WHERE name = 'two'"))
        capsys.readouterr()
        assert run("compact", "--database-url", url) == 0
        assert capsys.readouterr().out.startswith("deleted 1 expired workspace, ")
        assert server.send("GET", "/_mock/status").status == 200
        assert server.send("POST", "/_mock/clock/advance", {"days": 1}).status == 200
        assert server.send("GET", "/w/two/_mock/status").status == 404
        assert run("check", "--database-url", url) == 0
    assert run("import", str(tmp_path / "export.jsonl"), "--data", str(tmp_path / "tank.db")) == 0
    assert run("check", "--data", str(tmp_path / "tank.db")) == 0


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_servers_that_start_at_once_migrate_the_tables_once(url: str, version: int) -> None:
    with connect(url) as shared:
        shared.run_now(lambda cursor: schema.find_or_create(cursor, shared, version))

    def start() -> None:
        with connect(url) as shared:
            schema.prepare(shared)

    with ThreadPoolExecutor(STARTS) as servers:
        for started in [servers.submit(start) for _ in range(STARTS)]:
            started.result()
    with connect(url) as shared:
        versions = shared.run_now(lambda cursor: cursor.execute("SELECT value FROM server WHERE name = 'version'"))
    assert versions == [(str(schema.VERSION),)]


def test_a_server_that_meets_a_later_version_while_it_runs_answers_503(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_stored_server(None, url) as server:
        server.sign_in()
        with monkeypatch.context() as newer, connect(url) as shared:
            newer.setitem(schema.MIGRATIONS, schema.VERSION, lambda cursor: None)
            newer.setattr(schema, "VERSION", schema.VERSION + 1)
            schema.prepare(shared)
        before = export_of_newer(url, monkeypatch)
        row = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme&purchase=3"
        requests = [
            ("GET", "/api/v3/events/", None),
            ("POST", row, None),
            ("GET", "/_mock/status", None),
            ("GET", "/_mock/journal", None),
            ("POST", "/_mock/reset", {}),
            ("POST", "/_mock/workspaces", {}),
            ("DELETE", "/_mock/workspaces/two", None),
        ]
        for method, target, body in requests:
            response = server.send(method, target, body)
            assert (response.status, response.json()["message"]) == (503, "error.internal.unspecified"), target
            assert response.request_id
        with pytest.raises(StorageError):
            server.stored.journal_of(server.stored.registry.default).write_now()
        assert server.send("GET", "/_mock/health").status == 200
        assert server.send("GET", "/_mock/health?ready").status == 503
        assert export_of_newer(url, monkeypatch) == before


def export_of_newer(url: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as newer:
        newer.setattr(schema, "VERSION", schema.VERSION + 1)
        return export(None, url)


def serve(url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a server that cannot start: it exits with 2 and prints one line, which is returned."""
    with pytest.raises(SystemExit) as exited:
        main.main(["serve", "--port", "0", "--database-url", url])
    assert exited.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_a_database_that_only_reads_is_reported_in_one_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = serve(f"{url}?options=-c%20default_transaction_read_only%3Don", capsys)
    assert "read-only transaction" in error


def test_a_user_without_rights_is_reported_in_one_line(
    cluster: PostgresCluster, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with connect(url) as shared:
        shared.run_now(lambda cursor: cursor.execute("CREATE ROLE reader LOGIN"))
    assert "permission denied for schema public" in serve(cluster.url(url.rpartition("/")[2], "reader"), capsys)


def test_tables_of_another_application_are_not_used(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(url) as shared:
        shared.run_now(lambda cursor: cursor.execute("CREATE TABLE records (name TEXT)"))
    assert 'relation "records" already exists' in serve(url, capsys)
    with connect(url) as shared:
        assert shared.run_now(lambda cursor: cursor.execute("SELECT to_regclass('server')")) == [(None,)]
