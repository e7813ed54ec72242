"""The JUnit report lists each rule's contracts; it contains a failure or an error if the exit code is not 0."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from contracts.report import junit
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

TAG_BY_VERDICT = {Verdict.FAIL: "failure", Verdict.ERROR: "error", Verdict.PASS: None}


def write_junit(result: Result, folder: Path) -> ElementTree.Element:
    junit.write(result, RULES, folder / "junit.xml")
    return ElementTree.parse(folder / "junit.xml").getroot()


def find_case(root: ElementTree.Element, rule: str) -> ElementTree.Element:
    (match,) = (case for case in root.iter("testcase") if requirement(case) == rule)
    return match


def requirement(case: ElementTree.Element) -> str | None:
    element = case.find("properties/property[@name='requirement']")
    return element.get("value") if element is not None else None


@pytest.mark.parametrize(("found", "code"), ENDINGS.values(), ids=ENDINGS)
def test_it_has_a_failure_or_error_exactly_where_the_exit_code_is_not_0(
    found: Result, code: int, tmp_path: Path
) -> None:
    root = write_junit(found, tmp_path)
    red = [case for case in root.iter("testcase") if case.find("failure") is not None or case.find("error") is not None]
    assert bool(red) == bool(code)
    assert int(root.get("failures", "")) + int(root.get("errors", "")) == len(red)


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_its_tag_and_its_reason(verdict: Verdict, tmp_path: Path) -> None:
    case = find_case(write_junit(a_result(*one_outcome_per_verdict()), tmp_path), RULE_BY_VERDICT[verdict])
    message_by_tag = {child.tag: child.get("message") for child in case if child.tag != "properties"}
    if verdict is Verdict.PASS:
        assert message_by_tag == {}
    elif verdict is Verdict.FAIL:
        assert message_by_tag == {"failure": "the purchase on the last day"}
    elif verdict is Verdict.ERROR:
        assert message_by_tag == {"error": "why it is error"}
    else:
        assert message_by_tag == {"skipped": f"{verdict}: why it is {verdict}"}


def test_a_failure_says_what_was_expected_and_seen_and_how(tmp_path: Path) -> None:
    text = find_case(write_junit(a_result(a_failure("BEV-07")), tmp_path), "BEV-07").findtext("failure") or ""
    assert "expected: 1\nseen: 0\n" in text
    assert "reproducer: contracts-report/reproducers/last day.json" in text
    assert "curl -sS" in text


def test_an_observation_is_a_failure_where_the_run_is_strict(tmp_path: Path) -> None:
    result = a_result(an_outcome(Verdict.OBSERVATION, "BASE-08"), run=a_run(strict=True))
    assert find_case(write_junit(result, tmp_path), "BASE-08").find("failure") is not None


def test_there_is_a_suite_for_each_area_and_a_case_for_each_rule_contract_and_case(tmp_path: Path) -> None:
    root = write_junit(
        a_result(
            an_outcome(Verdict.PASS, "AUTH-01", "BASE-01", contract="sign-in::one"),
            an_outcome(Verdict.PASS, "AUTH-01", contract="sign-in::two", case="a"),
            an_outcome(Verdict.PASS, "AUTH-01", contract="sign-in::two", case="b"),
        ),
        tmp_path,
    )
    suites = {suite.get("name"): [case.get("name") for case in suite.iter("testcase")] for suite in root}
    assert suites == {"base": ["sign-in::one"], "sign-in": ["sign-in::one", "sign-in::two[a]", "sign-in::two[b]"]}


def test_the_numbers_of_a_suite_are_those_of_its_cases(tmp_path: Path) -> None:
    root = write_junit(a_result(*one_outcome_per_verdict()), tmp_path)
    for suite in [root, *root]:
        cases = list(suite.iter("testcase"))
        assert int(suite.get("tests", "")) == len(cases)
        for number, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(number, "")) == sum(case.find(tag) is not None for case in cases)


def test_the_times_add_up_to_what_was_spent(tmp_path: Path) -> None:
    root = write_junit(a_result(an_outcome(Verdict.PASS, "AUTH-01", "BASE-01", seconds=3.0)), tmp_path)
    assert sum(float(case.get("time", "")) for case in root.iter("testcase")) == pytest.approx(3.0)


def test_every_rule_is_in_the_report_even_without_a_contract(tmp_path: Path) -> None:
    root = write_junit(Result(a_run(), (an_outcome(),)), tmp_path)
    assert {requirement(case) for case in root.iter("testcase")} == set(RULES.rules)
    skipped = find_case(root, "BEV-07").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "no contract of this run checks it"


def test_the_targets_texts_are_escaped(tmp_path: Path) -> None:
    root = write_junit(
        a_result(a_failure("BEV-07", reason=HOSTILE_TEXT, seen=HOSTILE_TEXT, case=HOSTILE_TEXT)), tmp_path
    )
    failure = find_case(root, "BEV-07").find("failure")
    assert failure is not None
    assert "</pre><script>alert(1)</script>" in (failure.text or "")
    assert "\\x00\\x1b[31m" in (failure.get("message") or "")
    assert not list(root.iter("script"))


def test_a_case_says_how_far_its_rule_was_checked(tmp_path: Path) -> None:
    outcome = an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::one", parts=("BEV-07.length",))
    case = find_case(write_junit(a_result(outcome), tmp_path), "BEV-07")
    properties = [(each.get("name"), each.get("value")) for each in case.iterfind("properties/property")]
    total = len({*RULES.rule("BEV-07").contracts, "evaluation::one"})
    assert ("rule-verdict", "pass (partial)") in properties
    assert ("rule-checked-by", f"1 of {total} contracts") in properties
    assert ("rule-part-not-checked", "BEV-07.begin") in properties
