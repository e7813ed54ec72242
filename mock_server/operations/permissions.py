"""What the user may do for the partner that the request is scoped to."""

from mock_server.domain import permissions
from mock_server.state.workspace import OperationCall


def get_permissions(call: OperationCall) -> tuple[str, ...]:
    """The user's permissions, sorted: each is granted, and what is missing is refused. Rules: PERM-01, PERM-03."""
    return permissions.list_granted(call.groups, admin_only=call.quirks.campaign_results_admin_only)


def require(call: OperationCall, permission: str) -> None:
    """Refuse a call that lacks the permission. Raises NotAuthorizedError. Rules: PERM-03, PERM-04."""
    permissions.require(permission, call.groups, admin_only=call.quirks.campaign_results_admin_only)
