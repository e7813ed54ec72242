"""The document for one generation of the documentation lacks the elements of the other one."""

from typing import Any

from contracts.spec import openapi
from contracts.spec.openapi import OpenApiSpec

DOCUMENT = OpenApiSpec.load().document


def schemas_of(generation: str) -> dict[str, Any]:
    """Return the schemas of a generation by name."""
    schemas: dict[str, Any] = openapi.select_documentation(DOCUMENT, generation)["components"]["schemas"]
    return schemas


def test_a_member_is_in_its_own_generation_only() -> None:
    older, newer = (schemas_of(generation)["Event"]["properties"].keys() for generation in ("older", "newer"))
    assert older - newer == {"currency", "campaign_stop_time", "has_active_campaigns"}
    assert newer - older == set()


def test_a_value_is_in_its_own_generation_only() -> None:
    older, newer = (schemas_of(generation)["FrontendStatus"]["enum"] for generation in ("older", "newer"))
    assert set(newer) - set(older) == {"CANCELLED"}
    assert set(older) - set(newer) == set()


def test_everything_else_stays() -> None:
    assert openapi.select_documentation({"a": [1, {"x-documentation": "older"}], "b": None}, "newer") == {
        "a": [1],
        "b": None,
    }
