"""Response format of a user's permissions."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from mock_server.http.fields import closed


@closed
class PermissionsBody(TypedDict):
    """A user's groups and permissions for a partner. See: PERM-02."""

    partner_id: str
    groups: list[str]
    permissions: list[str]


def permissions_body(partner_id: str, groups: Sequence[str], granted: Sequence[str]) -> PermissionsBody:
    """Build the response body with a user's groups and permissions. See: PERM-02."""
    return {"partner_id": partner_id, "groups": list(groups), "permissions": list(granted)}
