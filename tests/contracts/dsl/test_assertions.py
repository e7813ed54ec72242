"""Assertions end a contract, unless the target may differ in the part that they name, or another rule is charged."""

from collections.abc import Iterator

import httpx2
import pytest

from contracts.dsl import assertions
from contracts.spec import breaches, rules
from contracts.spec.breaches import Breach, BreachLog
from contracts.spec.verdicts import BlockedError, BrokenRuleError
from contracts.target.client import BREACHES_EXTENSION

RULES = rules.load()
ASSUMED, STATED = "BASE-05.status", "BASE-05.brackets"


@pytest.fixture
def elsewhere() -> Iterator[BreachLog]:
    with breaches.recording(BreachLog(RULES, is_open=True)) as log:
        yield log


@pytest.fixture
def at_home() -> Iterator[BreachLog]:
    with breaches.recording(BreachLog(RULES, is_open=False)) as log:
        yield log


def a_response(status: int, *found: Breach) -> httpx2.Response:
    request = httpx2.Request("GET", "http://127.0.0.1/events/")
    return httpx2.Response(status, request=request, json={}, extensions={BREACHES_EXTENSION: found})


def a_status_breach(owner: str, *, assumed: bool) -> Breach:
    return Breach(owner, assumed, "GET /events/: an undocumented status", "200", "201", is_status=True)


def test_a_difference_in_an_assumed_part_is_recorded_elsewhere(elsewhere: BreachLog) -> None:
    assertions.equal("the status", 1, 2, part=ASSUMED)
    (breach,) = elsewhere.breaches
    assert (breach.owner, breach.assumed, breach.expected, breach.seen) == (ASSUMED, True, "2", "1")


def test_a_difference_in_a_documented_part_ends_the_contract_anywhere(elsewhere: BreachLog) -> None:
    with pytest.raises(BrokenRuleError) as broken:
        assertions.is_true("it", condition=False, part=STATED)
    assert broken.value.parts == (STATED,)
    assert elsewhere.breaches == ()


def test_a_difference_in_an_assumed_part_ends_the_contract_on_the_mock(at_home: BreachLog) -> None:
    with pytest.raises(BrokenRuleError) as broken:
        assertions.one_of("it", 3, [1, 2], part=ASSUMED)
    assert broken.value.parts == (ASSUMED,)
    assert at_home.breaches == ()


@pytest.mark.usefixtures("elsewhere")
def test_a_success_stands_for_another_one_that_is_only_assumed() -> None:
    assertions.status(a_response(200, a_status_breach("CR-03", assumed=True)), 201)
    with pytest.raises(BlockedError, match="before CR-03 is kept"):
        assertions.status(a_response(200, a_status_breach("CR-03", assumed=False)), 201)
    with pytest.raises(BrokenRuleError):
        assertions.status(a_response(200), 201)


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(("seen", "expected"), [(200, 201), (422, 400), (500, 200), (500, 400)])
def test_a_status_that_is_charged_to_another_rule_blocks_the_contract(seen: int, expected: int) -> None:
    with pytest.raises(BlockedError, match="before ERR-03 is kept"):
        assertions.status(a_response(seen, a_status_breach("ERR-03", assumed=False)), expected)


@pytest.mark.usefixtures("at_home")
def test_a_refusal_in_place_of_a_success_breaks_the_contracts_own_rules() -> None:
    with pytest.raises(BrokenRuleError):
        assertions.status(a_response(401, a_status_breach("ERR-03", assumed=True)), 200)


def test_a_refusal_with_an_assumed_status_may_have_another_one(elsewhere: BreachLog) -> None:
    assertions.refusal(a_response(404), 400, part=ASSUMED)
    assert [breach.owner for breach in elsewhere.breaches] == [ASSUMED]
    with pytest.raises(BrokenRuleError):
        assertions.refusal(a_response(200), 400, part=ASSUMED)
