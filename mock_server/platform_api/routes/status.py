"""Whether the platform is there."""

from typing import Literal

from fastapi.routing import APIRouter
from typing_extensions import TypedDict

from mock_server.http.endpoint import CurrentCall
from mock_server.http.fields import closed
from mock_server.platform_api.declaration import OperationSpec, operation


@closed
class StatusBody(TypedDict):
    """Rule: BASE-02."""

    status: Literal["ok"]


def declare(router: APIRouter) -> None:
    """Rule: BASE-02."""

    @operation(router, "GET", "/status/", OperationSpec("getStatus", is_public=True, any_origin=True))
    async def get_status(call: CurrentCall) -> StatusBody:
        return {"status": "ok"}
