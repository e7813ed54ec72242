"""Signing in and refreshing, over HTTP."""

from typing import Annotated

from fastapi import Body
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall
from mock_server.operations import signin
from mock_server.platform_api.declaration import OperationSpec, operation
from mock_server.platform_api.schemas import signin as schemas


def declare(router: APIRouter) -> None:
    """Rules: AUTH-01, AUTH-05, AUTH-07."""

    @operation(
        router, "POST", "/auth", OperationSpec("signIn", error_statuses=(401, 403), has_body=True, is_public=True)
    )
    async def sign_in(
        call: CurrentCall, body: Annotated[schemas.Credentials, Body()]
    ) -> schemas.TokensBody | schemas.ChallengeBody:
        return schemas.sign_in_body(signin.sign_in(call, body.username, body.password))

    @operation(router, "POST", "/auth/refresh_token", OperationSpec("refreshToken", has_body=True, is_public=True))
    async def refresh_token(
        call: CurrentCall, body: Annotated[schemas.RefreshRequest, Body()]
    ) -> schemas.RefreshedTokensBody:
        return schemas.refreshed_tokens_body(signin.refresh(call, body.token))

    @operation(
        router,
        "PUT",
        "/auth/challenge/mfa-token",
        OperationSpec("answerMfaChallenge", error_statuses=(401,), has_body=True, is_public=True),
    )
    async def answer_mfa_challenge(
        call: CurrentCall, body: Annotated[schemas.MfaAnswer, Body()]
    ) -> schemas.TokensBody | schemas.ChallengeBody:
        return schemas.sign_in_body(signin.answer_mfa(call, body.Session, body.mfa_token))

    @operation(
        router,
        "PUT",
        "/auth/challenge/new-password",
        OperationSpec("answerNewPasswordChallenge", error_statuses=(401,), has_body=True, is_public=True),
    )
    async def answer_new_password_challenge(
        call: CurrentCall, body: Annotated[schemas.NewPasswordAnswer, Body()]
    ) -> schemas.TokensBody:
        return schemas.tokens_body(signin.answer_new_password(call, body.Session, body.new_password))
