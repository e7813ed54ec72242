"""The yaml by itself: valid, lint-free, and true to its own examples."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

from contracts.catalogue import load
from mock_server.api import document

WRITTEN: dict[str, Any] = yaml.safe_load(document.as_yaml())
NODE = Path(__file__).resolve().parent.parent / "node"
REDOCLY = NODE / "node_modules" / ".bin" / "redocly"


def test_the_document_is_valid_openapi() -> None:
    validate(WRITTEN)


@pytest.mark.skipif(
    not REDOCLY.exists() or shutil.which("node") is None,
    reason="needs Node and Redocly's linter, which .ci/run installs (npm install --prefix tests/node)",
)
def test_redoclys_recommended_rules_find_nothing() -> None:
    command = [str(REDOCLY), "lint", "--config", str(NODE / "redocly.yaml"), str(document.located())]
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


def test_every_operation_and_requirement_is_the_catalogues() -> None:
    catalogue = load()
    operations = [
        operation for item in WRITTEN["paths"].values() for operation in item.values() if "operationId" in operation
    ]
    assert len(operations) == 28
    for operation in operations:
        assert operation["x-requirements"], operation["operationId"]
        for rule in operation["x-requirements"]:
            assert catalogue.rule(rule).concerns(operation["operationId"]), (operation["operationId"], rule)
