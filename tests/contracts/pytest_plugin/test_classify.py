"""How the outcome of a test becomes a verdict on each of its rules, on the mock and on other targets."""

import httpx2
import pytest
from hypothesis.errors import Flaky

from contracts.pytest_plugin import classify, collector
from contracts.spec import rules as catalogue
from contracts.spec.markers import Contract
from contracts.spec.openapi import UndocumentedResponseError
from contracts.spec.verdicts import BlockedError, BrokenRuleError, InconclusiveError, NotApplicableError, Verdict
from tests.contracts.results.result_builders import an_outcome

RULES = catalogue.load()
STATED, ASSUMED, ALSO_STATED = "EVT-01", "BASE-08", "CR-03"
PARTS = {STATED: "EVT-01.page", ASSUMED: "BASE-08.refused", ALSO_STATED: "CR-03.query"}
ASSUMED_PARTS = {STATED: "EVT-01.limit", ASSUMED: "BASE-08.refused", ALSO_STATED: "CR-03.bounds"}
VerdictByRule = dict[str, str]


def judge(error: BaseException | None, *rules: str, ruled: bool = False, our_mock: bool = False) -> VerdictByRule:
    """Return each rule's verdict after a contract of parts of these rules that ended with the error.

    With `ruled`, the contract checks only assumed parts.
    """
    parts = ASSUMED_PARTS if ruled else PARTS
    contract = Contract("events::it", "", "law", tuple(parts[rule_id] for rule_id in rules or (STATED, ASSUMED)))
    outcomes = classify.build_outcomes(contract, error, RULES, our_mock=our_mock)
    verdicts = [(rule_id, str(outcome.verdict)) for outcome in outcomes for rule_id in outcome.rules]
    assert sorted(rule_id for rule_id, _ in verdicts) == sorted(contract.rules)
    return dict(verdicts)


def test_what_does_not_fail_passes() -> None:
    assert judge(None) == {STATED: "pass", ASSUMED: "pass"}


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (NotApplicableError("no clock"), "not applicable"),
        (InconclusiveError("no end"), "inconclusive"),
        (BlockedError("no sign-in"), "blocked"),
        (httpx2.ReadTimeout("too long"), "blocked"),
        (httpx2.ConnectError("unreachable"), "blocked"),
        (KeyError("id"), "error"),
        (ValueError("what"), "error"),
        (Flaky("passed once, failed once"), "error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
@pytest.mark.parametrize("our_mock", [True, False], ids=["on the mock", "elsewhere"])
def test_a_contract_that_could_not_finish_says_why(error: BaseException, verdict: str, our_mock: bool) -> None:
    assert judge(error, our_mock=our_mock) == {STATED: verdict, ASSUMED: verdict}


@pytest.mark.parametrize(
    "error", [BrokenRuleError("it", 1, 2), AssertionError("it"), UndocumentedResponseError("it")], ids=repr
)
def test_a_difference_in_what_is_ruled_is_observed_elsewhere_than_on_the_mock(error: AssertionError) -> None:
    assert judge(error, our_mock=True) == {STATED: "fail", ASSUMED: "fail"}
    assert judge(error) == {STATED: "fail", ASSUMED: "observation"}
    assert judge(error, ruled=True) == {STATED: "observation", ASSUMED: "observation"}
    assert judge(error, ruled=True, our_mock=True) == {STATED: "fail", ASSUMED: "fail"}


def test_a_difference_may_concern_some_of_the_rules_only() -> None:
    assert judge(BrokenRuleError("it", rules=(ASSUMED,)), our_mock=True) == {STATED: "pass", ASSUMED: "fail"}
    assert judge(BrokenRuleError("it", rules=(ASSUMED,))) == {STATED: "pass", ASSUMED: "observation"}


def test_a_difference_that_concerns_none_of_the_rules_concerns_all() -> None:
    assert judge(BrokenRuleError("it", rules=("PKG-01",)), our_mock=True) == {STATED: "fail", ASSUMED: "fail"}


def test_of_several_differences_each_breaks_its_own_rules() -> None:
    both = ExceptionGroup("", [BrokenRuleError("a", rules=(STATED,)), BrokenRuleError("b", rules=(ALSO_STATED,))])
    assert judge(both, STATED, ASSUMED, ALSO_STATED) == {STATED: "fail", ASSUMED: "pass", ALSO_STATED: "fail"}


def test_groups_may_stand_in_groups() -> None:
    nested = ExceptionGroup("", [ExceptionGroup("", [BrokenRuleError("a", rules=(STATED,))])])
    assert judge(nested) == {STATED: "fail", ASSUMED: "pass"}


def test_both_sides_are_told_and_cut_to_a_readable_length() -> None:
    contract = Contract("events::it", "", "law", (PARTS[STATED],))
    (outcome,) = classify.build_outcomes(contract, BrokenRuleError("it", "x" * 9_000, [1, None]), RULES, our_mock=True)
    assert (outcome.reason, outcome.seen) == ("it", "[1, None]")
    assert len(outcome.expected) <= classify.MAX_VALUE_LENGTH + 1


def test_an_outcome_comes_through_a_tests_report_unchanged() -> None:
    outcome = an_outcome(Verdict.FAIL, "CR-01", "EVT-01", calls=("curl",), case="a/b")
    assert type(outcome).from_json(collector.outcome_to_json(outcome)) == outcome
