"""Tokens: their claims, and forged tokens that the platform must reject."""

import base64
import json
import re
from typing import Any

from contracts.spec.breaches import charge_step
from contracts.spec.verdicts import BrokenRuleError
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
"""The constant fields of a completed sign-in. The other fields are its three tokens."""
PARTNER_GROUP = re.compile(r"partner-id-[^\s,]+|fd[0-9]+")
"""Matches groups that are partner ids."""
SPECIAL_GROUP = re.compile(r"fd-admin|back-office-admin|account-disabled|external-user|webapp-access-group-[0-9]+")


def sign_in(client: Client, credentials: UserCredentials) -> Claims:
    """Sign in. The status must be 200. Return the body."""
    response = client.call("signIn", body={"username": credentials.username, "password": credentials.password})
    if response.status_code != 200:
        raise charge_step("signIn", response.status_code, 200, f"{response.status_code} {response.text[:500]}")
    return dict(response.json())


def parse_claims(token: object) -> Claims:
    """Decode the claims of a JWT. Raises BrokenRuleError if the token is not a JWT."""
    parts = str(token).split(".")
    if len(parts) != 3 or not all(parts):
        raise BrokenRuleError("the form of a token", "a JWT of three parts", token)
    return _decode_object("second", parts[1], token)


def parse_header(token: object) -> Claims:
    """Decode the header of a JWT. Raises BrokenRuleError if it is not a JSON object."""
    return _decode_object("first", str(token).split(".")[0], token)


def partner_groups(token: object) -> list[str]:
    """Return the partner ids among the groups of an IdToken."""
    return [group for group in parse_claims(token).get("cognito:groups", []) if PARTNER_GROUP.fullmatch(group)]


def own_partner(token: object) -> str | None:
    """Return the partner that an IdToken's user acts for without the partner header. See: PART-03.

    None if the groups contain no partner or several, or if the token cannot be read.
    """
    try:
        partners = partner_groups(token)
    except (BrokenRuleError, TypeError):
        return None
    return partners[0] if len(partners) == 1 else None


def forge_admin_claims(token: str) -> str:
    """Return the token with admin claims and a later expiry, but with its original signature."""
    head, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    decoded = _decode(claims)
    if not isinstance(decoded, dict):
        return token[::-1]
    forged = {"cognito:groups": ["fd-admin"], "exp": decoded.get("exp", 0) + 86_400}
    return f"{head}.{_encode({**decoded, **forged})}.{signature}"


def strip_signature(token: str) -> str:
    """Return the token without a signature, and with the algorithm `none` in its header."""
    claims = token.split(".")[1] if token.count(".") == 2 else _encode({})
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def _decode_object(position: str, part: str, token: object) -> Claims:
    decoded = _decode(part)
    if not isinstance(decoded, dict):
        raise BrokenRuleError(f"the {position} part of a token", "a JSON object", token)
    return decoded


def _decode(part: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None


def _encode(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
