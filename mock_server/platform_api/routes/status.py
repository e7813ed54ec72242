"""The route that shows whether the platform is available.

`auth.needs_token` exempts this path from authentication, and the gateway adds the CORS header for all origins.

Implements: BASE-02.
"""

from typing import Literal

from fastapi.routing import APIRouter
from typing_extensions import TypedDict

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.http.fields import closed
from mock_server.platform_api.declaration import operation

router = APIRouter(route_class=OperationRoute)


@closed
class StatusBody(TypedDict):
    """Response body of the status route. See: BASE-02."""

    status: Literal["ok"]


@router.get("/status/", **operation("getStatus", is_public=True, any_origin=True))
async def get_status(call: CurrentCall) -> StatusBody:
    return {"status": "ok"}
