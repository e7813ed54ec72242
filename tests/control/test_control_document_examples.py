"""The control API's document contains an example for each operation, and the mock answers as each example shows."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import validator_for

from mock_server.control import document
from tests.builders import a_workspace
from tests.control import example_session
from tests.mock_harness import Client


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    content: dict[str, Any] = Client(a_workspace()).control("GET", "/openapi.json").json()
    return content


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            yield path, operation


def json_media(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the JSON media types of an operation's request and of its successful responses."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from (body for kind, body in answer.get("content", {}).items() if kind == "application/json")
    yield from operation.get("requestBody", {}).get("content", {}).values()


def test_the_examples_are_the_mocks_actual_responses() -> None:
    assert document.EXAMPLES.read_text(encoding="utf-8") == example_session.render_examples(), (
        "python -m tests.control.example_session"
    )


def test_every_body_has_an_example(openapi: dict[str, Any]) -> None:
    bare = [
        operation["operationId"]
        for _, operation in operations(openapi)
        for body in json_media(operation)
        if "example" not in body
    ]
    assert bare == []


def test_every_example_is_valid_against_its_schema(openapi: dict[str, Any]) -> None:
    for _, operation in operations(openapi):
        for body in json_media(operation):
            whole = {**body["schema"], "components": openapi["components"]}
            errors = [str(error) for error in validator_for(whole, validate_formats=True).iter_errors(body["example"])]
            assert errors == [], operation["operationId"]


def test_every_parameter_of_a_path_has_an_example(openapi: dict[str, Any]) -> None:
    bare = [
        (operation["operationId"], parameter["name"])
        for _, operation in operations(openapi)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path" and "example" not in parameter
    ]
    assert bare == []


def test_the_example_of_an_error_is_an_actual_response(openapi: dict[str, Any]) -> None:
    (example,) = openapi["components"]["schemas"]["ErrorResponse"]["examples"]
    assert Client(a_workspace()).control("POST", "/rewind", json={}).json() == example


def test_the_errors_of_an_operation_have_distinct_descriptions(openapi: dict[str, Any]) -> None:
    for _, operation in operations(openapi):
        refusals = [answer["description"] for status, answer in operation["responses"].items() if status[0] == "4"]
        assert len(refusals) == len(set(refusals)), operation["operationId"]


def test_no_schema_has_the_name_of_a_module(openapi: dict[str, Any]) -> None:
    assert [name for name in openapi["components"]["schemas"] if "__" in name] == []
