"""Response format of a user's permissions."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from mock_server.domain import permissions
from mock_server.http.fields import closed


@closed
class FeaturesBody(TypedDict):
    """The features of the platform's pages that the user may see. See: PERM-02."""

    backhaul: bool
    wave: bool


@closed
class PermissionsBody(TypedDict):
    """A user's groups and permissions for a partner. See: PERM-02."""

    partner_id: str
    groups: list[str]
    permissions: list[str]
    Permissions: FeaturesBody


def permissions_body(partner_id: str, groups: Sequence[str], granted: Sequence[str]) -> PermissionsBody:
    """Build the response body with a user's groups and permissions. See: PERM-02."""
    return {
        "partner_id": partner_id,
        "groups": list(groups),
        "permissions": list(granted),
        "Permissions": {"backhaul": permissions.may_see_backhaul(granted), "wave": False},
    }
