"""The routes of sign-in and token refresh.

See: AUTH-01, AUTH-05, AUTH-07.
"""

from typing import Annotated

from fastapi import Body
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import signin
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import signin as schemas

router = APIRouter(route_class=OperationRoute)


@router.post("/auth", **operation("signIn", error_statuses=(401, 403), has_body=True, is_public=True))
async def sign_in(
    call: CurrentCall, body: Annotated[schemas.Credentials, Body()]
) -> schemas.TokensBody | schemas.ChallengeBody:
    return schemas.sign_in_body(signin.sign_in(call, body.username, body.password))


@router.post("/auth/refresh_token", **operation("refreshToken", has_body=True, is_public=True))
async def refresh_token(
    call: CurrentCall, body: Annotated[schemas.RefreshRequest, Body()]
) -> schemas.RefreshedTokensBody:
    return schemas.refreshed_tokens_body(signin.refresh(call, body.token))


@router.put(
    "/auth/challenge/mfa-token", **operation("answerMfaChallenge", error_statuses=(401,), has_body=True, is_public=True)
)
async def answer_mfa_challenge(
    call: CurrentCall, body: Annotated[schemas.MfaAnswer, Body()]
) -> schemas.TokensBody | schemas.ChallengeBody:
    return schemas.sign_in_body(signin.answer_mfa(call, body.Session, body.mfa_token))


@router.put(
    "/auth/challenge/new-password",
    **operation("answerNewPasswordChallenge", error_statuses=(401,), has_body=True, is_public=True),
)
async def answer_new_password_challenge(
    call: CurrentCall, body: Annotated[schemas.NewPasswordAnswer, Body()]
) -> schemas.TokensBody:
    return schemas.tokens_body(signin.answer_new_password(call, body.Session, body.new_password))
