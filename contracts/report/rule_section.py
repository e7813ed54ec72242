"""A rule's section of the HTML report: its claim, source and verdict, and the evidence of each contract."""

import shlex

from contracts.report import summary
from contracts.report.markup import Element, element, parse_code_spans
from contracts.report.sanitizer import first_sentence, to_single_line
from contracts.report.summary import KIND_NAMES, format_basis, format_count, format_reason, title
from contracts.results.result import Outcome, RuleResult
from contracts.spec.verdicts import Verdict

SYMBOLS = {
    Verdict.FAIL: "✗",
    Verdict.ERROR: "!",
    Verdict.BLOCKED: "⊘",
    Verdict.INTERMITTENT: "~",
    Verdict.INCONCLUSIVE: "?",
    Verdict.OBSERVATION: "≠",
    Verdict.KNOWN: "≈",
    Verdict.PASS: "✓",
    Verdict.NOT_APPLICABLE: "–",
}
EXPANDED_VERDICTS = frozenset({Verdict.FAIL, Verdict.ERROR})
"""Verdicts whose rules are expanded when the page opens."""


def build_badge(verdict: Verdict, name: str = "") -> Element:
    """Build a badge with the verdict's symbol, colour and name, or with another name."""
    sign = element("span", SYMBOLS[verdict], aria_hidden="true")
    return element("span", sign, f" {name or summary.VERDICT_NAMES[verdict]}", class_=f"badge {_css_class(verdict)}")


def build_rule_section(rule_result: RuleResult) -> Element:
    """Build the section. It is collapsed to one line unless the verdict is in EXPANDED_VERDICTS."""
    rule = rule_result.rule
    heading = element(
        "h3", element("span", rule.id, class_="id"), " ", element("span", *parse_code_spans(first_sentence(rule.claim)))
    )
    basis = element("span", f"{rule.level}, {format_basis(rule_result)}", class_="basis")
    badge = build_badge(rule_result.verdict, summary.format_verdict(rule_result))
    section = element(
        "details",
        element("summary", heading, basis, badge),
        *_rule_details(rule_result),
        *_evidence(rule_result),
        id=rule.id,
        class_=f"rule {_css_class(rule_result.verdict)}",
        data_verdict=summary.filter_key(rule_result.verdict, rule_result.is_partial),
    )
    if rule_result.verdict in EXPANDED_VERDICTS:
        section.set("open", "open")
    return section


def build_sides(expected: str, seen: str) -> Element:
    """Build both sides of a comparison, next to each other where the page is wide enough."""
    sides = [_comparison_side(name, text) for name, text in (("Expected", expected), ("Seen", seen))]
    return element("div", *sides, class_="sides")


def _rule_details(rule_result: RuleResult) -> list[Element]:
    rule = rule_result.rule
    operations = rule.operations if rule.operations == "all" else ", ".join(rule.operations)
    rows = [(part.basis.label.capitalize(), part.claim) for part in rule.parts]
    rows += [("Documented", rule.documented_in), ("Operations", operations)]
    rows.append(("Checked by", f"{summary.format_coverage(rule_result)} in this run"))
    if rule_result.unchecked_parts:
        rows.append(("Not checked", " ".join(part.claim for part in rule_result.unchecked_parts)))
    if rule_result.verdict is not Verdict.PASS:
        rows.append(("Verdict", f"{summary.VERDICT_NAMES[rule_result.verdict]}: {format_reason(rule_result)}"))
    pairs = [(element("dt", name), element("dd", *parse_code_spans(to_single_line(text)))) for name, text in rows]
    return [element("dl", *(part for pair in pairs for part in pair))]


def _evidence(rule_result: RuleResult) -> list[Element]:
    detailed = [_contract_section(outcome) for outcome in rule_result.outcomes if not _has_no_details(outcome)]
    passed = [outcome for outcome in rule_result.outcomes if _has_no_details(outcome)]
    return detailed + ([_passed_contracts(passed)] if passed else [])


def _has_no_details(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.PASS and not (outcome.reason or outcome.expected or outcome.seen)


def _passed_contracts(outcomes: list[Outcome]) -> Element:
    names = (element("li", element("code", title(outcome)), f" ({KIND_NAMES[outcome.kind]})") for outcome in outcomes)
    heading = element("h4", build_badge(Verdict.PASS), f" {format_count(len(outcomes), 'contract')}")
    return element("div", heading, element("ul", *names), class_="contract")


def _contract_section(outcome: Outcome) -> Element:
    heading = element(
        "h4", build_badge(outcome.verdict), " ", element("code", title(outcome)), f" ({KIND_NAMES[outcome.kind]})"
    )
    parts = [element("p", to_single_line(outcome.reason))] if outcome.reason else []
    if outcome.expected or outcome.seen:
        parts.append(build_sides(outcome.expected, outcome.seen))
    if outcome.calls:
        parts += [element("h5", "Calls, without secrets"), element("pre", "\n".join(outcome.calls), tabindex="0")]
    if outcome.capsule:
        parts += [
            element("h5", "Replay"),
            element("pre", f"contracts replay {shlex.quote(to_single_line(outcome.capsule))}"),
        ]
    return element("div", heading, *parts, class_="contract")


def _comparison_side(name: str, text: str) -> Element:
    return element("div", element("p", name, class_="label"), element("pre", text or "(nothing)", tabindex="0"))


def _css_class(verdict: Verdict) -> str:
    return f"verdict-{verdict.name.lower().replace('_', '-')}"
