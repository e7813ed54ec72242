"""The summary as Markdown, for the page of a CI job: what is broken, observed, passed in part and not checked."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.report.broken_groups import first_outcome, group_broken_rules
from contracts.report.calls import format_calls
from contracts.report.difference import find_difference
from contracts.report.sanitizer import to_single_line
from contracts.report.summary import (
    UNDECIDED_VERDICTS,
    VERDICT_NAMES,
    RunSummary,
    format_count,
    format_coverage,
    format_reason,
    format_target,
    format_unchecked_parts,
    group_by_reason,
    summarize,
)
from contracts.results.result import Result, RuleResult
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import Verdict

SIDE_WIDTH = 120
SPECIAL_CHARACTERS = re.compile(r"([\\`*_{}\[\]()<>#+!|&~])")
"""The characters that Markdown or HTML may read as markup."""
UNCHECKED_VERDICTS = (Verdict.ERROR, *UNDECIDED_VERDICTS, Verdict.NOT_APPLICABLE)


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the summary as Markdown."""
    summary, run = summarize(result, catalogue), result.run
    lines = [f"# Contracts: {escape(summary.sentence)}", ""]
    lines.append(f"{escape(format_target(run))}, profile {run.profile}, seed {run.seed}, {escape(run.end)}")
    counts = [f"{row.count} {row.name}" for row in summary.count_rows()]
    lines += ["", f"{format_count(len(summary.rules), 'rule')}: {', '.join(counts)}"]
    lines += _format_section("Broken", _format_broken(summary))
    lines += _format_section("Observations", map(_format_difference, summary.with_verdict(Verdict.OBSERVATION)))
    lines += _format_section("Passed in part", map(_format_partial, summary.partly_passed()))
    lines += _format_section("Not checked", _format_unchecked(summary))
    lines += _format_section("Writes that were not undone", map(escape, run.undone))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def escape(text: str) -> str:
    """Return the text in one line, without any markup."""
    return SPECIAL_CHARACTERS.sub(r"\\\1", to_single_line(text))


def _format_section(heading: str, rows: Iterable[str]) -> list[str]:
    listed = [f"- {row}" for row in rows]
    return ["", f"## {heading}", "", *listed] if listed else []


def _format_broken(summary: RunSummary) -> list[str]:
    rows = []
    for rule_result, *others in group_broken_rules(summary.with_verdict(Verdict.FAIL)):
        claims = [f"{part.basis.label}: {escape(part.claim)}" for part in rule_result.broken_parts]
        calls = format_calls(first_outcome(rule_result))
        row = f"{_format_difference(rule_result)}<br>{'<br>'.join(claims)}"
        row += f"<br>calls: {escape(calls)}" if calls else ""
        rows.append(row + (f"<br>also breaks {_list_ids(others)}" if others else ""))
    return rows


def _format_difference(rule_result: RuleResult) -> str:
    shown = first_outcome(rule_result)
    row = f"**{rule_result.rule.id}** {escape(format_reason(rule_result))}"
    if not (shown.expected or shown.seen):
        return row
    difference = find_difference(shown.expected, shown.seen, SIDE_WIDTH)
    place = f" at {escape(difference.place)}" if difference.place else ""
    return f"{row}{place}: expected {escape(difference.expected)}, seen {escape(difference.seen)}"


def _format_partial(rule_result: RuleResult) -> str:
    missing = escape(format_unchecked_parts(rule_result))
    return f"**{rule_result.rule.id}** {format_coverage(rule_result)}; not checked: {missing}"


def _format_unchecked(summary: RunSummary) -> list[str]:
    return [
        f"{VERDICT_NAMES[verdict]}: {escape(reason)} ({_list_ids(rules)})"
        for verdict in UNCHECKED_VERDICTS
        for reason, rules in group_by_reason(summary.with_verdict(verdict)).items()
    ]


def _list_ids(rules: Sequence[RuleResult]) -> str:
    return ", ".join(rule_result.rule.id for rule_result in rules)
