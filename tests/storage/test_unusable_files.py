"""An SQLite file that cannot be used, or not any more: one clear line, or 503, and nothing is damaged.

`test_versions.py` has the files of other versions, `test_shared_stores.py` what PostgreSQL refuses.
"""

import asyncio
import os
import resource
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mock_server.cli import main
from mock_server.storage.database import Cursor
from mock_server.storage.sqlite import SqliteDatabase
from tests.storage.stored_server import StoredServer, a_stored_server

LIST = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme"
ADD = "/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme&revenue=1&purchase="
NOBODY = 65_534
MAX_REQUESTS = 400


def serve(file: Path) -> None:
    """Run a server that cannot start: it exits with 2."""
    with pytest.raises(SystemExit) as exited:
        main.main(["serve", "--port", "0", "--data", str(file)])
    assert exited.value.code == 2


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files but locks, which stay empty."""
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.endswith("-lock")]
    return {file.name: file.read_bytes() for file in files}


def make_foreign_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")


def make_similar_database(file: Path) -> None:
    """It has a table with the name of one of ours."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE server (address TEXT)")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda file: file.write_bytes(b"a text\n" * 500), "file is not a database"),
        (lambda file: file.write_bytes(b"SQLite format 3\0" + bytes(100)), "file is not a database"),
        (lambda file: file.mkdir(), "unable to open database file"),
        (make_foreign_database, "it is the database of another application"),
        (make_similar_database, "it is the database of another application"),
    ],
    ids=["a text", "a broken head", "a folder", "a foreign database", "a similar database"],
)
def test_a_file_that_is_no_store_is_refused_in_one_line(
    tmp_path: Path, make: Callable[[Path], object], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tank.db"
    make(file)
    before = read_files(tmp_path)
    serve(file)
    error = capsys.readouterr().err
    assert str(file) in error
    assert error.endswith(f": {why}\n")
    assert error.count("\n") == 1
    assert read_files(tmp_path) == before


def test_a_file_in_a_folder_that_does_not_exist_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(tmp_path / "absent" / "tank.db")
    assert capsys.readouterr().err == f"mock-server: {tmp_path / 'absent' / 'tank.db'}: No such file or directory\n"


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Let the block run as a user without rights, and yield a folder that this user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="wavetank-"))
    try:
        if os.getuid() == 0:
            os.chown(folder, NOBODY, -1)
            os.seteuid(NOBODY)
        yield folder
    finally:
        os.seteuid(os.getuid())
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("part", ["file", "folder"])
def test_what_is_read_only_is_refused_in_one_line(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    with as_nobody() as folder:
        file = folder / "tank.db"
        with a_stored_server(file):
            pass
        before = read_files(folder)
        if part == "file":
            file.chmod(0o400)
        else:
            Path(f"{file}-lock").unlink()
            folder.chmod(0o555)
        serve(file)
        why = "the file is read-only" if part == "file" else "Permission denied"
        assert capsys.readouterr().err == f"mock-server: {file}: {why}\n"
        assert read_files(folder) == before


def test_a_second_server_is_refused_in_one_line_and_the_first_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tank.db"
    with a_stored_server(file) as server:
        server.sign_in()
        serve(file)
        assert capsys.readouterr().err == f"mock-server: {file}: another server uses this file\n"
        assert server.send("POST", f"{ADD}1001").status == 201
    with a_stored_server(file) as server:
        server.sign_in()
        assert list_numbers(server) == Counter([1001])


@pytest.mark.parametrize("kib", [0, 4, 64, 256])
def test_a_disk_that_is_full_at_the_start_is_reported_in_one_line(
    tmp_path: Path, kib: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The limit of the size of files has the effect of a full disk. A file needs about 1 MiB at the start."""
    file = tmp_path / "tank.db"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kib * 1024, hard))
    try:
        serve(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    error = capsys.readouterr().err
    assert str(file) in error
    assert error.count("\n") == 1
    with a_stored_server(file) as server:
        assert server.send("GET", "/_mock/status").status == 200


def list_numbers(server: StoredServer) -> Counter[int]:
    rows = server.send("GET", LIST).json()
    return Counter(row["purchase"] for row in rows if row["purchase"] >= 1_000)


def limit_pages(server: StoredServer, more: int | None) -> None:
    """Let the file have so many more pages; None removes the limit."""
    connection = server.stored.database._connection  # type: ignore[attr-defined]
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    ((free,),) = connection.execute("PRAGMA freelist_count").fetchall()
    assert free == 0
    connection.execute(f"PRAGMA max_page_count={1_000_000 if more is None else pages + more}").fetchall()


@pytest.mark.parametrize("pages", [0, pytest.param(1, marks=pytest.mark.soak), 5])
def test_a_disk_that_becomes_full_answers_503_and_loses_nothing(tmp_path: Path, pages: int) -> None:
    file, added, refused = tmp_path / "tank.db", list[int](), 0
    with a_stored_server(file) as server:
        server.sign_in()
        limit_pages(server, pages)
        for number in range(1_000, 1_000 + MAX_REQUESTS):
            response = server.send("POST", f"{ADD}{number}")
            if response.status == 201:
                added.append(number)
                continue
            refused += 1
            assert (response.status, response.json()["message"]) == (503, "error.internal.unspecified")
            assert response.request_id
            assert list_numbers(server) == Counter(added), "what was refused is not shown"
            if refused == 3:
                break
        assert refused == 3, "the file never became full"
        assert server.send("POST", "/_mock/clock/advance", {"days": 40}).status == 503
        assert server.send("POST", "/_mock/reset", {"seed": 9}).status == 503
        assert server.send("GET", "/_mock/clock").json()["now"] == "2026-09-01T12:00:00Z"
        limit_pages(server, None)
        for number in (2_000, 2_001):
            assert server.send("POST", f"{ADD}{number}").status == 201
            added.append(number)
        assert list_numbers(server) == Counter(added)
    with a_stored_server(file) as again:
        again.sign_in()
        assert list_numbers(again) == Counter(added)
    main.main(["store", "check", "--data", str(file)])


def test_a_cancelled_transaction_does_not_stop_the_following_ones(tmp_path: Path) -> None:
    database, began, may_end = SqliteDatabase(tmp_path / "tank.db"), Event(), Event()
    database.run_now(lambda cursor: cursor.execute("CREATE TABLE server (value)"))

    def write_slowly(cursor: Cursor) -> None:
        began.set()
        may_end.wait()
        cursor.execute("INSERT INTO server VALUES ('begun')")

    def insert(cursor: Cursor) -> None:
        cursor.execute("INSERT INTO server VALUES ('waiting')")

    async def cancel_both() -> list[Any]:
        begun = asyncio.ensure_future(database.run(write_slowly))
        await asyncio.to_thread(began.wait)
        waiting = asyncio.ensure_future(database.run(insert))
        await asyncio.to_thread(began.wait)  # lets it begin to wait
        begun.cancel()
        waiting.cancel()
        await asyncio.gather(begun, waiting, return_exceptions=True)
        may_end.set()
        return await database.run(lambda cursor: cursor.execute("SELECT value FROM server"))

    assert asyncio.run(cancel_both()) == [("begun",)]
    database.close()


def test_what_is_written_at_the_end_waits_for_what_is_being_written(tmp_path: Path) -> None:
    """Both use one connection, so neither may begin or end the other's transaction."""
    database, began, may_end = SqliteDatabase(tmp_path / "tank.db"), Event(), Event()
    database.run_now(lambda cursor: cursor.execute("CREATE TABLE server (value)"))

    def write_slowly(cursor: Cursor) -> None:
        cursor.execute("INSERT INTO server VALUES ('slow')")
        began.set()
        may_end.wait()

    async def begin() -> None:
        waiting = asyncio.ensure_future(database.run(write_slowly))
        await asyncio.to_thread(began.wait)
        last = asyncio.ensure_future(asyncio.to_thread(database.run_now, insert_last))
        await asyncio.to_thread(may_end.set)
        await asyncio.gather(waiting, last)

    def insert_last(cursor: Cursor) -> None:
        cursor.execute("INSERT INTO server VALUES ('last')")

    asyncio.run(begin())
    assert database.run_now(lambda cursor: cursor.execute("SELECT value FROM server")) == [("slow",), ("last",)]
    database.close()
