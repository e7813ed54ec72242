"""Whether the platform is there."""

from typing import Literal

from fastapi.routing import APIRouter
from typing_extensions import TypedDict

from mock_server.http.endpoint import CallNow
from mock_server.http.fields import closed
from mock_server.platform_api.declaration import Declared, operation


@closed
class StatusBody(TypedDict):
    """Rule: BASE-02."""

    status: Literal["ok"]


def declare(router: APIRouter) -> None:
    """Rule: BASE-02."""

    @operation(router, "GET", "/status/", Declared("getStatus", public=True, any_origin=True))
    async def get_status(call: CallNow) -> StatusBody:
        return {"status": "ok"}
