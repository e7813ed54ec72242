"""The SARIF report contains findings only, conforms to SARIF 2.1.0, and keeps GitHub's rules for code scanning.

GitHub documents its rules under "SARIF support for code scanning". The tests below state those that concern the report.
"""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest

from contracts.report import sarif
from contracts.results.result import Result
from contracts.spec.rule_lines import FILE_IN_REPOSITORY, find_rule_lines
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

ROOT = Path(__file__).resolve().parents[3]
SCHEMA_TEXT = Path(__file__).with_name("schemas").joinpath("sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")
# A pattern of the schema has a bracket that strict regular expressions require to be escaped.
SCHEMA = json.loads(SCHEMA_TEXT.replace("{2}]?$", r"{2}\\]?$"))
VALIDATOR = jsonschema_rs.Draft4Validator(SCHEMA, validate_formats=True)
EVERY_ENDING = pytest.mark.parametrize(("found", "code"), ENDINGS.values(), ids=ENDINGS)
EVERYTHING_BROKEN = a_result(*(a_failure(rule, contract=f"{rule}::one") for rule in RULES.rules))
ALL_OF_THEM = {**ENDINGS, "everything broken": (EVERYTHING_BROKEN, 1), "all rules": (Result(a_run(), ()), 3)}
EVERY_REPORT = pytest.mark.parametrize("found", [ending for ending, _ in ALL_OF_THEM.values()], ids=ALL_OF_THEM)


def write_document(result: Result, folder: Path) -> dict[str, Any]:
    sarif.write(result, RULES, folder / "results.sarif")
    document: dict[str, Any] = json.loads((folder / "results.sarif").read_text(encoding="utf-8"))
    return document


def write_sarif(result: Result, folder: Path) -> dict[str, Any]:
    (run,) = write_document(result, folder)["runs"]
    return dict(run)


@EVERY_REPORT
def test_the_report_follows_the_schema_of_sarif(found: Result, tmp_path: Path) -> None:
    document = write_document(found, tmp_path)
    VALIDATOR.validate(document)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("/sarif-schema-2.1.0.json")


def test_the_schema_refuses_what_is_no_report(tmp_path: Path) -> None:
    document = write_document(EVERYTHING_BROKEN, tmp_path)
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not VALIDATOR.is_valid(document)


@EVERY_REPORT
def test_each_rule_has_what_code_scanning_shows(found: Result, tmp_path: Path) -> None:
    rules = write_sarif(found, tmp_path)["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) <= 25_000
    for rule in rules:
        assert 0 < len(rule["id"]) <= 255
        assert 0 < len(rule["name"]) <= 255
        for description in ("shortDescription", "fullDescription"):
            assert 0 < len(rule[description]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
        assert 0 < len(rule["properties"]["tags"]) <= 20
        assert rule["properties"]["precision"] in ("very-high", "high", "medium")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert "helpUri" not in rule


@EVERY_REPORT
def test_each_result_has_what_code_scanning_requires(found: Result, tmp_path: Path) -> None:
    run = write_sarif(found, tmp_path)
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) <= 5_000
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
        assert result.get("kind", "fail") == "fail"
        assert len(result["locations"]) == 1
        assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "contractsRule/v1"}


@EVERY_REPORT
def test_each_location_is_the_line_of_the_rule_in_the_repository(found: Result, tmp_path: Path) -> None:
    for result in write_sarif(found, tmp_path)["results"]:
        location = result["locations"][0]["physicalLocation"]
        parts = urlsplit(location["artifactLocation"]["uri"])
        assert (parts.scheme, parts.netloc) == ("", "")
        assert not parts.path.startswith(("/", ".."))
        lines = (ROOT / parts.path).read_text(encoding="utf-8").splitlines()
        assert lines[location["region"]["startLine"] - 1].strip() == f"- id: {result['ruleId']}"


def test_the_report_is_small_enough_to_upload(tmp_path: Path) -> None:
    write_sarif(EVERYTHING_BROKEN, tmp_path)
    assert len(gzip.compress((tmp_path / "results.sarif").read_bytes())) < 10_000_000


def test_every_rule_has_a_line() -> None:
    assert list(find_rule_lines()) == list(RULES.rules)
    assert (ROOT / FILE_IN_REPOSITORY).is_file()


@EVERY_ENDING
def test_there_is_an_error_or_a_warning_exactly_where_a_rule_is_broken(
    found: Result, code: int, tmp_path: Path
) -> None:
    levels = {result["level"] for result in write_sarif(found, tmp_path)["results"]}
    assert bool(levels & {"error", "warning"}) == (code == 1)


@EVERY_ENDING
def test_the_invocation_is_successful_where_the_run_proved_something(found: Result, code: int, tmp_path: Path) -> None:
    (invocation,) = write_sarif(found, tmp_path)["invocations"]
    assert invocation["exitCode"] == code
    assert invocation["executionSuccessful"] == (code != 3)
    messages = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert len(messages) >= len(found.stale) + bool(found.ended)


def test_only_differences_are_results(tmp_path: Path) -> None:
    results = write_sarif(a_result(*one_outcome_per_verdict()), tmp_path)["results"]
    assert {result["ruleId"]: result["level"] for result in results} == {
        RULE_BY_VERDICT[Verdict.FAIL]: "error",
        RULE_BY_VERDICT[Verdict.OBSERVATION]: "note",
    }


def test_what_was_not_checked_is_a_notification(tmp_path: Path) -> None:
    (invocation,) = write_sarif(a_result(*one_outcome_per_verdict()), tmp_path)["invocations"]
    notifications = {each["message"]["text"]: each["level"] for each in invocation["toolExecutionNotifications"]}
    assert notifications == {
        "why it is error": "error",
        "not checked: why it is blocked": "warning",
        "not checked: why it is intermittent": "warning",
        "not checked: why it is inconclusive": "warning",
    }


def test_an_observation_is_an_error_where_the_run_is_strict(tmp_path: Path) -> None:
    result = a_result(an_outcome(Verdict.OBSERVATION, "BASE-08"), run=a_run(strict=True))
    assert [each["level"] for each in write_sarif(result, tmp_path)["results"]] == ["error"]


def test_a_should_rule_is_a_warning_and_a_must_rule_an_error(tmp_path: Path) -> None:
    results = write_sarif(a_result(a_failure("BASE-10", "BEV-07")), tmp_path)["results"]
    assert {each["ruleId"]: each["level"] for each in results} == {"BASE-10": "warning", "BEV-07": "error"}


def test_the_rules_are_those_of_the_catalogue(tmp_path: Path) -> None:
    rules = write_sarif(Result(a_run(), (a_failure("BEV-07"),)), tmp_path)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES.rules)
    assert rules[0]["shortDescription"]["text"] == "BASE-01: All paths begin with `/api/v3`."
    assert rules[0]["fullDescription"]["text"] == RULES.rule("BASE-01").claim
    assert "Stated: All paths begin with `/api/v3`." in rules[0]["help"]["text"]
    assert "- **Stated**: All paths begin with `/api/v3`." in rules[0]["help"]["markdown"]


def test_the_operations_of_a_rule_are_logical_locations(tmp_path: Path) -> None:
    results = write_sarif(a_result(a_failure("LAM-01", "BASE-01")), tmp_path)["results"]
    places = {each["ruleId"]: [place["name"] for place in each["locations"][0]["logicalLocations"]] for each in results}
    assert places == {"BASE-01": ["every operation"], "LAM-01": list(RULES.rule("LAM-01").operations)}


def test_all_failures_of_a_rule_are_one_result(tmp_path: Path) -> None:
    outcomes = [a_failure("BEV-07", contract=f"evaluation::{number}") for number in range(7)]
    observed = an_outcome(Verdict.OBSERVATION, "BEV-07", contract="evaluation::8")
    failed, noted = write_sarif(a_result(*outcomes, observed), tmp_path)["results"]
    assert failed["message"]["text"] == (
        "BEV-07 is broken: the purchase on the last day. Expected 1, seen 0. Calls: GET /api/v3/events/ -> 200. "
        "Found by evaluation::0, evaluation::1, evaluation::2, evaluation::3, evaluation::4 and 2 more."
    )
    assert len(failed["properties"]["contracts"]) == 7
    assert noted["message"]["text"].startswith("Observation on BEV-07: why it is observation.")


def test_a_finding_has_the_same_fingerprint_in_each_run(tmp_path: Path) -> None:
    first = a_result(a_failure("BEV-07", contract="evaluation::one"), an_outcome(Verdict.OBSERVATION, "BEV-07"))
    second = a_result(
        a_failure("BEV-07", contract="evaluation::two", seen="9", reason="another"),
        an_outcome(Verdict.OBSERVATION, "BEV-07"),
        run=a_run(seed=9, run_id="deadbeef"),
    )
    prints = [
        [each["partialFingerprints"] for each in write_sarif(result, tmp_path)["results"]] for result in (first, second)
    ]
    assert prints[0] == prints[1]
    assert prints[0][0] != prints[0][1]


def test_a_failure_says_what_was_expected_and_seen_and_how(tmp_path: Path) -> None:
    (result,) = write_sarif(a_result(a_failure("BEV-07", broken_parts=("BEV-07.length",))), tmp_path)["results"]
    properties = result["properties"]
    assert (properties["expected"], properties["seen"]) == ("1", "0")
    assert properties["calls"][0].startswith("curl -sS")
    assert properties["brokenParts"] == ["BEV-07.length"]


def test_control_characters_of_the_target_are_escaped(tmp_path: Path) -> None:
    sarif_run = write_sarif(
        a_result(a_failure("BEV-07", reason=HOSTILE_TEXT, seen=HOSTILE_TEXT, case=HOSTILE_TEXT, calls=(HOSTILE_TEXT,))),
        tmp_path,
    )
    assert not {"\x00", "\x1b", "\u202e"} & set(json.dumps(sarif_run["results"], ensure_ascii=False))
