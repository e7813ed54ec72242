"""Each part of `openapi.yaml` that is not in the documentation is marked as assumed, and no mark is wrong."""

from typing import Any

import pytest

from contracts.spec import rules
from contracts.spec.rules import Basis
from tests.spec_sync import basis_marks
from tests.spec_sync.basis_marks import ASPECTS, AssumedPart, BasisReader
from tests.traceability.rule_references import ROOT
from tests.yaml_documents import load_yaml

DOCUMENT: dict[str, Any] = load_yaml((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
CATALOGUE = rules.load()


def test_each_part_that_no_documented_claim_names_is_marked() -> None:
    assert BasisReader(DOCUMENT, CATALOGUE).find_unmarked() == []


def test_each_mark_is_ruled_or_a_map_of_aspects_that_its_node_has() -> None:
    for place, node, mark in basis_marks.list_marks(DOCUMENT):
        if mark == Basis.RULED:
            continue
        assert set(mark.values()) == {Basis.RULED}, place
        statuses = set(node.get("responses", {}))
        assert mark.keys() <= ASPECTS | statuses, place
        keywords = {key for branch in (node, *node.get("anyOf", ())) for key in branch}
        assert mark.keys() - {"null", "required", "additionalProperties"} <= keywords | statuses, place


@pytest.mark.parametrize(
    ("change", "part"),
    [
        pytest.param(
            lambda schemas: schemas["EventPage"]["properties"].update(colour={"type": "string"}),
            AssumedPart("components/schemas/EventPage/properties/colour"),
            id="a member",
        ),
        pytest.param(
            lambda schemas: schemas["AttributionModel"]["enum"].append("LAST"),
            AssumedPart("components/schemas/AttributionModel", "enum"),
            id="a value of an enumeration",
        ),
        pytest.param(
            lambda schemas: schemas["EventPage"]["properties"]["total"].update(anyOf=[{"type": "null"}]),
            AssumedPart("components/schemas/EventPage/properties/total", "null"),
            id="a null",
        ),
        pytest.param(
            lambda schemas: schemas["Event"]["properties"]["hall_name"].pop("x-basis"),
            AssumedPart("components/schemas/Event/properties/hall_name", "null"),
            id="a null of a member beside one that may be null",
        ),
        pytest.param(
            lambda schemas: schemas["NewPackage"]["properties"]["num_packages"].pop("x-basis"),
            AssumedPart("components/schemas/NewPackage/properties/num_packages", "required"),
            id="a required member of a request",
        ),
    ],
)
def test_a_part_without_a_mark_is_found(change: Any, part: AssumedPart) -> None:
    document = load_yaml((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    change(document["components"]["schemas"])
    assert part in BasisReader(document, CATALOGUE).find_unmarked()


def test_a_status_and_a_header_without_a_mark_are_found() -> None:
    document = load_yaml((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    operation = document["paths"]["/package_builder/packages"]["post"]
    operation["responses"]["202"] = operation["responses"]["201"]
    document["components"]["headers"]["WwwAuthenticate"].pop("x-basis")
    found = BasisReader(document, CATALOGUE).find_unmarked()
    assert AssumedPart("paths//package_builder/packages/post", "202") in found
    assert AssumedPart("paths//partners//get/401/headers/WWW-Authenticate") in found
