"""openapi.yaml is valid, passes the linter, and its examples match its schemas."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from contracts.spec.rules import load
from mock_server.http import openapi
from tests.yaml_documents import load_yaml

DOCUMENT: dict[str, Any] = load_yaml(openapi.read_yaml())
NODE_FOLDER = Path(__file__).resolve().parent.parent / "node"
REDOCLY = NODE_FOLDER / "node_modules" / ".bin" / "redocly"


def test_the_document_is_valid_openapi() -> None:
    validate(DOCUMENT)


@pytest.mark.skipif(
    not REDOCLY.exists() or shutil.which("node") is None,
    reason="needs Node and Redocly's linter, which .ci/run installs (npm install --prefix tests/node)",
)
def test_redoclys_recommended_rules_pass() -> None:
    command = [str(REDOCLY), "lint", "--config", str(NODE_FOLDER / "redocly.yaml"), str(openapi.find_document())]
    completed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "warning" not in (completed.stdout + completed.stderr).lower().replace("deprecation warning", "")


def places_with_example() -> list[tuple[str, dict[str, Any]]]:
    """Return the places with both a schema and an example."""
    places: list[tuple[str, dict[str, Any]]] = []

    def collect(value: Any, place: str) -> None:
        if isinstance(value, dict):
            if "schema" in value and "example" in value:
                places.append((place, value))
            for key, inner in value.items():
                collect(inner, f"{place}/{key}")

    collect(DOCUMENT, "")
    return places


@pytest.mark.parametrize(
    ("place", "described"), places_with_example(), ids=[place for place, _ in places_with_example()]
)
def test_each_example_matches_its_schema(place: str, described: dict[str, Any]) -> None:
    schema = {**described["schema"], "components": DOCUMENT["components"]}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(described["example"])


def test_the_yaml_and_the_catalogue_agree_on_the_rules_of_each_operation() -> None:
    operations = {
        operation["operationId"]: set(operation["x-requirements"])
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if "operationId" in operation
    }
    rules = [rule for rule in load().rules.values() if rule.area != "limits"]
    assert len(operations) == 37
    assert set(DOCUMENT["x-requirements"]) >= {rule.id for rule in rules if rule.operations == "all"}
    for operation_id, listed in operations.items():
        own = {rule.id for rule in rules if rule.operations != "all" and rule.applies_to(operation_id)}
        everywhere = {rule.id for rule in rules if rule.operations == "all"}
        assert listed - everywhere == own, operation_id
