"""The result of a run survives saving and loading, matches its schema, and gives the right exit code."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts import report
from contracts.results import result
from contracts.results.result import Outcome, Result, Run
from contracts.spec.rules import Basis
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

SCHEMA: dict[str, Any] = json.loads(Path(result.__file__).with_name("result.schema.json").read_text(encoding="utf-8"))
EVERY_ENDING = pytest.mark.parametrize(("run_result", "code"), ENDINGS.values(), ids=ENDINGS)


def write_result(run_result: Result, folder: Path) -> dict[str, Any]:
    run_result.write(folder / "result.json", RULES)
    document: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return document


@EVERY_ENDING
def test_a_result_comes_back_as_it_was_written(run_result: Result, code: int, tmp_path: Path) -> None:
    assert write_result(run_result, tmp_path)["exit_code"] == code
    assert Result.load(tmp_path / "result.json") == run_result


@EVERY_ENDING
def test_a_result_follows_its_schema(run_result: Result, code: int, tmp_path: Path) -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(write_result(run_result, tmp_path))


@EVERY_ENDING
def test_the_exit_code_tells_how_a_run_ended(run_result: Result, code: int) -> None:
    assert run_result.exit_code(RULES) == code


def test_a_text_that_is_no_unicode_comes_back_too(tmp_path: Path) -> None:
    run_result = a_result(a_failure("BEV-07", seen="\ud800 and \\ud800"))
    run_result.write(tmp_path / "result.json", RULES)
    assert Result.load(tmp_path / "result.json") == run_result


def test_the_schema_is_a_schema_of_the_year_2020_12() -> None:
    assert SCHEMA["$schema"].endswith("2020-12/schema")
    jsonschema_rs.meta.validate(SCHEMA)


@pytest.mark.parametrize(
    ("described", "fields_of"), [("run", Run), ("outcome", Outcome)], ids=["the run", "an outcome"]
)
def test_the_schema_has_each_field_and_no_other(described: str, fields_of: type) -> None:
    names = [each.name for each in fields(fields_of)]
    assert list(SCHEMA["$defs"][described]["properties"]) == names
    assert SCHEMA["$defs"][described]["required"] == names


def test_the_schema_has_each_verdict_and_no_other() -> None:
    assert SCHEMA["$defs"]["verdict"]["enum"] == [str(verdict) for verdict in Verdict]


@pytest.mark.parametrize(
    "place", [(), ("run",), ("rules", 0), ("outcomes", 0)], ids=["the whole", "the run", "a rule", "an outcome"]
)
def test_the_schema_knows_no_further_key_and_misses_none(place: tuple[str | int, ...], tmp_path: Path) -> None:
    validator = jsonschema_rs.validator_for(SCHEMA)
    for change in ("more", "less"):
        document = write_result(a_result(*one_outcome_per_verdict()), tmp_path)
        within: Any = document
        for step in place:
            within = within[step]
        if change == "more":
            within["surprise"] = 1
        else:
            within.popitem()
        assert not validator.is_valid(document)


def test_everything_in_the_schema_is_described() -> None:
    objects = [SCHEMA, *(each for each in SCHEMA["$defs"].values() if each.get("type") == "object")]
    assert len(objects) == 4
    for each in objects:
        assert each["description"]
        assert each["additionalProperties"] is False
        for member in each["properties"].values():
            assert member.get("description") or member.get("$ref")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"format": "another-1"}',
        '{"format": "wavetank-result-1"}',
        "{",
        '{"format": "wavetank-result-1", "run": 1}',
    ],
    ids=["a list", "another format", "no run", "not JSON", "a run that is a number"],
)
def test_what_is_no_result_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"."):
        Result.load(file)


def test_a_rule_has_the_worst_verdict_of_its_contracts() -> None:
    run_result = a_result(an_outcome(Verdict.PASS, "BEV-07"), a_failure("BEV-07"), an_outcome(Verdict.PASS, "BEV-07"))
    assert [rule_verdict.verdict for rule_verdict in run_result.rule_results(RULES)] == [Verdict.FAIL]
    assert run_result.rule_results(RULES)[0].reason == "the purchase on the last day"


def test_a_rule_that_no_contract_looked_at_is_not_applicable() -> None:
    verdict_by_rule = {each.rule.id: each for each in Result(a_run(), (an_outcome(),)).rule_results(RULES)}
    assert len(verdict_by_rule) == len(RULES.rules)
    assert verdict_by_rule["AUTH-01"].verdict is Verdict.PASS
    assert verdict_by_rule["BEV-07"].verdict is Verdict.NOT_APPLICABLE


def test_an_observation_counts_as_a_failure_only_where_the_run_is_strict() -> None:
    observed = an_outcome(Verdict.OBSERVATION, "BASE-08")
    assert a_result(observed).rule_results(RULES)[0].verdict is Verdict.OBSERVATION
    strict = a_result(observed, run=a_run(strict=True)).rule_results(RULES)[0]
    assert strict.verdict is Verdict.FAIL
    assert strict.reason == "assumed, and the run is strict: why it is observation"


def test_all_reports_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    files = report.write_all(a_result(*one_outcome_per_verdict(reason=HOSTILE_TEXT)), RULES, folder)
    names = {"result.json", "summary.txt", "junit.xml", "report.html", "results.sarif", "summary.md", "badge.svg"}
    assert {file.name for file in files} == names
    assert {file.name for file in folder.iterdir()} == names
    assert all(file.stat().st_size for file in files)


@pytest.mark.parametrize("text", [HOSTILE_TEXT, "\ud800"], ids=["hostile", "no unicode"])
def test_no_text_of_a_target_keeps_a_report_from_being_written(text: str, tmp_path: Path) -> None:
    texts = {"reason": text, "expected": text, "seen": text, "case": text, "calls": (text,), "capsule": text}
    run_result = a_result(
        *one_outcome_per_verdict(**texts), stale=(text,), ended=text, run=a_run(target=text, undone=(text,))
    )
    for file in report.write_all(run_result, RULES, tmp_path):
        written = file.read_text(encoding="utf-8")
        assert "\x1b" not in written
        assert "\x00" not in written


def test_one_of_each_has_every_verdict() -> None:
    verdict_by_rule = {each.rule.id: each.verdict for each in a_result(*one_outcome_per_verdict()).rule_results(RULES)}
    assert verdict_by_rule == {rule: verdict for verdict, rule in RULE_BY_VERDICT.items()}


def a_partial_pass(*parts: str) -> Outcome:
    return an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::one", parts=parts)


def test_a_rule_says_how_many_of_its_contracts_decided() -> None:
    contracts = RULES.rule("BEV-07").contracts
    run_result = a_result(
        an_outcome(Verdict.PASS, "BEV-07", contract=contracts[0], case="a"),
        an_outcome(Verdict.PASS, "BEV-07", contract=contracts[0], case="b"),
        an_outcome(Verdict.NOT_APPLICABLE, "BEV-07", contract=contracts[1]),
    )
    (rule_result,) = run_result.rule_results(RULES)
    assert rule_result.verdict is Verdict.PASS
    assert rule_result.decided_contracts == contracts[:1]
    assert rule_result.contract_count == len(contracts)


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.ERROR])
def test_a_rule_is_no_pass_without_a_contract_that_passed(verdict: Verdict) -> None:
    (rule_result,) = a_result(an_outcome(verdict, "BEV-07")).rule_results(RULES)
    assert rule_result.verdict is verdict
    assert rule_result.decided_contracts == ()


def test_a_documented_part_that_no_contract_checked_makes_the_pass_partial(tmp_path: Path) -> None:
    run_result = a_result(a_partial_pass("BEV-07.length"))
    (rule_result,) = run_result.rule_results(RULES)
    documented = [part.id for part in RULES.rule("BEV-07").parts if part.basis is not Basis.RULED]
    assert [part.id for part in rule_result.unchecked_parts] == [each for each in documented if each != "BEV-07.length"]
    assert rule_result.is_partial
    (written,) = write_result(run_result, tmp_path)["rules"]
    assert written["verdict"] == "pass"
    assert written["unchecked_parts"] == [part.id for part in rule_result.unchecked_parts]
    assert (written["contracts_decided"], written["contracts"]) == (1, rule_result.contract_count)


def test_a_pass_is_whole_when_only_assumed_parts_were_not_checked() -> None:
    documented = [part.id for part in RULES.rule("BEV-07").parts if part.basis is not Basis.RULED]
    (rule_result,) = a_result(a_partial_pass(*documented)).rule_results(RULES)
    assert not rule_result.is_partial


def test_a_documented_part_that_no_contract_can_check_does_not_make_a_pass_partial() -> None:
    rule = RULES.rule("ERR-01")
    unchecked = {part.id for part in rule.parts if part.unchecked_reason}
    assert unchecked
    outcome = an_outcome(
        Verdict.PASS, "ERR-01", parts=tuple(part.id for part in rule.parts if part.id not in unchecked)
    )
    assert not a_result(outcome).rule_results(RULES)[0].is_partial


def test_a_result_of_an_earlier_version_can_be_read(tmp_path: Path) -> None:
    contract = next(part for part in RULES.rule("BEV-07").parts if part.id == "BEV-07.length").contracts[0]
    document = write_result(a_result(a_failure("BEV-07", contract=contract)), tmp_path)
    for outcome in document["outcomes"]:
        del outcome["parts"], outcome["broken_parts"]
    (tmp_path / "result.json").write_text(json.dumps(document), encoding="utf-8")
    (rule_result,) = Result.load(tmp_path / "result.json").rule_results(RULES)
    assert "BEV-07.length" in [part.id for part in rule_result.broken_parts]
    assert all(contract in part.contracts for part in rule_result.broken_parts)


def test_a_difference_that_another_contract_met_in_a_response_is_no_contract_of_the_rule() -> None:
    contract = RULES.rule("BEV-07").contracts[0]
    met = an_outcome(Verdict.OBSERVATION, "BEV-07", contract="responses::getEvaluation", kind=result.RESPONSE_KIND)
    (rule_result,) = a_result(an_outcome(Verdict.PASS, "BEV-07", contract=contract), met).rule_results(RULES)
    assert rule_result.verdict is Verdict.OBSERVATION
    assert rule_result.decided_contracts == (contract,)
    assert rule_result.contract_count == len(RULES.rule("BEV-07").contracts)
