"""Which permissions a user's groups give. Rules: PERM-02, PERM-03, PERM-04."""

import pytest

from mock_server.domain import permissions
from mock_server.domain.errors import NotAuthorizedError
from tests.builders import ACME, BETA

ROWS = ("campaign_results:read", "campaign_results:write")


def test_permissions_are_sorted_and_each_stands_once():
    """Rule: PERM-02."""
    assert list(permissions.PERMISSIONS) == sorted(set(permissions.PERMISSIONS))


@pytest.mark.parametrize("groups", [(ACME,), (ACME, BETA), ("fd-admin",)], ids=["one", "two", "an admin"])
def test_whoever_has_a_partner_has_all_of_them(groups):
    """Rule: PERM-04."""
    assert permissions.list_granted(groups, admin_only=False) == permissions.PERMISSIONS


def test_only_campaign_results_are_kept_for_admins():
    """Rule: PERM-04."""
    admin_only = set(permissions.PERMISSIONS) - set(permissions.list_granted((ACME,), admin_only=True))
    assert admin_only == set(ROWS)
    assert permissions.list_granted(("fd-admin", ACME), admin_only=True) == permissions.PERMISSIONS


@pytest.mark.parametrize("permission", ROWS)
def test_what_is_not_granted_is_refused(permission):
    """Rule: PERM-03."""
    with pytest.raises(NotAuthorizedError) as refusal:
        permissions.require(permission, (ACME,), admin_only=True)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.field) == ("permission", "Authorization")
    assert permission in problem.message
    assert "fd-admin" in problem.message


@pytest.mark.parametrize("permission", permissions.PERMISSIONS)
@pytest.mark.parametrize("admin_only", [False, True])
def test_what_is_granted_is_not_refused(permission, admin_only):
    """Rule: PERM-03."""
    permissions.require(permission, ("fd-admin",), admin_only=admin_only)
