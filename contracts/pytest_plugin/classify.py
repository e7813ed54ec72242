"""Derives the verdicts on a contract's rules from the exception that ended its test."""

from dataclasses import replace

import httpx2
from hypothesis.errors import Flaky

from contracts.results.result import Outcome
from contracts.spec.markers import Contract
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import BrokenRuleError, UndecidedError, Verdict

MAX_VALUE_LENGTH = 2_000


def build_outcomes(
    contract: Contract, exception: BaseException | None, catalogue: Catalogue, *, our_mock: bool
) -> list[Outcome]:
    """Build one outcome for each verdict among the contract's rules.

    On a target other than the mock, a difference is an observation for a rule if only assumed parts of the rule are
    checked.
    """
    if exception is None:
        return [_build_outcome(contract, contract.rules, Verdict.PASS)]
    if isinstance(exception, UndecidedError):
        return [_build_outcome(contract, contract.rules, exception.verdict, exception.reason)]
    if isinstance(exception, BaseExceptionGroup):
        return _group_outcomes(contract, exception, catalogue, our_mock=our_mock)
    if isinstance(exception, AssertionError):
        return _failure_outcomes(contract, exception, catalogue, our_mock=our_mock)
    if isinstance(exception, httpx2.TransportError):
        reason = f"no response: {type(exception).__name__} {exception}"
        return [_build_outcome(contract, contract.rules, Verdict.BLOCKED, reason)]
    prefix = "flaky: " if isinstance(exception, Flaky) else ""
    reason = f"{prefix}the suite itself failed: {type(exception).__name__}: {exception}"
    return [_build_outcome(contract, contract.rules, Verdict.ERROR, reason)]


def _failure_outcomes(
    contract: Contract, failure: AssertionError, catalogue: Catalogue, *, our_mock: bool
) -> list[Outcome]:
    broken_rules = (
        tuple(rule for rule in contract.rules if rule in failure.rules) if isinstance(failure, BrokenRuleError) else ()
    )
    verdicts = []
    for rule_id in broken_rules or contract.rules:
        is_assumed = catalogue.is_assumed(rule_id, contract.parts)
        verdict = Verdict.OBSERVATION if is_assumed and not our_mock else Verdict.FAIL
        verdicts.append((rule_id, verdict))
    verdicts += [(rule_id, Verdict.PASS) for rule_id in contract.rules if broken_rules and rule_id not in broken_rules]
    return [
        _failure_outcome(
            contract, tuple(rule_id for rule_id, rule_verdict in verdicts if rule_verdict is verdict), verdict, failure
        )
        for verdict in dict.fromkeys(verdict for _, verdict in verdicts)
    ]


def _failure_outcome(contract: Contract, rules: tuple[str, ...], verdict: Verdict, failure: AssertionError) -> Outcome:
    if verdict is Verdict.PASS:
        return _build_outcome(contract, rules, verdict)
    if isinstance(failure, BrokenRuleError):
        return _build_outcome(
            contract, rules, verdict, failure.what, _format_value(failure.expected), _format_value(failure.seen)
        )
    return _build_outcome(contract, rules, verdict, str(failure)[:MAX_VALUE_LENGTH])


def _group_outcomes(
    contract: Contract, group: BaseExceptionGroup[BaseException], catalogue: Catalogue, *, our_mock: bool
) -> list[Outcome]:
    """Build the outcomes of a group of failures. A rule fails if any failure in the group breaks it."""
    outcomes = [
        outcome for each in group.exceptions for outcome in build_outcomes(contract, each, catalogue, our_mock=our_mock)
    ]
    not_passed = [outcome for outcome in outcomes if outcome.verdict is not Verdict.PASS]
    decided_rules = {rule_id for outcome in not_passed for rule_id in outcome.rules}
    passed_rules = tuple(rule_id for rule_id in contract.rules if rule_id not in decided_rules)
    return [*not_passed, _build_outcome(contract, passed_rules, Verdict.PASS)] if passed_rules else not_passed


def _build_outcome(  # noqa: PLR0913 - the fields of an outcome, in their order
    contract: Contract,
    rules: tuple[str, ...],
    verdict: Verdict,
    reason: str = "",
    expected: str = "",
    seen: str = "",
) -> Outcome:
    outcome = Outcome(contract.id, contract.case, contract.kind, rules, verdict, reason, expected, seen)
    return replace(outcome, parts=contract.parts)


def _format_value(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"
