"""The page of a comparison: one self-contained HTML file with both runs, and a section for each kind of change."""

from pathlib import Path

from contracts.report.comparison import (
    QUESTION,
    Section,
    build_sections,
    describe_change,
    format_notes,
    format_run,
    format_sentence,
    format_sides,
)
from contracts.report.html import write_page
from contracts.report.markup import Element, element, parse_code_spans
from contracts.report.rule_section import build_badge, build_sides
from contracts.report.sanitizer import to_single_line
from contracts.report.summary import format_count
from contracts.results.comparison import Comparison, RuleChange


def write(comparison: Comparison, file: Path) -> None:
    """Write the comparison as HTML. Raises OSError."""
    sentence = format_sentence(comparison)
    state = "fail" if comparison.broken else "pass"
    head = element(
        "header",
        element("p", QUESTION, class_="question"),
        element("h1", sentence),
        element("p", f"exit code {comparison.exit_code}"),
        class_=f"verdict-{state}",
    )
    sections = [_build_section(section) for section in build_sections(comparison) if section.changes]
    write_page(file, f"Contracts compared: {sentence}", [head, element("main", _build_facts(comparison), *sections)])


def _build_facts(comparison: Comparison) -> Element:
    rows = [("Old", format_run(comparison.old)), ("New", format_run(comparison.new))]
    rows += [("Note", note) for note in format_notes(comparison)]
    pairs = [part for name, text in rows for part in (element("dt", name), element("dd", text))]
    return element("section", element("h2", "The runs"), element("dl", *pairs))


def _build_section(section: Section) -> Element:
    heading = element("h2", f"{section.heading}: {format_count(len(section.changes), 'rule')}")
    return element("section", heading, *(_build_change(section, change) for change in section.changes), id=section.key)


def _build_change(section: Section, change: RuleChange) -> Element:
    reason, difference = describe_change(section, change)
    heading = element("h3", element("span", change.rule.id, class_="id"), f" {format_sides(change)} ")
    badge = build_badge(section.verdict, section.heading.lower())
    claims = change.newly_broken_parts or (change.new.broken_parts if change.new else ())
    parts = [element("p", *parse_code_spans(to_single_line(part.claim))) for part in claims]
    parts += [element("p", to_single_line(reason))] if reason else []
    if difference is not None:
        parts += [element("p", "At ", element("code", difference.place))] if difference.place else []
        parts.append(build_sides(difference.expected, difference.seen))
    css = f"rule verdict-{section.verdict.name.lower().replace('_', '-')}"
    return element("div", element("div", heading, badge, class_="change"), *parts, class_=css)
