"""The command `contracts` tells the rules, how they are checked, and how they last fared."""

import subprocess
from pathlib import Path

import pytest

from contracts.cli import main
from contracts.spec import rules
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import a_failure, a_result, an_outcome
from tests.contracts.suite_process import COMMAND

RULES = rules.load()


def run_contracts(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main.main(arguments)
    return capsys.readouterr().out


def test_the_list_has_a_line_for_each_rule(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_contracts(capsys, "list").splitlines()
    assert [line.split()[0] for line in lines] == list(RULES.rules)
    assert lines[0].split()[:4] == ["BASE-01", "MUST", "stated", "base"]
    assert all(line.endswith(" contracts") for line in lines)


def test_a_rule_is_explained_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    printed = run_contracts(capsys, "explain", "BEV-04", "--report-dir", str(tmp_path))
    assert printed.startswith("BEV-04 (MUST, ruled)\n")
    assert "Operations: " in printed
    assert f"Last: no report in {tmp_path} speaks of it" in printed


def test_explain_shows_the_last_verdict_of_a_rule(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    a_result(a_failure("BEV-07"), an_outcome(Verdict.PASS, "AUTH-01")).write(tmp_path / "result.json", RULES)
    for rule_id, last_verdict in (
        ("BEV-07", "Last: fail at 2026-"),
        ("AUTH-01", "Last: pass at 2026-"),
        ("PKG-01", "Last: no"),
    ):
        assert last_verdict in run_contracts(capsys, "explain", rule_id, "--report-dir", str(tmp_path))


def test_an_unknown_rule_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["explain", "BEV-99"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_closed_pipe_is_not_an_error() -> None:
    with subprocess.Popen([COMMAND, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == ""
    assert listing.returncode == 0


@pytest.mark.parametrize("words", [[], ["inspect"], ["run", "--bogus"], ["explain"]], ids=" ".join)
def test_an_unknown_command_is_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(words)
    assert ended.value.code == 2
    assert "usage: contracts" in capsys.readouterr().err
