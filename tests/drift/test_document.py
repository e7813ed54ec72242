"""The yaml by itself: valid, lint-free, and true to its own examples."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

from contracts.spec.rules import load
from mock_server.http import openapi

WRITTEN: dict[str, Any] = yaml.safe_load(openapi.as_yaml())
NODE = Path(__file__).resolve().parent.parent / "node"
REDOCLY = NODE / "node_modules" / ".bin" / "redocly"


def test_the_document_is_valid_openapi() -> None:
    validate(WRITTEN)


@pytest.mark.skipif(
    not REDOCLY.exists() or shutil.which("node") is None,
    reason="needs Node and Redocly's linter, which .ci/run installs (npm install --prefix tests/node)",
)
def test_redoclys_recommended_rules_find_nothing() -> None:
    command = [str(REDOCLY), "lint", "--config", str(NODE / "redocly.yaml"), str(openapi.located())]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "warning" not in (ran.stdout + ran.stderr).lower().replace("deprecation warning", "")


def media() -> list[tuple[str, dict[str, Any]]]:
    """Every place that has a schema and an example."""
    found: list[tuple[str, dict[str, Any]]] = []

    def walk(value: Any, place: str) -> None:
        if isinstance(value, dict):
            if "schema" in value and "example" in value:
                found.append((place, value))
            for key, inner in value.items():
                walk(inner, f"{place}/{key}")

    walk(WRITTEN, "")
    return found


@pytest.mark.parametrize(("place", "described"), media(), ids=[place for place, _ in media()])
def test_each_example_fits_its_schema(place: str, described: dict[str, Any]) -> None:
    schema = {**described["schema"], "components": WRITTEN["components"]}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(described["example"])


def test_the_yaml_and_the_catalogue_tell_the_same_of_every_operation() -> None:
    operations = {
        operation["operationId"]: set(operation["x-requirements"])
        for item in WRITTEN["paths"].values()
        for operation in item.values()
        if "operationId" in operation
    }
    rules = [rule for rule in load().rules.values() if rule.area != "limits"]
    assert len(operations) == 35
    assert set(WRITTEN["x-requirements"]) >= {rule.id for rule in rules if rule.operations == "all"}
    for operation_id, named in operations.items():
        own = {rule.id for rule in rules if rule.operations != "all" and rule.concerns(operation_id)}
        everywhere = {rule.id for rule in rules if rule.operations == "all"}
        assert named - everywhere == own, operation_id
