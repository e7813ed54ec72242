"""Operations on permissions: list the user's permissions, and check a permission for another operation."""

from mock_server.domain import permissions
from mock_server.state.workspace import OperationCall


def get_permissions(call: OperationCall) -> tuple[str, ...]:
    """Return the user's permissions, sorted. Operations that need any other permission refuse the user.

    See: PERM-03.
    Implements: PERM-01.
    """
    return permissions.list_granted(call.groups, admin_only=call.quirks.campaign_results_admin_only)


def require(call: OperationCall, permission: str) -> None:
    """Raise NotAuthorizedError if the user does not have the permission. See: PERM-03, PERM-04."""
    permissions.require(permission, call.groups, admin_only=call.quirks.campaign_results_admin_only)
