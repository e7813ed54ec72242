"""What the user may do, over HTTP."""

from fastapi.routing import APIRouter

from mock_server.api.declare import Declared, operation
from mock_server.api.route import CallNow
from mock_server.api.schemas import permissions as schemas
from mock_server.operations import permissions


def declare(router: APIRouter) -> None:
    """Rule: PERM-01."""

    @operation(router, "GET", "/permissions", Declared("getPermissions"))
    async def get_permissions(call: CallNow) -> schemas.PermissionsBody:
        return schemas.permissions(call.partner_id, call.groups, permissions.get_permissions(call))
