"""`mock-server store check`, `compact`, `export` and `import`."""

import io
import re
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.cli import main
from mock_server.storage import heads, reading, schema
from mock_server.storage.sqlite import SqliteDatabase
from tests.storage.kept_workspace import dump_everything
from tests.storage.stored_server import StoredServer, a_stored_server
from tests.storage.stored_tables import dump_tables
from tests.storage.test_transfer import fill_with_steps


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoredServer]:
    with a_stored_server(tmp_path / "tank.db") as started:
        yield started


@pytest.fixture(scope="module")
def unused(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a file with a workspace."""
    folder = tmp_path_factory.mktemp("unused")
    fill_with_steps(folder).database.close()
    return (folder / "tank.db").read_bytes()


@pytest.fixture
def file(tmp_path: Path, unused: bytes) -> Path:
    """A file with a workspace that no server uses."""
    (tmp_path / "tank.db").write_bytes(unused)
    return tmp_path / "tank.db"


def run(*arguments: str) -> int:
    """Run a command and return its exit status."""
    try:
        main.main(["store", *arguments])
    except SystemExit as exited:
        return int(exited.code or 0)
    return 0


def change(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_check_shows_what_is_stored_beside_a_running_server(
    server: StoredServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.send("POST", "/_mock/workspaces", {"name": "two"})
    before = set(tmp_path.iterdir())
    assert run("check", "--data", str(tmp_path / "tank.db")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"SQLite file {tmp_path / 'tank.db'}: version {schema.VERSION}, \d+\.\d MiB", lines[0])
    assert [line.split(":")[0] for line in lines[1:3]] == ["workspace default", "workspace two"]
    assert "time 2026-09-01T12:00:00Z" in lines[1]
    assert lines[3].startswith("world ")
    assert lines[4:] == ["no problem was found"]
    assert set(tmp_path.iterdir()) == before
    assert server.send("GET", "/_mock/status").status == 200


def test_a_check_creates_no_lock(file: Path) -> None:
    content = file.read_bytes()
    assert run("check", "--data", str(file)) == 0
    assert not Path(f"{file}-lock").exists()
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("DELETE FROM worlds", "workspace default: the world"),
        ("DELETE FROM worlds WHERE part = 2", "has another content than its digest says"),
        ("UPDATE worlds SET value = x'00' WHERE part = 1", "workspace of world"),
        ("UPDATE workspaces SET version = 1", "rows do not fit version 1"),
        ("UPDATE workspaces SET pruned_to = 1000", "is later than version"),
        ("UPDATE records SET value = '{}' WHERE kind = 'part' AND key = 'origin'", "workspace default cannot be read:"),
        ("UPDATE records SET value = '{' WHERE kind = 'events'", "workspace default cannot be read:"),
        ("UPDATE records SET kind = 'others' WHERE kind = 'events'", "'others' is missing or unknown"),
        ("DELETE FROM records WHERE key = 'counters'", "'counters' is missing or unknown"),
        ("UPDATE records SET until = NULL WHERE kind = 'part'", "are valid at the same time"),
        ("UPDATE records SET workspace = 77", "'origin' is missing or unknown"),
        ("INSERT INTO journal SELECT id, 0, 1, 1, x'5b5d' FROM workspaces", "numbers that its journal does not have"),
        ("INSERT INTO journal SELECT id, 0, 1, 1, x'5b5d' FROM workspaces", "the recorded request 1 cannot be read"),
        ("UPDATE server SET value = 'x' WHERE name = 'signing_key'", "the key that signs tokens is damaged"),
        ("UPDATE server SET value = 'x' WHERE name = 'starts'", "the counter starts is damaged"),
    ],
)
def test_a_check_finds_what_does_not_fit(
    file: Path, damage: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(file, damage)
    assert run("check", "--data", str(file)) == 1
    output = capsys.readouterr()
    assert any(line.startswith("problem: ") and problem in line for line in output.out.splitlines()), output.out
    assert output.err == ""


def test_a_store_that_no_server_has_given_a_key_is_healthy(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(file, "DELETE FROM server WHERE name = 'signing_key'")
    assert run("check", "--data", str(file)) == 0
    assert capsys.readouterr().out.endswith("no problem was found\n")


def test_rows_that_a_server_had_no_time_to_delete_are_no_problem(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(file, "INSERT INTO records VALUES (-5, 'events', 'evt_1', 1, NULL, 1, '{}')")
    assert run("check", "--data", str(file)) == 0
    assert "1 rows of no workspace, which the next start of a server deletes" in capsys.readouterr().out
    with a_stored_server(file):
        pass
    assert run("check", "--data", str(file)) == 0
    assert "of no workspace" not in capsys.readouterr().out


def test_a_check_finds_damaged_pages(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the second page on, each page is damaged in its own copy of the file."""
    content, size = file.read_bytes(), 4096
    for page in range(1, len(content) // size, 5):
        damaged = bytearray(content)
        damaged[page * size : page * size + 64] = bytes(64)
        file.write_bytes(damaged)
        assert run("check", "--data", str(file)) in (1, 2)
        output = capsys.readouterr()
        assert "problem: " in output.out or output.err.count("\n") == 1
    file.write_bytes(content)
    assert run("check", "--data", str(file)) == 0


def test_compacting_deletes_what_nobody_needs(
    server: StoredServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tank.db"
    for name in ("one", "two"):
        server.send("POST", "/_mock/workspaces", {"name": name, "seed": 7})
    server.send("POST", "/_mock/clock/advance", {"days": 1})
    for _ in range(3):
        server.send("POST", "/_mock/clock/advance", {"hours": 1})
    for place in range(30):
        server.send("POST", "/_mock/purchases", {"purchases": [a_sale(place)]})
    server.send("POST", "/_mock/rewind", {"to": "2026-09-01T12:00:00Z"})
    server.stored.close()
    change(file, "UPDATE workspaces SET expires_at = 1 WHERE name <> 'default'")
    size, ended = file.stat().st_size, "SELECT count(*) FROM records WHERE until IS NOT NULL"
    had = count_rows(file, ended)
    assert run("compact", "--data", str(file)) == 0
    output = capsys.readouterr().out
    assert output.startswith("deleted 2 expired workspaces, ")
    assert " and 1 world\n" in output
    assert file.stat().st_size < size
    assert count_rows(file, ended) < had / 10
    assert count_rows(file, "SELECT count(DISTINCT digest) FROM worlds") == 1
    assert count_rows(file, "SELECT count(*) FROM workspaces") == 1
    assert run("check", "--data", str(file)) == 0


def a_sale(place: int) -> dict[str, object]:
    sale = {"customer_id": f"cus_{place}", "event_id": "evt_abc123", "at": "2026-08-01T12:00:00Z", "tickets": 1}
    return {**sale, "revenue": 1, **dict.fromkeys(("fd", "meta", "external"), "campaign")}


def count_rows(file: Path, statement: str) -> int:
    connection = sqlite3.connect(file)
    ((count,),) = connection.execute(statement).fetchall()
    connection.close()
    return int(count)


def test_compacting_changes_no_workspace_and_no_checkpoint(tmp_path: Path) -> None:
    kept = fill_with_steps(tmp_path)
    before = dump_everything(kept.reopen())
    kept.database.close()
    ended = "SELECT count(*) FROM records WHERE until IS NOT NULL"
    had = count_rows(tmp_path / "tank.db", ended)
    assert run("compact", "--data", str(tmp_path / "tank.db")) == 0
    assert 0 < count_rows(tmp_path / "tank.db", ended) < had
    kept.database = SqliteDatabase(tmp_path / "tank.db")
    assert dump_everything(kept.reopen()) == before
    kept.database.close()


def test_a_file_that_a_server_has_open_is_neither_compacted_nor_filled(
    server: StoredServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", str(tmp_path / "export.jsonl"), "--data", str(tmp_path / "tank.db")) == 0
    capsys.readouterr()
    for command in (["compact"], ["import", str(tmp_path / "export.jsonl")]):
        assert run(*command, "--data", str(tmp_path / "tank.db")) == 2
        assert capsys.readouterr().err == f"mock-server: {tmp_path / 'tank.db'}: another server uses this file\n"
    assert server.send("GET", "/_mock/status").status == 200


def test_an_old_token_is_valid_after_an_import(server: StoredServer, tmp_path: Path) -> None:
    server.sign_in()
    assert run("export", str(tmp_path / "export.jsonl"), "--data", str(tmp_path / "tank.db")) == 0
    assert stat.S_IMODE((tmp_path / "export.jsonl").stat().st_mode) == 0o600
    assert run("import", str(tmp_path / "export.jsonl"), "--data", str(tmp_path / "other.db")) == 0
    with a_stored_server(tmp_path / "other.db") as other:
        other.driver.headers = server.driver.headers
        assert other.send("GET", "/api/v3/events/").status == 200


def test_an_export_goes_through_a_pipe(
    file: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("export", "-", "--data", str(file)) == 0
    exported = capfdbinary.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(exported)))
    assert run("import", "-", "--data", str(tmp_path / "other.db")) == 0
    assert dump(tmp_path / "other.db") == dump(file)


def dump(file: Path) -> object:
    with reading.open_reader(file, None) as reader:
        return dump_tables(reader)


def test_nothing_remains_of_an_import_that_fails(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exported, other = tmp_path / "export.jsonl", tmp_path / "other.db"
    run("export", str(exported), "--data", str(file))
    exported.write_bytes(exported.read_bytes()[:-20])
    capsys.readouterr()
    assert run("import", str(exported), "--data", str(other)) == 2
    reason = "the file is not complete: its last line is cut"
    assert capsys.readouterr().err == f"mock-server: nothing was imported from {exported}: {reason}\n"
    assert not other.exists()


def test_a_failed_export_leaves_the_earlier_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_text("earlier", encoding="utf-8")
    change(file, "UPDATE server SET value = '99' WHERE name = 'version'")
    assert run("export", str(tmp_path / "export.jsonl"), "--data", str(file)) == 2
    assert (tmp_path / "export.jsonl").read_text(encoding="utf-8") == "earlier"


@pytest.mark.parametrize("command", [["check"], ["compact"], ["export", "x"]], ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "no such file"),
        (b"", "it contains no state of Wavetank"),
        (b"not a database" * 100, "file is not a database"),
    ],
    ids=["no file", "an empty file", "not a database"],
)
def test_a_file_without_a_state_is_reported_in_one_line(
    tmp_path: Path, command: list[str], content: bytes | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tank.db"
    if content is not None:
        file.write_bytes(content)
    assert run(*command, "--data", str(file)) == 2
    assert capsys.readouterr().err == f"mock-server: SQLite file {file}: {why}\n"
    assert (file.read_bytes() if file.exists() else None) == content


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ([], "give --data FILE or --database-url URL"),
        (["--data", "x", "--database-url", "postgresql://x"], "give either --data or --database-url"),
        (["--database-url", "mysql://x"], "argument --database-url: must be a URL such as"),
    ],
)
def test_one_database_must_be_named(flags: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", *flags) == 2
    error = capsys.readouterr().err
    assert why in error
    assert error.count("\n") == 1


def test_the_environment_names_the_database(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_SERVER_DATA", str(file))
    assert run("check") == 0


def test_a_database_that_is_down_is_reported_in_one_line_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    for command in (["check"], ["compact"], ["export", "x"], ["import", __file__]):
        assert run(*command, "--database-url", "postgresql://someone:canary@127.0.0.1:1/tank") == 2
        error = capsys.readouterr().err
        assert error.startswith("mock-server: PostgreSQL database tank on 127.0.0.1: ")
        assert "Connection refused" in error
        assert "canary" not in error
        assert error.count("\n") == 1


def test_a_large_head_is_as_the_keeper_reads_it() -> None:
    assert heads.HEAD.split(", ") == ["id", *schema.COLUMNS["workspaces"], "content"]
