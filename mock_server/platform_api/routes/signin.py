"""Signing in and refreshing, over HTTP."""

from typing import Annotated

from fastapi import Body
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import signin
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import signin as schemas


def declare(router: APIRouter) -> None:
    """Rules: AUTH-01, AUTH-05, AUTH-07."""

    @operation(router, "POST", "/auth", Declared("signIn", refuses=(401, 403), body=True, public=True))
    async def sign_in(
        call: CallNow, body: Annotated[schemas.Credentials, Body()]
    ) -> schemas.TokensBody | schemas.ChallengeBody:
        return schemas.signed_in_or_challenge(signin.sign_in(call, body.username, body.password))

    @operation(router, "POST", "/auth/refresh_token", Declared("refreshToken", body=True, public=True))
    async def refresh_token(
        call: CallNow, body: Annotated[schemas.RefreshRequest, Body()]
    ) -> schemas.RefreshedTokensBody:
        return schemas.refreshed(signin.refresh(call, body.token))

    @operation(
        router,
        "PUT",
        "/auth/challenge/mfa-token",
        Declared("answerMfaChallenge", refuses=(401,), body=True, public=True),
    )
    async def answer_mfa_challenge(
        call: CallNow, body: Annotated[schemas.MfaAnswer, Body()]
    ) -> schemas.TokensBody | schemas.ChallengeBody:
        return schemas.signed_in_or_challenge(signin.answer_mfa(call, body.Session, body.mfa_token))

    @operation(
        router,
        "PUT",
        "/auth/challenge/new-password",
        Declared("answerNewPasswordChallenge", refuses=(401,), body=True, public=True),
    )
    async def answer_new_password_challenge(
        call: CallNow, body: Annotated[schemas.NewPasswordAnswer, Body()]
    ) -> schemas.TokensBody:
        return schemas.tokens(signin.answer_new_password(call, body.Session, body.new_password))
