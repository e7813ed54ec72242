"""The route of the user's permissions.

See: PERM-01.
"""

from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import permissions
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import permissions as schemas

router = APIRouter(route_class=OperationRoute)


@router.get("/permissions", **operation("getPermissions"))
async def get_permissions(call: CurrentCall) -> schemas.PermissionsBody:
    return schemas.permissions_body(call.partner_id, call.groups, permissions.get_permissions(call))
