"""Derives the verdicts on a contract's rules from the exception that ended its test."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
from hypothesis.errors import Flaky

from contracts.results.result import Outcome
from contracts.spec.markers import Contract
from contracts.spec.rules import Area, Basis, Catalogue
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BrokenRuleError, UndecidedError, Verdict

MAX_VALUE_LENGTH = 2_000
FAILED_VERDICTS = frozenset({Verdict.FAIL, Verdict.OBSERVATION, Verdict.ERROR})
CAMPAIGN_RESULTS_CLOSED_REASON = (
    "this target closes /campaign_results/ to partners, as the newer documentation says (campaign_results_admin_only)"
)


def build_outcomes(
    contract: Contract, exception: BaseException | None, catalogue: Catalogue, *, our_mock: bool
) -> list[Outcome]:
    """Build one outcome for each verdict among the contract's rules.

    On a target other than the mock, a difference from an assumed rule is an observation.
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


def was_denied_campaign_results(outcomes: Iterable[Outcome], transcript: Transcript) -> bool:
    """Whether a contract failed, and a request to `/campaign_results/` was refused with 403."""
    has_failed = any(outcome.verdict in FAILED_VERDICTS for outcome in outcomes)
    return has_failed and any(
        each.status == 403 and urlsplit(each.url).path.endswith("/campaign_results/") for each in transcript.exchanges()
    )


def block_unrelated_rules(outcomes: Sequence[Outcome], catalogue: Catalogue) -> list[Outcome]:
    """In outcomes that did not pass, set the verdict of rules outside campaign results to blocked."""
    return [part for outcome in outcomes for part in _split_unrelated_rules(outcome, catalogue)]


def _split_unrelated_rules(outcome: Outcome, catalogue: Catalogue) -> list[Outcome]:
    if outcome.verdict not in FAILED_VERDICTS:
        return [outcome]
    related = tuple(each for each in outcome.rules if catalogue.rule(each).area is Area.CAMPAIGN_RESULTS)
    unrelated = tuple(each for each in outcome.rules if each not in related)
    blocked = replace(
        outcome, rules=unrelated, verdict=Verdict.BLOCKED, reason=CAMPAIGN_RESULTS_CLOSED_REASON, expected="", seen=""
    )
    return ([replace(outcome, rules=related)] if related else []) + ([blocked] if unrelated else [])


def _failure_outcomes(
    contract: Contract, failure: AssertionError, catalogue: Catalogue, *, our_mock: bool
) -> list[Outcome]:
    broken_rules = (
        tuple(rule for rule in contract.rules if rule in failure.rules) if isinstance(failure, BrokenRuleError) else ()
    )
    verdicts = []
    for rule_id in broken_rules or contract.rules:
        is_assumed = contract.assumed or catalogue.rule(rule_id).basis is Basis.RULED
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
    return Outcome(contract.id, contract.case, contract.kind, rules, verdict, reason, expected, seen)


def _format_value(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"
