"""Tokens: what is in them, how they are signed, and whether one may be believed at an instant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mock_server.domain.errors import TokenExpiredError, TokenInvalidError
from mock_server.domain.lifecycles import add_duration
from mock_server.domain.models import User

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"
ACCESS_LIFETIME = timedelta(seconds=3600)
"""Rule: AUTH-06."""
REFRESH_LIFETIME = timedelta(days=30)
"""Rules: AUTH-05, AUTH-06."""
CLIENT_ID = "wavetank"
MAX_TOKEN_LENGTH = 8192
COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""RFC 7515's compact form: three parts, without padding."""
MAX_CACHED_CLAIMS = 4096

TokenUse: TypeAlias = Literal["access", "id", "refresh"]
LIFETIMES = {"access": ACCESS_LIFETIME, "id": ACCESS_LIFETIME, "refresh": REFRESH_LIFETIME}


class SigningKey:
    """An RSA key, made when it is first needed: start-up does not pay for it."""

    @cached_property
    def private_key(self) -> "RSAPrivateKey":
        """The key that signs."""
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public_jwk(self, key_id: str) -> dict[str, str]:
        """The public half as RFC 7517 writes it, under the given `kid`."""
        from jwt.algorithms import RSAAlgorithm

        jwk: dict[str, Any] = RSAAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return {"kty": "RSA", "n": jwk["n"], "e": jwk["e"], "alg": ALGORITHM, "use": "sig", "kid": key_id}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token of ours says: who, in which groups, until when (seconds since 1970), and its number."""

    username: str
    groups: tuple[str, ...]
    expires: int
    token_number: int = 0


class Tokens:
    """Signs and believes the tokens of one workspace in one of its lives.

    `issuer` names both, so that a token of another workspace, or of before a reset, is refused.
    """

    def __init__(self, key: SigningKey, issuer: str) -> None:
        self._key = key
        self.issuer = issuer
        self._claims_cache: dict[tuple[str, TokenUse], Claims] = {}

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys that the workspace's tokens can be checked with."""
        return {"keys": [self._key.public_jwk(self.issuer)]}

    def issue(self, user: User, use: TokenUse, now: datetime, token_number: int) -> str:
        """A signed token for the user, from `now` on. Rules: AUTH-01, AUTH-03, AUTH-06."""
        import jwt

        claims: dict[str, object] = {
            "iss": self.issuer,
            "sub": user.sub,
            "token_use": use,
            "iat": int(now.timestamp()),
            "exp": int(add_duration(now, LIFETIMES[use]).timestamp()),
            "jti": f"{self.issuer}-{token_number}",
            "cognito:groups": list(user.groups),
        }
        if use == "id":
            claims |= {"aud": CLIENT_ID, "email": user.email, "cognito:username": user.username}
        else:
            claims |= {"client_id": CLIENT_ID, "username": user.username}
        return jwt.encode(claims, self._key.private_key, ALGORITHM, headers={"kid": self.issuer})

    def verify(self, token: str, use: TokenUse, now: datetime) -> Claims:
        """What the token says.

        Raises TokenInvalidError where it is not one of ours of that use, TokenExpiredError at its last second.
        Rules: AUTH-04, AUTH-06.
        """
        claims = self._claims_cache.get((token, use))
        if claims is None:
            claims = self._decode(token, use)
            if len(self._claims_cache) >= MAX_CACHED_CLAIMS:
                self._claims_cache.clear()
            self._claims_cache[token, use] = claims
        if claims.expires <= now.timestamp():
            raise TokenExpiredError
        return claims

    def username_of(self, token: str) -> str | None:
        """Whose access token of ours this is, expired or not; None where it is none."""
        try:
            return (self._claims_cache.get((token, "access")) or self._decode(token, "access")).username
        except TokenInvalidError:
            return None

    def _decode(self, token: str, use: TokenUse) -> Claims:
        import jwt

        if len(token) > MAX_TOKEN_LENGTH or not COMPACT_FORM.fullmatch(token):
            raise TokenInvalidError
        try:
            if jwt.get_unverified_header(token).get("kid") != self.issuer:
                raise TokenInvalidError
            claims = jwt.decode(
                token,
                self._key.private_key.public_key(),
                algorithms=[ALGORITHM],
                issuer=self.issuer,
                # The workspace's clock judges the instants, not the machine's.
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False, "verify_nbf": False},
            )
        except jwt.PyJWTError as error:
            raise TokenInvalidError from error
        return _parse_claims(claims, use)


def _parse_claims(claims: Mapping[str, object], use: TokenUse) -> Claims:
    username = claims.get("cognito:username" if use == "id" else "username")
    groups, expires = claims.get("cognito:groups"), claims.get("exp")
    if claims.get("token_use") != use or not isinstance(username, str):
        raise TokenInvalidError
    if not isinstance(groups, list) or not isinstance(expires, int):
        raise TokenInvalidError
    token_number = str(claims.get("jti", "")).rpartition("-")[2]
    return Claims(
        username, tuple(str(group) for group in groups), expires, int(token_number) if token_number.isdecimal() else 0
    )
