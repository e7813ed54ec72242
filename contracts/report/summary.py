"""Summarizes a run: its rules by verdict, and the verdict on the target in one sentence."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from contracts.report.sanitizer import to_single_line
from contracts.results.result import Outcome, Result, RuleResult, Run
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict

VERDICT_NAMES: Mapping[Verdict, str] = {
    Verdict.FAIL: "broken",
    Verdict.ERROR: "error",
    Verdict.BLOCKED: "blocked",
    Verdict.INTERMITTENT: "intermittent",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.OBSERVATION: "observation",
    Verdict.KNOWN: "known",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "not applicable",
}
VERDICT_MEANINGS: Mapping[Verdict, str] = {
    Verdict.FAIL: "the target breaks the rule",
    Verdict.ERROR: "the suite failed: this says nothing about the target",
    Verdict.BLOCKED: "something else prevented the check",
    Verdict.INTERMITTENT: "broken once, but not when the contract was repeated",
    Verdict.INCONCLUSIVE: "no result within the job timeout, or nothing to check",
    Verdict.OBSERVATION: "differs from an assumed part of the rule",
    Verdict.KNOWN: "broken, and listed as a known failure",
    Verdict.PASS: "kept, as far as the contracts check",
    Verdict.NOT_APPLICABLE: "not checked on this target",
}
KIND_NAMES: Mapping[str, str] = {
    "example": "example",
    "law": "property",
    "machine": "stateful test",
    "schema": "schemathesis run",
    "response": "check of responses",
}
"""The name of each kind of contract in reports."""
UNDECIDED_VERDICTS = (Verdict.BLOCKED, Verdict.INTERMITTENT, Verdict.INCONCLUSIVE)
NO_CONTRACT = "no contract of this run checks it"
PARTIAL_NAME = "pass (partial)"
"""The verdict of a rule that passes, although a documented part of it was not checked."""
PARTIAL_MEANING = "kept as far as checked; a documented part was not checked"


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many rules have a verdict, with the name and the meaning of the verdict."""

    verdict: Verdict
    name: str
    count: int
    meaning: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The verdict on each rule of a run, the exit code, and the verdict on the target as a sentence."""

    rules: tuple[RuleResult, ...]
    exit_code: int
    sentence: str

    def with_verdict(self, verdict: Verdict) -> list[RuleResult]:
        """Return the rules with this verdict."""
        return [rule_result for rule_result in self.rules if rule_result.verdict is verdict]

    def fully_passed(self) -> list[RuleResult]:
        """Return the rules that pass in all their documented parts."""
        return [each for each in self.with_verdict(Verdict.PASS) if not each.is_partial]

    def partly_passed(self) -> list[RuleResult]:
        """Return the rules that pass, although a documented part of them was not checked."""
        return [each for each in self.with_verdict(Verdict.PASS) if each.is_partial]

    def count_by_verdict(self) -> dict[Verdict, int]:
        """Count the rules of each verdict, worst verdict first. Verdicts without rules are omitted."""
        counts = Counter(rule_result.verdict for rule_result in self.rules)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}

    def count_rows(self) -> list[CountRow]:
        """Return the counts with their meanings, worst verdict first. Rules that pass in part have their own row."""
        counts, partial = self.count_by_verdict(), len(self.partly_passed())
        rows = [CountRow(each, VERDICT_NAMES[each], counts[each], VERDICT_MEANINGS[each]) for each in counts]
        if partial:
            rows = [replace(row, count=row.count - partial) if row.verdict is Verdict.PASS else row for row in rows]
            place = next(index for index, row in enumerate(rows) if row.verdict is Verdict.PASS)
            rows.insert(place, CountRow(Verdict.PASS, PARTIAL_NAME, partial, PARTIAL_MEANING))
        return [row for row in rows if row.count]


def summarize(result: Result, catalogue: Catalogue) -> RunSummary:
    """Summarize a result."""
    rules = tuple(result.rule_results(catalogue))
    counts = Counter(rule_result.verdict for rule_result in rules)
    exit_code = result.exit_code(catalogue)
    if exit_code == 1:
        sentence = _failed_sentence(result, counts)
    elif exit_code == 0:
        sentence = _passed_sentence(rules, counts)
    else:
        sentence = _unproved_sentence(result, rules, counts)
    return RunSummary(rules, exit_code, sentence)


def format_reason(rule_result: RuleResult) -> str:
    """Return the reason for a rule's verdict in one line."""
    return to_single_line(rule_result.reason) or (NO_CONTRACT if not rule_result.outcomes else "no reason given")


def format_verdict(rule_result: RuleResult) -> str:
    """Return the name of a rule's verdict, such as `broken` or `pass (partial)`."""
    return PARTIAL_NAME if rule_result.is_partial else VERDICT_NAMES[rule_result.verdict]


def filter_key(verdict: Verdict, is_partial: bool) -> str:
    """Return the name by which the HTML page filters rules."""
    return "partial" if is_partial else verdict.name.lower()


def format_coverage(rule_result: RuleResult) -> str:
    """Return how many contracts decided about the rule: `1 of 7 contracts`."""
    return f"{len(rule_result.decided_contracts)} of {format_count(rule_result.contract_count, 'contract')}"


def format_unchecked_parts(rule_result: RuleResult) -> str:
    """Return the names of the documented parts that were not checked: `length, start`; empty if there are none."""
    return ", ".join(part.id.partition(".")[2] for part in rule_result.unchecked_parts)


def group_by_reason(rules: Iterable[RuleResult]) -> dict[str, list[RuleResult]]:
    """Group rules by the reason for their verdict, so that each reason is shown once."""
    groups: dict[str, list[RuleResult]] = {}
    for rule_result in rules:
        groups.setdefault(format_reason(rule_result), []).append(rule_result)
    return groups


def title(outcome: Outcome) -> str:
    """Return a contract's id, with its parameters if it has any."""
    return to_single_line(f"{outcome.contract}[{outcome.case}]" if outcome.case else outcome.contract)


def format_target(run: Run) -> str:
    """Return the target's address, and whether it is our mock."""
    return to_single_line(f"{run.target} (our mock)" if run.is_our_mock else run.target)


def format_documentation(run: Run) -> str:
    """Return the documentation that the target follows, and how this was determined; empty if unknown."""
    return to_single_line(f"{run.documentation}, {run.documentation_source}") if run.documentation else ""


def format_basis(rule_result: RuleResult) -> str:
    """Return the basis of the parts that broke, else of the rule. What this project decided is `assumed`."""
    bases = [part.basis for part in rule_result.broken_parts] or [rule_result.rule.basis]
    return bases[0].label


def format_count(number: int, singular: str, plural: str = "") -> str:
    """Return a number and its noun: `1 rule`, `2 rules`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _failed_sentence(result: Result, counts: Counter[Verdict]) -> str:
    sentence = f"does not conform: {format_count(counts[Verdict.FAIL], 'rule')} broken"
    return f"{sentence}, and the run ended early: {to_single_line(result.ended)}" if result.ended else sentence


def _passed_sentence(rules: tuple[RuleResult, ...], counts: Counter[Verdict]) -> str:
    partial = sum(rule_result.is_partial for rule_result in rules)
    checked = format_count(sum(counts[verdict] for verdict in CHECKED_VERDICTS), "rule")
    parts = [f"conforms: {checked} checked" + (f" ({partial:,} in part)" if partial else "")]
    known, undecided = counts[Verdict.KNOWN], sum(counts[verdict] for verdict in UNDECIDED_VERDICTS)
    parts.append(f"none broken except {format_count(known, 'known failure')}" if known else "none broken")
    if counts[Verdict.OBSERVATION]:
        parts.append(format_count(counts[Verdict.OBSERVATION], "observation"))
    if undecided:
        parts.append(f"{undecided} undecided")
    return ", ".join(parts)


def _unproved_sentence(result: Result, rules: tuple[RuleResult, ...], counts: Counter[Verdict]) -> str:
    was_checked = any(outcome.verdict in CHECKED_VERDICTS for rule_result in rules for outcome in rule_result.outcomes)
    if result.ended:
        sentence = "the run ended early" if was_checked else "nothing was checked"
        return f"{sentence}: {to_single_line(result.ended)}"
    if counts[Verdict.ERROR]:
        return f"the suite itself failed: {format_count(counts[Verdict.ERROR], 'rule')} could not be checked"
    if result.stale and counts.keys() & CHECKED_VERDICTS:
        return f"the known failures are out of date: {format_count(len(result.stale), 'entry', 'entries')}"
    sentence = "no rule was decided" if was_checked else "nothing was checked"
    return f"{sentence}: {_most_common_reason(rules)}"


def _most_common_reason(rules: tuple[RuleResult, ...]) -> str:
    reasons = Counter(format_reason(rule_result) for rule_result in rules).most_common(1)
    if not reasons:
        return "no rule was selected"
    most_common, count = reasons[0]
    return most_common if count == len(rules) else f"{most_common} ({count} of {format_count(len(rules), 'rule')})"
