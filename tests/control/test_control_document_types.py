"""Generators make good types and comments from the schemas, members and texts of the control API's document."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.control import document, document_types, router
from mock_server.http import openapi
from tests.builders import a_workspace
from tests.mock_harness import Client
from tests.yaml_documents import load_yaml

PLATFORM: dict[str, Any] = load_yaml(openapi.read_yaml())
DOCUMENT: dict[str, Any] = Client(a_workspace()).control("GET", "/openapi.json").json()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {operation["operationId"]: operation for item in DOCUMENT["paths"].values() for operation in item.values()}


def nodes(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object in a part of the document, with its place; skip examples."""
    if isinstance(value, dict):
        yield place, value
        for key, inner in value.items():
            if key not in ("example", "examples"):
                yield from nodes(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nodes(inner, f"{place}/{index}")


@pytest.mark.parametrize("published", [DOCUMENT, PLATFORM], ids=["control", "platform"])
def test_no_member_has_a_default_that_would_make_it_required_in_requests(published: dict[str, Any]) -> None:
    assert [place for place, node in nodes(published["components"]["schemas"]) if "default" in node] == []


def test_the_default_of_a_member_stands_in_its_description() -> None:
    assert SCHEMAS["DurationRequest"]["properties"]["seconds"]["description"] == "Default: 0."
    assert SCHEMAS["EventRequest"]["properties"]["city"]["description"] == "Default: München."
    assert SCHEMAS["VerifyRequest"]["properties"]["in_order"]["description"] == "Default: false."


def test_a_schema_is_named_after_what_it_describes() -> None:
    assert [name for name in SCHEMAS if not name.isalnum() or name.endswith(("Body", "Input", "Output"))] == []


def test_two_schemas_never_get_the_same_name() -> None:
    generated = openapi.generate((*router.WORKSPACE_ROUTERS, *router.SERVER_ROUTERS), "", "")
    names = [document_types.document_name(name) for name in generated["components"]["schemas"]]
    names = [name for name in names if name not in document_types.FRAMEWORK_SCHEMAS]
    names += [name for name, _ in document_types.ENUMERATIONS.values()]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() & PLATFORM["components"]["schemas"].keys()))
def test_a_schema_of_both_documents_has_the_same_members_in_both(name: str) -> None:
    control, platform = SCHEMAS[name], PLATFORM["components"]["schemas"][name]
    assert control.get("properties", {}).keys() == platform.get("properties", {}).keys()
    assert sorted(control.get("required", ())) == sorted(platform.get("required", ()))
    assert control.get("enum") == platform.get("enum")


def test_an_enumeration_is_one_schema() -> None:
    inline = [place for place, node in nodes(DOCUMENT) if "enum" in node and place.count("/") > 3]
    assert inline == []


@pytest.mark.parametrize("published", [DOCUMENT, PLATFORM], ids=["control", "platform"])
def test_an_object_that_no_member_names_is_a_schema_of_its_own(published: dict[str, Any]) -> None:
    """Generators name other schemas after their place, for example GetQuirks200 or GotchaStepBodyType0."""
    anonymous = [
        place
        for place, node in nodes(published)
        if node.get("type") == "object" and re.search(r"/(schema|items|anyOf/\d+|oneOf/\d+|allOf/\d+)$", place)
    ]
    assert anonymous == []


def test_nothing_has_a_title_that_repeats_its_name() -> None:
    assert [place for place, node in nodes(SCHEMAS) if isinstance(node.get("title"), str)] == []


def test_a_parameter_cannot_be_null() -> None:
    parameters = [parameter for operation in OPERATIONS.values() for parameter in operation.get("parameters", ())]
    assert [
        parameter["name"] for parameter in parameters if {"type": "null"} in parameter["schema"].get("anyOf", ())
    ] == []


def test_a_filter_is_described_at_its_parameter() -> None:
    parameters = [parameter for operation in OPERATIONS.values() for parameter in operation.get("parameters", ())]
    assert [each["name"] for each in parameters if each["in"] == "query" and "description" not in each] == []


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_the_texts_of_an_operation_say_different_things(operation_id: str) -> None:
    operation = OPERATIONS[operation_id]
    assert not operation.get("description", "").startswith(operation["summary"])
    assert all(response["description"] != "Successful Response" for response in operation["responses"].values())


def test_each_tag_is_described() -> None:
    used = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in DOCUMENT["tags"]}


@pytest.mark.parametrize("published", [DOCUMENT, PLATFORM], ids=["control", "platform"])
def test_no_text_cites_a_rule(published: dict[str, Any]) -> None:
    """Rules are for readers of the code; the platform's document lists them under `x-requirements`."""
    citing = [
        (place, text)
        for place, node in nodes(published)
        for text in (node.get("description"), node.get("summary"))
        if isinstance(text, str) and re.search(document.RULE_ID, text)
    ]
    assert citing == []
