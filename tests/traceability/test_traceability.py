"""Each rule is in the document, the code, a contract and a defect, or a written reason says why not."""

import pytest

from contracts.spec import rules as catalogue
from contracts.spec import trace
from contracts.spec.markers import KINDS
from contracts.spec.rules import Area, Catalogue
from tests.defects import registry, saved_results
from tests.defects.saved_results import RunKind
from tests.traceability import conformance_page, kill_matrix, rule_references, write_trace


@pytest.fixture(scope="module")
def rules() -> Catalogue:
    return catalogue.load()


@pytest.fixture(scope="module")
def contract_by_id() -> dict[str, rule_references.ListedContract]:
    return rule_references.list_contracts()


def test_the_trace_is_up_to_date() -> None:
    """If this test fails, run `make trace`."""
    assert trace.FILE.read_text(encoding="utf-8") == write_trace.render_trace()


def test_every_part_of_a_rule_has_a_contract_that_names_it_or_says_why_not(
    rules: Catalogue, contract_by_id: dict[str, rule_references.ListedContract]
) -> None:
    """Runs of schemathesis and of the stateful test do not count, because they name all parts of their rules."""
    named = {part for each in contract_by_id.values() if each.kind in ("example", "law") for part in each.parts}
    parts = [part for rule in rules.rules.values() for part in rule.parts]
    assert [part.id for part in parts if (part.id in named) == bool(part.unchecked_reason)] == []


def test_every_contract_names_parts_of_rules_that_exist(
    rules: Catalogue, contract_by_id: dict[str, rule_references.ListedContract]
) -> None:
    known = {part.id for rule in rules.rules.values() for part in rule.parts}
    assert {part for each in contract_by_id.values() for part in each.parts} - known == set()
    assert [each.id for each in contract_by_id.values() if not each.parts] == []


def test_every_rule_has_a_defect_or_says_why_not(rules: Catalogue) -> None:
    assert [rule.id for rule in rules.rules.values() if bool(rule.defects) == bool(rule.unchecked_reason)] == []


def test_every_rule_is_cited_in_the_document_and_in_the_code(rules: Catalogue) -> None:
    document, code = rule_references.places_by_rule(), rule_references.code_by_rule()
    everywhere = [rule for rule in rules.rules.values() if rule.area is not Area.LIMITS and not rule.binds_the_suite]
    assert [rule.id for rule in everywhere if not code.get(rule.id)] == []
    named = [rule for rule in everywhere if rule.operations != "all"]
    assert [rule.id for rule in named if not document.get(rule.id)] == []


def test_contracts_and_defects_name_only_known_rules(
    rules: Catalogue, contract_by_id: dict[str, rule_references.ListedContract]
) -> None:
    named = {rule_id for contract in contract_by_id.values() for rule_id in contract.rules}
    named |= {rule_id for defect in registry.all_defects().values() for rule_id in defect.rules}
    assert named - rules.rules.keys() == set()


def test_every_gotcha_rests_on_rules_that_are_checked(rules: Catalogue) -> None:
    unchecked = {rule.id for rule in rules.rules.values() if rule.unchecked_reason}
    resting = {gotcha.id: unchecked.intersection(gotcha.rules) for gotcha in rules.gotchas.values()}
    assert {gotcha: missing for gotcha, missing in resting.items() if missing} == {}


def test_there_are_at_least_sixty_defects() -> None:
    assert len(registry.all_defects()) >= 60


def test_every_contract_has_a_known_kind_and_profile(
    contract_by_id: dict[str, rule_references.ListedContract],
) -> None:
    assert {contract.kind for contract in contract_by_id.values()} == set(KINDS)
    assert {contract.profile for contract in contract_by_id.values()} <= {"smoke", "standard", "thorough"}


def test_the_conformance_pages_are_up_to_date() -> None:
    """If this test fails, run `make conformance`."""
    pages = conformance_page.render_pages()
    written = [conformance_page.PAGE, *conformance_page.AREA_FOLDER.iterdir()]
    assert {file: file.read_text(encoding="utf-8") for file in written} == pages


def test_the_summary_of_the_conformance_pages_is_short() -> None:
    assert len(conformance_page.PAGE.read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("half", kill_matrix.HALVES)
def test_each_half_of_the_matrix_has_every_defect(half: RunKind) -> None:
    assert {run.defect for run in saved_results.load(half)} == registry.all_defects().keys()


def test_the_matrix_kills_every_defect() -> None:
    assert [row.defect.name for row in kill_matrix.load_rows() if not row.run.killed] == []


def test_each_contract_is_needed_by_a_defect_or_says_why_it_stays(
    contract_by_id: dict[str, rule_references.ListedContract],
) -> None:
    """After a new contract, run `make matrix` or `make black-box`, or only a part of them with `--only`."""
    needed = kill_matrix.defects_by_contract(kill_matrix.load_rows()).keys()
    assert contract_by_id.keys() - needed - kill_matrix.load_exemptions().keys() == set()


def test_every_defect_is_killed_with_two_seeds_by_a_contract_of_a_rule_that_it_names() -> None:
    killed = {(run.defect, run.seed) for run in saved_results.load(RunKind.NAMED_RULES) if run.killed}
    assert {(name, seed) for name in registry.all_defects() for seed in (1, 2)} - killed == set()
