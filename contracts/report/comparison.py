"""The report of a comparison: as text, as JSON, and the sections that all of its forms share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.report.difference import Difference, find_difference
from contracts.report.sanitizer import to_single_line, truncate
from contracts.report.screen import Screen
from contracts.report.summary import format_count, format_reason, format_target, format_verdict
from contracts.results.comparison import Comparison, RuleChange
from contracts.results.result import DIFFERENCE_VERDICTS, RuleResult, Run
from contracts.spec.verdicts import Verdict

FORMAT = "wavetank-comparison-1"
NOT_IN_RESULT = "not in this result"
SIDE_WIDTH = 120
QUESTION = "What changed between these two runs?"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report. `key` is its name in JSON; `verdict` gives its colour."""

    key: str
    heading: str
    changes: tuple[RuleChange, ...]
    verdict: Verdict
    shows_old: bool = False
    """Whether the difference to show is that of the old result."""


def build_sections(comparison: Comparison, *, all_rules: bool = False) -> list[Section]:
    """Return all sections, also empty ones, the most important first.

    Rules that only one of the runs selected are not listed unless `all_rules`, because a run can select one rule of
    many; a note counts them.
    """
    only_before, only_now = (
        tuple(change for change in changes if all_rules or change.is_in_both)
        for changes in (comparison.checked_only_before, comparison.checked_only_now)
    )
    return [
        Section("newly_broken", "Newly broken", comparison.broken, Verdict.FAIL),
        Section("fixed", "Fixed", comparison.fixed, Verdict.PASS, shows_old=True),
        Section("still_broken", "Still broken", comparison.still_broken, Verdict.FAIL),
        Section("new_observations", "New observations", comparison.new_observations, Verdict.OBSERVATION),
        Section(
            "gone_observations",
            "Observations that are gone",
            comparison.gone_observations,
            Verdict.OBSERVATION,
            shows_old=True,
        ),
        Section("checked_only_before", "Checked only in the old run", only_before, Verdict.BLOCKED),
        Section("checked_only_now", "Checked only in the new run", only_now, Verdict.BLOCKED),
    ]


def format_sentence(comparison: Comparison) -> str:
    """Return the result of the comparison in one sentence."""
    counts = [
        f"{len(comparison.broken)} newly broken",
        f"{len(comparison.fixed)} fixed",
        f"{len(comparison.still_broken)} still broken",
    ]
    verdict = "something broke" if comparison.broken else "nothing new is broken"
    return f"{verdict}: {', '.join(counts)}"


def format_run(run: Run) -> str:
    """Return a run's target, profile, seed and dates in one line. A baseline contains no dates."""
    strict = ", strict" if run.strict else ""
    dates = f", {run.start} to {run.end}" if run.start else ""
    return to_single_line(f"{format_target(run)}, profile {run.profile}, seed {run.seed}{strict}{dates}")


def format_notes(comparison: Comparison) -> list[str]:
    """Return what the reader must know about the two runs before trusting the comparison."""
    notes = [f"The runs have different {name}, so some verdicts may differ." for name in comparison.differing_facts]
    for name, changes in (("old", comparison.checked_only_before), ("new", comparison.checked_only_now)):
        count = sum(not change.is_in_both for change in changes)
        them = "it" if count == 1 else "them"
        text = f"{format_count(count, 'rule')} of the {name} run only: the other run did not select {them}."
        notes += [text] if count else []
    return notes + [to_single_line(f"{text[0].upper()}{text[1:]}") for text in comparison.ended]


def format_sides(change: RuleChange) -> str:
    """Return the verdicts of both results: `pass -> broken`."""
    return f"{_format_side(change.old)} -> {_format_side(change.new)}"


def describe_change(section: Section, change: RuleChange) -> tuple[str, Difference | None]:
    """Return why the rule has its verdict, and the first difference between expected and seen, if there is one."""
    side = change.old if section.shows_old else change.new
    if side is None or side.verdict is Verdict.PASS:
        side = change.new if section.shows_old else change.old
    if side is None or side.verdict is Verdict.PASS:
        return "", None
    if side.verdict not in DIFFERENCE_VERDICTS:
        return format_reason(side), None
    return format_reason(side), _find_difference(side)


def format_comparison(comparison: Comparison, *, width: int = 80, colour: bool = False, code: int | None = None) -> str:
    """Format the comparison for a terminal, without a trailing newline. `code` is the exit code, if it is another."""
    code = comparison.exit_code if code is None else code
    screen = Screen(width, colour)
    lines = [screen.paint(QUESTION, "1"), ""]
    lines += screen.item("Old  ", format_run(comparison.old), 0) + screen.item("New  ", format_run(comparison.new), 0)
    lines += [row for note in format_notes(comparison) for row in screen.item("Note ", note, 0)]
    for section in build_sections(comparison):
        lines += _format_section(section, screen)
    end = f" (exit code {code})"
    sentence = truncate(format_sentence(comparison), screen.width - len(end))
    return "\n".join([*lines, "", screen.paint(f"{sentence}{end}", "1;31" if code else "1;32")])


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON."""
    sections: dict[str, Any] = {
        section.key: [_change_to_json(section, change) for change in section.changes]
        for section in build_sections(comparison, all_rules=True)
    }
    return {
        "format": FORMAT,
        "exit_code": comparison.exit_code,
        "old": _run_to_json(comparison.old),
        "new": _run_to_json(comparison.new),
        "notes": format_notes(comparison),
        **sections,
    }


def _format_section(section: Section, screen: Screen) -> list[str]:
    if not section.changes:
        return []
    lines = screen.heading(f"{section.heading}: {format_count(len(section.changes), 'rule')}", section.verdict)
    grouped = section.verdict is Verdict.BLOCKED
    format_one: Callable[[Section, RuleChange, Screen], list[str]] = _format_line if grouped else _format_change
    return lines + [row for change in section.changes for row in format_one(section, change, screen)]


def _format_line(section: Section, change: RuleChange, screen: Screen) -> list[str]:
    reason, _ = describe_change(section, change)
    return screen.item(f"{change.rule.id:8}  ", format_sides(change) + (f": {reason}" if reason else ""))


def _format_change(section: Section, change: RuleChange, screen: Screen) -> list[str]:
    reason, difference = describe_change(section, change)
    lines = screen.item(f"{change.rule.id:8}  ", format_sides(change))
    for part in change.newly_broken_parts if section.key == "newly_broken" else ():
        lines += screen.item("Part        ", part.claim, 4)
    lines += screen.item("Why         ", reason, 4) if reason else []
    if difference is not None:
        lines += screen.item("At          ", difference.place, 4) if difference.place else []
        lines += screen.item("Expected    ", difference.expected, 4) + screen.item("Seen        ", difference.seen, 4)
    return lines


def _find_difference(side: RuleResult) -> Difference | None:
    shown = next(outcome for outcome in side.outcomes if outcome.verdict is side.verdict)
    return find_difference(shown.expected, shown.seen, SIDE_WIDTH) if shown.expected or shown.seen else None


def _format_side(side: RuleResult | None) -> str:
    return NOT_IN_RESULT if side is None else format_verdict(side)


def _run_to_json(run: Run) -> dict[str, Any]:
    facts = ("target", "profile", "seed", "strict", "documentation", "start", "end", "run_id", "suite")
    return {fact: getattr(run, fact) for fact in facts}


def _change_to_json(section: Section, change: RuleChange) -> dict[str, Any]:
    reason, difference = describe_change(section, change)
    values = {"rule": change.rule.id, "old": _format_side(change.old), "new": _format_side(change.new)}
    values |= {"reason": reason}
    if difference is not None:
        values |= {"place": difference.place, "expected": difference.expected, "seen": difference.seen}
    return values
