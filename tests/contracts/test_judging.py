"""From how a test ended to verdicts on its rules, whoever's deployment it was."""

import httpx
import pytest
from hypothesis.errors import Flaky

from contracts.pytest_plugin import classify, collector
from contracts.pytest_plugin.classify import Contract
from contracts.spec import rules as catalogue
from contracts.spec.openapi import UnpromisedAnswer
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import Blocked, Broken, Inconclusive, NotApplicable, Verdict
from tests.contracts.results import an_outcome

RULES = catalogue.load()
STATED, RULED, ALSO_STATED = "EVT-01", "BASE-08", "CR-03"
Judged = dict[str, str]


def judged(ended: BaseException | None, *rules: str, ruled: bool = False, our_mock: bool = False) -> Judged:
    """Each rule's verdict, after a contract of these rules that ended so."""
    contract = Contract("events::it", "", "law", rules or (STATED, RULED), ruled)
    found = classify.outcomes(contract, ended, RULES, our_mock=our_mock)
    told = [(rule_id, str(outcome.verdict)) for outcome in found for rule_id in outcome.rules]
    assert sorted(rule_id for rule_id, _ in told) == sorted(contract.rules)
    return dict(told)


def test_what_does_not_fail_passes() -> None:
    assert judged(None) == {STATED: "pass", RULED: "pass"}


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        (NotApplicable("no clock"), "not applicable"),
        (Inconclusive("no end"), "inconclusive"),
        (Blocked("no sign-in"), "blocked"),
        (httpx.ReadTimeout("too long"), "blocked"),
        (httpx.ConnectError("gone"), "blocked"),
        (KeyError("id"), "error"),
        (ValueError("what"), "error"),
        (Flaky("once so, once so"), "error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
@pytest.mark.parametrize("our_mock", [True, False], ids=["on the mock", "elsewhere"])
def test_a_contract_that_did_not_come_to_judge_says_why(ended: BaseException, verdict: str, our_mock: bool) -> None:
    assert judged(ended, our_mock=our_mock) == {STATED: verdict, RULED: verdict}


@pytest.mark.parametrize("ended", [Broken("it", 1, 2), AssertionError("it"), UnpromisedAnswer("it")], ids=repr)
def test_a_difference_in_what_is_ruled_is_observed_elsewhere_than_on_the_mock(ended: AssertionError) -> None:
    assert judged(ended, our_mock=True) == {STATED: "fail", RULED: "fail"}
    assert judged(ended) == {STATED: "fail", RULED: "observation"}
    assert judged(ended, ruled=True) == {STATED: "observation", RULED: "observation"}
    assert judged(ended, ruled=True, our_mock=True) == {STATED: "fail", RULED: "fail"}


def test_a_difference_may_concern_some_of_the_rules_only() -> None:
    assert judged(Broken("it", rules=(RULED,)), our_mock=True) == {STATED: "pass", RULED: "fail"}
    assert judged(Broken("it", rules=(RULED,))) == {STATED: "pass", RULED: "observation"}


def test_a_difference_that_concerns_none_of_the_rules_concerns_all() -> None:
    assert judged(Broken("it", rules=("PKG-01",)), our_mock=True) == {STATED: "fail", RULED: "fail"}


def test_of_several_differences_each_breaks_its_own_rules() -> None:
    both = ExceptionGroup("", [Broken("a", rules=(STATED,)), Broken("b", rules=(ALSO_STATED,))])
    assert judged(both, STATED, RULED, ALSO_STATED) == {STATED: "fail", RULED: "pass", ALSO_STATED: "fail"}


def test_groups_may_stand_in_groups() -> None:
    nested = ExceptionGroup("", [ExceptionGroup("", [Broken("a", rules=(STATED,))])])
    assert judged(nested) == {STATED: "fail", RULED: "pass"}


def test_both_sides_are_told_and_cut_to_a_readable_length() -> None:
    contract = Contract("events::it", "", "law", (STATED,), ruled=False)
    (found,) = classify.outcomes(contract, Broken("it", "x" * 9_000, [1, None]), RULES, our_mock=True)
    assert (found.reason, found.seen) == ("it", "[1, None]")
    assert len(found.expected) <= classify.MOST_SHOWN + 1


DOOR = "http://127.0.0.1:1/w/w1/api/v3/campaign_results/"


@pytest.mark.parametrize(
    ("verdict", "url", "status", "met"),
    [
        (Verdict.FAIL, f"{DOOR}?eid=a", 403, True),
        (Verdict.ERROR, DOOR, 403, True),
        (Verdict.PASS, DOOR, 403, False),
        (Verdict.FAIL, DOOR, 404, False),
        (Verdict.FAIL, "http://127.0.0.1:1/api/v3/events/?q=/campaign_results/", 403, False),
    ],
)
def test_who_fails_after_a_403_of_campaign_results_met_a_closed_door(
    verdict: Verdict, url: str, status: int, met: bool
) -> None:
    transcript = Transcript()
    transcript.add(httpx.Request("GET", url), httpx.Response(status))
    transcript.add(httpx.Request("GET", "http://a/"), httpx.Response(200))
    assert classify.met_a_closed_door([an_outcome(verdict)], transcript) is met


def test_behind_a_closed_door_only_rules_of_campaign_results_are_broken() -> None:
    found = classify.excused([an_outcome(Verdict.FAIL, "CR-01", "EVT-01"), an_outcome(Verdict.PASS, "PKG-01")], RULES)
    told = {rule_id: str(outcome.verdict) for outcome in found for rule_id in outcome.rules}
    assert told == {"CR-01": "fail", "EVT-01": "blocked", "PKG-01": "pass"}


def test_an_outcome_comes_through_a_tests_report_unchanged() -> None:
    outcome = an_outcome(Verdict.FAIL, "CR-01", "EVT-01", calls=("curl",), case="a/b")
    assert type(outcome).read(collector.as_report(outcome)) == outcome
