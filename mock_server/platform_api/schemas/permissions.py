"""What a user may do, on the wire."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from mock_server.http.fields import closed


@closed
class PermissionsBody(TypedDict):
    """Rule: PERM-02."""

    partner_id: str
    groups: list[str]
    permissions: list[str]


def permissions_body(partner_id: str, groups: Sequence[str], granted: Sequence[str]) -> PermissionsBody:
    """What the user of these groups may do for the partner. Rule: PERM-02."""
    return {"partner_id": partner_id, "groups": list(groups), "permissions": list(granted)}
