"""Who is asking, for which partner: judged on the headers alone, before a body is read."""

from collections.abc import Mapping

from mock_server.domain import scoping
from mock_server.domain.errors import InvalidRequest, Problem, TokenExpired, TokenInvalid
from mock_server.state.tokens import Claims
from mock_server.state.workspace import Call

SCHEME = b"bearer "
PARTNER_HEADER = b"x-preferred-partner-id"


def needs_token(path: str, method: str) -> bool:
    """Whether a path may be read only with a token. Rules: AUTH-04, BASE-02, BASE-03 (OPTIONS always does)."""
    if path == "/status/":
        return False
    return method == "OPTIONS" or not _is_sign_in(path)


def scoped(call: Call, received: Mapping[bytes, bytes], repeated: frozenset[bytes], path: str) -> Call:
    """The call on behalf of the token's user, scoped to one partner.

    Raises TokenInvalid, TokenExpired, InvalidRequest, NotAuthorized. Rules: AUTH-04, PART-01, PART-02.
    """
    claims = _authenticated(call, received, repeated)
    workspace, now = call.workspace, call.now
    if _is_sign_in(path):
        return Call(workspace, now, "", claims.groups, (), workspace.life)
    if PARTNER_HEADER in repeated:
        raise InvalidRequest(Problem("duplicate", scoping.HEADER, "the header is given twice"))
    wanted = partner_named(received)
    partner_id = scoping.partner(claims.groups, call.store.partners.mapping(), wanted)
    return Call(workspace, now, partner_id, claims.groups, (), workspace.life)


def require_same_life(call: Call) -> None:
    """Refuse a call whose world was started over while its body came. Raises TokenInvalid. Rule: AUTH-04."""
    if call.life not in (0, call.workspace.life):
        raise TokenInvalid(Problem("invalid", "Authorization", "the world was started over meanwhile: POST /auth"))


def partner_named(received: Mapping[bytes, bytes]) -> str | None:
    """The partner that the header names, whether the user may or not."""
    given = received.get(PARTNER_HEADER)
    return None if given is None else given.decode("latin-1")


def believed(call: Call, received: Mapping[bytes, bytes]) -> Claims | None:
    """What the request's access token says, None where there is none that is valid. Rules: AUTH-04, AUTH-06."""
    try:
        return _authenticated(call, received, frozenset())
    except (TokenInvalid, TokenExpired):
        return None


def _is_sign_in(path: str) -> bool:
    return path == "/auth" or path.startswith("/auth/")


def _authenticated(call: Call, received: Mapping[bytes, bytes], repeated: frozenset[bytes]) -> Claims:
    given = received.get(b"authorization")
    if given is None or b"authorization" in repeated:
        raise TokenInvalid(Problem("required", "Authorization", "send one header: Authorization: Bearer <AccessToken>"))
    if given[: len(SCHEME)].lower() != SCHEME:
        raise TokenInvalid(Problem("invalid", "Authorization", "the scheme is Bearer, then the AccessToken"))
    try:
        return call.workspace.tokens.believe(given[len(SCHEME) :].decode("latin-1").strip(), "access", call.now)
    except TokenExpired as expired:
        raise TokenExpired(
            Problem("expired", "Authorization", "the token has expired: POST /auth/refresh_token")
        ) from expired
    except TokenInvalid as invalid:
        raise TokenInvalid(
            Problem(
                "invalid",
                "Authorization",
                "send the AccessToken of this server, no other token: POST /auth",
            )
        ) from invalid
