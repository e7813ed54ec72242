"""What a token says to whoever may read it, and tokens that nobody issued."""

import base64
import json
import re
from typing import Any

from contracts.dsl import assertions
from contracts.target.client import Client
from contracts.target.target import Person

Claims = dict[str, Any]
TOKENS = ("AccessToken", "IdToken", "RefreshToken")
REST = {
    "ExpiresIn": 3600,
    "TokenType": "Bearer",
    "DeviceKey": None,
    "DeviceGroupKey": None,
    "mfa_settings": {"required": False},
}
"""What a completed sign-in answers: three tokens, and this beside them."""
PARTNER = re.compile(r"partner-id-[^\s,]+|fd[0-9]+")
"""The groups that are partners."""
SPECIAL = re.compile(r"fd-admin|back-office-admin|account-disabled|external-user|webapp-access-group-[0-9]+")


def signed_in(client: Client, person: Person) -> Claims:
    """The body of a person's sign-in, which must be 200."""
    answer = client.call("signIn", body={"username": person.username, "password": person.password})
    assertions.status(answer, 200)
    return dict(answer.json())


def claims_of(token: object) -> Claims:
    """What a JWT claims. Raises Broken for what is none."""
    parts = str(token).split(".")
    assertions.that("the token is a JWT: three parts", len(parts) == 3 and all(parts), seen=token)
    claims = _read(parts[1])
    assertions.that("the token's second part is a JSON object", isinstance(claims, dict), seen=token)
    return dict(claims)


def header_of(token: object) -> Claims:
    """A JWT's header."""
    header = _read(str(token).split(".")[0])
    assertions.that("the token's first part is a JSON object", isinstance(header, dict), seen=token)
    return dict(header)


def partners_in(token: object) -> list[str]:
    """The partners among the groups of an IdToken."""
    return [group for group in claims_of(token).get("cognito:groups", []) if PARTNER.fullmatch(group)]


def altered(token: str) -> str:
    """The token with claims that make its bearer an admin for longer, under the signature of the old ones."""
    head, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    read = _read(claims)
    if not isinstance(read, dict):
        return token[::-1]
    more = {"cognito:groups": ["fd-admin"], "exp": read.get("exp", 0) + 86_400}
    return f"{head}.{_written({**read, **more})}.{signature}"


def unsigned(token: str) -> str:
    """The token as one that says of itself that it needs no signature."""
    claims = token.split(".")[1] if token.count(".") == 2 else _written({})
    return f"{_written({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def _read(part: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None


def _written(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
