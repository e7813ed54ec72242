"""A comparison as Markdown, for a comment on a pull request or the page of a CI job."""

from pathlib import Path

from contracts.report.comparison import (
    Section,
    build_sections,
    describe_change,
    format_notes,
    format_run,
    format_sentence,
    format_sides,
)
from contracts.report.markdown import escape
from contracts.results.comparison import Comparison, RuleChange

MAX_ROWS = 50
"""How many rules of a section are listed: the length of a comment is limited."""


def write(comparison: Comparison, file: Path) -> None:
    """Write the comparison as Markdown. Raises OSError."""
    file.write_text(f"{format_markdown(comparison)}\n", encoding="utf-8")


def format_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown, without a trailing newline."""
    lines = [f"## Contracts: {escape(format_sentence(comparison))}", ""]
    lines += [f"- Old: {escape(format_run(comparison.old))}", f"- New: {escape(format_run(comparison.new))}"]
    lines += [f"- Note: {escape(note)}" for note in format_notes(comparison)]
    for section in build_sections(comparison):
        lines += _format_section(section)
    return "\n".join(lines)


def _format_section(section: Section) -> list[str]:
    if not section.changes:
        return []
    rows = [_format_change(section, change) for change in section.changes[:MAX_ROWS]]
    further = len(section.changes) - len(rows)
    return ["", f"### {section.heading}", "", *rows, *([f"- and {further} more"] if further else [])]


def _format_change(section: Section, change: RuleChange) -> str:
    reason, difference = describe_change(section, change)
    row = f"- **{change.rule.id}** {escape(format_sides(change))}{f': {escape(reason)}' if reason else ''}"
    if difference is None:
        return row
    place = f" at {escape(difference.place)}" if difference.place else ""
    return f"{row}{place}: expected {escape(difference.expected)}, seen {escape(difference.seen)}"
