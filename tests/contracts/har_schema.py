"""Validates HAR files against the schema of HAR 1.2."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMAS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "report" / "schemas" / "har-schema-2.0.0.json").read_text(encoding="utf-8")
)
BASE = "https://har.example/"
REGISTRY = jsonschema_rs.Registry(
    [(f"{BASE}{name}", {**schema, "$id": BASE + name}) for name, schema in SCHEMAS.items()]
)
VALIDATOR = jsonschema_rs.Draft6Validator({"$ref": f"{BASE}har.json"}, registry=REGISTRY, validate_formats=True)


def validate_har(document: dict[str, Any]) -> None:
    """Raise jsonschema_rs.ValidationError if the document is not HAR 1.2."""
    VALIDATOR.validate(document)
