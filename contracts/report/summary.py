"""What a run comes to: its rules by verdict, and the verdict on the target in one sentence."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.report.sanitizer import to_single_line
from contracts.results.result import Outcome, Result, RuleResult, Run
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict

VERDICT_NAMES: Mapping[Verdict, str] = {
    Verdict.FAIL: "broken",
    Verdict.ERROR: "error",
    Verdict.BLOCKED: "blocked",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.OBSERVATION: "observation",
    Verdict.KNOWN: "known",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "not applicable",
}
VERDICT_MEANINGS: Mapping[Verdict, str] = {
    Verdict.FAIL: "the target does not keep the rule",
    Verdict.ERROR: "the suite itself broke: nothing is said of the target",
    Verdict.BLOCKED: "something else was in the way",
    Verdict.INCONCLUSIVE: "the target did not get there in time",
    Verdict.OBSERVATION: "differs where the documentation leaves it open",
    Verdict.KNOWN: "broken, as the expectations say",
    Verdict.PASS: "kept, as far as the contracts look",
    Verdict.NOT_APPLICABLE: "not looked at here",
}
NO_CONTRACT = "no contract of this run looks at it"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run's rules, each with its verdict, and what they mean together."""

    rules: tuple[RuleResult, ...]
    exit_code: int
    sentence: str

    def with_verdict(self, verdict: Verdict) -> list[RuleResult]:
        """The rules with this verdict."""
        return [rule_result for rule_result in self.rules if rule_result.verdict is verdict]

    def count_by_verdict(self) -> dict[Verdict, int]:
        """How many rules have each verdict that any has, the worst first."""
        counts = Counter(rule_result.verdict for rule_result in self.rules)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}


def summarize(result: Result, catalogue: Catalogue) -> RunSummary:
    """What the run comes to."""
    rules = tuple(result.rule_results(catalogue))
    counts = Counter(rule_result.verdict for rule_result in rules)
    exit_code = result.exit_code(catalogue)
    if exit_code == 1:
        sentence = _failed_sentence(result, counts)
    elif exit_code == 0:
        sentence = _passed_sentence(counts)
    else:
        sentence = _unproved_sentence(result, rules, counts)
    return RunSummary(rules, exit_code, sentence)


def format_reason(rule_result: RuleResult) -> str:
    """Why a rule has its verdict, in a line."""
    return to_single_line(rule_result.reason) or (NO_CONTRACT if not rule_result.outcomes else "no reason given")


def title(outcome: Outcome) -> str:
    """A contract's id, with its case where it has one."""
    return to_single_line(f"{outcome.contract}[{outcome.case}]" if outcome.case else outcome.contract)


def format_target(run: Run) -> str:
    """The target, and whether it is known to be our mock."""
    return to_single_line(f"{run.target} (our mock)" if run.is_our_mock else run.target)


def format_count(number: int, singular: str, plural: str = "") -> str:
    """A number and its noun: `1 rule`, `2 rules`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _failed_sentence(result: Result, counts: Counter[Verdict]) -> str:
    sentence = f"does not conform: {format_count(counts[Verdict.FAIL], 'rule')} broken"
    return (
        f"{sentence}, and the run did not come to its end: {to_single_line(result.ended)}" if result.ended else sentence
    )


def _passed_sentence(counts: Counter[Verdict]) -> str:
    parts = [f"conforms: {format_count(sum(counts[verdict] for verdict in CHECKED_VERDICTS), 'rule')} checked"]
    known, undecided = counts[Verdict.KNOWN], counts[Verdict.BLOCKED] + counts[Verdict.INCONCLUSIVE]
    parts.append(f"none broken but {known} known" if known else "none broken")
    if counts[Verdict.OBSERVATION]:
        parts.append(format_count(counts[Verdict.OBSERVATION], "observation"))
    if undecided:
        parts.append(f"{undecided} undecided")
    return ", ".join(parts)


def _unproved_sentence(result: Result, rules: tuple[RuleResult, ...], counts: Counter[Verdict]) -> str:
    was_checked = any(outcome.verdict in CHECKED_VERDICTS for rule_result in rules for outcome in rule_result.outcomes)
    if result.ended:
        return f"{'the run did not come to its end' if was_checked else 'nothing was checked'}: {to_single_line(result.ended)}"
    if counts[Verdict.ERROR]:
        return f"the suite itself broke: {format_count(counts[Verdict.ERROR], 'rule')} could not be judged"
    if result.stale and counts.keys() & CHECKED_VERDICTS:
        return f"the expectations do not hold: {format_count(len(result.stale), 'entry', 'entries')} out of date"
    sentence = "no rule was decided" if was_checked else "nothing was checked"
    return f"{sentence}: {_most_common_reason(rules)}"


def _most_common_reason(rules: tuple[RuleResult, ...]) -> str:
    reasons = Counter(format_reason(rule_result) for rule_result in rules).most_common(1)
    if not reasons:
        return "no rule was asked about"
    most_common, count = reasons[0]
    return most_common if count == len(rules) else f"{most_common} ({count} of {format_count(len(rules), 'rule')})"
