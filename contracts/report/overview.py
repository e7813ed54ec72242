"""The first screen of the HTML report: what was checked, what is broken, what observations mean, what was not checked.

It is written for a reader who knows the deployment, but neither the suite nor the mock.
"""

from collections.abc import Sequence

from contracts.report.broken_groups import first_outcome, group_broken_rules
from contracts.report.calls import select_calls
from contracts.report.difference import find_difference
from contracts.report.markup import Child, Element, element, parse_code_spans
from contracts.report.rule_section import build_badge, build_sides
from contracts.report.sanitizer import to_single_line, truncate
from contracts.report.summary import (
    PARTIAL_NAME,
    UNDECIDED_VERDICTS,
    RunSummary,
    format_count,
    format_documentation,
    format_reason,
    format_target,
    format_unchecked_parts,
    group_by_reason,
)
from contracts.results.result import Result, RuleResult
from contracts.spec.verdicts import Verdict

MAX_SHOWN_WITH_EVIDENCE = 5
"""The number of broken rules that are shown with their evidence. The others are named; their sections show it."""
SIDE_WIDTH, REASON_WIDTH = 240, 300
ABOUT = (
    "The suite sends requests to a deployment of the platform and compares the responses with rules, such as BEV-07. "
    "A part of a rule is stated (the platform's documentation says so), shown (only its examples show it) or assumed "
    "(the documentation leaves it open)."
)
ABOUT_CALLS = "Calls; replace $TOKEN with an access token:"
ABOUT_OBSERVATIONS = (
    "Here the documentation leaves something open, and the deployment differs from what the suite assumed. This is no "
    "failure. Check that each difference is intended."
)
UNCHECKED_VERDICTS = (Verdict.ERROR, *UNDECIDED_VERDICTS, Verdict.NOT_APPLICABLE)


def build_introduction(result: Result) -> list[Element]:
    """Build the paragraphs below the heading: what was checked against what, and how to read the page."""
    run = result.run
    documentation = f" (generation: {format_documentation(run)})" if run.documentation else ""
    requests = format_count(run.requests, "request")
    checked = f"Checked: {format_target(run)}, from {run.start} to {run.end}, with {requests}"
    against = f"Against: the rules of the platform's documentation{documentation}"
    return [element("p", f"{checked}."), element("p", f"{against}."), element("p", ABOUT, class_="question")]


def build_overview(summary: RunSummary) -> list[Element]:
    """Build the sections of the first screen. Sections without content are left out."""
    broken, observed = summary.with_verdict(Verdict.FAIL), summary.with_verdict(Verdict.OBSERVATION)
    known, unchecked = summary.with_verdict(Verdict.KNOWN), _build_unchecked(summary)
    sections = []
    if broken:
        sections.append(_build_section("broken", f"Broken: {format_count(len(broken), 'rule')}", _build_broken(broken)))
    if observed:
        content = [element("p", ABOUT_OBSERVATIONS), element("ul", *map(_build_observation, observed), class_="near")]
        heading = f"Observations: {format_count(len(observed), 'rule')}"
        sections.append(_build_section("observations", heading, content))
    if known:
        content = [element("ul", *map(_build_row, known), class_="near")]
        sections.append(_build_section("known", f"Known failures: {format_count(len(known), 'rule')}", content))
    if unchecked:
        sections.append(_build_section("unchecked", "Not checked, and why", [element("ul", *unchecked, class_="near")]))
    return sections


def _build_section(name: str, heading: str, content: Sequence[Element]) -> Element:
    return element("section", element("h2", heading), *content, id=f"overview-{name}")


def _build_broken(broken: Sequence[RuleResult]) -> list[Element]:
    groups = group_broken_rules(broken)
    cards = [_build_card(*group) for group in groups[:MAX_SHOWN_WITH_EVIDENCE]]
    others = [rule_result for group in groups[MAX_SHOWN_WITH_EVIDENCE:] for rule_result in group]
    return cards + ([element("ul", *map(_build_row, others), class_="near")] if others else [])


def _build_card(rule_result: RuleResult, *others: RuleResult) -> Element:
    """Build a broken rule: the broken claim, both sides around their first difference, and the calls."""
    heading = element("h3", build_badge(Verdict.FAIL), " ", _build_link(rule_result), f" {rule_result.rule.level}")
    claims = [
        element("p", element("strong", part.basis.label.capitalize()), ": ", *_parse_line(part.claim))
        for part in rule_result.broken_parts
    ]
    parts = [heading, *claims, *_build_evidence(rule_result)]
    if others:
        links: list[Child] = [part for other in others for part in (" ", _build_link(other))]
        parts.append(element("p", "The same status and response also break", *links, "."))
    return element("div", *parts, class_="rule card verdict-fail")


def _build_evidence(rule_result: RuleResult) -> list[Element]:
    shown = first_outcome(rule_result)
    difference = find_difference(shown.expected, shown.seen, SIDE_WIDTH)
    place: list[Child] = [" At ", element("code", difference.place), "."] if difference.place else []
    parts = [
        element("p", "Difference: ", *_parse_line(truncate(format_reason(rule_result), REASON_WIDTH)), ".", *place)
    ]
    if shown.expected or shown.seen:
        parts.append(build_sides(difference.expected, difference.seen))
    if shown.calls:
        commands = "\n".join(select_calls(shown))
        parts += [element("p", ABOUT_CALLS, class_="question"), element("pre", commands, tabindex="0")]
    return parts


def _build_observation(rule_result: RuleResult) -> Element:
    shown = first_outcome(rule_result)
    difference = find_difference(shown.expected, shown.seen, SIDE_WIDTH // 2)
    text = truncate(format_reason(rule_result), REASON_WIDTH)
    if shown.expected or shown.seen:
        place = f" at {difference.place}" if difference.place else ""
        text += f"{place}: assumed {difference.expected or 'nothing'}, seen {difference.seen or 'nothing'}"
    return _build_row(rule_result, text)


def _build_row(rule_result: RuleResult, text: str = "") -> Element:
    badge = element("span", build_badge(rule_result.verdict))
    reason = text or truncate(format_reason(rule_result), REASON_WIDTH)
    return element("li", badge, _build_link(rule_result), element("span", *_parse_line(reason)))


def _build_unchecked(summary: RunSummary) -> list[Element]:
    """Build a row for each reason: the verdict, the reason and the rules."""
    rows = []
    for verdict in UNCHECKED_VERDICTS:
        for reason, rules in group_by_reason(summary.with_verdict(verdict)).items():
            rows.append(_build_group(build_badge(verdict), truncate(reason, REASON_WIDTH), rules))
    partial = summary.partly_passed()
    if partial:
        reason = "no contract of this run checked some documented parts of these rules"
        names: list[Child] = []
        for each in partial:
            names += [_build_link(each), f" ({format_unchecked_parts(each)}) "]
        badge = element("span", build_badge(Verdict.PASS, PARTIAL_NAME))
        rows.append(element("li", badge, element("span", format_count(len(partial), "rule")), element("span", reason)))
        rows[-1][-1].append(element("span", *names, class_="ids"))
    return rows


def _build_group(badge: Element, reason: str, rules: Sequence[RuleResult]) -> Element:
    links: list[Child] = [part for rule_result in rules for part in (_build_link(rule_result), " ")]
    text = element("span", *_parse_line(reason), element("span", *links[:-1], class_="ids"))
    return element("li", element("span", badge), element("span", format_count(len(rules), "rule")), text)


def _build_link(rule_result: RuleResult) -> Element:
    return element("a", rule_result.rule.id, href=f"#{rule_result.rule.id}")


def _parse_line(text: str) -> list[Child]:
    return parse_code_spans(to_single_line(text))
