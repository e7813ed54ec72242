"""A ledger contains all writes, no matter how its process ended."""

import json
import sys
from pathlib import Path

import pytest

from contracts.safety import ledger
from contracts.safety.ledger import Ledger, LedgerError

HEAD = {"run": "r1", "target": "http://127.0.0.1/api/v3", "users": {}}


def a_ledger(folder: Path) -> Ledger:
    return Ledger(ledger.file_of(folder, "r1"), HEAD)


def test_a_run_that_writes_nothing_leaves_no_file(tmp_path: Path) -> None:
    a_ledger(tmp_path / "ledgers").close()
    assert list(tmp_path.iterdir()) == []


def test_recorded_lines_are_read_back(tmp_path: Path) -> None:
    written_ledger = a_ledger(tmp_path)
    written_ledger.record_write("createPackage", "POST /package_builder/packages", {"kind": "package"})
    written_ledger.record_write("setBackhaulDefaults", "POST /partners/p", {})
    written_ledger.record(answer=1, status=201, created={"id": "pkg_1"})
    written_ledger.record(undone="a key")
    written_ledger.close()
    book = ledger.read_contents(written_ledger.file)
    assert book is not None
    assert [(entry.number, entry.status) for entry in book.entries] == [(1, 201), (2, None)]
    assert book.entries_undone_by("package")[0].created == {"id": "pkg_1"}
    assert (book.run_id, book.undone_keys, book.ended) == ("r1", {"a key"}, False)


def test_an_incomplete_last_line_is_ignored_and_removed_when_the_ledger_is_continued(tmp_path: Path) -> None:
    written_ledger = a_ledger(tmp_path)
    written_ledger.record_write("createPackage", "POST /", {})
    written_ledger.close()
    with written_ledger.file.open("ab") as file:
        file.write(b'{"write": 2, "oper')
    book = ledger.read_contents(written_ledger.file)
    assert book is not None
    assert len(book.entries) == 1
    again = Ledger.reopen(written_ledger.file)
    again.record(remaining=[])
    again.close()
    assert [json.loads(line) for line in written_ledger.file.read_text(encoding="utf-8").splitlines()][-1][
        "remaining"
    ] == []


def test_a_ledger_without_a_complete_line_has_no_contents(tmp_path: Path) -> None:
    file = ledger.file_of(tmp_path, "r1")
    file.write_bytes(b'{"ledger": "wavet')
    assert ledger.read_contents(file) is None
    assert ledger.list_unfinished(tmp_path) == []


def test_unfinished_ledgers_are_listed(tmp_path: Path) -> None:
    for run_id, ended in (("r1", True), ("r2", False)):
        written_ledger = Ledger(ledger.file_of(tmp_path, run_id), {**HEAD, "run": run_id})
        written_ledger.record_write("createPackage", "POST /", {})
        if ended:
            written_ledger.record(remaining=[])
        written_ledger.close()
    assert [book.run_id for book in ledger.list_unfinished(tmp_path)] == ["r2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b'{"ledger": "another-1"}\n', "not a ledger in the format", id="another format"),
        pytest.param(
            b'{"ledger": "wavetank-ledger-1"}\nnonsense\n', "line 2 is not a JSON", id="a line that is not JSON"
        ),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = ledger.file_of(tmp_path, "r1")
    file.write_bytes(content)
    with pytest.raises(LedgerError, match=message):
        ledger.read_contents(file)


def test_a_run_id_is_used_once(tmp_path: Path) -> None:
    first = a_ledger(tmp_path)
    first.record(write=1)
    first.close()
    with pytest.raises(LedgerError, match="already exists"):
        a_ledger(tmp_path).record(write=1)


@pytest.mark.skipif(sys.platform == "win32", reason="the platform has no such locks")
def test_a_ledger_whose_run_is_in_progress_is_not_opened(tmp_path: Path) -> None:
    going = a_ledger(tmp_path)
    going.record_write("createPackage", "POST /", {})
    with pytest.raises(LedgerError, match="still in progress"):
        Ledger.reopen(going.file)
    going.close()
    Ledger.reopen(going.file).close()
