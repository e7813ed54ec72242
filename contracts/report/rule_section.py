"""One rule on the page: what it claims, where that stands, its verdict, and each contract with what it saw."""

import shlex

from contracts.report import summary
from contracts.report.markup import Element, element, prose
from contracts.report.sanitizer import line, sentence
from contracts.report.summary import many, reason, title
from contracts.results.result import Outcome, RuleResult
from contracts.spec.verdicts import Verdict

SIGNS = {
    Verdict.FAIL: "✗",
    Verdict.ERROR: "!",
    Verdict.BLOCKED: "⊘",
    Verdict.INCONCLUSIVE: "?",
    Verdict.OBSERVATION: "≠",
    Verdict.KNOWN: "≈",
    Verdict.PASS: "✓",
    Verdict.NOT_APPLICABLE: "–",
}
OPEN = frozenset({Verdict.FAIL, Verdict.ERROR})
"""Verdicts whose rules stand open when the page is opened."""


def badge(verdict: Verdict) -> Element:
    """A verdict as sign and word; its colour only repeats them."""
    sign = element("span", SIGNS[verdict], aria_hidden="true")
    return element("span", sign, f" {summary.NAMES[verdict]}", class_=f"badge {_class(verdict)}")


def rule_section(judged: RuleResult) -> Element:
    """The rule, closed to a line unless there is something to look at."""
    rule = judged.rule
    heading = element("h3", element("span", rule.id, class_="id"), " ", element("span", *prose(sentence(rule.claim))))
    basis = element("span", f"{rule.level}, {rule.basis}", class_="basis")
    made = element(
        "details",
        element("summary", heading, basis, badge(judged.verdict)),
        *_said(judged),
        *_evidence(judged),
        id=rule.id,
        class_=f"rule {_class(judged.verdict)}",
        data_verdict=judged.verdict.name.lower(),
    )
    if judged.verdict in OPEN:
        made.set("open", "open")
    return made


def _said(judged: RuleResult) -> list[Element]:
    rule = judged.rule
    operations = rule.operations if rule.operations == "all" else ", ".join(rule.operations)
    rows = [("Claim", rule.claim), ("Documented", rule.documented)]
    rows += [("Ruled", part) for part in rule.ruled]
    rows.append(("Operations", operations))
    if judged.verdict is not Verdict.PASS:
        rows.append(("Verdict", f"{summary.NAMES[judged.verdict]}: {reason(judged)}"))
    pairs = [(element("dt", name), element("dd", *prose(line(text)))) for name, text in rows]
    return [element("dl", *(part for pair in pairs for part in pair))]


def _evidence(judged: RuleResult) -> list[Element]:
    told = [_contract(outcome) for outcome in judged.outcomes if not _is_plain(outcome)]
    plain = [outcome for outcome in judged.outcomes if _is_plain(outcome)]
    return told + ([_passed(plain)] if plain else [])


def _is_plain(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.PASS and not (outcome.reason or outcome.expected or outcome.seen)


def _passed(outcomes: list[Outcome]) -> Element:
    names = (element("li", element("code", title(outcome)), f" ({outcome.kind})") for outcome in outcomes)
    heading = element("h4", badge(Verdict.PASS), f" {many(len(outcomes), 'contract')}")
    return element("div", heading, element("ul", *names), class_="contract")


def _contract(outcome: Outcome) -> Element:
    heading = element("h4", badge(outcome.verdict), " ", element("code", title(outcome)), f" ({outcome.kind})")
    parts = [element("p", line(outcome.reason))] if outcome.reason else []
    if outcome.expected or outcome.seen:
        sides = [_side(name, text) for name, text in (("Expected", outcome.expected), ("Seen", outcome.seen))]
        parts.append(element("div", *sides, class_="sides"))
    if outcome.calls:
        parts += [element("h5", "Calls, secrets replaced"), element("pre", "\n".join(outcome.calls), tabindex="0")]
    if outcome.capsule:
        parts += [element("h5", "Again"), element("pre", f"contracts replay {shlex.quote(line(outcome.capsule))}")]
    return element("div", heading, *parts, class_="contract")


def _side(name: str, text: str) -> Element:
    return element("div", element("h5", name), element("pre", text or "(nothing)", tabindex="0"))


def _class(verdict: Verdict) -> str:
    return f"verdict-{verdict.name.lower().replace('_', '-')}"
