"""The platform's operations that sign in. `ws.api` signs in by itself; these are for tests of signing in."""

from typing import TYPE_CHECKING

from mock_server.client.connection import AwaitingPart, BlockingPart, Place
from mock_server.client.operation import ControlRequest, operation, same

if TYPE_CHECKING:
    from mock_server.client.responses import Challenge, RefreshedTokens, Tokens


class AuthOperations:
    """The operations that sign in."""

    _place: Place

    @operation("signIn")
    def sign_in(self, username: str, password: str | None = None) -> "ControlRequest[Tokens | Challenge]":
        """Sign in, by default with the sample users' password. Return tokens, or a challenge to answer."""
        credentials = {
            "username": username,
            "password": self._place.server.password if password is None else password,
        }
        return ControlRequest("POST", "/auth", same, credentials, api="platform")

    @operation("refreshToken")
    def refresh(self, refresh_token: str) -> "ControlRequest[RefreshedTokens]":
        """Return new access and id tokens for a refresh token."""
        return ControlRequest("POST", "/auth/refresh_token", same, {"token": refresh_token}, api="platform")

    @operation("answerMfaChallenge")
    def answer_mfa(self, session: str, mfa_token: str) -> "ControlRequest[Tokens | Challenge]":
        """Answer the challenge SOFTWARE_TOKEN_MFA. Return tokens, or the challenge to choose a new password."""
        answer = {"Session": session, "mfa_token": mfa_token}
        return ControlRequest("PUT", "/auth/challenge/mfa-token", same, answer, api="platform")

    @operation("answerNewPasswordChallenge")
    def answer_new_password(self, session: str, new_password: str) -> "ControlRequest[Tokens]":
        """Answer the challenge NEW_PASSWORD_REQUIRED. Return tokens."""
        answer = {"Session": session, "new_password": new_password}
        return ControlRequest("PUT", "/auth/challenge/new-password", same, answer, api="platform")


class Auth(AuthOperations, BlockingPart):
    """The sign-in operations of a workspace."""


class AsyncAuth(AuthOperations, AwaitingPart):
    """The sign-in operations of a workspace, awaited."""
