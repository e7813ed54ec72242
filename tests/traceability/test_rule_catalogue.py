"""The catalogue contains every rule of the platform, and reading an invalid catalogue is an error."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.spec import rules as catalogue
from contracts.spec.catalogue_entry import CatalogueError
from contracts.spec.rules import Area, Basis, Level
from mock_server.state import documentation, quirks
from tests.yaml_documents import load_yaml

OPENAPI = Path(__file__).parents[2] / "openapi.yaml"
METHODS = {"get", "put", "post", "delete", "patch"}
AREA_BY_PREFIX = {
    "BASE": (15, Area.BASE),
    "ERR": (4, Area.ERRORS),
    "AUTH": (8, Area.SIGN_IN),
    "PART": (6, Area.PARTNERS),
    "EVT": (8, Area.EVENTS),
    "LAM": (4, Area.ATTRIBUTION_MODEL),
    "DRS": (5, Area.REVENUE),
    "CR": (5, Area.CAMPAIGN_RESULTS),
    "JOB": (4, Area.JOBS),
    "PKG": (13, Area.PACKAGES),
    "DEF": (2, Area.DEFAULTS),
    "BEV": (9, Area.EVALUATION),
    "META": (6, Area.META),
    "PERM": (4, Area.PERMISSIONS),
    "ING": (7, Area.INGEST),
    "SED": (5, Area.SALES_EDIT),
    "RATE": (2, Area.LIMITS),
}

Document = dict[str, Any]


@pytest.fixture(scope="module")
def rules() -> catalogue.Catalogue:
    return catalogue.load()


@pytest.fixture(scope="module")
def operation_ids() -> set[str]:
    paths = load_yaml(OPENAPI.read_text(encoding="utf-8"))["paths"]
    return {path[method]["operationId"] for path in paths.values() for method in METHODS & path.keys()}


def test_every_rule_of_the_platform_is_there_once_and_in_order(rules: catalogue.Catalogue) -> None:
    expected = [f"{prefix}-{n:02}" for prefix, (most, _) in AREA_BY_PREFIX.items() for n in range(1, most + 1)]
    written = [rule["id"] for rule in load_yaml(catalogue.DEFAULT_PATH.read_text(encoding="utf-8"))["rules"]]
    assert written == expected
    assert list(rules.rules) == expected


def test_every_rule_has_the_area_of_its_prefix(rules: catalogue.Catalogue) -> None:
    strays = [rule.id for rule in rules.rules.values() if rule.area != AREA_BY_PREFIX[rule.id.split("-")[0]][1]]
    assert strays == []


def test_every_rule_says_what_it_claims_and_where_it_comes_from(rules: catalogue.Catalogue) -> None:
    for rule in rules.rules.values():
        assert rule.documented_in, rule.id
        assert rule.operations, rule.id


def test_every_part_of_a_rule_has_a_basis_and_claims_something(rules: catalogue.Catalogue) -> None:
    for rule in rules.rules.values():
        assert rule.parts, rule.id
        assert [part.id for part in rule.parts if part.basis not in Basis or not part.claim.endswith(".")] == []


def test_no_claim_is_made_twice(rules: catalogue.Catalogue) -> None:
    claims = [rule.claim for rule in rules.rules.values()]
    assert len(set(claims)) == len(claims)


def test_every_gotcha_is_there_and_rests_on_known_rules(rules: catalogue.Catalogue) -> None:
    assert list(rules.gotchas) == [f"G-{number:02}" for number in range(1, 21)]
    assert {rule_id for gotcha in rules.gotchas.values() for rule_id in gotcha.rules} <= rules.rules.keys()


def test_the_quirks_are_those_of_the_mock(rules: catalogue.Catalogue) -> None:
    assert tuple(rules.quirks) == quirks.QUIRK_NAMES


def test_the_differences_of_the_documentation_are_those_of_the_mock(rules: catalogue.Catalogue) -> None:
    in_catalogue = {each.quirk: (each.older, each.newer) for each in rules.differences.values()}
    assert in_catalogue == {each.quirk: (each.older, each.newer) for each in documentation.DIFFERENCES}


def test_rules_name_only_operations_that_exist(rules: catalogue.Catalogue, operation_ids: set[str]) -> None:
    assert rules.operation_ids() - operation_ids == set()


def test_every_operation_is_named_by_a_rule(rules: catalogue.Catalogue, operation_ids: set[str]) -> None:
    assert operation_ids - rules.operation_ids() == set()


def test_a_rule_is_found_by_its_id(rules: catalogue.Catalogue) -> None:
    rule = rules.rule("BEV-07")
    assert (rule.level, rule.basis, rule.area) == (Level.MUST, Basis.STATED, Area.EVALUATION)


def test_an_unknown_id_is_refused_by_name(rules: catalogue.Catalogue) -> None:
    with pytest.raises(CatalogueError, match="BEV-99 is not in the catalogue"):
        rules.rule("BEV-99")


def test_a_rule_concerns_the_operations_that_it_names(rules: catalogue.Catalogue) -> None:
    assert rules.rule("CR-04").applies_to("deleteCampaignResult")
    assert not rules.rule("CR-04").applies_to("listCampaignResults")


def test_a_rule_about_all_operations_concerns_each(rules: catalogue.Catalogue) -> None:
    assert rules.rule("BASE-01").applies_to("getStatus")


def a_rule(**changes: object) -> Document:
    return {
        "id": "BEV-01",
        "level": "MUST",
        "area": "evaluation",
        "stated": {"it": "It is so."},
        "documented": "attribution guide",
        "operations": ["getEvaluation"],
    } | changes


def a_gotcha(**changes: object) -> Document:
    return {"id": "G-01", "title": "It surprises", "rules": ["BEV-01"]} | changes


def a_quirk(**changes: object) -> Document:
    return {"name": "the_other_side", "effect": "It is not so.", "rules": ["BEV-01"]} | changes


def a_difference(**changes: object) -> Document:
    return {"quirk": "the_other_side", "older": False, "newer": True} | changes


def a_document(**changes: object) -> Document:
    document = {"version": 2, "rules": [a_rule()], "gotchas": [a_gotcha()], "quirks": [a_quirk()]}
    return document | {"documentation": [a_difference()]} | changes


def without(record: Document, key: str) -> Document:
    return {name: value for name, value in record.items() if name != key}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[object], catalogue.Catalogue]:
    def write_and_load(document: object) -> catalogue.Catalogue:
        file = tmp_path / "rules.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return catalogue.load(file)

    return write_and_load


def test_another_file_can_be_read(read: Callable[[object], catalogue.Catalogue]) -> None:
    loaded = read(a_document(rules=[a_rule(ruled={"other": "This part is."}, unchecked={"other": "Nobody can."})]))
    first, second = loaded.rule("BEV-01").parts
    assert (first.id, first.basis, first.claim, first.unchecked_reason) == ("BEV-01.it", "stated", "It is so.", "")
    assert (second.id, second.basis, second.unchecked_reason) == ("BEV-01.other", "ruled", "Nobody can.")
    assert loaded.rule("BEV-01").claim == "It is so. This part is."
    assert loaded.gotchas["G-01"].rules == loaded.quirks["the_other_side"].rules == ("BEV-01",)


def test_a_rule_may_be_about_all_operations(read: Callable[[object], catalogue.Catalogue]) -> None:
    loaded = read(a_document(rules=[a_rule(operations="all")]))
    assert loaded.rule("BEV-01").operations == "all"
    assert loaded.operation_ids() == frozenset()


MALFORMED_RULES = {
    "unknown key": (a_rule(owner="me"), "BEV-01: owner is not a known key"),
    "key missing": (without(a_rule(), "level"), "BEV-01: level is missing"),
    "no part": (without(a_rule(), "stated"), "BEV-01: ruled must be present, because stated and shown are missing too"),
    "id missing": (without(a_rule(), "id"), "number 1 of rules: id is missing"),
    "malformed id": (a_rule(id="bev-1"), "bev-1: id is 'bev-1', not of the form"),
    "id with a line break": (a_rule(id="BEV-01\n"), "id is 'BEV-01\\n', not of the form"),
    "id that is not a string": (a_rule(id=7), "number 1 of rules: id is empty or not a string"),
    "wrong level": (a_rule(level="MAY"), "BEV-01: level is 'MAY', not one of MUST, SHOULD"),
    "wrong basis": (a_rule(heard={"it": "It is."}), "BEV-01: heard is not a known key"),
    "wrong area": (a_rule(area="weather"), "BEV-01: area is 'weather', not one of base"),
    "empty claim": (a_rule(stated={"it": " "}), "BEV-01: it is empty or not a string"),
    "claim that is no text": (a_rule(stated={"it": ["It"]}), "BEV-01: it is empty or not a string"),
    "parts that are no mapping": (a_rule(ruled="This."), "BEV-01: ruled is empty or not a mapping"),
    "no parts under a basis": (a_rule(ruled={}), "BEV-01: ruled is empty or not a mapping"),
    "part of another form": (
        a_rule(ruled={"This-one": "It is."}),
        "BEV-01: ruled contains the part 'This-one', whose name is not of",
    ),
    "part under two bases": (a_rule(ruled={"it": "It is."}), "BEV-01: ruled contains the part it, which is also under"),
    "reason for an unknown part": (a_rule(unchecked={"that": "No."}), "BEV-01: unchecked names that, which is not"),
    "reason that is no text": (a_rule(unchecked={"it": 1}), "BEV-01: it is empty or not a string"),
    "assumed and documented": (
        without(a_rule(ruled={"it": "It is so."}), "stated"),
        "BEV-01: documented is 'attribution guide'",
    ),
    "stated and not documented": (
        a_rule(documented="not documented"),
        "BEV-01: documented is 'not documented', which contradicts the basis stated",
    ),
    "documented nowhere": (a_rule(documented=""), "BEV-01: documented is empty or not a string"),
    "no operation": (a_rule(operations=[]), "BEV-01: operations is empty"),
    "operations that are not a list": (a_rule(operations="some"), "BEV-01: operations is not a list"),
    "an operation twice": (a_rule(operations=["getEvent", "getEvent"]), "BEV-01: operations has a duplicate item"),
    "derived key": (a_rule(contracts=[]), "BEV-01: contracts is not a known key"),
    "not a mapping": ("BEV-01", "number 1 of rules is not a mapping"),
}

MALFORMED_DOCUMENTS = {
    "not a mapping": ([], "rules.yaml is not a mapping"),
    "unknown key": (a_document(notes=[]), "rules.yaml: notes is not a known key"),
    "key missing": (without(a_document(), "quirks"), "rules.yaml: quirks is missing"),
    "another version": (a_document(version=1), "rules.yaml: version is 1, not 2"),
    "version that is no number": (a_document(version=True), "rules.yaml: version is True, not 2"),
    "rules that are no list": (a_document(rules={}), "rules.yaml: rules is not a list"),
    "rule twice": (a_document(rules=[a_rule(), a_rule()]), "BEV-01: duplicate id in rules"),
    "gotcha twice": (a_document(gotchas=[a_gotcha(), a_gotcha()]), "G-01: duplicate id in gotchas"),
    "gotcha with a malformed id": (a_document(gotchas=[a_gotcha(id="G1")]), "G1: id is 'G1', not of the form"),
    "gotcha without title": (a_document(gotchas=[a_gotcha(title="")]), "G-01: title is empty or not a string"),
    "gotcha without rules": (a_document(gotchas=[a_gotcha(rules=[])]), "G-01: rules is empty"),
    "gotcha of unknown documentation": (
        a_document(gotchas=[a_gotcha(documentation="oldest")]),
        "G-01: documentation is 'oldest', not one of older, newer",
    ),
    "difference of an unknown quirk": (
        a_document(documentation=[a_difference(quirk="another")]),
        "rules.yaml: documentation names another, which is not a quirk",
    ),
    "difference that is none": (
        a_document(documentation=[a_difference(newer=False)]),
        "the_other_side: newer must be true if older is false",
    ),
    "gotcha of an unknown rule": (
        a_document(gotchas=[a_gotcha(rules=["BEV-02"])]),
        "G-01: rules contains BEV-02, which is not a rule",
    ),
    "quirk twice": (a_document(quirks=[a_quirk(), a_quirk()]), "the_other_side: duplicate name"),
    "quirk with an unknown key": (a_document(quirks=[a_quirk(on=1)]), "the_other_side: on is not a known"),
    "quirk with an unknown rule": (
        a_document(quirks=[a_quirk(rules=["BEV-02"])]),
        "the_other_side: rules contains BEV-02, which is not a rule",
    ),
}


@pytest.mark.parametrize(("rule", "message"), MALFORMED_RULES.values(), ids=MALFORMED_RULES.keys())
def test_a_malformed_rule_is_refused_by_entry_and_key(
    read: Callable[[object], catalogue.Catalogue], rule: object, message: str
) -> None:
    with pytest.raises(CatalogueError) as refusal:
        read(a_document(rules=[rule]))
    assert message in str(refusal.value)


@pytest.mark.parametrize(("document", "message"), MALFORMED_DOCUMENTS.values(), ids=MALFORMED_DOCUMENTS.keys())
def test_a_malformed_file_is_refused_by_entry_and_key(
    read: Callable[[object], catalogue.Catalogue], document: object, message: str
) -> None:
    with pytest.raises(CatalogueError) as refusal:
        read(document)
    assert message in str(refusal.value)


def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules: [", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"rules\.yaml is not valid YAML"):
        catalogue.load(file)
