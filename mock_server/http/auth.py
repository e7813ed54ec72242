"""Authentication, and the partner of a request. Both use only the headers, so they run before a body is read."""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from mock_server.domain import scoping
from mock_server.domain.errors import (
    InvalidRequestError,
    PlatformError,
    Problem,
    TokenExpiredError,
    TokenInvalidError,
)
from mock_server.http.context import RequestContext
from mock_server.state.tokens import Claims

SCHEME = b"bearer "
PARTNER_HEADER = b"x-preferred-partner-id"
MAX_CACHED_HEADERS = 128
"""How many values of `Authorization` are cached. A client sends the same one with each request."""


def needs_token(path: str, method: str) -> bool:
    """Whether the request needs a token. See: AUTH-04, BASE-02, BASE-03 (OPTIONS requests always need one)."""
    if path == "/status/":
        return False
    return method == "OPTIONS" or not _is_sign_in(path)


def authenticate(context: RequestContext) -> None:
    """Refuse a missing, invalid or expired token with 401. Raises TokenInvalidError, TokenExpiredError.

    Implements: AUTH-04.
    """
    if context.claims is None and needs_token(context.path, context.method):
        context.claims = _verify_access_token(context, context.repeated_headers)
        context.groups, context.epoch = context.claims.groups, context.workspace.epoch


def scope_to_partner(context: RequestContext) -> None:
    """Refuse the request with 403 if the user may not act for the partner. See: PART-01, PART-02.

    A sign-in is for no partner; it has a token only if the method is OPTIONS. Raises NotAuthorizedError, or
    InvalidRequestError if the partner header is sent twice.
    """
    if context.claims is None or context.partner_id or (context.method == "OPTIONS" and _is_sign_in(context.path)):
        return
    if PARTNER_HEADER in context.repeated_headers:
        raise InvalidRequestError(Problem("duplicate", scoping.PARTNER_HEADER, "the header is sent twice"))
    partners = context.workspace.store.partners.mapping()
    context.partner_id = scoping.resolve_partner(context.claims.groups, partners, requested_partner(context.headers))


def identify(context: RequestContext) -> None:
    """Identify user and partner early, for rate limits and faults. Errors are ignored: a later step raises them."""
    with suppress(PlatformError):
        authenticate(context)
        scope_to_partner(context)


def require_same_epoch(context: RequestContext) -> None:
    """Refuse a request whose workspace was reset while its body was read. Raises TokenInvalidError. See: AUTH-04."""
    if context.epoch not in (0, context.workspace.epoch):
        raise TokenInvalidError(Problem("invalid", "Authorization", "the server was reset; sign in again: POST /auth"))


def requested_partner(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the partner that the header names, even if the user may not act for it."""
    value = headers.get(PARTNER_HEADER)
    return None if value is None else value.decode("latin-1")


def try_authenticate(context: RequestContext) -> Claims | None:
    """Return the claims of the request's access token, None if there is no valid token. See: AUTH-04, AUTH-06."""
    try:
        return context.claims or _verify_access_token(context, frozenset())
    except (TokenInvalidError, TokenExpiredError):
        return None


def _is_sign_in(path: str) -> bool:
    return path == "/auth" or path.startswith("/auth/")


def _verify_access_token(context: RequestContext, repeated_headers: frozenset[bytes]) -> Claims:
    authorization = context.headers.get(b"authorization")
    if authorization is None or b"authorization" in repeated_headers:
        raise TokenInvalidError(
            Problem("required", "Authorization", "send one header: Authorization: Bearer <AccessToken>")
        )
    token = _read_bearer_token(authorization)
    if token is None:
        raise TokenInvalidError(Problem("invalid", "Authorization", "must be Bearer, a space and the AccessToken"))
    try:
        return context.workspace.tokens.verify(token, "access", context.now)
    except TokenExpiredError as error:
        message = "the token has expired: POST /auth/refresh_token"
        raise TokenExpiredError(Problem("expired", "Authorization", message)) from error
    except TokenInvalidError as error:
        message = "not a valid AccessToken of this workspace; sign in: POST /auth"
        raise TokenInvalidError(Problem("invalid", "Authorization", message)) from error


@lru_cache(MAX_CACHED_HEADERS)
def _read_bearer_token(authorization: bytes) -> str | None:
    """Return the token in the header, None if the scheme is another."""
    if authorization[: len(SCHEME)].lower() != SCHEME:
        return None
    return authorization[len(SCHEME) :].decode("latin-1").strip()
