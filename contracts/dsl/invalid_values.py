"""Values that a schema of the document rejects because of their type or their bounds."""

from collections.abc import Collection, Mapping
from typing import Any

import httpx2

from contracts.dsl import valid_requests
from contracts.dsl.steps import MODEL_FIELD, WINDOW_FIELD
from contracts.dsl.valid_requests import ValidRequest, resolve_reference
from contracts.spec.openapi import OpenApiSpec
from contracts.target.deployment import Deployment

Schema = Mapping[str, Any]
INVALID_DATES = ("tomorrow", "2026-02-30")
OPEN_FILTERS = frozenset({"frontend_status", "simulated", "flagged_to_top", "include_archived", "exclude_products"})
"""The filters of events of which the documentation does not say what happens to other values."""
TYPE_KEYWORDS = ("type", "enum", "format")
BOUND_KEYWORDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems")
UNDOCUMENTED = "ERR-02.undocumented"


def wrong_types_in_query(schema: Schema, api_spec: OpenApiSpec) -> list[Any]:
    """Return values of a wrong type, as query strings. There are none for free text."""
    if schema.get("type") == "array":
        item_schema = resolve_reference(api_spec, schema["items"])
        return [[value] for value in wrong_types_in_query(item_schema, api_spec)]
    if "enum" in schema:
        return _unknown_enum_values(schema)
    if schema.get("type") in ("integer", "number"):
        return ["x", "true"] + (["7.5"] if schema["type"] == "integer" else [])
    return list(INVALID_DATES) if schema.get("format") == "date" else []


def wrong_types_in_body(schema: Schema) -> list[Any]:
    """Return values of a wrong type, as JSON."""
    if "anyOf" in schema:
        is_date = any(branch.get("format") == "date" for branch in schema["anyOf"])
        return [*(INVALID_DATES if is_date else ()), 7, True, ["2026-06-01"]]
    if "enum" in schema:
        return [*_unknown_enum_values(schema), 7, None, []]
    if schema["type"] == "null":
        return ["2026-06-01", 7, True, [], {}]
    if schema["type"] == "integer":
        return ["7", 7.5, True, None, [7]]
    if schema["type"] == "array":
        return ["x", {}, None, [None], [["x"]], [7.5], [True]]
    return [7, True, None, ["x"], {}]


def out_of_bounds_in_query(schema: Schema) -> list[Any]:
    """Return the values just outside the bounds, as query strings."""
    return [str(value) for value in _out_of_bounds_numbers(schema)]


def out_of_bounds_in_body(schema: Schema) -> list[Any]:
    """Return the values just outside the bounds, as JSON."""
    values: list[Any] = [*_out_of_bounds_numbers(schema)]
    values += [""] if schema.get("minLength") == 1 else []
    values += ["x" * (schema["maxLength"] + 1)] if "maxLength" in schema else []
    values += [[]] if "minItems" in schema else []
    values += [[f"none-{position}" for position in range(schema["maxItems"] + 1)]] if "maxItems" in schema else []
    return values + ([["none", "none"]] if schema.get("uniqueItems") else [])


def _unknown_enum_values(schema: Schema) -> list[Any]:
    allowed = list(schema["enum"])
    return [
        allowed[0].swapcase(),
        allowed[-1].capitalize(),
        f" {allowed[0]}",
        f"{allowed[0]}x",
        "none",
        ",".join(allowed[:2]),
    ]


def _out_of_bounds_numbers(schema: Schema) -> list[int]:
    numbers = [schema["minimum"] - 1] if "minimum" in schema else []
    numbers += [schema["maximum"] + 1] if "maximum" in schema else []
    return numbers + [schema[name] for name in ("exclusiveMinimum", "exclusiveMaximum") if name in schema]


def find_assumed_part(api_spec: OpenApiSpec, request: ValidRequest, name: str, keywords: Collection[str]) -> str | None:
    """Return the assumed part if only `openapi.yaml` restricts a parameter or field by these keywords of a schema.

    None if the platform's documentation does so too.
    """
    marks = [node.get("x-basis", {}) for node in _list_declarations(api_spec, request, name)]
    is_assumed = any(mark == "ruled" or any(mark.get(keyword) == "ruled" for keyword in keywords) for mark in marks)
    return UNDOCUMENTED if is_assumed else None


def _list_declarations(api_spec: OpenApiSpec, request: ValidRequest, name: str) -> list[Mapping[str, Any]]:
    """Return the parts of the document that declare a query parameter or body field, also through a `$ref`."""
    operation = api_spec.document["paths"][request.template][request.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get(valid_requests.JSON_TYPE, {})
    fields = resolve_reference(api_spec, content.get("schema", {})).get("properties", {})
    found = [each for each in operation.get("parameters", ()) if resolve_reference(api_spec, each)["name"] == name]
    found += [resolve_reference(api_spec, each) for each in found]
    found += [each["schema"] for each in found if "schema" in each]
    found += [fields[name]] if name in fields else []
    return [*found, *(resolve_reference(api_spec, each) for each in found)]


def build_variants(api_spec: OpenApiSpec, valid_request: ValidRequest) -> list[ValidRequest]:
    """Return variants of the request, each with one invalid value."""
    variants = [
        valid_request.with_query(**{name: value})
        for name, schema in valid_requests.query_schemas(api_spec, valid_request)
        for value in [*wrong_types_in_query(schema, api_spec), *out_of_bounds_in_query(schema)]
    ]
    for name, schema in valid_requests.body_schemas(api_spec, valid_request):
        values = [*wrong_types_in_body(schema), *out_of_bounds_in_body(schema)]
        variants += [valid_request.with_body(**{name: value}) for value in values]
    return variants


def send_several_problems(writable: Deployment) -> list[tuple[httpx2.Response, list[str]]]:
    """Send requests with several values of the wrong type. Return each response with the wrong fields."""
    requests, partner = valid_requests.harmless_requests(writable), writable.partner
    order = requests["createPackage"].with_body(num_packages="x", targeting_mode="LOOKALIKE", package_title=7)
    row = requests["createCampaignResult"].with_query(eid=None, purchase="x", revenue="y")
    saved_settings = (
        requests["replaceEvaluationSettings"]
        .with_body(email_sent_date="x")
        .without_field(WINDOW_FIELD)
        .without_field(MODEL_FIELD)
    )
    events = requests["listEvents"].with_query(page="x", limit="x", since="x", frontend_status=["flagged"])
    return [
        (order.send(partner), ["num_packages", "targeting_mode", "package_title"]),
        (row.send(), ["eid", "purchase", "revenue"]),
        (saved_settings.send(partner), [WINDOW_FIELD, MODEL_FIELD, "email_sent_date"]),
        (events.send(partner), ["page", "limit", "since", "frontend_status"]),
        (
            requests["signIn"].without_field("username").without_field("password").send(partner),
            ["username", "password"],
        ),
    ]
