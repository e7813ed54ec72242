"""The screen after a run: the target, the broken rules, the commands to replay them, and finally the verdict."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.report import summary as conclusion
from contracts.report.failures_on_screen import format_broken_rules, format_observations
from contracts.report.progress import Progress
from contracts.report.sanitizer import to_single_line, truncate
from contracts.report.screen import COLOURS, Screen
from contracts.report.summary import (
    RunSummary,
    format_count,
    format_coverage,
    format_reason,
    format_target,
    format_unchecked_parts,
    group_by_reason,
)
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Area, Catalogue
from contracts.spec.verdicts import Verdict

__all__ = ["Progress", "format_summary"]

KIND_PLURALS = {"example": "examples", "law": "properties", "machine": "stateful test", "schema": "schemathesis"}
"""The name of each kind of contract in the line that shows how time was spent."""


def format_summary(
    result: Result, catalogue: Catalogue, *, width: int = 80, colour: bool = False, folder: Path | None = None
) -> str:
    """Format the whole screen, without a trailing newline. `folder` contains the other reports."""
    run_summary, screen = conclusion.summarize(result, catalogue), Screen(width, colour)
    lines = [
        *_format_header(result, screen),
        *_format_counts(run_summary, screen),
        *format_broken_rules(run_summary.with_verdict(Verdict.FAIL), screen),
    ]
    lines += _format_rules(run_summary.with_verdict(Verdict.ERROR), "errors of the suite", screen)
    lines += _format_items(result.stale, "known failures that are out of date", screen)
    lines += format_observations(run_summary.with_verdict(Verdict.OBSERVATION), screen)
    lines += _format_rules(run_summary.with_verdict(Verdict.KNOWN), "known", screen)
    lines += _format_rules(run_summary.with_verdict(Verdict.INTERMITTENT), "intermittent", screen)
    lines += _format_rules_by_reason(run_summary.with_verdict(Verdict.INCONCLUSIVE), "inconclusive", screen)
    lines += _format_rules_by_reason(run_summary.with_verdict(Verdict.BLOCKED), "blocked", screen)
    lines += _format_items(result.run.undone, "writes that were not undone", screen)
    lines += _format_partly_passed_rules(run_summary, screen)
    lines += _format_passed_rules(run_summary, screen)
    lines += _format_rules_by_reason(run_summary.with_verdict(Verdict.NOT_APPLICABLE), "not applicable", screen)
    return "\n".join([*lines, *_format_footer(result, run_summary, screen, folder)])


def _format_header(result: Result, screen: Screen) -> list[str]:
    run = result.run
    rate = f", {run.requests / run.seconds:,.1f} a second" if run.requests and run.seconds > 0 else ""
    facts = [
        ("Target", format_target(run)),
        ("Documents", conclusion.format_documentation(run)),
        ("Run", f"profile {run.profile}, seed {run.seed}, id {run.run_id}{', strict' if run.strict else ''}"),
        ("Suite", f"wavetank {run.suite}"),
        ("When", f"{run.start} to {run.end}"),
        ("Took", f"{_format_duration(run.seconds)}, {format_count(run.requests, 'request')}{rate}"),
        ("Spent on", _format_time_by_kind(result.outcomes)),
    ]
    title_line = screen.paint("Does this deployment keep the platform's rules?", "1")
    return [title_line, "", *(row for label, text in facts if text for row in screen.item(f"{label:10}", text, 0))]


def _format_time_by_kind(outcomes: Iterable[Outcome]) -> str:
    seconds_by_kind: dict[str, float] = {}
    for outcome in outcomes:
        seconds_by_kind[outcome.kind] = seconds_by_kind.get(outcome.kind, 0.0) + outcome.seconds
    spent = {kind: seconds for kind, seconds in seconds_by_kind.items() if seconds}
    longest = sorted(spent.items(), key=lambda kind: -kind[1])
    return ", ".join(f"{KIND_PLURALS.get(kind, kind)} {_format_duration(seconds)}" for kind, seconds in longest)


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _format_counts(run_summary: RunSummary, screen: Screen) -> list[str]:
    lines = screen.heading(f"{format_count(len(run_summary.rules), 'rule')}")
    for row in run_summary.count_rows():
        label = f"{row.count:4} {row.name:14}"
        lines.append(f"{screen.paint(label, COLOURS[row.verdict])}  {truncate(row.meaning, screen.width - 22)}")
    return lines


def _format_rules(rules: Sequence[RuleResult], heading: str, screen: Screen) -> list[str]:
    lines = screen.heading(heading, rules[0].verdict) if rules else []
    for rule_result in rules:
        lines += screen.item(f"{rule_result.rule.id:8}  ", format_reason(rule_result))
    return lines


def _format_items(texts: Sequence[str], heading: str, screen: Screen) -> list[str]:
    lines = screen.heading(heading) if texts else []
    return lines + [row for text in texts for row in screen.item("- ", text)]


def _format_rules_by_reason(rules: Sequence[RuleResult], heading: str, screen: Screen) -> list[str]:
    """Format rules grouped by their reason."""
    lines = screen.heading(heading, rules[0].verdict) if rules else []
    for shared_reason, group in group_by_reason(rules).items():
        lines += screen.block(shared_reason)
        lines += screen.block(" ".join(rule_result.rule.id for rule_result in group), 4)
    return lines


def _format_passed_rules(run_summary: RunSummary, screen: Screen) -> list[str]:
    passed = run_summary.fully_passed()
    lines = screen.heading("pass", Verdict.PASS) if passed else []
    for area in Area:
        ids = [rule_result.rule.id for rule_result in passed if rule_result.rule.area is area]
        lines += screen.item(f"{area:19}", " ".join(ids)) if ids else []
    return lines


def _format_partly_passed_rules(run_summary: RunSummary, screen: Screen) -> list[str]:
    """Format the rules of which a documented part was not checked, with these parts."""
    partial = run_summary.partly_passed()
    lines = screen.heading(conclusion.PARTIAL_NAME, Verdict.PASS) if partial else []
    for rule_result in partial:
        text = f"{format_coverage(rule_result)}; not checked: {format_unchecked_parts(rule_result)}"
        lines += screen.item(f"{rule_result.rule.id:8}  ", text)
    return lines


def _format_footer(result: Result, run_summary: RunSummary, screen: Screen, folder: Path | None) -> list[str]:
    lines = screen.heading("the run ended early") + screen.block(result.ended) if result.ended else []
    if folder is not None:
        lines += ["", to_single_line(f"Every rule with its evidence: {folder / 'report.html'}")]
    code = f" (exit code {run_summary.exit_code})"
    style = {0: "1;32", 1: "1;31"}.get(run_summary.exit_code, "1;33")
    return [*lines, "", screen.paint(truncate(run_summary.sentence, screen.width - len(code)) + code, style)]
