"""`mock-server store export` and `import`: what comes out of a database and goes into another one is the same."""

import io
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state.request_journal import Journal
from mock_server.storage import reading, transfer
from mock_server.storage.database import Cursor, Database, StorageSetupError
from mock_server.storage.export_format import ExportFileError, ExportWriter
from mock_server.storage.sqlite import SqliteDatabase
from tests.operations.test_time_step_independence import a_busy_workspace
from tests.storage.kept_workspace import KeptWorkspace, dump_everything
from tests.storage.stored_tables import dump_tables
from tests.storage.test_round_trip import Action, perform

STEPS: list[Action] = [
    ("package", 0, 5, 0),
    ("advance", 0, 4, 0),
    ("sale", 1, 3, 0),
    ("manual", 2, 7, 0),
    ("limit", 0, 1, 0),
    ("faults", 0, 3, 0),
    ("advance", 0, 3, 0),
    ("delete", 1, 2, 0),
]
RECORD_BYTES = 4_000


def fill_with_steps(folder: Path) -> KeptWorkspace:
    """Return a workspace with records, jobs, checkpoints and ended rows in the file `tank.db`."""
    kept = KeptWorkspace(folder, a_busy_workspace())
    for step in STEPS:
        perform(kept.workspace, step)
        kept.commit()
    return kept


def add_records(cursor: Cursor, count: int) -> None:
    """Store records of requests in the journal of the default workspace."""
    ((identity,),) = cursor.execute("SELECT id FROM workspaces WHERE name = 'default'")
    cursor.execute("DELETE FROM journals")
    cursor.execute("INSERT INTO journals (workspace, epoch, first, last) VALUES (?, 0, 1, ?)", (identity, count))
    rows = [
        (identity, 0, number, RECORD_BYTES, b"[%d]" % number * (RECORD_BYTES // 5)) for number in range(1, count + 1)
    ]
    cursor.execute_many("INSERT INTO journal (workspace, epoch, number, size, value) VALUES (?, ?, ?, ?, ?)", rows)


def export(data: Path | None, url: str | None = None) -> bytes:
    output = io.BytesIO()
    with reading.open_reader(data, url) as reader:
        transfer.export(reader, output.write)
    return output.getvalue()


@contextmanager
def an_empty_file() -> Iterator[Database]:
    with TemporaryDirectory() as folder, closing(SqliteDatabase(Path(folder) / "other.db")) as database:
        yield database


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("store")
    kept = fill_with_steps(folder)
    kept.database.run_now(lambda cursor: add_records(cursor, 3))
    kept.database.close()
    return export(folder / "tank.db")


def test_an_import_has_all_rows_of_the_export(tmp_path: Path) -> None:
    kept = fill_with_steps(tmp_path)
    kept.database.run_now(lambda cursor: add_records(cursor, 3))
    rows = kept.database.run_now(dump_tables)
    assert all(rows.values())
    content = export(tmp_path / "tank.db")
    with closing(SqliteDatabase(tmp_path / "other.db")) as other:
        amount = transfer.fill(other, io.BytesIO(content))
        assert other.run_now(dump_tables) == rows
    assert amount == (1, sum(map(len, rows.values())) - 1), "the version has no row of its own"
    assert export(tmp_path / "other.db") == content
    kept.database.close()


def test_a_workspace_of_an_import_is_the_same(tmp_path: Path) -> None:
    kept = fill_with_steps(tmp_path)
    before, key = dump_everything(kept.reopen()), kept.stored.key.to_pem()
    content = export(tmp_path / "tank.db")
    kept.database.close()
    kept.database = SqliteDatabase(tmp_path / "other.db")
    transfer.fill(kept.database, io.BytesIO(content))
    opened = kept._open()
    workspace, was_stored = opened.open_default(lambda key: kept.workspace, Journal())
    assert was_stored
    assert dump_everything(workspace) == before
    assert opened.key.to_pem() == key
    kept.database.close()


def test_a_database_with_workspaces_is_not_filled(tmp_path: Path, content: bytes) -> None:
    kept = fill_with_steps(tmp_path)
    rows = kept.database.run_now(dump_tables)
    with pytest.raises(StorageSetupError, match=r"tank\.db: it is not empty, so nothing was imported"):
        transfer.fill(kept.database, io.BytesIO(content))
    assert kept.database.run_now(dump_tables) == rows
    kept.database.close()


def test_a_database_that_a_server_has_only_prepared_is_filled(tmp_path: Path, content: bytes) -> None:
    with an_empty_file() as database:
        transfer.fill(database, io.BytesIO(content))
        rows = database.run_now(dump_tables)
        for table in ("workspaces", "records", "journals", "journal"):
            database.run_now(lambda cursor, table=table: cursor.execute(f"DELETE FROM {table}"))  # type: ignore[misc]
        transfer.fill(database, io.BytesIO(content))
        assert database.run_now(dump_tables) == rows


def _cut(content: bytes, place: int, byte: int) -> bytes:
    return content[:place]


def _change(content: bytes, place: int, byte: int) -> bytes:
    return content[:place] + bytes([byte]) + content[place + 1 :]


def _insert(content: bytes, place: int, byte: int) -> bytes:
    return content[:place] + bytes([byte]) + content[place:]


def _remove_line(content: bytes, place: int, byte: int) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: place % len(lines)] + lines[place % len(lines) + 1 :])


def _repeat_line(content: bytes, place: int, byte: int) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: place % len(lines) + 1] + lines[place % len(lines) :])


DAMAGES: list[Callable[[bytes, int, int], bytes]] = [_cut, _change, _insert, _remove_line, _repeat_line]


@settings(max_examples=60, deadline=None)
@given(damage=st.sampled_from(DAMAGES), place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_nothing_is_imported_from_a_damaged_file(content: bytes, damage: Any, place: int, byte: int) -> None:
    damaged = damage(content, place % len(content), byte)
    with an_empty_file() as database:
        if damaged == content:
            return
        with pytest.raises(ExportFileError) as raised:
            transfer.fill(database, io.BytesIO(damaged))
        assert "\n" not in str(raised.value)
        tables = database.run_now(lambda cursor: cursor.execute("SELECT name FROM sqlite_master"))
        assert tables == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is not a file that wavetank store export has written"),
        (b"{}\n", "it is not a file that wavetank store export has written"),
        (b"[1]\n", "it is not a file that wavetank store export has written"),
        (b"\xff\xfe\n", "it is not a file that wavetank store export has written"),
        (
            b'{"format":"wavetank-store","version":99}\n',
            "the file has version 99, which needs a newer version of Wavetank",
        ),
        (
            b'{"format":"wavetank-store","version":0}\n',
            "the file has version 0, which no version of Wavetank has written",
        ),
        (b'{"format":"wavetank-store","version":true}\n', "it is not a file that wavetank store export has written"),
        (b"x" * 100, "the file is not complete: its last line is cut"),
    ],
)
def test_a_file_that_is_no_export_of_this_version_is_refused(content: bytes, why: str) -> None:
    with an_empty_file() as database, pytest.raises(ExportFileError, match=why):
        transfer.fill(database, io.BytesIO(content))


def test_an_export_shows_one_moment(tmp_path: Path) -> None:
    kept = fill_with_steps(tmp_path)
    before, output = export(tmp_path / "tank.db"), io.BytesIO()

    def write(line: bytes) -> None:
        """Change the workspace whenever a line is written."""
        kept.workspace.ids.new("cr")
        kept.commit()
        output.write(line)

    with reading.open_reader(tmp_path / "tank.db", None) as reader:
        transfer.export(reader, write)
    assert output.getvalue() == before
    assert export(tmp_path / "tank.db") != before
    kept.database.close()


def test_more_rows_need_no_more_memory(tmp_path: Path) -> None:
    kept, peaks = fill_with_steps(tmp_path), []
    for count in (1_000, 3_000):
        kept.database.run_now(lambda cursor, count=count: _replace_records(cursor, count))  # type: ignore[misc]
        file = tmp_path / f"{count}.jsonl"
        peaks.append([measure_export(tmp_path / "tank.db", file), measure_import(file)])
    kept.database.close()
    few, many = peaks
    assert all(after < before + 500 * RECORD_BYTES for before, after in zip(few, many, strict=True)), peaks


def _replace_records(cursor: Cursor, count: int) -> None:
    cursor.execute("DELETE FROM journal")
    add_records(cursor, count)


def measure_export(data: Path, file: Path) -> int:
    """Return how many bytes Python holds at once at most."""
    with file.open("wb") as output, reading.open_reader(data, None) as reader:
        tracemalloc.start()
        transfer.export(reader, output.write)
        return _stop_measuring()


def measure_import(file: Path) -> int:
    with file.open("rb") as source, an_empty_file() as database:
        tracemalloc.start()
        transfer.fill(database, source)
        return _stop_measuring()


def _stop_measuring() -> int:
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_every_byte_of_a_record_is_kept() -> None:
    value = bytes(range(256))
    with an_empty_file() as database:
        transfer.fill(database, io.BytesIO(_export_of_record(value)))
        assert database.run_now(lambda cursor: cursor.execute("SELECT value FROM journal")) == [(value,)]


def _export_of_record(value: bytes) -> bytes:
    output = io.BytesIO()
    writer = ExportWriter(output.write)
    writer.write_row("workspaces", ("default", 1, 0, "", "", None, None))
    writer.write_row("journal", (0, 1, 3, value))
    writer.finish()
    return output.getvalue()
