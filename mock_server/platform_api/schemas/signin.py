"""Request and response formats of sign-in: credentials, tokens and challenges."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.models import Challenge
from mock_server.http.fields import TEXT_PATTERN, ClosedModel, Text, closed, extensible
from mock_server.operations.signin import SignInResult


class Credentials(ClosedModel):
    """Request body of a sign-in. See: AUTH-01."""

    username: Text
    password: Text


class RefreshRequest(ClosedModel):
    """Request body that refreshes tokens. The field is `token`, not `refresh_token`. The device keys are ignored.

    See: AUTH-05.
    """

    token: Text
    device_key: Text | None = None
    device_group_key: Text | None = None


class MfaAnswer(ClosedModel):
    """Request body that answers the MFA challenge. See: AUTH-07."""

    Session: Text
    mfa_token: Text


class NewPasswordAnswer(ClosedModel):
    """Request body that answers the new-password challenge. See: AUTH-07, AUTH-08."""

    Session: Text
    new_password: Annotated[str, Field(min_length=1, max_length=256, pattern=TEXT_PATTERN)]


@extensible
class MfaSettings(TypedDict):
    """The `mfa_settings` member of the tokens. On the platform it contains further members. See: AUTH-01."""

    required: bool


@closed
class TokensBody(TypedDict):
    """Response body of a completed sign-in. See: AUTH-01."""

    AccessToken: str
    IdToken: str
    RefreshToken: str
    ExpiresIn: Literal[3600]
    TokenType: Literal["Bearer"]
    DeviceKey: None
    DeviceGroupKey: None
    mfa_settings: MfaSettings


@closed
class RefreshedTokensBody(TypedDict):
    """Response body of a refresh. It contains no RefreshToken, because the old one stays valid. See: AUTH-05."""

    AccessToken: str
    IdToken: str
    ExpiresIn: Literal[3600]
    TokenType: Literal["Bearer"]


@closed
class ChallengeBody(TypedDict):
    """Response body: a challenge to answer before tokens are issued. See: AUTH-07."""

    Challenge: Literal["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"]
    Session: str


def tokens_body(signed_in: SignInResult) -> TokensBody:
    """Build the response body of a completed sign-in.

    Implements: AUTH-01.
    """
    return {
        "AccessToken": signed_in.access_token,
        "IdToken": signed_in.id_token,
        "RefreshToken": signed_in.refresh_token or "",
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
        "DeviceKey": None,
        "DeviceGroupKey": None,
        "mfa_settings": {"required": False},
    }


def refreshed_tokens_body(signed_in: SignInResult) -> RefreshedTokensBody:
    """Build the response body of a refresh."""
    return {
        "AccessToken": signed_in.access_token,
        "IdToken": signed_in.id_token,
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    }


def sign_in_body(outcome: SignInResult | Challenge) -> TokensBody | ChallengeBody:
    """Build the response body of a sign-in: tokens or a challenge."""
    if isinstance(outcome, Challenge):
        return {"Challenge": outcome.kind, "Session": outcome.session}
    return tokens_body(outcome)
