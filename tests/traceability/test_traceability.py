"""No rule without its place in the document, in the code, in contracts and in defects, or without a written reason."""

import pytest

from contracts.spec import rules as catalogue
from contracts.spec.rules import Area, Catalogue
from tests.defects import registry
from tests.traceability import conformance_page, fill_catalogue, rule_references


@pytest.fixture(scope="module")
def rules() -> Catalogue:
    return catalogue.load()


@pytest.fixture(scope="module")
def contract_by_id() -> dict[str, rule_references.ListedContract]:
    return rule_references.list_contracts()


def test_the_catalogue_names_the_contracts_and_the_defects_that_there_are() -> None:
    """Mend a difference with `make trace`."""
    text = catalogue.DEFAULT_PATH.read_text(encoding="utf-8")
    assert fill_catalogue.fill_catalogue(text) == text


def test_every_rule_has_a_contract_or_says_why_not(rules: Catalogue) -> None:
    assert [rule.id for rule in rules.rules.values() if bool(rule.contracts) == bool(rule.unchecked_reason)] == []


def test_every_rule_has_a_defect_or_says_why_not(rules: Catalogue) -> None:
    assert [rule.id for rule in rules.rules.values() if bool(rule.defects) == bool(rule.unchecked_reason)] == []


def test_every_rule_stands_in_the_document_and_in_the_code(rules: Catalogue) -> None:
    document, code = rule_references.places_by_rule(), rule_references.code_by_rule()
    everywhere = [rule for rule in rules.rules.values() if rule.area is not Area.LIMITS]
    assert [rule.id for rule in everywhere if not code.get(rule.id)] == []
    named = [rule for rule in everywhere if rule.operations != "all"]
    assert [rule.id for rule in named if not document.get(rule.id)] == []


def test_contracts_and_defects_name_only_rules_that_there_are(
    rules: Catalogue, contract_by_id: dict[str, rule_references.ListedContract]
) -> None:
    named = {rule_id for contract in contract_by_id.values() for rule_id in contract.rules}
    named |= {rule_id for defect in registry.all_defects().values() for rule_id in defect.rules}
    assert named - rules.rules.keys() == set()


def test_every_gotcha_rests_on_rules_that_are_checked(rules: Catalogue) -> None:
    unchecked = {rule.id for rule in rules.rules.values() if rule.unchecked_reason}
    resting = {gotcha.id: unchecked.intersection(gotcha.rules) for gotcha in rules.gotchas.values()}
    assert {gotcha: missing for gotcha, missing in resting.items() if missing} == {}


def test_there_are_sixty_defects_at_least() -> None:
    assert len(registry.all_defects()) >= 60


def test_every_contract_runs_in_some_profile_and_is_of_some_kind(
    contract_by_id: dict[str, rule_references.ListedContract],
) -> None:
    assert {contract.kind for contract in contract_by_id.values()} == {"example", "law", "machine", "schema"}
    assert {contract.profile for contract in contract_by_id.values()} <= {"smoke", "standard", "thorough"}


def test_the_conformance_page_is_what_the_data_say() -> None:
    """Mend a difference with `make conformance`."""
    assert conformance_page.PAGE.read_text(encoding="utf-8") == conformance_page.render_page()


@pytest.mark.parametrize("half", conformance_page.MATRIX_HALVES)
def test_each_half_of_the_matrix_has_every_defect(half: str) -> None:
    assert {kill["defect"] for kill in conformance_page.load_measured(half)} == registry.all_defects().keys()


def test_the_matrix_kills_every_defect() -> None:
    assert [kill["defect"] for kill in conformance_page.load_matrix() if not kill["killed"]] == []


def test_each_contract_is_needed_by_a_defect_or_says_why_it_stays(
    contract_by_id: dict[str, rule_references.ListedContract],
) -> None:
    """After a new contract or defect: `make matrix`, or the part of it that meets them (`--only`)."""
    needed = {contract for kill in conformance_page.load_matrix() for contract in kill["by"]}
    assert contract_by_id.keys() - needed - conformance_page.load_exemptions().keys() == set()


def test_every_defect_is_killed_with_two_seeds_by_a_contract_of_a_rule_that_it_names() -> None:
    runs = conformance_page.load_measured("defects")
    killed = {(kill["defect"], kill["seed"]) for kill in runs if kill["killed"]}
    assert {(name, seed) for name in registry.all_defects() for seed in (1, 2)} - killed == set()
