"""Defects in refreshing tokens, and in how long tokens are valid."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from mock_server.domain import errors
from mock_server.domain.errors import NotAuthorizedError, RefreshTokenInvalidError, TokenExpiredError
from mock_server.http import auth
from mock_server.http import errors as statuses
from mock_server.http.fields import ClosedModel, Text
from mock_server.operations import signin
from mock_server.platform_api.routes import signin as routes
from mock_server.platform_api.schemas import signin as schemas
from mock_server.state import tokens
from mock_server.state.tokens import Claims, Tokens
from tests.defects.registry import Patch, defect
from tests.defects.sign_in_tokens import accept_uses


def replace_expiry(patch: Patch, use: str, is_expired) -> None:
    """Decide with `is_expired(expires, now)`, in seconds since 1970, when a token of this use expires."""

    def verify(self, token, expected_use, now):
        claims = self._decode(token, expected_use)
        expired = (
            is_expired(claims.expires, now.timestamp()) if expected_use == use else claims.expires <= now.timestamp()
        )
        if expired:
            raise TokenExpiredError
        return claims

    patch.replace(Tokens, "verify", verify)


# AUTH-05


@defect("AUTH-05")
def refresh_takes_refresh_token(patch: Patch) -> None:
    """The body of a refresh must contain the field `refresh_token` instead of `token`."""

    class RefreshRequest(ClosedModel):
        refresh_token: Text

        @property
        def token(self):
            return self.refresh_token

    patch.replace(routes.schemas, "RefreshRequest", RefreshRequest)


@defect("AUTH-05")
def refresh_takes_either_field(patch: Patch) -> None:
    """The body of a refresh may contain the field `refresh_token` instead of `token`."""

    class RefreshRequest(ClosedModel):
        token: Text = ""
        refresh_token: Text = ""

    patch.replace(routes.schemas, "RefreshRequest", RefreshRequest)
    patch.wrap(schemas.RefreshRequest, "__getattribute__", _accept_either_field)


def _accept_either_field(original):
    def read(self, name):
        value = original(self, name)
        return original(self, "refresh_token") if name == "token" and value == "" else value

    return read


@defect("AUTH-05", part="AUTH-05.device_keys")
def refresh_refuses_device_keys(patch: Patch) -> None:
    """`device_key` and `device_group_key` are refused as unknown fields."""

    class RefreshRequest(ClosedModel):
        token: Text

    patch.replace(routes.schemas, "RefreshRequest", RefreshRequest)


@defect("AUTH-05", part="AUTH-05.device_keys")
def refresh_refuses_device_keys_of_null(patch: Patch) -> None:
    """`device_key` and `device_group_key` may be left out but not null."""

    class RefreshRequest(ClosedModel):
        token: Text
        device_key: Text = ""
        device_group_key: Text = ""

    patch.replace(routes.schemas, "RefreshRequest", RefreshRequest)


@defect("AUTH-05", part="AUTH-05.device_keys_ignored")
def refresh_looks_the_device_up(patch: Patch) -> None:
    """A refresh with a `device_key` is refused, because the sign-in issued none."""

    class RefreshRequest(schemas.RefreshRequest):
        device_key: Annotated[str | None, Field(max_length=0)] = None

    patch.replace(routes.schemas, "RefreshRequest", RefreshRequest)


@defect("AUTH-05")
def refresh_looks_up_whatever_comes(patch: Patch) -> None:
    """The type of `token` is not checked, so a number raises an error in the server."""

    class RefreshRequest(ClosedModel):
        token: Any

    patch.replace(routes.schemas, "RefreshRequest", RefreshRequest)


@defect("AUTH-05")
def refresh_token_rotates(patch: Patch) -> None:
    """A refresh returns a new RefreshToken and invalidates the old one."""
    spent: set[str] = set()

    def wrap(original):
        def refresh(call, token):
            if token in spent:
                raise RefreshTokenInvalidError
            found = original(call, token)
            spent.add(token)
            user = call.store.users.get(call.workspace.tokens.verify(token, "refresh", call.now).username)
            return replace(found, refresh_token=signin._issue_token(call, user, "refresh"))

        return refresh

    patch.wrap(signin, "refresh", wrap)
    patch.wrap(
        schemas,
        "refreshed_tokens_body",
        lambda right: lambda found: {**right(found), "RefreshToken": found.refresh_token},
    )


@defect("AUTH-05")
def refresh_token_works_once(patch: Patch) -> None:
    """A refresh token can be used only once."""
    spent: set[str] = set()

    def wrap(original):
        def refresh(call, token):
            if token in spent:
                raise RefreshTokenInvalidError
            spent.add(token)
            return original(call, token)

        return refresh

    patch.wrap(signin, "refresh", wrap)


@defect("AUTH-05", "AUTH-06")
def refresh_token_dies_after_a_day(patch: Patch) -> None:
    """A refresh token is valid for one day."""
    patch.replace(tokens, "LIFETIMES", {**tokens.LIFETIMES, "refresh": timedelta(days=1)})


@defect("AUTH-05", "AUTH-06")
def refresh_token_never_dies(patch: Patch) -> None:
    """A refresh token never expires."""
    replace_expiry(patch, "refresh", lambda expires, now: False)


@defect("AUTH-05")
def refresh_token_lives_from_its_last_use(patch: Patch) -> None:
    """Each refresh extends the lifetime of the refresh token."""
    used: dict[str, float] = {}

    def believe(self, token, use, now):
        claims = self._decode(token, use)
        expires = used.get(token, claims.expires) if use == "refresh" else claims.expires
        if expires <= now.timestamp():
            raise TokenExpiredError
        if use == "refresh":
            used[token] = now.timestamp() + 30 * 86_400
        return claims

    patch.replace(Tokens, "verify", believe)


@defect("AUTH-05")
def refresh_needs_the_partner_header(patch: Patch) -> None:
    """A refresh without a partner header fails unless the user has exactly one partner."""

    def wrap(original):
        def refresh(call, token):
            found = original(call, token)
            groups = call.workspace.tokens.verify(token, "refresh", call.now).groups
            if sum(group in call.store.partners.mapping() for group in groups) != 1:
                raise NotAuthorizedError
            return found

        return refresh

    patch.wrap(signin, "refresh", wrap)


@defect("AUTH-05")
def refresh_takes_an_access_token(patch: Patch) -> None:
    """A refresh accepts an AccessToken."""
    accept_uses(patch, lambda use: ("refresh", "access") if use == "refresh" else (use,))


@defect("AUTH-05")
def refresh_takes_an_id_token(patch: Patch) -> None:
    """A refresh accepts an IdToken."""
    accept_uses(patch, lambda use: ("refresh", "id") if use == "refresh" else (use,))


@defect("AUTH-05", "ERR-03")
def refresh_fails_with_401(patch: Patch) -> None:
    """A refresh with an invalid or expired token returns 401."""
    unauthorized = {errors.RefreshTokenInvalidError: 401, errors.RefreshTokenExpiredError: 401}
    patch.replace(statuses, "ERROR_STATUSES", {**statuses.ERROR_STATUSES, **unauthorized})


@defect("AUTH-05")
def refresh_gives_the_same_tokens_again(patch: Patch) -> None:
    """A refresh in the same second as the sign-in returns the same tokens."""

    def wrap(original):
        def issue(self, user, use, now, serial):
            return original(self, user, use, now, 1)

        return issue

    patch.wrap(Tokens, "issue", wrap)


@defect("AUTH-05")
def refreshed_id_token_has_no_groups(patch: Patch) -> None:
    """The IdToken that a refresh returns contains no groups."""

    def wrap(original):
        def refresh(call, token):
            found = original(call, token)
            claims = call.workspace.tokens.verify(token, "refresh", call.now)
            user = replace(call.store.users.get(claims.username), groups=())
            return replace(found, id_token=signin._issue_token(call, user, "id"))

        return refresh

    patch.wrap(signin, "refresh", wrap)


@defect("AUTH-05")
def refresh_says_how_long_is_left(patch: Patch) -> None:
    """`ExpiresIn` of a refresh is the remaining lifetime of the refresh token."""
    patch.wrap(schemas, "refreshed_tokens_body", lambda right: lambda found: {**right(found), "ExpiresIn": 30 * 86_400})


# AUTH-06


@defect("AUTH-06")
def access_token_is_good_at_exactly_its_age(patch: Patch) -> None:
    """An access token is still accepted at the second of its `exp`."""
    replace_expiry(patch, "access", lambda expires, now: expires < now)


@defect("AUTH-06")
def refresh_token_is_good_at_exactly_its_age(patch: Patch) -> None:
    """A refresh token is still accepted exactly 30 days after it was issued."""
    replace_expiry(patch, "refresh", lambda expires, now: expires < now)


@defect("AUTH-06")
def access_token_never_dies(patch: Patch) -> None:
    """An access token never expires."""
    replace_expiry(patch, "access", lambda expires, now: False)


@defect("AUTH-06")
def access_token_has_a_minutes_grace(patch: Patch) -> None:
    """An access token is accepted until a minute after its `exp`."""
    replace_expiry(patch, "access", lambda expires, now: expires + 60 <= now)


@defect("AUTH-06")
def access_token_dies_after_half_an_hour(patch: Patch) -> None:
    """An access token is valid for 1800 s, although `ExpiresIn` is 3600."""
    patch.replace(tokens, "LIFETIMES", {**tokens.LIFETIMES, "access": timedelta(seconds=1800)})


@defect("AUTH-06")
def access_token_once_believed_is_believed(patch: Patch) -> None:
    """A token that was accepted once is accepted even after it has expired."""
    believed: dict[tuple[str, str], Claims] = {}

    def wrap(original):
        def believe(self, token, use, now):
            if (token, use) not in believed:
                believed[token, use] = original(self, token, use, now)
            return believed[token, use]

        return believe

    patch.wrap(Tokens, "verify", wrap)


@defect("AUTH-06")
def refreshed_token_dies_with_the_first(patch: Patch) -> None:
    """The access token that a refresh returns expires together with the previous access token."""
    born: dict[str, Any] = {}

    def wrap(original):
        def issue(self, user, use, now, serial):
            first = born.setdefault(f"{self.issuer}{user.username}", now)
            return original(self, user, use, first if use == "access" and (now - first).days < 1 else now, serial)

        return issue

    patch.wrap(Tokens, "issue", wrap)


@defect("AUTH-06")
def tokens_live_while_they_are_used(patch: Patch) -> None:
    """Each use of an access token extends its lifetime by an hour."""
    used: dict[str, float] = {}

    def believe(self, token, use, now):
        claims = self._decode(token, use)
        if max(claims.expires, used.get(token, 0)) <= now.timestamp():
            raise TokenExpiredError
        if use == "access":
            used[token] = now.timestamp() + 3600
        return claims

    patch.replace(Tokens, "verify", believe)


@defect("AUTH-06")
def only_reads_look_at_the_age(patch: Patch) -> None:
    """An expired token is accepted for writes."""
    reading: list[bool] = []
    patch.wrap(
        auth,
        "needs_token",
        lambda right: lambda path, method: reading.append(method == "GET") or right(path, method),
    )
    replace_expiry(patch, "access", lambda expires, now: reading[-1] and expires <= now)
