"""A ledger tells what was written, however its process ended."""

import json
import sys
from pathlib import Path

import pytest

from contracts.safety import ledger
from contracts.safety.ledger import Ledger, LedgerError

HEAD = {"run": "r1", "target": "http://127.0.0.1/api/v3", "people": {}}


def a_ledger(folder: Path) -> Ledger:
    return Ledger(ledger.place(folder, "r1"), HEAD)


def test_a_run_that_writes_nothing_leaves_no_file(tmp_path: Path) -> None:
    a_ledger(tmp_path / "ledgers").close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_noted_is_read_again(tmp_path: Path) -> None:
    noted = a_ledger(tmp_path)
    noted.write("createPackage", "POST /package_builder/packages", {"kind": "package"})
    noted.write("setBackhaulDefaults", "POST /partners/p", {})
    noted.note(answer=1, status=201, made={"id": "pkg_1"})
    noted.note(undone="a key")
    noted.close()
    book = ledger.read(noted.file)
    assert book is not None
    assert [(entry.number, entry.status) for entry in book.entries] == [(1, 201), (2, None)]
    assert book.undoes("package")[0].made == {"id": "pkg_1"}
    assert (book.run_id, book.done, book.ended) == ("r1", {"a key"}, False)


def test_a_torn_line_is_no_line_and_is_cut_off_when_the_ledger_goes_on(tmp_path: Path) -> None:
    noted = a_ledger(tmp_path)
    noted.write("createPackage", "POST /", {})
    noted.close()
    with noted.file.open("ab") as file:
        file.write(b'{"write": 2, "oper')
    book = ledger.read(noted.file)
    assert book is not None
    assert len(book.entries) == 1
    again = Ledger.again(noted.file)
    again.note(left=[])
    again.close()
    assert [json.loads(line) for line in noted.file.read_text(encoding="utf-8").splitlines()][-1]["left"] == []


def test_a_ledger_without_a_whole_line_says_that_nothing_was_written(tmp_path: Path) -> None:
    file = ledger.place(tmp_path, "r1")
    file.write_bytes(b'{"ledger": "wavet')
    assert ledger.read(file) is None
    assert ledger.unfinished(tmp_path) == []


def test_runs_that_have_not_ended_are_listed(tmp_path: Path) -> None:
    for run_id, ended in (("r1", True), ("r2", False)):
        noted = Ledger(ledger.place(tmp_path, run_id), {**HEAD, "run": run_id})
        noted.write("createPackage", "POST /", {})
        if ended:
            noted.note(left=[])
        noted.close()
    assert [book.run_id for book in ledger.unfinished(tmp_path)] == ["r2"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b'{"ledger": "another-1"}\n', "no ledger in the format", id="another format"),
        pytest.param(b'{"ledger": "wavetank-ledger-1"}\nnonsense\n', "line 2 is no JSON", id="a line that is no JSON"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = ledger.place(tmp_path, "r1")
    file.write_bytes(content)
    with pytest.raises(LedgerError, match=told):
        ledger.read(file)


def test_a_run_id_is_good_for_one_run(tmp_path: Path) -> None:
    first = a_ledger(tmp_path)
    first.note(write=1)
    first.close()
    with pytest.raises(LedgerError, match="there already"):
        a_ledger(tmp_path).note(write=1)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
def test_a_ledger_whose_run_is_still_going_is_left_alone(tmp_path: Path) -> None:
    going = a_ledger(tmp_path)
    going.write("createPackage", "POST /", {})
    with pytest.raises(LedgerError, match="still going"):
        Ledger.again(going.file)
    going.close()
    Ledger.again(going.file).close()
