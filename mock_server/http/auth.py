"""Who is asking, for which partner: judged on the headers alone, before a body is read."""

from collections.abc import Mapping

from mock_server.domain import scoping
from mock_server.domain.errors import InvalidRequestError, Problem, TokenExpiredError, TokenInvalidError
from mock_server.state.tokens import Claims
from mock_server.state.workspace import OperationCall

SCHEME = b"bearer "
PARTNER_HEADER = b"x-preferred-partner-id"


def needs_token(path: str, method: str) -> bool:
    """Whether a path may be read only with a token. Rules: AUTH-04, BASE-02, BASE-03 (OPTIONS always does)."""
    if path == "/status/":
        return False
    return method == "OPTIONS" or not _is_sign_in(path)


def authenticate(
    call: OperationCall, headers: Mapping[bytes, bytes], repeated_headers: frozenset[bytes], path: str
) -> OperationCall:
    """The call on behalf of the token's user, scoped to one partner.

    Raises TokenInvalidError, TokenExpiredError, InvalidRequestError, NotAuthorizedError. Rules: AUTH-04, PART-01, PART-02.
    """
    claims = _verify_access_token(call, headers, repeated_headers)
    workspace, now = call.workspace, call.now
    if _is_sign_in(path):
        return OperationCall(workspace, now, "", claims.groups, (), workspace.epoch)
    if PARTNER_HEADER in repeated_headers:
        raise InvalidRequestError(Problem("duplicate", scoping.PARTNER_HEADER, "the header is given twice"))
    requested_partner_id = requested_partner(headers)
    partner_id = scoping.resolve_partner(claims.groups, call.store.partners.mapping(), requested_partner_id)
    return OperationCall(workspace, now, partner_id, claims.groups, (), workspace.epoch)


def require_same_epoch(call: OperationCall) -> None:
    """Refuse a call whose world was started over while its body came. Raises TokenInvalidError. Rule: AUTH-04."""
    if call.epoch not in (0, call.workspace.epoch):
        raise TokenInvalidError(Problem("invalid", "Authorization", "the world was started over meanwhile: POST /auth"))


def requested_partner(headers: Mapping[bytes, bytes]) -> str | None:
    """The partner that the header names, whether the user may or not."""
    value = headers.get(PARTNER_HEADER)
    return None if value is None else value.decode("latin-1")


def try_authenticate(call: OperationCall, headers: Mapping[bytes, bytes]) -> Claims | None:
    """What the request's access token says, None where there is none that is valid. Rules: AUTH-04, AUTH-06."""
    try:
        return _verify_access_token(call, headers, frozenset())
    except (TokenInvalidError, TokenExpiredError):
        return None


def _is_sign_in(path: str) -> bool:
    return path == "/auth" or path.startswith("/auth/")


def _verify_access_token(
    call: OperationCall, headers: Mapping[bytes, bytes], repeated_headers: frozenset[bytes]
) -> Claims:
    authorization = headers.get(b"authorization")
    if authorization is None or b"authorization" in repeated_headers:
        raise TokenInvalidError(
            Problem("required", "Authorization", "send one header: Authorization: Bearer <AccessToken>")
        )
    if authorization[: len(SCHEME)].lower() != SCHEME:
        raise TokenInvalidError(Problem("invalid", "Authorization", "the scheme is Bearer, then the AccessToken"))
    try:
        return call.workspace.tokens.verify(authorization[len(SCHEME) :].decode("latin-1").strip(), "access", call.now)
    except TokenExpiredError as error:
        raise TokenExpiredError(
            Problem("expired", "Authorization", "the token has expired: POST /auth/refresh_token")
        ) from error
    except TokenInvalidError as error:
        raise TokenInvalidError(
            Problem(
                "invalid",
                "Authorization",
                "send the AccessToken of this server, no other token: POST /auth",
            )
        ) from error
