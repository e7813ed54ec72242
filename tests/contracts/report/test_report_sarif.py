"""The SARIF report contains a result for each contract of each rule; only broken rules are failures."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.report import sarif
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import (
    ENDINGS,
    HOSTILE_TEXT,
    RULE_BY_VERDICT,
    RULES,
    a_failure,
    a_result,
    a_run,
    an_outcome,
    one_outcome_per_verdict,
)

EVERY_ENDING = pytest.mark.parametrize(("found", "code"), ENDINGS.values(), ids=ENDINGS)
KIND_BY_VERDICT = {
    Verdict.FAIL: "fail",
    Verdict.ERROR: "open",
    Verdict.BLOCKED: "open",
    Verdict.INCONCLUSIVE: "open",
    Verdict.OBSERVATION: "review",
    Verdict.KNOWN: "review",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "notApplicable",
}


def write_sarif(result: Result, folder: Path) -> dict[str, Any]:
    sarif.write(result, RULES, folder / "results.sarif")
    document: dict[str, Any] = json.loads((folder / "results.sarif").read_text(encoding="utf-8"))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return dict(run)


@EVERY_ENDING
def test_a_level_is_none_unless_the_kind_is_fail(found: Result, code: int, tmp_path: Path) -> None:
    for result in write_sarif(found, tmp_path)["results"]:
        assert (result["level"] == "none") == (result["kind"] != "fail")
        assert result["message"]["text"]


@EVERY_ENDING
def test_there_is_a_failure_exactly_where_a_rule_is_broken(found: Result, code: int, tmp_path: Path) -> None:
    kinds = {result["kind"] for result in write_sarif(found, tmp_path)["results"]}
    assert ("fail" in kinds) == (code == 1)


@EVERY_ENDING
def test_the_invocation_is_successful_where_the_run_proved_something(found: Result, code: int, tmp_path: Path) -> None:
    (invocation,) = write_sarif(found, tmp_path)["invocations"]
    assert invocation["exitCode"] == code
    assert invocation["executionSuccessful"] == (code != 3)
    messages = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert len(messages) >= len(found.stale) + bool(found.ended)


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_its_kind(verdict: Verdict, tmp_path: Path) -> None:
    results = write_sarif(a_result(*one_outcome_per_verdict()), tmp_path)["results"]
    (result,) = (each for each in results if each["ruleId"] == RULE_BY_VERDICT[verdict])
    assert result["kind"] == KIND_BY_VERDICT[verdict]


def test_an_observation_fails_where_the_run_is_strict(tmp_path: Path) -> None:
    result = a_result(an_outcome(Verdict.OBSERVATION, "BASE-08"), run=a_run(strict=True))
    assert write_sarif(result, tmp_path)["results"][0]["kind"] == "fail"


def test_a_should_rule_is_a_warning_and_a_must_rule_an_error(tmp_path: Path) -> None:
    results = write_sarif(a_result(a_failure("BASE-10", "BEV-07")), tmp_path)["results"]
    assert {each["ruleId"]: each["level"] for each in results} == {"BASE-10": "warning", "BEV-07": "error"}


def test_the_rules_are_those_of_the_catalogue_and_each_result_has_its_index(tmp_path: Path) -> None:
    run = write_sarif(Result(a_run(), (a_failure("BEV-07"),)), tmp_path)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES.rules)
    assert rules[0]["shortDescription"]["text"] == RULES.rule("BASE-01").claim
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert {each["ruleId"] for each in run["results"]} == set(RULES.rules)


def test_the_location_of_a_result_is_its_rules_operations(tmp_path: Path) -> None:
    results = write_sarif(a_result(a_failure("LAM-01", "BASE-01")), tmp_path)["results"]
    places = {each["ruleId"]: [place["name"] for place in each["locations"][0]["logicalLocations"]] for each in results}
    assert places == {"BASE-01": ["every operation"], "LAM-01": list(RULES.rule("LAM-01").operations)}


def test_a_failure_says_what_was_expected_and_seen_and_how(tmp_path: Path) -> None:
    (result,) = write_sarif(a_result(a_failure("BEV-07", contract="evaluation::one", case="a")), tmp_path)["results"]
    assert result["message"]["text"] == "evaluation::one[a]: fail: the purchase on the last day"
    properties = result["properties"]
    assert (properties["expected"], properties["seen"]) == ("1", "0")
    assert properties["calls"][0].startswith("curl -sS")
    assert result["partialFingerprints"] == {"contract/v1": "BEV-07 evaluation::one[a]"}


def test_control_characters_of_the_target_are_escaped(tmp_path: Path) -> None:
    sarif_run = write_sarif(
        a_result(a_failure("BEV-07", reason=HOSTILE_TEXT, seen=HOSTILE_TEXT, case=HOSTILE_TEXT, calls=(HOSTILE_TEXT,))),
        tmp_path,
    )
    assert not {"\x00", "\x1b", "\u202e"} & set(json.dumps(sarif_run["results"], ensure_ascii=False))
