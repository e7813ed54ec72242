"""What the user may do, over HTTP."""

from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall
from mock_server.operations import permissions
from mock_server.platform_api.declaration import OperationSpec, operation
from mock_server.platform_api.schemas import permissions as schemas


def declare(router: APIRouter) -> None:
    """Rule: PERM-01."""

    @operation(router, "GET", "/permissions", OperationSpec("getPermissions"))
    async def get_permissions(call: CurrentCall) -> schemas.PermissionsBody:
        return schemas.permissions_body(call.partner_id, call.groups, permissions.get_permissions(call))
