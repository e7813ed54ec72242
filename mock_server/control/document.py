"""The control API's own document, made from its routes."""

from typing import Any

from fastapi.routing import APIRouter

from mock_server import __version__
from mock_server.api import document
from mock_server.api.route import operations_of

TITLE = "Wavetank control API"
DESCRIPTION = (
    "What a test may do to the mock and nobody to the platform. It moves time and puts exact cases into the world; "
    "errors have the platform's body. Beyond loopback every call carries the server's --control-token in "
    "X-Mock-Control-Token. It stands in each workspace alike. What makes and deletes workspaces stands at the server's "
    "root alone and has a document of its own: /_mock/workspaces.openapi.json."
)

CONTROL_TOKEN = {"type": "apiKey", "in": "header", "name": "X-Mock-Control-Token"}


def described(router: APIRouter, prefix: str = "") -> dict[str, Any]:
    """The document: FastAPI's, less the 422 that is never answered, with bodies optional where they are.

    `prefix` is what the workspace's paths begin with.
    """
    made = document.generated(router, TITLE, __version__)
    made["info"]["description"] = DESCRIPTION
    made["servers"] = [{"url": f"{prefix}/_mock"}]
    made["components"]["securitySchemes"] = {"controlToken": CONTROL_TOKEN}
    made["security"] = [{}, {"controlToken": []}]
    for route in operations_of(router):
        if route.include_in_schema:
            for method in route.methods:
                operation = made["paths"][route.path][method.lower()]
                operation["responses"].pop("422", None)
                if "requestBody" in operation:
                    operation["responses"] |= dict.fromkeys(("413", "415"), operation["responses"]["400"])
                    operation["requestBody"]["required"] = not route.body_may_be_left_out
    for unused in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(unused, None)
    return made
