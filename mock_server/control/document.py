"""Builds the OpenAPI document of the control API from its routes."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi.routing import APIRouter

from mock_server import __version__
from mock_server.control import document_types
from mock_server.http import openapi
from mock_server.http.endpoint import OperationRoute, operation_routes

TITLE = "Wavetank control API"
DESCRIPTION = (
    "Controls the mock: its clock, test data, faults, quirks, snapshots, journal and workspaces. The platform offers "
    "no such operations. Errors use the platform's error body. Each workspace has its own control API, at "
    "/w/{name}/_mock; the default workspace's is at /_mock. The operations on gotchas, reports and workspaces "
    "exist only at /_mock, except forking. If the server listens on an address other than loopback, every request "
    "except GET /_mock/health must send the server's --control-token in the header X-Mock-Control-Token."
)

SUMMARY = "The clock, test data, faults, snapshots, journal and workspaces of the mock."
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
TAGS = {
    "status": "The workspace's status, its jobs and its quirks.",
    "clock": "Move the clock, and reset the workspace.",
    "test data": "Add purchases, packages and events.",
    "faults": "Make requests or jobs fail, wait or break.",
    "explain": "Which request, default, job or purchase set a value.",
    "snapshots": "Save and restore the workspace's state, and rewind it to a checkpoint.",
    "journal": "The recorded requests and responses, their verification, and checks of the client that sent them.",
    "stream": "What happens in the workspace, as it happens.",
    "reports": "The results of contract runs that were given to the server.",
    "workspaces": "Isolated instances of the platform in this server.",
    "gotchas": "The platform's surprising behaviours, and workspaces in which one is about to happen.",
}
"""The groups of operations, with the purpose of each."""

CONTROL_TOKEN = {"type": "apiKey", "in": "header", "name": "X-Mock-Control-Token"}

EXAMPLE_ERROR = {
    "message": "error.request.invalid",
    "error_code": "INVALID",
    "error_subcode": None,
    "validation_errors": [{"code": "required", "field": "to", "message": "to is required in the JSON body"}],
}
"""The response of `POST /rewind` to an empty object.

It is the example for every error, because all errors use the same schema.
"""
UNREAD_BODY_RESPONSES = {
    "413": "The body is too large. Nothing was changed.",
    "415": "The body is not application/json. Nothing was changed.",
}

RULE_ID = r"\b[A-Z]+-\d{2}\b"
CITATION = re.compile(
    rf"\s*\b(?:See|Implements): {RULE_ID}(?:[^.\n]*{RULE_ID})*(?: \([^)]*\))?\.?|\s+\({RULE_ID}(?:, {RULE_ID})*\)"
)
"""Matches a citation of rules in a docstring. It is for readers of the code, so the document omits it."""
SENTENCE_END = re.compile(r"\.(?:\s+|$)")
UNDESCRIBED = "Successful Response"
"""FastAPI's description of a successful response."""

EXAMPLES = Path(__file__).with_name("examples.json")
"""A request and its actual response for each operationId, written by `tests/control/example_session.py`."""


def build_document(routers: Sequence[APIRouter]) -> dict[str, Any]:
    """Build the document from FastAPI's document: remove the status 422, which is never sent, and mark optional bodies.

    It names no server; `name_server` returns a copy that does.
    """
    document = openapi.generate(routers, TITLE, __version__)
    _describe_api(document)
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for route in (each for each in operation_routes(*routers) if each.include_in_schema):
        for method in route.methods:
            operation = document["paths"][route.path][method.lower()]
            _complete_operation(operation, route)
            _add_example(operation, route, examples.get(operation["operationId"]))
    document_types.finish_schemas(document)
    document["components"]["schemas"]["ErrorResponse"]["examples"] = [EXAMPLE_ERROR]
    for schema in document["components"]["schemas"].values():
        if "description" in schema:
            schema["description"] = CITATION.sub("", schema["description"]).strip()
    for item in document["paths"].values():
        for operation in item.values():
            _describe_success(operation, document["components"]["schemas"])
    return document


def name_server(document: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return the document for a workspace. `prefix` is the prefix of the workspace's paths, such as /w/ci-7."""
    return {**document, "servers": [{"url": f"{prefix}/_mock"}]}


def _describe_api(document: dict[str, Any]) -> None:
    document["info"] |= {"summary": SUMMARY, "description": DESCRIPTION, "license": LICENSE}
    document["servers"] = []
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    document["components"]["securitySchemes"] = {"controlToken": CONTROL_TOKEN}
    document["security"] = [{}, {"controlToken": []}]


def _complete_operation(operation: dict[str, Any], route: OperationRoute) -> None:
    """Add what FastAPI does not know about an operation: its summary, and the responses 413 and 415."""
    operation["summary"], *rest = SENTENCE_END.split(operation.pop("description"), maxsplit=1)
    if any(rest):
        operation["description"] = rest[0]
    operation["responses"].pop("422", None)
    for status, response in operation["responses"].items():
        if status >= "400":  # an error is JSON, whatever else the operation returns
            response["content"] = {"application/json": next(iter(response["content"].values()))}
    if "requestBody" in operation:
        bad_request = operation["responses"]["400"]
        operation["responses"] |= {
            status: {**bad_request, "description": reason} for status, reason in UNREAD_BODY_RESPONSES.items()
        }
        operation["requestBody"]["required"] = not route.is_body_optional


def _describe_success(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Describe a successful response by its schema, unless the route has a `response_description`."""
    for response in operation["responses"].values():
        if response["description"] != UNDESCRIBED:
            continue
        if "content" not in response:
            response["description"] = "Done. The response has no body."
        for media in response.get("content", {}).values():
            schema = schemas.get(media["schema"].get("$ref", "").rpartition("/")[2], {})
            if "description" in schema:
                response["description"] = SENTENCE_END.split(schema["description"])[0] + "."


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
