"""What is broken only once is intermittent; what comes again is broken."""

from dataclasses import replace

from contracts.pytest_plugin import confirmation
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import an_outcome


def test_what_comes_again_stays_broken() -> None:
    first, again = (an_outcome(Verdict.FAIL, "CR-01", reason=reason) for reason in ("first", "second"))
    assert confirmation.merge([first], [again]) == [replace(again, requests=20, seconds=4.0)]


def test_what_does_not_come_again_is_intermittent() -> None:
    passed = an_outcome(Verdict.PASS, "CR-01", "EVT-01")
    merged = confirmation.merge([an_outcome(Verdict.FAIL, "CR-01", reason="it")], [passed])
    assert [(outcome.verdict, outcome.rules) for outcome in merged] == [
        (Verdict.PASS, ("CR-01", "EVT-01")),
        (Verdict.INTERMITTENT, ("CR-01",)),
    ]
    assert [(outcome.requests, outcome.seconds) for outcome in merged] == [(20, 4.0), (0, 0.0)]
    assert merged[1].reason == "broken once, but not when the contract was repeated: it"


def test_each_rule_of_a_contract_is_confirmed_by_itself() -> None:
    first, second = an_outcome(Verdict.FAIL, "CR-01", "EVT-01"), an_outcome(Verdict.FAIL, "EVT-01")
    assert [(outcome.verdict, outcome.rules) for outcome in confirmation.merge([first], [second])] == [
        (Verdict.FAIL, ("EVT-01",)),
        (Verdict.INTERMITTENT, ("CR-01",)),
    ]
