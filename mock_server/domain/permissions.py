"""Which permissions a user's groups grant."""

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
"""All permissions, sorted. Every user has the permissions that are not reserved for admins.

Implements: PERM-02.
"""
ADMIN_ONLY_PERMISSIONS = frozenset({"campaign_results:read", "campaign_results:write"})
"""Permissions that the newer documentation reserves for admins (quirk `campaign_results_admin_only`). See: PERM-04."""


def list_granted(groups: Sequence[str], *, admin_only: bool) -> tuple[str, ...]:
    """Return the sorted permissions that these groups grant for the partner of the request's scope.

    `admin_only` is whether campaign results are reserved for admins.

    See: PERM-02.
    Implements: PERM-04.
    """
    if not admin_only or ADMIN_GROUP in groups:
        return PERMISSIONS
    return tuple(permission for permission in PERMISSIONS if permission not in ADMIN_ONLY_PERMISSIONS)


def may_see_backhaul(granted: Sequence[str]) -> bool:
    """Return whether the platform's pages show Backhaul to a user with these permissions. See: PERM-02."""
    return "packages:read" in granted


def require(permission: str, groups: Sequence[str], *, admin_only: bool) -> None:
    """Raise NotAuthorizedError if the groups do not grant the permission.

    Implements: PERM-03.
    """
    if permission not in list_granted(groups, admin_only=admin_only):
        raise NotAuthorizedError(
            Problem("permission", "Authorization", f"needs permission {permission}, which group {ADMIN_GROUP} grants")
        )
