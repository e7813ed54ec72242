"""The common declarations of all routes of the control API."""

from typing import Any

from fastapi import APIRouter

from mock_server.http.endpoint import OperationRoute
from mock_server.http.error_body import ErrorBody

ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "Something in the request is wrong; nothing changed."},
    403: {
        "model": ErrorBody,
        "description": "The control token is missing or wrong, or a page of another origin may have sent the request "
        "and --cors is not set. Nothing changed.",
    },
}


def control_router(tag: str) -> APIRouter:
    """Create a router for one feature. Its paths are relative to /_mock; the document groups them by the tag."""
    return APIRouter(route_class=OperationRoute, responses=ERROR_RESPONSES, tags=[tag])
