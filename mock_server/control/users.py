"""The users of a workspace, for a sign-in form."""

from typing_extensions import TypedDict

from mock_server.control.declaration import control_router
from mock_server.control.workspaces.server import CurrentServer
from mock_server.domain import scoping
from mock_server.domain.models import User
from mock_server.http.endpoint import CurrentCall
from mock_server.http.fields import closed
from mock_server.worlds import sample_people

router = control_router("status")


@closed
class UserBody(TypedDict):
    """A user who can sign in. `partners` are the partners for which the user may act.

    `password` and `mfa_token` are the known ones of the sample, and null for any other user, for a user whose password
    was changed, and if the server is not on loopback only.
    """

    username: str
    groups: list[str]
    partners: list[str]
    password: str | None
    mfa_token: str | None
    must_change_password: bool


@router.get("/users", operation_id="listUsers", response_description="The users.")
async def list_users(call: CurrentCall, server: CurrentServer) -> list[UserBody]:
    """List the users. Passwords are shown only if they are the sample's, on a server on loopback."""
    partners = list(call.store.partners.mapping())
    is_known = server.has_known_passwords and call.workspace.world.source == "sample"
    return [_user_body(user, partners, is_known=is_known) for user in call.store.users]


def _user_body(user: User, partners: list[str], *, is_known: bool) -> UserBody:
    is_known = is_known and user.password == sample_people.PASSWORD
    return {
        "username": user.username,
        "groups": list(user.groups),
        "partners": [partner for partner in partners if partner in user.groups or scoping.ADMIN_GROUP in user.groups],
        "password": user.password if is_known else None,
        "mfa_token": user.mfa_token if is_known else None,
        "must_change_password": user.must_change_password,
    }
