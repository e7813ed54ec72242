"""`contracts compare` reads two results and tells by its exit code whether something broke."""

import json
from pathlib import Path

import pytest

from contracts.cli import main
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import RULES, a_failure, a_result, an_outcome

KEPT = a_result(an_outcome(Verdict.PASS, "BEV-07"))
BROKEN = a_result(a_failure("BEV-07"))


def save(result: Result, folder: Path) -> str:
    folder.mkdir()
    result.write(folder / "result.json", RULES)
    return str(folder)


def run_compare(*arguments: str) -> int:
    try:
        main.main(["compare", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_a_new_failure_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = save(KEPT, tmp_path / "old"), save(BROKEN, tmp_path / "new")
    assert run_compare(old, new) == 1
    assert "BEV-07    pass -> broken" in capsys.readouterr().out


@pytest.mark.parametrize(("old", "new"), [(KEPT, KEPT), (BROKEN, KEPT), (BROKEN, BROKEN)])
def test_without_a_new_failure_it_ends_with_0(old: Result, new: Result, tmp_path: Path) -> None:
    assert run_compare(save(old, tmp_path / "old"), save(new, tmp_path / "new")) == 0


def test_files_are_taken_as_well_as_folders(tmp_path: Path) -> None:
    old, new = save(KEPT, tmp_path / "old"), save(BROKEN, tmp_path / "new")
    assert run_compare(f"{old}/result.json", f"{new}/result.json") == 1


def test_the_page_and_the_json_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = save(KEPT, tmp_path / "old"), save(BROKEN, tmp_path / "new")
    assert run_compare(old, new, "--json", "--html", str(tmp_path / "page.html")) == 1
    assert [each["rule"] for each in json.loads(capsys.readouterr().out)["newly_broken"]] == ["BEV-07"]
    assert "BEV-07" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, "", "[]", '{"format": "wavetank-result-1"}'], ids=str)
def test_what_is_no_result_ends_with_2(content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, other = save(KEPT, tmp_path / "kept"), tmp_path / "other.json"
    if content is not None:
        other.write_text(content, encoding="utf-8")
    assert run_compare(kept, str(other)) == 2
    assert run_compare(str(other), kept) == 2
    messages = capsys.readouterr().err.splitlines()
    assert len(messages) == 2
    assert all(str(other) in message for message in messages)


def test_a_page_that_cannot_be_written_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = save(KEPT, tmp_path / "kept")
    assert run_compare(kept, kept, "--html", str(tmp_path / "no" / "page.html")) == 2
    assert "page.html" in capsys.readouterr().err
