"""The JUnit report. It contains a suite for each area, and a test case for each contract of a rule.

If the exit code is not 0, at least one test case is a failure or an error.
"""

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from contracts.report.markup import Element, append_children, element
from contracts.report.sanitizer import to_single_line
from contracts.report.summary import (
    NO_CONTRACT,
    RunSummary,
    format_basis,
    format_coverage,
    format_verdict,
    summarize,
    title,
)
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Area, Catalogue
from contracts.spec.verdicts import Verdict

TAG_BY_VERDICT = {Verdict.FAIL: "failure", Verdict.ERROR: "error"}
"""The element of a test case by verdict. Other verdicts use `skipped`, except for pass, which uses no element."""


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the run as JUnit XML."""
    summary = summarize(result, catalogue)
    root = element("testsuites", name="contracts", time=f"{result.run.seconds:.3f}")
    for area in Area:
        rules = [rule_result for rule_result in summary.rules if rule_result.rule.area is area]
        if rules:
            root.append(
                _build_suite(str(area), [case for rule_result in rules for case in _build_cases(rule_result)], result)
            )
    unproved = _run_problems(result, summary)
    if unproved:
        root.append(_build_suite("run", unproved, result))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _build_suite(name: str, cases: list[Element], result: Result) -> Element:
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    suite = element(
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{sum(float(case.get('time', '0')) for case in cases):.4f}",
        timestamp=result.run.start.removesuffix("Z"),
    )
    facts = {"target": result.run.target, "profile": result.run.profile, "seed": str(result.run.seed)}
    return append_children(suite, [_build_properties(facts.items()), *cases])


def _build_properties(facts: Iterable[tuple[str, str]]) -> Element:
    return element(
        "properties", *(element("property", name=name, value=to_single_line(value)) for name, value in facts)
    )


def _build_cases(rule_result: RuleResult) -> list[Element]:
    rule = rule_result.rule
    if not rule_result.outcomes:
        return [_build_case(rule_result, rule.id, 0.0, element("skipped", message=NO_CONTRACT))]
    return [
        _build_case(rule_result, title(each), each.seconds / len(each.rules), *_verdict_elements(each))
        for each in rule_result.outcomes
    ]


def _build_case(rule_result: RuleResult, name: str, seconds: float, *children: Element) -> Element:
    """Build a test case. A contract's time is divided among its rules, so that the times add up."""
    rule = rule_result.rule
    facts = [("requirement", rule.id), ("level", str(rule.level)), ("basis", format_basis(rule_result))]
    facts += [("rule-verdict", format_verdict(rule_result)), ("rule-checked-by", format_coverage(rule_result))]
    facts += [("rule-part-not-checked", part.id) for part in rule_result.unchecked_parts]
    case = element("testcase", name=name, classname=f"{rule.area}.{rule.id}", time=f"{seconds:.4f}")
    return append_children(case, [_build_properties(facts), *children])


def _verdict_elements(outcome: Outcome) -> list[Element]:
    if outcome.verdict is Verdict.PASS:
        return []
    tag = TAG_BY_VERDICT.get(outcome.verdict, "skipped")
    message = to_single_line(outcome.reason)
    if tag == "skipped":
        return [element(tag, message=f"{outcome.verdict}: {message}")]
    labelled = [("expected", outcome.expected), ("seen", outcome.seen), ("reproducer", outcome.capsule)]
    detail = [f"{label}: {text}" for label, text in labelled if text]
    return [element(tag, "\n".join([*detail, *outcome.calls]), message=message, type=str(outcome.verdict))]


def _run_problems(result: Result, summary: RunSummary) -> list[Element]:
    """Return test cases with errors for a run that proves nothing, if none of its contracts ended with an error."""
    problems = [("the run is complete", result.ended)] if result.ended else []
    problems += [(f"known failure {number} is up to date", text) for number, text in enumerate(result.stale, start=1)]
    if summary.exit_code == 3 and not problems and not summary.with_verdict(Verdict.ERROR):
        problems = [("at least one rule is checked", summary.sentence)]
    return [
        element(
            "testcase", element("error", message=to_single_line(text), type="run"), name=name, classname="run", time="0"
        )
        for name, text in problems
    ]
