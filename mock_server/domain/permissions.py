"""Which permissions a user's groups come to, and what must be asked before a permission is used."""

from collections.abc import Sequence

from mock_server.domain.errors import NotAuthorizedError, Problem
from mock_server.domain.scoping import ADMIN_GROUP

PERMISSIONS = (
    "campaign_results:read",
    "campaign_results:write",
    "events:read",
    "events:write",
    "meta:read",
    "packages:read",
    "packages:write",
    "partner:read",
    "partner:write",
    "sales:read",
    "sales:write",
)
"""All that there are, sorted; who is scoped to a partner has each that is not kept for admins. Rule: PERM-02."""
ADMIN_ONLY_PERMISSIONS = frozenset({"campaign_results:read", "campaign_results:write"})
"""What only admins have where the newer documentation holds (quirk `campaign_results_admin_only`). Rule: PERM-04."""


def list_granted(groups: Sequence[str], *, admin_only: bool) -> tuple[str, ...]:
    """The permissions of a user of these groups who is scoped to a partner, sorted. Rules: PERM-02, PERM-04.

    `admin_only` is whether campaign results are kept for admins.
    """
    if not admin_only or ADMIN_GROUP in groups:
        return PERMISSIONS
    return tuple(permission for permission in PERMISSIONS if permission not in ADMIN_ONLY_PERMISSIONS)


def require(permission: str, groups: Sequence[str], *, admin_only: bool) -> None:
    """Refuse whoever does not have the permission. Raises NotAuthorizedError. Rule: PERM-03."""
    if permission not in list_granted(groups, admin_only=admin_only):
        raise NotAuthorizedError(
            Problem("permission", "Authorization", f"this needs the permission {permission}: group {ADMIN_GROUP}")
        )
