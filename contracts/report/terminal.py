"""The screen after a run: the target, the broken rules, the commands to replay them, and finally the verdict."""

import shlex
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.report import summary as conclusion
from contracts.report.progress import Progress
from contracts.report.sanitizer import first_sentence, to_single_line, truncate
from contracts.report.summary import RunSummary, format_basis, format_count, format_reason, format_target, title
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Area, Catalogue
from contracts.spec.verdicts import Verdict

__all__ = ["Progress", "format_summary"]

COLOURS = {
    Verdict.FAIL: "1;31",
    Verdict.ERROR: "1;35",
    Verdict.BLOCKED: "33",
    Verdict.INTERMITTENT: "33",
    Verdict.INCONCLUSIVE: "33",
    Verdict.OBSERVATION: "36",
    Verdict.KNOWN: "33",
    Verdict.PASS: "32",
    Verdict.NOT_APPLICABLE: "2",
}
KIND_PLURALS = {"example": "examples", "law": "properties", "machine": "stateful test", "schema": "schemathesis"}
"""The name of each kind of contract in the line that shows how time was spent."""
MAX_NAMES_SHOWN = 3
"""The maximum number of failed contracts that are named for a rule. The HTML report names all of them."""


def format_summary(
    result: Result, catalogue: Catalogue, *, width: int = 80, colour: bool = False, folder: Path | None = None
) -> str:
    """Format the whole screen, without a trailing newline. `folder` contains the other reports."""
    run_summary, page = conclusion.summarize(result, catalogue), _Page(width, colour)
    lines = [
        *_format_header(result, page),
        *_format_counts(run_summary, page),
        *_format_broken_rules(run_summary, page),
    ]
    lines += _format_rules(run_summary.with_verdict(Verdict.ERROR), "errors of the suite", page)
    lines += _format_items(result.stale, "known failures that are out of date", page)
    lines += _format_rules(run_summary.with_verdict(Verdict.OBSERVATION), "observations", page)
    lines += _format_rules(run_summary.with_verdict(Verdict.KNOWN), "known", page)
    lines += _format_rules(run_summary.with_verdict(Verdict.INTERMITTENT), "intermittent", page)
    lines += _format_rules_by_reason(run_summary.with_verdict(Verdict.INCONCLUSIVE), "inconclusive", page)
    lines += _format_rules_by_reason(run_summary.with_verdict(Verdict.BLOCKED), "blocked", page)
    lines += _format_items(result.run.undone, "writes that were not undone", page)
    lines += _format_passed_rules(run_summary, page)
    lines += _format_rules_by_reason(run_summary.with_verdict(Verdict.NOT_APPLICABLE), "not applicable", page)
    return "\n".join([*lines, *_format_footer(result, run_summary, page, folder)])


class _Page:
    """Formats lines for a given width, with or without colours."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width, self.colour = max(width, 40), colour

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text

    def heading(self, text: str, verdict: Verdict | None = None) -> list[str]:
        return ["", self.paint(text.upper(), COLOURS[verdict] if verdict else "1")]

    def item(self, label: str, text: str, indent: int = 2) -> list[str]:
        """Format a label with a wrapped text on its right."""
        first = f"{' ' * indent}{label}"
        return self._wrap(text, first, " " * len(first))

    def block(self, text: str, indent: int = 2) -> list[str]:
        return self._wrap(text, " " * indent, " " * indent)

    def _wrap(self, text: str, first: str, then: str) -> list[str]:
        return textwrap.wrap(
            to_single_line(text), self.width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
        )


def _format_header(result: Result, page: _Page) -> list[str]:
    run = result.run
    rate = f", {run.requests / run.seconds:,.1f} a second" if run.requests and run.seconds > 0 else ""
    facts = [
        ("Target", format_target(run)),
        ("Documents", conclusion.format_documentation(run)),
        ("Run", f"profile {run.profile}, seed {run.seed}, id {run.run_id}{', strict' if run.strict else ''}"),
        ("Suite", f"wavetank {run.suite}, at {run.end}"),
        ("Took", f"{_format_duration(run.seconds)}, {format_count(run.requests, 'request')}{rate}"),
        ("Spent on", _format_time_by_kind(result.outcomes)),
    ]
    title_line = page.paint("Does this deployment keep the platform's rules?", "1")
    return [title_line, "", *(row for label, text in facts if text for row in page.item(f"{label:10}", text, 0))]


def _format_time_by_kind(outcomes: Iterable[Outcome]) -> str:
    seconds_by_kind: dict[str, float] = {}
    for outcome in outcomes:
        seconds_by_kind[outcome.kind] = seconds_by_kind.get(outcome.kind, 0.0) + outcome.seconds
    longest = sorted(seconds_by_kind.items(), key=lambda kind: -kind[1])
    return ", ".join(f"{KIND_PLURALS.get(kind, kind)} {_format_duration(seconds)}" for kind, seconds in longest)


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _format_counts(run_summary: RunSummary, page: _Page) -> list[str]:
    lines = page.heading(f"{format_count(len(run_summary.rules), 'rule')}")
    for verdict, count in run_summary.count_by_verdict().items():
        label = f"{count:4} {conclusion.VERDICT_NAMES[verdict]:14}"
        lines.append(
            f"{page.paint(label, COLOURS[verdict])}  {truncate(conclusion.VERDICT_MEANINGS[verdict], page.width - 22)}"
        )
    return lines


def _format_broken_rules(run_summary: RunSummary, page: _Page) -> list[str]:
    broken = run_summary.with_verdict(Verdict.FAIL)
    lines = page.heading(f"broken: {format_count(len(broken), 'rule')}", Verdict.FAIL) if broken else []
    for number, rule_result in enumerate(broken):
        lines += [""] if number else []
        lines += _format_broken_rule(rule_result, page)
    return lines


def _format_broken_rule(rule_result: RuleResult, page: _Page) -> list[str]:
    rule = rule_result.rule
    failed = [outcome for outcome in rule_result.outcomes if outcome.verdict is Verdict.FAIL]
    contracts = {outcome.contract for outcome in rule_result.outcomes}
    count = f"{len({outcome.contract for outcome in failed})} of {format_count(len(contracts), 'contract')}"
    lines = [page.paint(f"  {rule.id}  {rule.level}, {format_basis(rule)}", COLOURS[Verdict.FAIL])]
    lines += page.block(first_sentence(rule.claim), 4)
    lines += page.item("Why         ", format_reason(rule_result), 4)
    for label, text in (("Expected    ", failed[0].expected), ("Seen        ", failed[0].seen)):
        lines += page.item(label, truncate(text, 2 * (page.width - 16)), 4) if text else []
    lines += page.item("Failed      ", f"{count}: {_format_failed_names(failed)}", 4)
    reproducer = next((outcome.capsule for outcome in failed if outcome.capsule), "")
    if reproducer:
        lines.append(f"    Reproducer  {to_single_line(reproducer)}")
        lines.append(f"    Replay      contracts replay {shlex.quote(to_single_line(reproducer))}")
    return lines


def _format_failed_names(failed: Sequence[Outcome]) -> str:
    names = list(dict.fromkeys(title(outcome) for outcome in failed))
    more = len(names) - MAX_NAMES_SHOWN
    return ", ".join(names[:MAX_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _format_rules(rules: Sequence[RuleResult], heading: str, page: _Page) -> list[str]:
    lines = page.heading(heading, rules[0].verdict) if rules else []
    for rule_result in rules:
        lines += page.item(f"{rule_result.rule.id:8}  ", format_reason(rule_result))
    return lines


def _format_items(texts: Sequence[str], heading: str, page: _Page) -> list[str]:
    lines = page.heading(heading) if texts else []
    return lines + [row for text in texts for row in page.item("- ", text)]


def _format_rules_by_reason(rules: Sequence[RuleResult], heading: str, page: _Page) -> list[str]:
    """Format rules grouped by their reason."""
    lines = page.heading(heading, rules[0].verdict) if rules else []
    groups: dict[str, list[str]] = {}
    for rule_result in rules:
        groups.setdefault(format_reason(rule_result), []).append(rule_result.rule.id)
    for shared_reason, ids in groups.items():
        lines += page.block(shared_reason)
        lines += page.block(" ".join(ids), 4)
    return lines


def _format_passed_rules(run_summary: RunSummary, page: _Page) -> list[str]:
    passed = run_summary.with_verdict(Verdict.PASS)
    lines = page.heading("pass", Verdict.PASS) if passed else []
    for area in Area:
        ids = [rule_result.rule.id for rule_result in passed if rule_result.rule.area is area]
        lines += page.item(f"{area:19}", " ".join(ids)) if ids else []
    return lines


def _format_footer(result: Result, run_summary: RunSummary, page: _Page, folder: Path | None) -> list[str]:
    lines = page.heading("the run ended early") + page.block(result.ended) if result.ended else []
    if folder is not None:
        lines += ["", to_single_line(f"Every rule with its evidence: {folder / 'report.html'}")]
    code = f" (exit code {run_summary.exit_code})"
    style = {0: "1;32", 1: "1;31"}.get(run_summary.exit_code, "1;33")
    return [*lines, "", page.paint(truncate(run_summary.sentence, page.width - len(code)) + code, style)]
