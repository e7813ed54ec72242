"""Builds the OpenAPI document of the control API from its routes."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi.routing import APIRouter

from mock_server import __version__
from mock_server.http import openapi
from mock_server.http.endpoint import OperationRoute, operation_routes

TITLE = "Wavetank control API"
DESCRIPTION = (
    "Controls the mock: its clock, test data, faults, quirks, snapshots, journal and workspaces. The platform has no "
    "such operations. Errors have the platform's error body. Each workspace has its own control API, at "
    "/w/{name}/_mock; the default workspace's is at /_mock. Only /_mock has the operations on gotchas and on "
    "workspaces, except forking. If the server listens on an address other than loopback, every request must send "
    "the server's --control-token in the header X-Mock-Control-Token."
)

CONTROL_TOKEN = {"type": "apiKey", "in": "header", "name": "X-Mock-Control-Token"}

EXAMPLE_ERROR = {
    "message": "error.request.invalid",
    "error_code": "INVALID",
    "error_subcode": None,
    "validation_errors": [{"code": "required", "field": "to", "message": "to is required in the JSON body"}],
}
"""The response of `POST /rewind` to an empty object. It is the example of every error, as all have the same schema."""
UNREAD_BODY_RESPONSES = {
    "413": "The body is too large. Nothing was changed.",
    "415": "The body is not application/json. Nothing was changed.",
}

CITATION = re.compile(r"\s*\b(?:See|Implements): [A-Z]+-\d+(?:[^.\n]*[A-Z]+-\d+)*(?: \([^)]*\))?\.?")
"""Matches a citation of rules in a docstring. It is for readers of the code, so the document omits it."""
SENTENCE_END = re.compile(r"\.(?:\s|$)")

EXAMPLES = Path(__file__).with_name("examples.json")
"""A request and its actual response for each operationId, written by `tests/control/example_session.py`."""


def build_document(routers: Sequence[APIRouter], prefix: str = "") -> dict[str, Any]:
    """Build the document from FastAPI's document: remove the status 422, which is never sent, and mark optional bodies.

    `prefix` is the prefix of the workspace's paths, such as /w/ci-7.
    """
    document = openapi.generate(routers, TITLE, __version__)
    document["info"]["description"] = DESCRIPTION
    document["servers"] = [{"url": f"{prefix}/_mock"}]
    document["components"]["securitySchemes"] = {"controlToken": CONTROL_TOKEN}
    document["security"] = [{}, {"controlToken": []}]
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for route in (each for each in operation_routes(*routers) if each.include_in_schema):
        for method in route.methods:
            operation = document["paths"][route.path][method.lower()]
            _complete_operation(operation, route)
            _add_example(operation, route, examples.get(operation["operationId"]))
    document["components"]["schemas"]["ErrorBody"]["examples"] = [EXAMPLE_ERROR]
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    for schema in document["components"]["schemas"].values():
        if "description" in schema:
            schema["description"] = CITATION.sub("", schema["description"]).strip()
    return document


def _complete_operation(operation: dict[str, Any], route: OperationRoute) -> None:
    """Add what FastAPI does not know about an operation: its summary, and the responses 413 and 415."""
    operation["summary"] = SENTENCE_END.split(operation["description"])[0]
    operation["responses"].pop("422", None)
    if "requestBody" in operation:
        bad_request = operation["responses"]["400"]
        operation["responses"] |= {
            status: {**bad_request, "description": reason} for status, reason in UNREAD_BODY_RESPONSES.items()
        }
        operation["requestBody"]["required"] = not route.is_body_optional


def _add_example(operation: dict[str, Any], route: OperationRoute, example: dict[str, Any] | None) -> None:
    """Add the example of an operation to its parameters and bodies."""
    if example is None:
        return
    path, _, _ = example["path"].partition("?")
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["example"] = (route.match_path(path) or {})[parameter["name"]]
    if example["request"] is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    if "answer" in example:
        operation["responses"][str(example["status"])]["content"]["application/json"]["example"] = example["answer"]
