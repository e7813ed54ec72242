"""Signing in, with its two challenges, and refreshing."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, TypeAlias

from mock_server.domain import lifecycles
from mock_server.domain.errors import (
    AccountDisabled,
    InvalidCredentials,
    InvalidRequest,
    MfaRequired,
    PlatformError,
    Problem,
    RefreshTokenExpired,
    RefreshTokenInvalid,
    TokenExpired,
    TokenInvalid,
)
from mock_server.domain.models import Challenge, User
from mock_server.state.tokens import Use
from mock_server.state.workspace import Call

DISABLED_GROUP = "account-disabled"
CHALLENGE_LIFE = timedelta(seconds=180)
DECOY = "no user has this password"

Kind: TypeAlias = Literal["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens of a completed sign-in; `refresh_token` is None where one was used to get here."""

    access_token: str
    id_token: str
    refresh_token: str | None


def sign_in(call: Call, username: str, password: str) -> SignedIn | Challenge:
    """Check a name and a password. Rules: AUTH-01, AUTH-02, AUTH-03, AUTH-07.

    Raises InvalidCredentials, for an unknown user after the same work; AccountDisabled.
    """
    user = call.store.users.get(username)
    right = _same(user.password if user else DECOY, password)
    if user is None or not right:
        raise InvalidCredentials
    if DISABLED_GROUP in user.groups:
        raise AccountDisabled
    if user.mfa_token is not None:
        return _challenge(call, user, "SOFTWARE_TOKEN_MFA")
    if user.must_change_password:
        return _challenge(call, user, "NEW_PASSWORD_REQUIRED")
    return _signed_in(call, user)


def answer_mfa(call: Call, session: str, mfa_token: str) -> SignedIn | Challenge:
    """Answer the second factor; a password that must be changed is asked for next. Rules: AUTH-07, AUTH-08.

    Raises MfaRequired.
    """
    user = _spend(call, session, "SOFTWARE_TOKEN_MFA", MfaRequired)
    if not _same(user.mfa_token or "", mfa_token):
        raise MfaRequired(Problem("invalid", "mfa_token", "the code is wrong and the Session spent: sign in again"))
    if user.must_change_password:
        return _challenge(call, user, "NEW_PASSWORD_REQUIRED")
    return _signed_in(call, user)


def answer_new_password(call: Call, session: str, new_password: str) -> SignedIn:
    """Complete a sign-in by choosing a password. Rules: AUTH-07, AUTH-08.

    Raises InvalidCredentials; InvalidRequest where it is the old one.
    """
    user = _waiting(call, session, "NEW_PASSWORD_REQUIRED", InvalidCredentials)
    if _same(user.password, new_password):
        raise InvalidRequest(Problem("same", "new_password", "new_password must differ from the old one"))
    call.store.challenges.delete(session)
    changed = replace(user, password=new_password, must_change_password=False)
    call.store.users.put(changed)
    return _signed_in(call, changed)


def refresh(call: Call, token: str) -> SignedIn:
    """New tokens for a refresh token, which stays valid. Rules: AUTH-05, AUTH-06.

    Raises RefreshTokenInvalid, RefreshTokenExpired.
    """
    try:
        claims = call.workspace.tokens.believe(token, "refresh", call.now)
    except TokenExpired as expired:
        raise RefreshTokenExpired(Problem("expired", "token", "the refresh token is 30 days old: sign in")) from expired
    except TokenInvalid as invalid:
        raise RefreshTokenInvalid(
            Problem("invalid", "token", "token must be the RefreshToken that the sign-in answered")
        ) from invalid
    user = call.store.users.get(claims.username)
    if user is None:
        raise RefreshTokenInvalid
    return SignedIn(_token(call, user, "access"), _token(call, user, "id"), None)


def _same(expected: str, given: str) -> bool:
    """Compare by digests, so that neither length nor first difference shows in the time that it takes."""
    digests = (hashlib.sha256(text.encode()).digest() for text in (expected, given))
    return hmac.compare_digest(*digests)


def _challenge(call: Call, user: User, kind: Kind) -> Challenge:
    waiting = Challenge(
        session=call.ids.new("session"),
        kind=kind,
        username=user.username,
        expires_at=lifecycles.after(call.now, CHALLENGE_LIFE),
    )
    call.store.challenges.put(waiting)
    return waiting


def _waiting(call: Call, session: str, kind: Kind, refusal: type[PlatformError]) -> User:
    waiting = call.store.challenges.get(session)
    if waiting is None or waiting.kind != kind or waiting.expires_at <= call.now:
        raise refusal(Problem("session", "Session", "the Session is unknown, used or older than 180 s: sign in again"))
    user = call.store.users.get(waiting.username)
    if user is None:
        raise refusal
    return user


def _spend(call: Call, session: str, kind: Kind, refusal: type[PlatformError]) -> User:
    user = _waiting(call, session, kind, refusal)
    call.store.challenges.delete(session)
    return user


def _signed_in(call: Call, user: User) -> SignedIn:
    return SignedIn(_token(call, user, "access"), _token(call, user, "id"), _token(call, user, "refresh"))


def _token(call: Call, user: User, use: Use) -> str:
    return call.workspace.tokens.issue(user, use, call.now, call.ids.number("token"))
