"""Credentials, tokens and challenges on the wire."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.models import Challenge
from mock_server.http.fields import TEXT_PATTERN, ClosedModel, Text, closed
from mock_server.operations.signin import SignInResult


class Credentials(ClosedModel):
    """Rule: AUTH-01."""

    username: Text
    password: Text


class RefreshRequest(ClosedModel):
    """The field is `token`. Rule: AUTH-05."""

    token: Text


class MfaAnswer(ClosedModel):
    """Rule: AUTH-07."""

    Session: Text
    mfa_token: Text


class NewPasswordAnswer(ClosedModel):
    """Rules: AUTH-07, AUTH-08."""

    Session: Text
    new_password: Annotated[str, Field(min_length=1, max_length=256, pattern=TEXT_PATTERN)]


@closed
class MfaSettings(TypedDict):
    """Rule: AUTH-01."""

    required: bool


@closed
class TokensBody(TypedDict):
    """A completed sign-in. Rule: AUTH-01."""

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
    """New tokens; the refresh token does not rotate. Rule: AUTH-05."""

    AccessToken: str
    IdToken: str
    ExpiresIn: Literal[3600]
    TokenType: Literal["Bearer"]


@closed
class ChallengeBody(TypedDict):
    """What stands before the tokens. Rule: AUTH-07."""

    Challenge: Literal["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"]
    Session: str


def tokens_body(signed_in: SignInResult) -> TokensBody:
    """The answer to a completed sign-in."""
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
    """The answer to a refresh."""
    return {
        "AccessToken": signed_in.access_token,
        "IdToken": signed_in.id_token,
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    }


def sign_in_body(outcome: SignInResult | Challenge) -> TokensBody | ChallengeBody:
    """The answer to a sign-in."""
    if isinstance(outcome, Challenge):
        return {"Challenge": outcome.kind, "Session": outcome.session}
    return tokens_body(outcome)
