"""The control API's own document, made from its routes."""

import json
import re
from pathlib import Path
from typing import Any

from fastapi.routing import APIRouter

from mock_server import __version__
from mock_server.http import openapi
from mock_server.http.endpoint import Operation, operations_of

TITLE = "Wavetank control API"
DESCRIPTION = (
    "What a test may do to the mock and nobody to the platform. It moves time and puts exact cases into the world; "
    "errors have the platform's body. Beyond loopback every call carries the server's --control-token in "
    "X-Mock-Control-Token. It stands in each workspace alike. What makes and deletes workspaces, and what leaves one "
    "at a gotcha's trap, stands at the server's root alone and has a document of its own: "
    "/_mock/workspaces.openapi.json."
)

CONTROL_TOKEN = {"type": "apiKey", "in": "header", "name": "X-Mock-Control-Token"}

REFUSED = {
    "message": "error.request.invalid",
    "error_code": "INVALID",
    "error_subcode": None,
    "validation_errors": [{"code": "required", "field": "to", "message": "to is required in the JSON body"}],
}
"""What `POST /rewind` answers to an empty object: the example of all refusals, which have one shape."""
UNREAD = {"413": "The body is too large; nothing changed.", "415": "The body is not application/json; nothing changed."}

SENTENCE_END = re.compile(r"\.(?:\s|$)")

EXAMPLES = Path(__file__).with_name("examples.json")
"""A request and its real answer for each operation, by operationId; `tests/control/example_session.py` makes them."""


def described(router: APIRouter, prefix: str = "") -> dict[str, Any]:
    """The document: FastAPI's, less the 422 that is never answered, with bodies optional where they are.

    `prefix` is what the workspace's paths begin with.
    """
    made = openapi.generated(router, TITLE, __version__)
    made["info"]["description"] = DESCRIPTION
    made["servers"] = [{"url": f"{prefix}/_mock"}]
    made["components"]["securitySchemes"] = {"controlToken": CONTROL_TOKEN}
    made["security"] = [{}, {"controlToken": []}]
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for route in operations_of(router):
        if route.include_in_schema:
            for method in route.methods:
                operation = made["paths"][route.path][method.lower()]
                operation["summary"] = SENTENCE_END.split(operation["description"])[0]
                _exemplify(operation, route, examples.get(operation["operationId"]))
                operation["responses"].pop("422", None)
                if "requestBody" in operation:
                    refusal = operation["responses"]["400"]
                    operation["responses"] |= {
                        status: {**refusal, "description": why} for status, why in UNREAD.items()
                    }
                    operation["requestBody"]["required"] = not route.body_may_be_left_out
    made["components"]["schemas"]["ErrorBody"]["examples"] = [REFUSED]
    for unused in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(unused, None)
    return made


def _exemplify(operation: dict[str, Any], route: Operation, example: dict[str, Any] | None) -> None:
    """Put the example of an operation beside its shapes."""
    if example is None:
        return
    path, _, _ = example["path"].partition("?")
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["example"] = (route.arguments(path) or {})[parameter["name"]]
    if example["request"] is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    if "answer" in example:
        operation["responses"][str(example["status"])]["content"]["application/json"]["example"] = example["answer"]
