"""`contracts gate` compares the last run with a baseline that a repository keeps."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from contracts import results
from contracts.cli import main
from contracts.results import baseline, comparison
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import (
    RULES,
    a_failure,
    a_result,
    a_run,
    an_outcome,
    one_outcome_per_verdict,
)

SCHEMA = json.loads(Path(results.__file__).with_name("result.schema.json").read_text(encoding="utf-8"))
KEPT = a_result(an_outcome(Verdict.PASS, "BEV-07"))
BROKEN = a_result(a_failure("BEV-07"))
EMPTY = a_result(an_outcome(Verdict.BLOCKED, "BEV-07"))
STOPPED = a_result(an_outcome(Verdict.PASS, "BEV-07"), ended="interrupted")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def save_report(result: Result) -> None:
    Path("contracts-report").mkdir(exist_ok=True)
    result.write(Path("contracts-report/result.json"), RULES)


def run_gate(*arguments: str) -> int:
    try:
        main.main(["gate", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(KEPT, KEPT, 0), (BROKEN, KEPT, 0), (BROKEN, BROKEN, 0), (KEPT, BROKEN, 1), (KEPT, EMPTY, 3), (KEPT, STOPPED, 3)],
    ids=["kept", "fixed", "still broken", "newly broken", "nothing checked", "stopped"],
)
def test_the_exit_code_says_whether_something_broke_since_the_baseline(old: Result, new: Result, code: int) -> None:
    save_report(old)
    assert run_gate("--update") == 0
    save_report(new)
    assert run_gate() == code


def test_the_code_that_is_printed_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    save_report(KEPT)
    run_gate("--update")
    save_report(STOPPED)
    assert run_gate() == 3
    out, err = capsys.readouterr()
    assert "(exit code 3)" in out
    assert err == "contracts: no result: interrupted (exit code 3)\n"
    assert run_gate("--json") == 3
    assert json.loads(capsys.readouterr().out)["exit_code"] == 3


@pytest.mark.parametrize("result", [EMPTY, STOPPED], ids=["nothing checked", "stopped"])
def test_a_run_without_a_result_is_no_baseline(result: Result) -> None:
    save_report(result)
    assert run_gate("--update") == 3
    assert not Path("contracts-baseline.json").exists()


def test_without_a_baseline_the_message_says_how_to_write_one(capsys: pytest.CaptureFixture[str]) -> None:
    save_report(KEPT)
    assert run_gate() == 2
    assert "`contracts gate --update` writes it" in capsys.readouterr().err


def test_without_a_run_it_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_gate() == 2
    assert "contracts-report" in capsys.readouterr().err


def test_the_files_are_named_by_options(tmp_path: Path) -> None:
    BROKEN.write(tmp_path / "result.json", RULES)
    assert run_gate("--update", "--baseline", "kept.json", "--report-dir", str(tmp_path)) == 0
    assert run_gate("--baseline", "kept.json", "--report-dir", str(tmp_path), "--markdown", "comment.md") == 0
    assert "### Still broken\n\n- **BEV-07** broken" in Path("comment.md").read_text(encoding="utf-8")


def test_a_baseline_compares_as_its_result_does_and_lacks_what_changes_on_each_run() -> None:
    full = a_result(
        *(an_outcome(Verdict.PASS, "BEV-01", case=str(number)) for number in range(20)),
        a_failure("BEV-07", broken_parts=("BEV-07.length",)),
        an_outcome(Verdict.OBSERVATION, "BASE-08", reason="a header"),
    )
    file = Path("baseline.json")
    baseline.write(full, RULES, file)
    kept = Result.load(file)
    assert len(kept.outcomes) == 3
    for other in (KEPT, BROKEN, full):
        changes = comparison.compare(full, other, RULES), comparison.compare(kept, other, RULES)
        assert [[each.rule.id for each in change.broken] for change in changes] == [
            [each.rule.id for each in changes[0].broken]
        ] * 2
        assert changes[0].differing_facts == changes[1].differing_facts
    assert not comparison.compare(kept, full, RULES).broken
    jsonschema_rs.validator_for(SCHEMA).validate(json.loads(file.read_text(encoding="utf-8")))


def test_runs_with_the_same_verdicts_give_the_same_baseline() -> None:
    other_run = a_run(run_id="0ddba11", start="2027-01-01T00:00:00Z", end="2027-01-01T00:02:00Z", requests=3, seconds=9)
    outcomes = one_outcome_per_verdict(broken_parts=("BEV-07.length",))
    outcomes.append(an_outcome(Verdict.PASS, "AUTH-01", contract="sign_in::another"))
    others = [
        replace(each, seconds=0.5, requests=1, reason=each.reason if each.verdict == "not applicable" else "another")
        for each in outcomes
    ]
    texts = []
    for result in (a_result(*outcomes), a_result(*reversed(others), run=other_run)):
        save_report(result)
        assert run_gate("--update") == 0
        texts.append(Path("contracts-baseline.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("count", "verdict"), [(1, "pass (partial)"), (2, "pass")])
def test_a_baseline_has_the_names_of_the_verdicts_that_the_run_has(
    count: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [part.id for part in RULES.rule("BEV-07").parts][:count]
    save_report(a_result(*(an_outcome(Verdict.PASS, "BEV-07", contract=part, parts=(part,)) for part in parts)))
    run_gate("--update")
    assert capsys.readouterr().out.endswith(f": 1 {verdict}\n")
    kept = Result.load(Path("contracts-baseline.json"))
    assert [each.is_partial for each in kept.rule_results(RULES)] == [count == 1]
