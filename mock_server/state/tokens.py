"""Tokens: their claims, how they are signed and how they are verified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from mock_server.domain.errors import TokenExpiredError, TokenInvalidError
from mock_server.domain.lifecycles import add_duration
from mock_server.domain.models import User

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"
ACCESS_LIFETIME = timedelta(seconds=3600)
"""See: AUTH-06."""
REFRESH_LIFETIME = timedelta(days=30)
"""See: AUTH-05, AUTH-06."""
CLIENT_ID = "wavetank"
MAX_TOKEN_LENGTH = 8192
COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""RFC 7515's compact form: three parts, without padding."""
MAX_CACHED_CLAIMS = 4096
"""Of how many tokens, of all workspaces together, the claims are kept."""
TOKEN_ID = re.compile(r"(.*)-([0-9]{1,18})", re.DOTALL)
"""The claim `jti`: the issuer and the token's number."""
CLAIM_TYPES = {"iss": str, "sub": str, "token_use": str, "iat": int, "exp": int, "jti": str, "cognito:groups": list}
ACCESS_CLAIM_TYPES = {"client_id": str, "username": str}
ID_CLAIM_TYPES = {"aud": str, "email": str, "cognito:username": str}
"""The claims of each token, and those that only access and refresh tokens, or only id tokens, have."""

TokenUse: TypeAlias = Literal["access", "id", "refresh"]
LIFETIMES = {"access": ACCESS_LIFETIME, "id": ACCESS_LIFETIME, "refresh": REFRESH_LIFETIME}


def check_pem(pem: bytes) -> None:
    """Raise ValueError if this is not a valid private key in PEM form."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    load_pem_private_key(pem, password=None)


class SigningKey:
    """An RSA key. It is generated, or read from `pem`, on first use, to keep start-up fast.

    Whether the numbers in `pem` are a valid key is not checked, because that takes longer than the rest of a start.
    """

    def __init__(self, pem: bytes | None = None) -> None:
        self._pem = pem
        self._claims_cache: dict[tuple[str, str, TokenUse], Claims] = {}

    def cached_claims(self, issuer: str, token: str, use: TokenUse) -> "Claims | None":
        """Return the claims of a token that was found valid for an issuer and a use, if they are still kept."""
        return self._claims_cache.get((issuer, token, use))

    def cache_claims(self, issuer: str, token: str, use: TokenUse, claims: "Claims") -> None:
        """Keep the claims of a valid token. If there are too many, the oldest go."""
        if len(self._claims_cache) >= MAX_CACHED_CLAIMS:
            del self._claims_cache[next(iter(self._claims_cache))]
        self._claims_cache[issuer, token, use] = claims

    @cached_property
    def private_key(self) -> "RSAPrivateKey":
        """The private key, which signs tokens."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        if self._pem is not None:
            load = serialization.load_pem_private_key
            return cast("RSAPrivateKey", load(self._pem, password=None, unsafe_skip_rsa_key_validation=True))
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def to_pem(self) -> bytes:
        """Return the private key in PEM form, without encryption."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_jwk(self, key_id: str) -> dict[str, str]:
        """Return the public key as a JSON Web Key (RFC 7517) with the given `kid`."""
        from jwt.algorithms import RSAAlgorithm

        jwk: dict[str, Any] = RSAAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return {"kty": "RSA", "n": jwk["n"], "e": jwk["e"], "alg": ALGORITHM, "use": "sig", "kid": key_id}


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a valid token. `expires` is in seconds since 1970."""

    username: str
    groups: tuple[str, ...]
    expires: int
    token_number: int = 0


class Tokens:
    """Signs and verifies the tokens of a workspace during its current epoch.

    `issuer` names the workspace and the epoch, so that tokens of another workspace or from before a reset are refused.
    """

    def __init__(self, key: SigningKey, issuer: str) -> None:
        self._key = key
        self.issuer = issuer

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys that verify the workspace's tokens."""
        return {"keys": [self._key.public_jwk(self.issuer)]}

    def issue(self, user: User, use: TokenUse, now: datetime, token_number: int) -> str:
        """Return a signed token for the user, valid from `now` on.

        See: AUTH-01, AUTH-06.
        Implements: AUTH-03.
        """
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
        """Verify a token and return its claims.

        Raises TokenInvalidError if this workspace did not issue the token for this use. Raises TokenExpiredError once
        the token's time of expiry is reached.

        See: AUTH-04.
        Implements: AUTH-06.
        """
        claims = self._key.cached_claims(self.issuer, token, use)
        if claims is None:
            claims = self._decode(token, use)
            self._key.cache_claims(self.issuer, token, use, claims)
        if claims.expires <= now.timestamp():
            raise TokenExpiredError
        return claims

    def username_of(self, token: str) -> str | None:
        """Return the username of an access token, even of an expired one. None if the token is invalid."""
        try:
            return (self._key.cached_claims(self.issuer, token, "access") or self._decode(token, "access")).username
        except TokenInvalidError:
            return None

    def _decode(self, token: str, use: TokenUse) -> Claims:
        import jwt

        if len(token) > MAX_TOKEN_LENGTH or not COMPACT_FORM.fullmatch(token):
            raise TokenInvalidError
        try:
            if jwt.get_unverified_header(token) != {"alg": ALGORITHM, "kid": self.issuer, "typ": "JWT"}:
                raise TokenInvalidError
            claims = jwt.decode(
                token,
                self._key.private_key.public_key(),
                algorithms=[ALGORITHM],
                issuer=self.issuer,
                # PyJWT would compare timestamps with the machine's clock. `verify` uses the workspace's clock.
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False, "verify_nbf": False},
            )
        except (jwt.PyJWTError, RecursionError) as error:
            raise TokenInvalidError from error
        return _parse_claims(claims, use)


def _parse_claims(claims: Mapping[str, object], use: TokenUse) -> Claims:
    """Return the claims if they have the names and types of an issued token, which the signature does not ensure."""
    own_types = CLAIM_TYPES | (ID_CLAIM_TYPES if use == "id" else ACCESS_CLAIM_TYPES)
    if claims.keys() != own_types.keys() or any(type(claims[name]) is not kind for name, kind in own_types.items()):
        raise TokenInvalidError
    username, groups, expires, jti = (
        cast("Any", claims[name])
        for name in ("cognito:username" if use == "id" else "username", "cognito:groups", "exp", "jti")
    )
    token_number = TOKEN_ID.fullmatch(jti)
    if claims["token_use"] != use or token_number is None or not all(type(group) is str for group in groups):
        raise TokenInvalidError
    if claims.get("aud" if use == "id" else "client_id") != CLIENT_ID or token_number[1] != claims["iss"]:
        raise TokenInvalidError
    return Claims(username, tuple(groups), expires, int(token_number[2]))
