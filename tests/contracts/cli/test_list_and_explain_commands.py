"""`contracts list` and `contracts explain` print rules, with their contracts, their code and their last result."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.cli import explain, main
from contracts.spec import rules
from contracts.spec.trace import Home
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import a_failure, a_result, an_outcome
from tests.contracts.suite_process import COMMAND
from tests.ending_process import EndingProcess

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
    assert printed.startswith("BEV-04 (MUST, assumed)\n")
    assert "Operations: " in printed
    assert "\nImplemented in: mock_server/operations/due_jobs.py, publish_evaluation\n" in printed
    assert "\n  evaluation_results::" in printed
    assert f"Last result: no report in {tmp_path} covers it" in printed


@pytest.mark.parametrize(
    ("home", "line"),
    [
        pytest.param(Home("mock_server/a.py", "Job.run"), "mock_server/a.py, Job.run", id="a function"),
        pytest.param(Home("mock_server/a.py", ""), "mock_server/a.py", id="a module"),
        pytest.param(None, "not recorded", id="none yet"),
    ],
)
def test_the_home_of_a_rule_is_printed(home: Home | None, line: str, tmp_path: Path) -> None:
    printed = explain.format_rule(replace(RULES.rule("BEV-04"), home=home), tmp_path)
    assert f"\nImplemented in: {line}\n" in printed


def test_the_last_result_of_a_rule_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    a_result(a_failure("BEV-07"), an_outcome(Verdict.PASS, "AUTH-01")).write(tmp_path / "result.json", RULES)
    for rule_id, last_verdict in (
        ("BEV-07", "Last result: broken, 1 of "),
        ("AUTH-01", "Last result: pass, 1 of "),
        ("PKG-01", "Last result: no"),
    ):
        assert last_verdict in run_contracts(capsys, "explain", rule_id, "--report-dir", str(tmp_path))


def test_the_parts_that_the_last_run_did_not_check_are_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    a_result(an_outcome(Verdict.PASS, "BEV-07", parts=("BEV-07.length",))).write(tmp_path / "result.json", RULES)
    printed = run_contracts(capsys, "explain", "BEV-07", "--report-dir", str(tmp_path))
    assert "Last result: pass (partial), 1 of " in printed
    assert "\n  Not checked in this run: The window begins on `email_sent_date`.\n" in printed


@pytest.mark.parametrize(("gotcha", "documentation"), [("G-02", "older and newer"), ("G-07", "older")])
def test_the_documentation_of_a_gotcha_is_printed(
    gotcha: str, documentation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"\nDocumentation: {documentation}\n" in run_contracts(capsys, "explain", gotcha)


def test_an_unknown_rule_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["explain", "BEV-99"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_closed_pipe_is_not_an_error() -> None:
    with EndingProcess([COMMAND, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listing:
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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["explain", "BEV-4"], "contracts: BEV-4 is not in the catalogue; did you mean BEV-04?\n"),
        (["explian", "BEV-04"], "; did you mean explain?\n"),
        (["list", "--report-dri", "x"], "; did you mean --report-dir?\n"),
        (["list", "now"], "contracts list: error: unrecognized arguments: now\n"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(message)
