"""What the user may do, over HTTP."""

from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import permissions
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import permissions as schemas


def declare(router: APIRouter) -> None:
    """Rule: PERM-01."""

    @operation(router, "GET", "/permissions", Declared("getPermissions"))
    async def get_permissions(call: CallNow) -> schemas.PermissionsBody:
        return schemas.permissions(call.partner_id, call.groups, permissions.get_permissions(call))
