"""Each gotcha has contracts and a scenario, which agree with it on the title and the rules."""

import pytest

from contracts.spec import rules
from contracts.spec.rules import Gotcha
from mock_server.gotchas.catalogue import GOTCHAS
from tests.traceability import rule_references

KNOWN = rules.load().gotchas
GOTCHA_IDS = [f"G-{number:02}" for number in range(1, 21)]


def test_there_are_twenty_scenarios_in_order() -> None:
    assert list(GOTCHAS) == GOTCHA_IDS == list(KNOWN)


@pytest.mark.parametrize("gotcha", KNOWN.values(), ids=KNOWN.keys())
def test_the_scenario_has_the_title_and_the_rules_of_the_catalogue(gotcha: Gotcha) -> None:
    scenario = GOTCHAS[gotcha.id]
    assert (scenario.title, scenario.rules) == (gotcha.title, gotcha.rules)


@pytest.mark.parametrize("gotcha", KNOWN.values(), ids=KNOWN.keys())
def test_the_scenario_holds_in_the_documentation_of_the_catalogue(gotcha: Gotcha) -> None:
    scenario = GOTCHAS[gotcha.id]
    assert scenario.generations == gotcha.documentation
    assert scenario.to_workspace_request("w")["documentation"] == gotcha.documentation[0]


@pytest.mark.parametrize("gotcha", KNOWN.values(), ids=KNOWN.keys())
def test_the_contracts_of_a_gotcha_check_its_rules(gotcha: Gotcha) -> None:
    marked = [contract for contract in rule_references.list_contracts().values() if contract.gotcha == gotcha.id]
    assert set(gotcha.rules) <= {rule_id for contract in marked for rule_id in contract.rules}


def test_contracts_name_only_known_gotchas() -> None:
    named = {contract.gotcha for contract in rule_references.list_contracts().values()} - {""}
    assert named <= KNOWN.keys()
