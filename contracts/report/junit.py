"""The run as JUnit XML: a suite for each area, a case for each rule's contract; red where the exit code is not 0."""

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from contracts.report import summary
from contracts.report.markup import Element, element, extended
from contracts.report.sanitizer import line
from contracts.report.summary import Conclusion, title
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Area, Catalogue
from contracts.spec.verdicts import Verdict

TAGS = {Verdict.FAIL: "failure", Verdict.ERROR: "error"}
"""What stands in a case that did not pass; `skipped` where it is neither."""


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the run as JUnit XML."""
    found = summary.concluded(result, catalogue)
    root = element("testsuites", name="contracts", time=f"{result.run.seconds:.3f}")
    for area in Area:
        rules = [judged for judged in found.rules if judged.rule.area is area]
        if rules:
            root.append(_suite(str(area), [case for judged in rules for case in _cases(judged)], result))
    unproved = _unproved(result, found)
    if unproved:
        root.append(_suite("run", unproved, result))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _suite(name: str, cases: list[Element], result: Result) -> Element:
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    made = element(
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
    return extended(made, [_properties(facts.items()), *cases])


def _properties(facts: Iterable[tuple[str, str]]) -> Element:
    return element("properties", *(element("property", name=name, value=line(value)) for name, value in facts))


def _cases(judged: RuleResult) -> list[Element]:
    rule = judged.rule
    if not judged.outcomes:
        return [_case(judged, rule.id, 0.0, element("skipped", message=summary.NO_CONTRACT))]
    return [_case(judged, title(each), each.seconds / len(each.rules), *_said(each)) for each in judged.outcomes]


def _case(judged: RuleResult, name: str, seconds: float, *said: Element) -> Element:
    """A case of a rule; a contract's time is shared among its rules, so that times add up."""
    rule = judged.rule
    facts = (("requirement", rule.id), ("level", str(rule.level)), ("basis", str(rule.basis)))
    made = element("testcase", name=name, classname=f"{rule.area}.{rule.id}", time=f"{seconds:.4f}")
    return extended(made, [_properties(facts), *said])


def _said(outcome: Outcome) -> list[Element]:
    if outcome.verdict is Verdict.PASS:
        return []
    tag = TAGS.get(outcome.verdict, "skipped")
    message = line(outcome.reason)
    if tag == "skipped":
        return [element(tag, message=f"{outcome.verdict}: {message}")]
    shown = [("expected", outcome.expected), ("seen", outcome.seen), ("capsule", outcome.capsule)]
    detail = [f"{label}: {text}" for label, text in shown if text]
    return [element(tag, "\n".join([*detail, *outcome.calls]), message=message, type=str(outcome.verdict))]


def _unproved(result: Result, found: Conclusion) -> list[Element]:
    """What a reader of cases alone would miss: the run proves nothing though no contract says so."""
    told = [("the run comes to its end", result.ended)] if result.ended else []
    told += [(f"expectation {number} holds", text) for number, text in enumerate(result.stale, start=1)]
    if found.exit_code == 3 and not told and not found.having(Verdict.ERROR):
        told = [("something is checked", found.sentence)]
    return [
        element("testcase", element("error", message=line(text), type="run"), name=name, classname="run", time="0")
        for name, text in told
    ]
