"""Stores, exports and snapshots of earlier versions are read; those of later versions are refused."""

import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from mock_server.cli import main
from mock_server.control.snapshots import operations as snapshots
from mock_server.domain.causes import Cause
from mock_server.domain.models import Customer, Job, Purchase
from mock_server.state import snapshot, snapshot_reader
from mock_server.state.checkpoints import RequesterTimes
from mock_server.state.job_queue import PastJob
from mock_server.state.request_journal import Journal, JournalRecord
from mock_server.state.snapshot import Snapshot
from mock_server.state.snapshot_reader import EarlierVersion
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.storage import reading, rows, schema, transfer
from mock_server.storage.cluster_rows import PackedPackage
from mock_server.storage.database import Cursor, StorageError, StorageSetupError
from mock_server.storage.opening import WorldSources
from mock_server.storage.sqlite import SqliteDatabase
from mock_server.storage.workspaces import StoredWorkspaces
from tests.storage.stored_server import a_stored_server
from tests.storage.stored_tables import dump_tables
from tests.storage.versions import write

VERSIONS = range(1, schema.VERSION + 1)
EARLIER = range(1, schema.VERSION)
KINDS: tuple[Any, ...] = (
    *rows.TABLES.values(),
    *rows.PARTS.values(),
    *(
        Cause,
        Customer,
        Job,
        Purchase,
        PastJob,
        RequesterTimes,
        rows.CheckpointMark,
        rows.DroppedSale,
        JournalRecord,
        PackedPackage,
    ),
)
"""The types of what the tables contain as JSON."""
SHAPES = {1: "44c5379f6972095f", 2: "8424d859bbe1e793", 3: "145f8319b8efcafc"}
"""The digest of these types in each version."""


def build_store(folder: Path, version: int) -> Path:
    """Build the store of a version in a file."""
    file = folder / "tank.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(write.store_file(version).read_text(encoding="utf-8"))
    return file


@contextmanager
def opened(file: Path) -> Iterator[Workspace]:
    """Open a store as a server does, and yield its workspace."""
    with closing(SqliteDatabase(file)) as database:
        stored = StoredWorkspaces(database, WorldSources({}), lambda: 1_790_000_000.0)
        workspace, was_stored = stored.open_default(_no_workspace, Journal())
        assert was_stored
        yield workspace


def _no_workspace(key: object) -> Workspace:
    raise AssertionError


def read_tables(file: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(file)) as connection:
        tables = dump_tables(_Reading(connection))
    del tables["server"]
    return tables


class _Reading:
    """A cursor of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Any = ()) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def execute_many(self, statement: str, rows: Any) -> None:
        self._connection.executemany(statement, rows)


def latest_snapshot() -> bytes:
    return write.snapshot_file(snapshot.VERSION).read_bytes().rstrip()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_each_version_is_read(tmp_path: Path, version: int) -> None:
    file = build_store(tmp_path, version)
    before = read_tables(file)
    with opened(file) as workspace:
        assert write.save_snapshot(workspace) == latest_snapshot()
        assert [record for _, record in workspace.journal.newest_records()] == [write.RECORD]
        assert len(list(workspace.checkpoints)) == 3
    assert read_tables(file) == before
    copy = Path(f"{file}.version-{version}")
    assert copy.exists() == (version in EARLIER)
    with reading.open_reader(file, None) as reader:
        assert schema.read_value(reader, "version") == str(schema.VERSION)
        assert {row[0] for row in reader.execute("SELECT format FROM workspaces")} == {schema.VERSION}


@pytest.mark.parametrize("version", EARLIER)
def test_a_file_is_copied_before_it_is_migrated(tmp_path: Path, version: int) -> None:
    file = build_store(tmp_path, version)
    with closing(sqlite3.connect(file)) as connection:
        before = list(connection.iterdump())
    with opened(file):
        pass
    copy = Path(f"{file}.version-{version}")
    with closing(sqlite3.connect(copy)) as connection:
        assert list(connection.iterdump()) == before
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tank.db", "tank.db-lock", copy.name]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_export_of_each_version_is_imported(tmp_path: Path, version: int) -> None:
    with closing(SqliteDatabase(tmp_path / "tank.db")) as database:
        transfer.fill(database, io.BytesIO(write.export_file(version).read_bytes()))
    with opened(tmp_path / "tank.db") as workspace:
        assert write.save_snapshot(workspace) == latest_snapshot()


@pytest.mark.parametrize("version", range(1, snapshot.VERSION + 1))
def test_a_snapshot_of_each_version_is_restored(version: int) -> None:
    workspace = write.a_small_workspace()
    call = OperationCall(workspace, workspace.clock.now())
    snapshots.restore(call, write.snapshot_file(version).read_bytes())
    assert write.save_snapshot(workspace) == latest_snapshot()


@dataclass(frozen=True, slots=True)
class EarlierClock:
    """The clock of an artificial version 0, which had no speed, and another name for its time."""

    time: datetime
    mode: str


def test_a_snapshot_of_an_artificial_earlier_version_is_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {field.name: get_type_hints(Snapshot)[field.name] for field in fields(Snapshot)}
    namespace = {"__annotations__": {**members, "version": int, "clock": EarlierClock}}
    earlier_kind = dataclass(frozen=True)(type("EarlierSnapshot", (), namespace))

    def convert(earlier: Any) -> Snapshot:
        clock = snapshot.ClockReading(earlier.clock.time, earlier.clock.mode, 1.0)
        same = {name: getattr(earlier, name) for name in members}
        return Snapshot(**{**same, "version": snapshot.VERSION, "clock": clock})

    monkeypatch.setitem(snapshot_reader.EARLIER, 0, EarlierVersion(earlier_kind, convert))
    content = json.loads(latest_snapshot())
    clock = content["clock"]
    content |= {"version": 0, "clock": {"time": clock["now"], "mode": clock["mode"]}}
    workspace = write.a_small_workspace()
    snapshots.restore(OperationCall(workspace, workspace.clock.now()), json.dumps(content).encode())
    assert write.save_snapshot(workspace) == latest_snapshot()


def set_versions(monkeypatch: pytest.MonkeyPatch, *migrations: Any) -> None:
    """Add artificial later versions, each with its migration."""
    for number, migration in enumerate(migrations, schema.VERSION):
        monkeypatch.setitem(schema.MIGRATIONS, number, migration)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + len(migrations))


def test_versions_are_migrated_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first artificial version writes another speed into records, the second one depends on it."""
    file, steps = build_store(tmp_path, 1), list[str]()

    def rewrite(cursor: Cursor) -> None:
        steps.append("rewrite")
        ((value,),) = cursor.execute("SELECT value FROM records WHERE key = 'clock' AND until IS NULL")
        changed = json.dumps({**json.loads(value), "speed": 60.0})
        cursor.execute("UPDATE records SET value = ? WHERE key = 'clock' AND until IS NULL", (changed,))

    def add_table(cursor: Cursor) -> None:
        steps.append("add a table")
        cursor.execute("CREATE TABLE speeds (value TEXT)")
        cursor.execute("INSERT INTO speeds SELECT value FROM records WHERE value LIKE '%60.0%'")

    set_versions(monkeypatch, rewrite, add_table)
    with opened(file) as workspace:
        assert workspace.clock.speed == 60.0
    assert steps == ["rewrite", "add a table"]
    with opened(file):
        assert steps == ["rewrite", "add a table"]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM speeds").fetchall() == [(1,)]
        assert connection.execute("SELECT value FROM server WHERE name = 'version'").fetchall() == [
            (str(schema.VERSION),)
        ]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = build_store(tmp_path, 1)
    with closing(sqlite3.connect(file)) as connection:
        before = list(connection.iterdump())

    def fail(cursor: Cursor) -> None:
        cursor.execute("DELETE FROM records")
        cursor.execute("SELECT no_such_column FROM records")

    set_versions(monkeypatch, fail)
    with (
        pytest.raises(StorageSetupError, match=r"SQLite file .*tank\.db: no such column: no_such_column"),
        opened(file),
    ):
        pass
    with closing(sqlite3.connect(file)) as connection:
        assert list(connection.iterdump()) == before


def test_a_file_that_cannot_be_copied_is_not_migrated(tmp_path: Path) -> None:
    file = build_store(tmp_path, 1)
    before = read_tables(file)
    (tmp_path / "tank.db.version-1").mkdir()
    with pytest.raises(StorageSetupError, match=r"SQLite file .*tank\.db: .*directory"), opened(file):
        pass
    assert read_tables(file) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tank.db", "tank.db-lock", "tank.db.version-1"]


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (
            str(schema.VERSION + 1),
            f"it has version {schema.VERSION + 1} of the tables, which needs a newer version of Wavetank",
        ),
        ("0", "its tables have no known version"),
        ("one", "its tables have no known version"),
    ],
)
def test_a_store_of_another_version_is_refused_in_one_line(
    tmp_path: Path, version: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = build_store(tmp_path, schema.VERSION)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE server SET value = ? WHERE name = 'version'", (version,))
    content = file.read_bytes()
    for command in (["serve", "--port", "0"], ["store", "check"], ["store", "compact"], ["store", "export", "-"]):
        with pytest.raises(SystemExit) as exited:
            main.main([*command, "--data", str(file)])
        assert exited.value.code == 2
        assert capsys.readouterr() == ("", f"mock-server: SQLite file {file}: {why}\n")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        assert connection.execute("SELECT value FROM server WHERE name = 'version'").fetchall() == [(version,)]
    assert len(file.read_bytes()) == len(content)


@pytest.mark.parametrize("command", [["store", "check"], ["store", "compact"], ["store", "export", "-"]])
def test_a_store_of_an_earlier_version_is_migrated_by_a_server_only(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = build_store(tmp_path, 1)
    with pytest.raises(SystemExit):
        main.main([*command, "--data", str(file)])
    why = f"it has version 1 of the tables; wavetank serve migrates it to {schema.VERSION}"
    assert capsys.readouterr().err == f"mock-server: SQLite file {file}: {why}\n"


def test_a_server_that_meets_a_later_version_while_it_runs_answers_503(tmp_path: Path) -> None:
    """`test_shared_stores.py` has the same for servers that share a database."""
    with a_stored_server(tmp_path / "tank.db") as server:
        migrate = "UPDATE workspaces SET format = format + 1", "UPDATE server SET value = '99' WHERE name = 'version'"
        server.send("GET", "/api/v3/events/")
        for statement in migrate:
            server.stored.database.run_now(lambda cursor, statement=statement: cursor.execute(statement))  # type: ignore[misc]
        with pytest.raises(StorageError):
            server.stored.journal_of(server.stored.registry.default).write_now()
        server.make_stale()
        for method, target in (("GET", "/api/v3/events/"), ("GET", "/_mock/status"), ("POST", "/_mock/workspaces")):
            response = server.send(method, target, {} if method == "POST" else None)
            assert (response.status, response.json()["message"]) == (503, "error.internal.unspecified")
            assert response.request_id
        assert server.send("GET", "/_mock/health?ready").status == 503


def test_each_version_has_its_files() -> None:
    assert all(write.store_file(version).exists() and write.export_file(version).exists() for version in VERSIONS)
    assert all(write.snapshot_file(version).exists() for version in range(1, snapshot.VERSION + 1))


def test_what_rows_contain_has_changed_only_with_the_version() -> None:
    """If this fails, increase `schema.VERSION`, add a migration and the new digest, and run `versions/write.py`."""
    described = "\n".join(sorted(_describe(kind) for kind in _reachable(KINDS)))
    assert hashlib.sha256(described.encode()).hexdigest()[:16] == SHAPES[schema.VERSION]


def _reachable(kinds: tuple[Any, ...]) -> set[Any]:
    """Return these types and those of their members."""
    found, waiting = set[Any](), list(kinds)
    while waiting:
        kind = waiting.pop()
        waiting += get_args(kind)
        if isinstance(kind, type) and (is_dataclass(kind) or hasattr(kind, "_fields")) and kind not in found:
            found.add(kind)
            waiting += get_type_hints(kind).values()
    return found


def _describe(kind: Any) -> str:
    names = kind._fields if hasattr(kind, "_fields") else [field.name for field in fields(kind)]
    return f"{kind.__name__}: {', '.join(f'{name} {_describe_hint(get_type_hints(kind)[name])}' for name in names)}"


def _describe_hint(hint: Any) -> str:
    """Return a text that is the same in each version of Python."""
    name = str(getattr(hint, "__name__", hint)) if not get_args(hint) else str(get_origin(hint) or hint)
    members = ", ".join(sorted(map(_describe_hint, get_args(hint))))
    return "union of " + members if get_origin(hint) in (Union, UnionType) else f"{name}[{members}]"
