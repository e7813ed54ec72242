"""Sign-in operations: check a password, answer the challenges that may follow, and refresh tokens."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice, takewhile
from typing import Literal, TypeAlias

from mock_server.domain import lifecycles, passwords
from mock_server.domain.errors import (
    AccountDisabledError,
    InvalidCredentialsError,
    InvalidRequestError,
    MfaRequiredError,
    PlatformError,
    Problem,
    RefreshTokenExpiredError,
    RefreshTokenInvalidError,
    TokenExpiredError,
    TokenInvalidError,
)
from mock_server.domain.models import Challenge, User
from mock_server.state.tokens import TokenUse
from mock_server.state.workspace import OperationCall

DISABLED_GROUP = "account-disabled"
CHALLENGE_LIFETIME = timedelta(seconds=180)
MAX_CHALLENGES = 1_000
"""How many challenges a workspace keeps. On a frozen clock they never expire, so the oldest are dropped."""

ChallengeKind: TypeAlias = Literal["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"]


@dataclass(frozen=True, slots=True)
class SignInResult:
    """The tokens of a completed sign-in. After a refresh, `refresh_token` is None: the old token stays valid."""

    access_token: str
    id_token: str
    refresh_token: str | None


def sign_in(call: OperationCall, username: str, password: str) -> SignInResult | Challenge:
    """Check a username and a password; return tokens, or the challenge to answer next.

    Raises InvalidCredentialsError and AccountDisabledError. The check takes as long for an unknown user as for a wrong
    password.

    See: AUTH-01, AUTH-03, AUTH-07.
    Implements: AUTH-02.
    """
    user = call.store.users.get(username)
    if not _has_password(user, password) or user is None:
        raise InvalidCredentialsError
    if DISABLED_GROUP in user.groups:
        raise AccountDisabledError
    if user.mfa_token is not None:
        return _start_challenge(call, user, "SOFTWARE_TOKEN_MFA")
    if user.must_change_password:
        return _start_challenge(call, user, "NEW_PASSWORD_REQUIRED")
    return _issue_tokens(call, user)


def answer_mfa(call: OperationCall, session: str, mfa_token: str) -> SignInResult | Challenge:
    """Check the code of the second factor; return tokens, or the challenge to choose a new password.

    Raises MfaRequiredError. See: AUTH-07, AUTH-08.
    """
    user = _use_up_challenge(call, session, "SOFTWARE_TOKEN_MFA", MfaRequiredError)
    if not _is_same_secret(user.mfa_token or "", mfa_token):
        raise MfaRequiredError(
            Problem("invalid", "mfa_token", "the code is wrong and the Session is used up; sign in again")
        )
    if user.must_change_password:
        return _start_challenge(call, user, "NEW_PASSWORD_REQUIRED")
    return _issue_tokens(call, user)


def answer_new_password(call: OperationCall, session: str, new_password: str) -> SignInResult:
    """Set a new password and return tokens. See: AUTH-07, AUTH-08.

    Raises InvalidCredentialsError, or InvalidRequestError if the new password is the old password.
    """
    user = _find_challenged_user(call, session, "NEW_PASSWORD_REQUIRED", InvalidCredentialsError)
    if _has_password(user, new_password):
        raise InvalidRequestError(Problem("same", "new_password", "new_password must differ from the old one"))
    call.store.challenges.delete(session)
    new_hash = passwords.hash_password(new_password, passwords.derive_salt(session, user.username))
    changed = replace(user, password="", password_hash=new_hash, must_change_password=False)
    call.store.users.put(changed)
    return _issue_tokens(call, changed)


def refresh(call: OperationCall, token: str) -> SignInResult:
    """Return new access and id tokens for a refresh token, which stays valid.

    Raises RefreshTokenInvalidError, RefreshTokenExpiredError.

    See: AUTH-06.
    Implements: AUTH-05.
    """
    try:
        claims = call.workspace.tokens.verify(token, "refresh", call.now)
    except TokenExpiredError as expired:
        raise RefreshTokenExpiredError(
            Problem("expired", "token", "the refresh token has expired after 30 days; sign in again")
        ) from expired
    except TokenInvalidError as invalid:
        raise RefreshTokenInvalidError(
            Problem("invalid", "token", "token must be the RefreshToken of a sign-in")
        ) from invalid
    user = call.store.users.get(claims.username)
    if user is None:
        raise RefreshTokenInvalidError
    return SignInResult(_issue_token(call, user, "access"), _issue_token(call, user, "id"), None)


def _has_password(user: User | None, password: str) -> bool:
    """Whether this is the user's password. The check does the same work for each user, and for no user."""
    expected_hash = (user and user.password_hash) or passwords.DECOY_HASH
    has_hash = _is_same_secret(expected_hash, passwords.hash_like(password, expected_hash))
    is_configured = _is_same_secret(user.password if user else expected_hash, password)
    return user is not None and (is_configured if user.password_hash is None else has_hash)


def _is_same_secret(expected: str, given: str) -> bool:
    """Compare two secrets in constant time. Comparing digests also hides the lengths of the secrets."""
    digests = (hashlib.sha256(text.encode()).digest() for text in (expected, given))
    return hmac.compare_digest(*digests)


def _start_challenge(call: OperationCall, user: User, kind: ChallengeKind) -> Challenge:
    """Return a challenge whose session can be used once, within 180 s.

    Implements: AUTH-07.
    """
    _drop_expired_challenges(call)
    challenge = Challenge(
        session=call.ids.new("session"),
        kind=kind,
        username=user.username,
        expires_at=lifecycles.add_duration(call.now, CHALLENGE_LIFETIME),
    )
    call.store.challenges.put(challenge)
    return challenge


def _drop_expired_challenges(call: OperationCall) -> None:
    """Drop the challenges that have expired, so that their number is bounded. The earliest are the first to expire."""
    challenges = call.store.challenges
    for expired in list(takewhile(lambda challenge: challenge.expires_at <= call.now, challenges)):
        challenges.delete(expired.session)
    for oldest in list(islice(challenges, max(0, len(challenges) - MAX_CHALLENGES + 1))):
        challenges.delete(oldest.session)


def _find_challenged_user(call: OperationCall, session: str, kind: ChallengeKind, error: type[PlatformError]) -> User:
    """Return the user of a challenge. Raises `error` if the session is unknown, used, expired or of another kind.

    Implements: AUTH-08.
    """
    challenge = call.store.challenges.get(session)
    if challenge is None or challenge.kind != kind or challenge.expires_at <= call.now:
        raise error(
            Problem("session", "Session", "the Session is unknown, already used or older than 180 s; sign in again")
        )
    user = call.store.users.get(challenge.username)
    if user is None:
        raise error
    return user


def _use_up_challenge(call: OperationCall, session: str, kind: ChallengeKind, error: type[PlatformError]) -> User:
    user = _find_challenged_user(call, session, kind, error)
    call.store.challenges.delete(session)
    return user


def _issue_tokens(call: OperationCall, user: User) -> SignInResult:
    return SignInResult(
        _issue_token(call, user, "access"), _issue_token(call, user, "id"), _issue_token(call, user, "refresh")
    )


def _issue_token(call: OperationCall, user: User, use: TokenUse) -> str:
    return call.workspace.tokens.issue(user, use, call.now, call.ids.next_number("token"))
