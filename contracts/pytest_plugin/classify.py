"""Derives the verdicts on rules from the exception that ended a contract's test, and from the breaches that it met."""

from collections.abc import Sequence
from dataclasses import replace

import httpx2
from hypothesis.errors import Flaky

from contracts.results.result import RESPONSE_KIND, Outcome
from contracts.spec.breaches import Breach, BreachLog
from contracts.spec.markers import Contract
from contracts.spec.rules import Basis, Catalogue
from contracts.spec.verdicts import BrokenRuleError, UndecidedError, Verdict

MAX_VALUE_LENGTH = 2_000
RESPONSES = "responses"
"""The first half of the name of the check of an operation's responses, such as `responses::getEvent`."""


class ContractJudge:
    """Derives the outcomes of one contract.

    A difference in an assumed part is an observation on a target other than our mock. Without a known part, it is an
    observation for a rule of which the contract checks assumed parts only.
    """

    def __init__(self, contract: Contract, log: BreachLog, catalogue: Catalogue, *, our_mock: bool) -> None:
        self._contract, self._log, self._catalogue, self._our_mock = contract, log, catalogue, our_mock

    def build_outcomes(self, exception: BaseException | None) -> list[Outcome]:
        """Build the outcome of each breach, and one outcome for each verdict among the contract's other rules."""
        of_breaches = [self._breach_outcome(breach) for breach in self._log.breaches]
        decided = {
            rule_id
            for outcome in of_breaches
            if outcome.contract == self._contract.id and outcome.verdict is Verdict.FAIL
            for rule_id in outcome.rules
        }
        own = [
            self._without_rules(outcome, decided)
            for outcome in self._own_outcomes(exception)
            if set(outcome.rules) - decided
        ]
        return [*own, *of_breaches]

    @staticmethod
    def _without_rules(outcome: Outcome, decided: set[str]) -> Outcome:
        return replace(outcome, rules=tuple(rule_id for rule_id in outcome.rules if rule_id not in decided))

    def _own_outcomes(self, exception: BaseException | None) -> list[Outcome]:
        rules = self._contract.rules
        if exception is None:
            return [self._outcome(rules, Verdict.PASS)]
        if isinstance(exception, UndecidedError):
            return self._split(exception.rules or rules, exception.verdict, exception.reason)
        if isinstance(exception, BaseExceptionGroup):
            return self._group_outcomes(exception)
        if isinstance(exception, AssertionError):
            return self._failure_outcomes(exception)
        return [self._outcome(rules, *self._judge_other(exception))]

    def _judge_other(self, exception: BaseException) -> tuple[Verdict, str]:
        """Return the verdict after an exception that no assertion raised, and its reason.

        A contract that cannot read a response which differs from the document is blocked: the suite has not failed. If
        the target may differ there, the contract is inconclusive.
        """
        if isinstance(exception, httpx2.TransportError):
            return Verdict.BLOCKED, f"no response: {type(exception).__name__} {exception}"
        if self._log.breaches and not isinstance(exception, Flaky):
            cause = self._find_cause(exception)
            if cause.assumed and self._log.is_open:
                return Verdict.INCONCLUSIVE, f"the target differs in what the contract reads: {cause.what}"
            return Verdict.BLOCKED, _format_block(cause)
        prefix = "flaky: " if isinstance(exception, Flaky) else ""
        return Verdict.ERROR, f"{prefix}the suite itself failed: {type(exception).__name__}: {exception}"

    def _find_cause(self, exception: BaseException) -> Breach:
        """Return the breach from which an exception follows: one that names the missing key, or else the first."""
        missing = str(exception.args[0]) if isinstance(exception, KeyError) and exception.args else ""
        named = (each for each in self._log.breaches if missing and f"`{missing}`" in each.what)
        return next(named, self._log.find_distorting() or self._log.breaches[0])

    def _failure_outcomes(self, failure: AssertionError) -> list[Outcome]:
        parts = failure.parts if isinstance(failure, BrokenRuleError) else ()
        rules = self._contract.rules
        broken_rules = tuple(dict.fromkeys(part.partition(".")[0] for part in parts)) or rules
        distorting = self._log.find_distorting()
        if distorting is not None:
            return [self._outcome(rules, Verdict.BLOCKED, _format_block(distorting))]
        assumed = failure.assumed if isinstance(failure, BrokenRuleError) else None
        outcomes = []
        for verdict in (Verdict.FAIL, Verdict.OBSERVATION):
            group = tuple(rule_id for rule_id in broken_rules if self._verdict_on(rule_id, parts, assumed) is verdict)
            outcomes += [self._failure_outcome(group, verdict, failure)] if group else []
        others = tuple(rule_id for rule_id in rules if rule_id not in broken_rules)
        if not others:
            return outcomes
        if len(others) == len(rules) and assumed is None:
            reason = f"ended by a difference in another rule: {failure}"[:MAX_VALUE_LENGTH]
            return [*outcomes, self._outcome(others, Verdict.BLOCKED, reason)]
        return [*outcomes, self._outcome(others, Verdict.PASS)]

    def _verdict_on(self, rule_id: str, broken_parts: Sequence[str], assumed: bool | None) -> Verdict:
        """Return the verdict on a rule that failed: by its named broken parts, or else by the parts in the mark."""
        if self._our_mock:
            return Verdict.FAIL
        named = [part for part in broken_parts if part.startswith(f"{rule_id}.")]
        if assumed is None and named:
            assumed = all(self._catalogue.part(part).basis is Basis.RULED for part in named)
        elif assumed is None:
            assumed = self._catalogue.is_assumed(rule_id, self._contract.parts)
        return Verdict.OBSERVATION if assumed else Verdict.FAIL

    def _group_outcomes(self, group: BaseExceptionGroup[BaseException]) -> list[Outcome]:
        """Build the outcomes of a group of failures. A rule fails if any failure in the group breaks it."""
        outcomes = [outcome for each in group.exceptions for outcome in self._own_outcomes(each)]
        not_passed = [outcome for outcome in outcomes if outcome.verdict is not Verdict.PASS]
        decided_rules = {rule_id for outcome in not_passed for rule_id in outcome.rules}
        passed = tuple(rule_id for rule_id in self._contract.rules if rule_id not in decided_rules)
        return [*not_passed, self._outcome(passed, Verdict.PASS)] if passed else not_passed

    def _split(self, rules: tuple[str, ...], verdict: Verdict, reason: str) -> list[Outcome]:
        """Build an outcome with this verdict for these rules, and a pass for the contract's others."""
        others = tuple(rule_id for rule_id in self._contract.rules if rule_id not in rules)
        own = tuple(rule_id for rule_id in self._contract.rules if rule_id in rules)
        outcomes = [self._outcome(own, verdict, reason)] if own else []
        return [*outcomes, *([self._outcome(others, Verdict.PASS)] if others else [])]

    def _failure_outcome(self, rules: tuple[str, ...], verdict: Verdict, failure: AssertionError) -> Outcome:
        if isinstance(failure, BrokenRuleError):
            outcome = self._outcome(
                rules, verdict, failure.what, _format_value(failure.expected), _format_value(failure.seen)
            )
            return replace(outcome, broken_parts=_list_parts(failure.parts, rules))
        return self._outcome(rules, verdict, str(failure)[:MAX_VALUE_LENGTH])

    def _breach_outcome(self, breach: Breach) -> Outcome:
        """Build the outcome of a breach: of the contract if it checks the rule, else of the operation's responses."""
        verdict = Verdict.OBSERVATION if breach.assumed and not self._our_mock else Verdict.FAIL
        contract, kind, case = self._contract.id, str(self._contract.kind), self._contract.case
        if breach.rule not in self._contract.rules:
            contract, kind, case = f"{RESPONSES}::{breach.operation or breach.owner}", RESPONSE_KIND, ""
        outcome = Outcome(contract, case, kind, (breach.rule,), verdict, breach.what, breach.expected, breach.seen)
        parts = _list_parts((breach.owner,), (breach.rule,))
        return replace(outcome, parts=self._contract.parts if kind != RESPONSE_KIND else parts, broken_parts=parts)

    def _outcome(
        self, rules: tuple[str, ...], verdict: Verdict, reason: str = "", expected: str = "", seen: str = ""
    ) -> Outcome:
        contract = self._contract
        outcome = Outcome(contract.id, contract.case, contract.kind, rules, verdict, reason, expected, seen)
        return replace(outcome, parts=contract.parts)


def _list_parts(names: Sequence[str], rules: Sequence[str]) -> tuple[str, ...]:
    """Return those of the names that are parts of the rules. A failure names a rule where the part is not known."""
    return tuple(dict.fromkeys(name for name in names if "." in name and name.partition(".")[0] in rules))


def _format_block(breach: Breach) -> str:
    return f"cannot be judged before {breach.rule} is kept: {breach.what}"


def _format_value(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"
