"""What a token says to whoever may read it, and tokens that nobody issued."""

import base64
import json
import re
from typing import Any

from contracts.dsl import assertions
from contracts.target.client import Client
from contracts.target.target import UserCredentials

Claims = dict[str, Any]
TOKEN_FIELDS = ("AccessToken", "IdToken", "RefreshToken")
SIGN_IN_CONSTANTS = {
    "ExpiresIn": 3600,
    "TokenType": "Bearer",
    "DeviceKey": None,
    "DeviceGroupKey": None,
    "mfa_settings": {"required": False},
}
"""What a completed sign-in answers: three tokens, and this beside them."""
PARTNER_GROUP = re.compile(r"partner-id-[^\s,]+|fd[0-9]+")
"""The groups that are partners."""
SPECIAL_GROUP = re.compile(r"fd-admin|back-office-admin|account-disabled|external-user|webapp-access-group-[0-9]+")


def sign_in(client: Client, credentials: UserCredentials) -> Claims:
    """The body of a person's sign-in, which must be 200."""
    response = client.call("signIn", body={"username": credentials.username, "password": credentials.password})
    assertions.status(response, 200)
    return dict(response.json())


def parse_claims(token: object) -> Claims:
    """What a JWT claims. Raises Broken for what is none."""
    parts = str(token).split(".")
    assertions.is_true("the token is a JWT: three parts", len(parts) == 3 and all(parts), seen=token)
    claims = _decode(parts[1])
    assertions.is_true("the token's second part is a JSON object", isinstance(claims, dict), seen=token)
    return dict(claims)


def parse_header(token: object) -> Claims:
    """A JWT's header."""
    header = _decode(str(token).split(".")[0])
    assertions.is_true("the token's first part is a JSON object", isinstance(header, dict), seen=token)
    return dict(header)


def partner_groups(token: object) -> list[str]:
    """The partners among the groups of an IdToken."""
    return [group for group in parse_claims(token).get("cognito:groups", []) if PARTNER_GROUP.fullmatch(group)]


def forge_admin_claims(token: str) -> str:
    """The token with claims that make its bearer an admin for longer, under the signature of the old ones."""
    head, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    decoded = _decode(claims)
    if not isinstance(decoded, dict):
        return token[::-1]
    forged = {"cognito:groups": ["fd-admin"], "exp": decoded.get("exp", 0) + 86_400}
    return f"{head}.{_encode({**decoded, **forged})}.{signature}"


def strip_signature(token: str) -> str:
    """The token as one that says of itself that it needs no signature."""
    claims = token.split(".")[1] if token.count(".") == 2 else _encode({})
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def _decode(part: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None


def _encode(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
