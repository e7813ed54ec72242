"""What a run comes to: its rules by verdict, and the verdict on the target in one sentence."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.report.sanitizer import line
from contracts.results.result import Outcome, Result, RuleResult, Run
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED, Verdict

NAMES: Mapping[Verdict, str] = {
    Verdict.FAIL: "broken",
    Verdict.ERROR: "error",
    Verdict.BLOCKED: "blocked",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.OBSERVATION: "observation",
    Verdict.KNOWN: "known",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "not applicable",
}
MEANINGS: Mapping[Verdict, str] = {
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
class Conclusion:
    """A run's rules, each with its verdict, and what they mean together."""

    rules: tuple[RuleResult, ...]
    exit_code: int
    sentence: str

    def having(self, verdict: Verdict) -> list[RuleResult]:
        """The rules with this verdict."""
        return [judged for judged in self.rules if judged.verdict is verdict]

    def counts(self) -> dict[Verdict, int]:
        """How many rules have each verdict that any has, the worst first."""
        counted = Counter(judged.verdict for judged in self.rules)
        return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}


def concluded(result: Result, catalogue: Catalogue) -> Conclusion:
    """What the run comes to."""
    rules = tuple(result.by_rule(catalogue))
    counted = Counter(judged.verdict for judged in rules)
    exit_code = result.exit_code(catalogue)
    if exit_code == 1:
        told = _broken(result, counted)
    elif exit_code == 0:
        told = _kept(counted)
    else:
        told = _unproved(result, rules, counted)
    return Conclusion(rules, exit_code, told)


def reason(judged: RuleResult) -> str:
    """Why a rule has its verdict, in a line."""
    return line(judged.reason) or (NO_CONTRACT if not judged.outcomes else "no reason given")


def title(outcome: Outcome) -> str:
    """A contract's id, with its case where it has one."""
    return line(f"{outcome.contract}[{outcome.case}]" if outcome.case else outcome.contract)


def inspected(run: Run) -> str:
    """The target, and whether it is known to be our mock."""
    return line(f"{run.target} (our mock)" if run.is_our_mock else run.target)


def many(number: int, one: str, several: str = "") -> str:
    """A number and its noun: `1 rule`, `2 rules`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _broken(result: Result, counted: Counter[Verdict]) -> str:
    told = f"does not conform: {many(counted[Verdict.FAIL], 'rule')} broken"
    return f"{told}, and the run did not come to its end: {line(result.ended)}" if result.ended else told


def _kept(counted: Counter[Verdict]) -> str:
    parts = [f"conforms: {many(sum(counted[verdict] for verdict in CHECKED), 'rule')} checked"]
    known, open_ = counted[Verdict.KNOWN], counted[Verdict.BLOCKED] + counted[Verdict.INCONCLUSIVE]
    parts.append(f"none broken but {known} known" if known else "none broken")
    if counted[Verdict.OBSERVATION]:
        parts.append(many(counted[Verdict.OBSERVATION], "observation"))
    if open_:
        parts.append(f"{open_} undecided")
    return ", ".join(parts)


def _unproved(result: Result, rules: tuple[RuleResult, ...], counted: Counter[Verdict]) -> str:
    looked = any(outcome.verdict in CHECKED for judged in rules for outcome in judged.outcomes)
    if result.ended:
        return f"{'the run did not come to its end' if looked else 'nothing was checked'}: {line(result.ended)}"
    if counted[Verdict.ERROR]:
        return f"the suite itself broke: {many(counted[Verdict.ERROR], 'rule')} could not be judged"
    if result.stale and counted.keys() & CHECKED:
        return f"the expectations do not hold: {many(len(result.stale), 'entry', 'entries')} out of date"
    told = "no rule was decided" if looked else "nothing was checked"
    return f"{told}: {_commonest(rules)}"


def _commonest(rules: tuple[RuleResult, ...]) -> str:
    reasons = Counter(reason(judged) for judged in rules).most_common(1)
    if not reasons:
        return "no rule was asked about"
    told, count = reasons[0]
    return told if count == len(rules) else f"{told} ({count} of {many(len(rules), 'rule')})"
