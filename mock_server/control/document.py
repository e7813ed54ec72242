"""The control API's own document, made from its routes."""

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
    "What a test may do to the mock, and nobody to the platform: move the clock, add exact test data, read what "
    "happened, go back, and break things on purpose. Errors have the platform's body. Beyond loopback every request "
    "needs the server's --control-token in X-Mock-Control-Token. Each workspace has this API; the operations tagged "
    "`workspaces` and `gotchas` are the server's own, except forkWorkspace, and are under /_mock only."
)

CONTROL_TOKEN = {"type": "apiKey", "in": "header", "name": "X-Mock-Control-Token"}

EXAMPLE_ERROR = {
    "message": "error.request.invalid",
    "error_code": "INVALID",
    "error_subcode": None,
    "validation_errors": [{"code": "required", "field": "to", "message": "to is required in the JSON body"}],
}
"""What `POST /rewind` answers to an empty object: the example of all refusals, which have one shape."""
UNREAD_BODY_RESPONSES = {
    "413": "The body is too large; nothing changed.",
    "415": "The body is not application/json; nothing changed.",
}

SENTENCE_END = re.compile(r"\.(?:\s|$)")

EXAMPLES = Path(__file__).with_name("examples.json")
"""A request and its real answer for each operation, by operationId; `tests/control/example_session.py` makes them."""


def build_document(routers: Sequence[APIRouter], prefix: str = "") -> dict[str, Any]:
    """The document: FastAPI's, less the 422 that is never answered, with bodies optional where they are.

    `prefix` is what the workspace's paths begin with.
    """
    document = openapi.generate(routers, TITLE, __version__)
    document["info"]["description"] = DESCRIPTION
    document["servers"] = [{"url": f"{prefix}/_mock"}]
    document["components"]["securitySchemes"] = {"controlToken": CONTROL_TOKEN}
    document["security"] = [{}, {"controlToken": []}]
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for route in operation_routes(*routers):
        if route.include_in_schema:
            for method in route.methods:
                operation = document["paths"][route.path][method.lower()]
                operation["summary"] = SENTENCE_END.split(operation["description"])[0]
                _add_example(operation, route, examples.get(operation["operationId"]))
                operation["responses"].pop("422", None)
                if "requestBody" in operation:
                    bad_request = operation["responses"]["400"]
                    operation["responses"] |= {
                        status: {**bad_request, "description": reason}
                        for status, reason in UNREAD_BODY_RESPONSES.items()
                    }
                    operation["requestBody"]["required"] = not route.is_body_optional
    document["components"]["schemas"]["ErrorBody"]["examples"] = [EXAMPLE_ERROR]
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document


def _add_example(operation: dict[str, Any], route: OperationRoute, example: dict[str, Any] | None) -> None:
    """Put the example of an operation beside its shapes."""
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
