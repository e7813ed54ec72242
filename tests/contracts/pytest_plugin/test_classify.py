"""How the outcome of a test becomes a verdict on each of its rules, on the mock and on other targets."""

from collections.abc import Sequence

import httpx2
import pytest
from hypothesis.errors import Flaky

from contracts.pytest_plugin import classify, collector
from contracts.pytest_plugin.classify import ContractJudge
from contracts.results.result import Outcome
from contracts.spec import rules as catalogue
from contracts.spec.breaches import Breach, BreachLog
from contracts.spec.markers import Contract
from contracts.spec.openapi import UndocumentedResponseError
from contracts.spec.verdicts import BlockedError, BrokenRuleError, InconclusiveError, NotApplicableError, Verdict
from tests.contracts.results.result_builders import an_outcome

RULES = catalogue.load()
STATED, ASSUMED, ALSO_STATED = "EVT-01", "BASE-08", "CR-03"
PARTS = {STATED: "EVT-01.page", ASSUMED: "BASE-08.refused", ALSO_STATED: "CR-03.query"}
ASSUMED_PARTS = {STATED: "EVT-01.limit", ASSUMED: "BASE-08.refused", ALSO_STATED: "CR-03.bounds"}
VerdictByRule = dict[str, str]


def judge(
    error: BaseException | None,
    *rules: str,
    ruled: bool = False,
    our_mock: bool = False,
    breaches: Sequence[Breach] = (),
) -> VerdictByRule:
    """Return each rule's verdict after a contract of parts of these rules that ended with the error.

    With `ruled`, the contract checks only assumed parts. `breaches` are those that it met before.
    """
    parts = ASSUMED_PARTS if ruled else PARTS
    contract = Contract("events::it", "", "law", tuple(parts[rule_id] for rule_id in rules or (STATED, ASSUMED)))
    outcomes = build_outcomes(contract, error, our_mock=our_mock, breaches=breaches)
    verdicts = [(rule_id, str(outcome.verdict)) for outcome in outcomes for rule_id in outcome.rules]
    assert len(verdicts) == len(dict(verdicts))
    return dict(verdicts)


def build_outcomes(
    contract: Contract, error: BaseException | None, *, our_mock: bool, breaches: Sequence[Breach] = ()
) -> list[Outcome]:
    log = BreachLog(RULES, is_open=not our_mock)
    for breach in breaches:
        log.add(breach)
    return ContractJudge(contract, log, RULES, our_mock=our_mock).build_outcomes(error)


def a_breach(owner: str, *, assumed: bool = False, distorts: bool = True) -> Breach:
    return Breach(owner, assumed, "GET /events/: it", "this", "that", "listEvents", distorts)


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
    assert judge(BrokenRuleError("it", parts=(ASSUMED,)), our_mock=True) == {STATED: "pass", ASSUMED: "fail"}
    assert judge(BrokenRuleError("it", parts=(ASSUMED,))) == {STATED: "pass", ASSUMED: "observation"}


def test_the_basis_of_a_named_part_decides() -> None:
    assert judge(BrokenRuleError("it", parts=("EVT-01.limit",)), STATED) == {STATED: "observation"}
    assert judge(BrokenRuleError("it", parts=("EVT-01.page",)), STATED, ruled=True) == {STATED: "fail"}
    assert judge(BrokenRuleError("it", parts=(STATED,), assumed=True), STATED) == {STATED: "observation"}


def test_a_difference_in_another_rule_leaves_the_contracts_own_rules_undecided() -> None:
    error = BrokenRuleError("it", parts=("PKG-01.list",))
    assert judge(error, STATED, our_mock=True) == {"PKG-01": "fail", STATED: "blocked"}


@pytest.mark.parametrize("our_mock", [True, False], ids=["on the mock", "elsewhere"])
def test_a_breach_breaks_its_own_rule_and_no_other(our_mock: bool) -> None:
    breach = a_breach("BASE-06.present", distorts=False)
    assert judge(None, STATED, our_mock=our_mock, breaches=[breach]) == {STATED: "pass", "BASE-06": "fail"}


def test_a_breach_of_an_open_element_is_an_observation_elsewhere() -> None:
    breach = a_breach("EVT-02", assumed=True)
    assert judge(None, STATED, breaches=[breach]) == {STATED: "pass", "EVT-02": "observation"}
    assert judge(None, STATED, our_mock=True, breaches=[breach]) == {STATED: "pass", "EVT-02": "fail"}


def test_what_fails_after_a_breach_of_values_is_blocked_by_name() -> None:
    contract, breach = Contract("events::it", "", "law", (PARTS[STATED],)), a_breach("BASE-04.timestamp")
    own, of_breach = build_outcomes(contract, BrokenRuleError("it", 1, 2), our_mock=False, breaches=[breach])
    assert (own.rules, own.verdict) == ((STATED,), Verdict.BLOCKED)
    assert own.reason == "cannot be judged before BASE-04 is kept: GET /events/: it"
    assert (of_breach.contract, of_breach.kind) == ("responses::listEvents", "response")


@pytest.mark.parametrize(
    "breach", [a_breach("BASE-06.present", distorts=False), a_breach("EVT-02", assumed=True)], ids=["header", "open"]
)
def test_what_fails_beside_a_breach_that_affects_no_value_is_broken(breach: Breach) -> None:
    assert judge(BrokenRuleError("it", 1, 2), STATED, breaches=[breach])[STATED] == "fail"


def test_a_contract_that_cannot_read_a_response_with_a_breach_is_blocked() -> None:
    assert judge(KeyError("id"), STATED, breaches=[a_breach("EVT-02")])[STATED] == "blocked"
    assert (
        judge(KeyError("id"), STATED, our_mock=True, breaches=[a_breach("EVT-02", assumed=True)])[STATED] == "blocked"
    )
    assert judge(Flaky("twice"), STATED, breaches=[a_breach("EVT-02", assumed=True)])[STATED] == "error"


def test_a_contract_that_cannot_read_what_may_differ_is_inconclusive() -> None:
    assert judge(KeyError("id"), STATED, breaches=[a_breach("EVT-02", assumed=True)])[STATED] == "inconclusive"


def test_a_breach_of_a_rule_that_the_contract_checks_is_the_contracts() -> None:
    contract = Contract("events::it", "", "law", (PARTS[STATED],))
    (outcome,) = build_outcomes(contract, KeyError("id"), our_mock=True, breaches=[a_breach(STATED)])
    assert (outcome.contract, outcome.rules, outcome.verdict) == ("events::it", (STATED,), Verdict.FAIL)


def test_a_verdict_on_some_rules_leaves_the_others_passed() -> None:
    assert judge(InconclusiveError("none", (STATED,))) == {STATED: "inconclusive", ASSUMED: "pass"}


def test_of_several_differences_each_breaks_its_own_rules() -> None:
    both = ExceptionGroup("", [BrokenRuleError("a", parts=(STATED,)), BrokenRuleError("b", parts=(ALSO_STATED,))])
    assert judge(both, STATED, ASSUMED, ALSO_STATED) == {STATED: "fail", ASSUMED: "pass", ALSO_STATED: "fail"}


def test_groups_may_stand_in_groups() -> None:
    nested = ExceptionGroup("", [ExceptionGroup("", [BrokenRuleError("a", parts=(STATED,))])])
    assert judge(nested) == {STATED: "fail", ASSUMED: "pass"}


def test_both_sides_are_told_and_cut_to_a_readable_length() -> None:
    contract = Contract("events::it", "", "law", (PARTS[STATED],))
    (outcome,) = build_outcomes(contract, BrokenRuleError("it", "x" * 9_000, [1, None]), our_mock=True)
    assert (outcome.reason, outcome.seen) == ("it", "[1, None]")
    assert len(outcome.expected) <= classify.MAX_VALUE_LENGTH + 1


def test_an_outcome_comes_through_a_tests_report_unchanged() -> None:
    outcome = an_outcome(Verdict.FAIL, "CR-01", "EVT-01", calls=("curl",), case="a/b")
    assert type(outcome).from_json(collector.outcome_to_json(outcome)) == outcome
