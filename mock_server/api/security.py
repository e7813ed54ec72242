"""Who is asking, for which partner: judged on the headers alone, before a body is read."""

from collections.abc import Mapping

from mock_server.domain.errors import InvalidRequest, NotAuthorized, Problem, TokenExpired, TokenInvalid
from mock_server.operations.campaign_results import ADMIN_GROUP
from mock_server.runtime.tokens import Claims
from mock_server.runtime.workspace import Call

PARTNER_HEADER = b"x-preferred-partner-id"


def needs_token(path: str, method: str) -> bool:
    """Whether a path may be read only with a token. Rules: AUTH-04, BASE-02, BASE-03 (OPTIONS always does)."""
    if path == "/status/":
        return False
    return method == "OPTIONS" or not (path == "/auth" or path.startswith("/auth/"))


def scoped(call: Call, received: Mapping[bytes, bytes], repeated: frozenset[bytes], path: str) -> Call:
    """The call on behalf of the token's user, scoped to one partner.

    Raises TokenInvalid, TokenExpired, InvalidRequest, NotAuthorized. Rules: AUTH-04, PART-01, PART-02.
    """
    claims = _authenticated(call, received, repeated)
    if path == "/auth" or path.startswith("/auth/"):
        return Call(call.workspace, call.now, "", claims.groups)
    if PARTNER_HEADER in repeated:
        raise InvalidRequest(Problem("duplicate", "X-Preferred-Partner-Id", "the header is given twice"))
    given = received.get(PARTNER_HEADER)
    partner_id = _partner(call, claims, None if given is None else given.decode("latin-1"))
    return Call(call.workspace, call.now, partner_id, claims.groups)


def _authenticated(call: Call, received: Mapping[bytes, bytes], repeated: frozenset[bytes]) -> Claims:
    given = received.get(b"authorization")
    if given is None or b"authorization" in repeated:
        raise TokenInvalid(Problem("required", "Authorization", "send one header: Authorization: Bearer <AccessToken>"))
    scheme, _, token = given.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenInvalid(Problem("invalid", "Authorization", "the scheme is Bearer, then the AccessToken"))
    try:
        return call.workspace.tokens.believe(token.strip(), "access", call.now)
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


def _partner(call: Call, claims: Claims, wanted: str | None) -> str:
    """Rules: PART-01, PART-02, PART-06."""
    known = call.store.partners.mapping()
    if ADMIN_GROUP in claims.groups:
        if wanted is not None and wanted in known:
            return wanted
        raise _refused("an admin must name a partner that exists")
    own = [group for group in claims.groups if group in known]
    if wanted is None and len(own) == 1:
        return own[0]
    if wanted is not None and wanted in own:
        return wanted
    raise _refused(f"must be one of: {', '.join(own)}" if own else "the user has no partner")


def _refused(reason: str) -> NotAuthorized:
    return NotAuthorized(Problem("scope", "X-Preferred-Partner-Id", f"X-Preferred-Partner-Id: {reason}"))
