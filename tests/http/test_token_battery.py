"""Forged and damaged tokens. Where a claim is what is wrong, the token is signed with the server's own key.

Rules: AUTH-04, AUTH-05, AUTH-06.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.builders import SIGNING_KEY, a_workspace
from tests.example_requests import a_client, two_partners
from tests.mock_harness import Client

DROP = object()
"""The value of a claim or a header member that a forgery leaves out."""
LATER = 9_999_999_999
Forge: TypeAlias = Callable[["Forger"], str]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


@cache
def attackers_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Forger:
    """Makes tokens from a valid one. `use` is what the request expects: an access or a refresh token."""

    def __init__(self, client: Client, use: str) -> None:
        credentials = {"username": "partner@acme.example", "password": "wavetank"}
        self.tokens = client.send("POST", "/auth", json=credentials).json()
        self.client, self.valid = client, self.tokens["AccessToken" if use == "access" else "RefreshToken"]
        self.other_use = self.tokens["RefreshToken" if use == "access" else "AccessToken"]
        self.head, self.payload, self.signature = self.valid.split(".")
        self.header, self.claims = json.loads(decode(self.head)), json.loads(decode(self.payload))

    def sign(self, head: bytes, payload: bytes, key: rsa.RSAPrivateKey | None = None, digest: Any = None) -> str:
        """Sign any bytes, with the server's own key unless another is given."""
        signed = f"{encode(head)}.{encode(payload)}"
        signature = (key or SIGNING_KEY.private_key).sign(
            signed.encode(), padding.PKCS1v15(), digest or hashes.SHA256()
        )
        return f"{signed}.{encode(signature)}"

    def with_header(self, *, digest: Any = None, **changes: Any) -> str:
        return self.sign(dump(self.header, changes), decode(self.payload), digest=digest)

    def with_claims(self, **changes: Any) -> str:
        named = {name.replace("__", ":"): value for name, value in changes.items()}
        return self.sign(decode(self.head), dump(self.claims, named))

    def with_hmac(self, secret: bytes, algorithm: str = "HS256") -> str:
        """Sign with a public value as the secret of HMAC (algorithm confusion)."""
        signed = f"{encode(dump(self.header, {'alg': algorithm}))}.{self.payload}"
        digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
        return f"{signed}.{encode(hmac.new(secret, signed.encode(), digest).digest())}"

    def unsigned(self, algorithm: str) -> str:
        return f"{encode(dump(self.header, {'alg': algorithm}))}.{self.payload}."


def dump(members: dict[str, Any], changes: dict[str, Any]) -> bytes:
    changed = {name: value for name, value in {**members, **changes}.items() if value is not DROP}
    return json.dumps(changed, separators=(",", ":")).encode()


def public_key(encoding: Encoding, form: PublicFormat) -> bytes:
    return SIGNING_KEY.private_key.public_key().public_bytes(encoding, form)


SPKI, PKCS1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
JWK = SIGNING_KEY.public_jwk
CONFUSION: dict[str, Forge] = {
    "alg none": lambda f: f.unsigned("none"),
    "alg nOnE": lambda f: f.unsigned("nOnE"),
    "alg none, with a signature": lambda f: f.unsigned("none") + f.signature,
    "alg empty": lambda f: f.with_header(alg=""),
    "alg missing": lambda f: f.with_header(alg=DROP),
    "alg null": lambda f: f.with_header(alg=None),
    "alg a number": lambda f: f.with_header(alg=256),
    "alg an array": lambda f: f.with_header(alg=["RS256"]),
    "alg in lower case": lambda f: f.with_header(alg="rs256"),
    "RS384 with the right key": lambda f: f.with_header(alg="RS384", digest=hashes.SHA384()),
    "RS512 with the right key": lambda f: f.with_header(alg="RS512", digest=hashes.SHA512()),
    "PS256 named": lambda f: f.with_header(alg="PS256"),
    "ES256 named": lambda f: f.with_header(alg="ES256"),
    "HS256 with the public key, PEM": lambda f: f.with_hmac(public_key(Encoding.PEM, SPKI)),
    "HS256 with the public key, PEM without newline": lambda f: f.with_hmac(public_key(Encoding.PEM, SPKI).strip()),
    "HS256 with the public key, DER": lambda f: f.with_hmac(public_key(Encoding.DER, SPKI)),
    "HS256 with the public key, PKCS 1": lambda f: f.with_hmac(public_key(Encoding.PEM, PKCS1)),
    "HS256 with the public key, PKCS 1 DER": lambda f: f.with_hmac(public_key(Encoding.DER, PKCS1)),
    "HS256 with the JWK": lambda f: f.with_hmac(json.dumps(JWK(f.header["kid"])).encode()),
    "HS256 with the modulus": lambda f: f.with_hmac(decode(JWK("")["n"])),
    "HS256 with the modulus as text": lambda f: f.with_hmac(JWK("")["n"].encode()),
    "HS256 with no secret": lambda f: f.with_hmac(b""),
    "HS512 with the public key": lambda f: f.with_hmac(public_key(Encoding.PEM, SPKI), "HS512"),
}
HEADERS: dict[str, Forge] = {
    **{
        f"kid {'dropped' if kid is DROP else repr(kid)}": lambda f, kid=kid: f.with_header(kid=kid)  # type: ignore[misc] # a lambda's default
        for kid in (
            DROP,
            None,
            "",
            "other",
            1,
            [],
            {},
            "../../../../dev/null",
            "' OR '1'='1",
            "kid\n",
            "http://a.example",
        )
    },
    "jwk of the attacker": lambda f: f.sign(
        dump(f.header, {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}), decode(f.payload), attackers_key()
    ),
    "jwk, rightly signed": lambda f: f.with_header(jwk=JWK(f.header["kid"])),
    "jku": lambda f: f.with_header(jku="http://evil.example/jwks.json"),
    "x5u": lambda f: f.with_header(x5u="http://evil.example/cert.pem"),
    "x5c": lambda f: f.with_header(x5c=["AAAA"]),
    "crit": lambda f: f.with_header(crit=["exp"]),
    "crit of an unknown name": lambda f: f.with_header(crit=["x"], x=1),
    "b64 false": lambda f: f.with_header(b64=False, crit=["b64"]),
    "zip": lambda f: f.with_header(zip="DEF"),
    "enc": lambda f: f.with_header(enc="A256GCM"),
    "cty": lambda f: f.with_header(cty="JWT"),
    "typ missing": lambda f: f.with_header(typ=DROP),
    "typ of another token": lambda f: f.with_header(typ="at+jwt"),
    "a header that is an array": lambda f: f.sign(b"[]", decode(f.payload)),
    "a header that is a number": lambda f: f.sign(b"1", decode(f.payload)),
    "a header that is not JSON": lambda f: f.sign(b"{", decode(f.payload)),
    "a header that is not UTF-8": lambda f: f.sign(b'{"alg":"\xff"}', decode(f.payload)),
    "a header of nested arrays": lambda f: f.sign(b'{"alg":' + b"[" * 4000, decode(f.payload)),
}
CLAIMS: dict[str, Forge] = {
    **{
        f"{name} {value!r}" if value is not DROP else f"{name} missing": lambda f, name=name, value=value: (
            f.with_claims(  # type: ignore[misc] # a lambda's default
                **{name: value}
            )
        )
        for name, values in {
            "exp": (
                DROP,
                None,
                str(LATER),
                float(LATER),
                float("inf"),
                float("nan"),
                True,
                [LATER],
                {},
                0,
                -1,
                -(10**30),
            ),
            "iat": (DROP, None, "0", 0.5, float("inf"), True, []),
            "nbf": (LATER, 0, "0"),
            "iss": (DROP, None, "", "other", 1, ["default"], {}),
            "sub": (DROP, None, 1, ["sub-1"], {}),
            "token_use": (DROP, None, "", "id", "Access", "Refresh", ["access"], ["refresh"], 1),
            "username": (DROP, None, 1, ["partner@acme.example"], {}),
            "cognito__groups": (DROP, None, "fd-admin", {"fd-admin": 1}, [1], [None], [["fd-admin"]], ["fd-admin", 1]),
            "client_id": (DROP, None, "other", 1, ["wavetank"]),
            "aud": ("wavetank", ["wavetank"], "other"),
            "jti": (DROP, None, 1, "", "1", "other-1", "x-", ["a-1"]),
            "scope": ("admin",),
        }.items()
        for value in values
    },
    "claims that are an array": lambda f: f.sign(decode(f.head), b"[]"),
    "claims that are a number": lambda f: f.sign(decode(f.head), b"1"),
    "claims that are null": lambda f: f.sign(decode(f.head), b"null"),
    "claims that are not JSON": lambda f: f.sign(decode(f.head), b"{"),
    "no claims": lambda f: f.sign(decode(f.head), b"{}"),
    "empty claims": lambda f: f.sign(decode(f.head), b""),
    "claims that are not UTF-8": lambda f: f.sign(decode(f.head), b'{"iss":"\xff"}'),
    "nested claims": lambda f: f.sign(decode(f.head), b'{"iss":' + b"[" * 4000),
    "a number without end": lambda f: f.sign(decode(f.head), b'{"exp":' + b"9" * 5000 + b"}"),
    "a claim given twice": lambda f: f.sign(decode(f.head), decode(f.payload)[:-1] + b',"exp":1}'),
}
SHAPES: dict[str, Forge] = {
    "no signature": lambda f: f"{f.head}.{f.payload}.",
    "two parts": lambda f: f"{f.head}.{f.payload}",
    "four parts": lambda f: f"{f.valid}.AAAA",
    "five parts": lambda f: f"{f.valid}.AAAA.AAAA",
    "one part": lambda f: f.head,
    "only dots": lambda f: "..",
    "nothing": lambda f: "",
    "padded": lambda f: f"{f.head}.{f.payload}.{f.signature}==",
    "a space within": lambda f: f.valid.replace(".", ". "),
    "a truncated signature": lambda f: f.valid[:-4],
    "a longer signature": lambda f: f.valid + "AAAA",
    "another signature": lambda f: f"{f.head}.{f.payload}.{f.other_use.split('.')[2]}",
    "a flipped bit": lambda f: f"{f.head}.{f.payload}.{'B' if f.signature[0] == 'A' else 'A'}{f.signature[1:]}",
    "a changed payload": lambda f: f"{f.head}.{encode(dump(f.claims, {'cognito:groups': ['fd-admin']}))}.{f.signature}",
    "the other alphabet": lambda f: f"{f.head}.{f.payload}.+/{f.signature[2:]}",
    "an asterisk": lambda f: f"{f.valid[:-1]}*",
    "100 KiB": lambda f: f"{f.head}.{'A' * 100_000}.{f.signature}"[:20_000],
    "not ASCII": lambda f: f"{f.valid[:-1]}\u00e9",
    "a percent sign": lambda f: f.valid.replace(".", "%2E"),
    "given twice": lambda f: f"{f.valid} {f.valid}",
    "the scheme twice": lambda f: f"Bearer {f.valid}",
    "signed by an attacker": lambda f: f.sign(decode(f.head), decode(f.payload), attackers_key()),
    "the IdToken": lambda f: f.tokens["IdToken"],
    "the token for the other use": lambda f: f.other_use,
}
BATTERY = {**CONFUSION, **HEADERS, **CLAIMS, **SHAPES}
ENVELOPE = ["message", "error_code", "error_subcode", "validation_errors"]


@pytest.fixture(scope="module")
def forgers() -> dict[str, Forger]:
    return {use: Forger(a_client(), use) for use in ("access", "refresh")}


def use_token(client: Client, use: str, token: str) -> tuple[int, str]:
    """Send a token where it belongs, and return the status and the key of the error."""
    if use == "access":
        headers = [(b"authorization", b"Bearer " + token.encode("utf-8"))]
        client.headers = {}
        answer = client.send("GET", "/partners/", headers=headers)
        assert (answer.headers.get("www-authenticate") == "Bearer") is (answer.status_code == 401)
    else:
        answer = client.send("POST", "/auth/refresh_token", json={"token": token})
    assert answer.headers["x-request-id"]
    assert answer.status_code == 200 or list(answer.json()) == ENVELOPE
    return answer.status_code, "" if answer.status_code == 200 else answer.json()["message"]


@pytest.mark.parametrize("use", ["access", "refresh"])
@pytest.mark.parametrize("name", BATTERY)
def test_a_forged_token_is_refused(name: str, use: str, forgers: dict[str, Forger]) -> None:
    forger = forgers[use]
    status, key = use_token(forger.client, use, BATTERY[name](forger))
    assert status == (401 if use == "access" else 400)
    assert key in ("error.auth.token_invalid", "error.auth.token_expired", "error.request.invalid")
    assert use == "refresh" or key != "error.request.invalid"


@pytest.mark.parametrize("use", ["access", "refresh"])
def test_the_forger_can_make_a_token_that_is_accepted(use: str, forgers: dict[str, Forger]) -> None:
    """The battery would prove nothing if its tokens were refused for another reason than the named one."""
    forger = forgers[use]
    for token in (forger.valid, forger.with_header(), forger.with_claims(), forger.with_claims(exp=LATER)):
        assert use_token(forger.client, use, token) == (200, "")


@pytest.mark.parametrize("use", ["access", "refresh"])
@pytest.mark.parametrize("foreign", ["of another workspace", "of a namesake", "of before a reset", "of another server"])
def test_a_token_of_elsewhere_is_refused(foreign: str, use: str) -> None:
    client = a_client()
    assert client.control("POST", "/workspaces", json={"name": "other"}).status_code == 201
    if foreign == "of another server":
        token = Forger(Client(a_workspace(two_partners(), name="elsewhere")), use).valid
    else:
        token = Forger(client if foreign == "of before a reset" else client.for_workspace("other"), use).valid
    if foreign == "of a namesake":
        assert client.control("DELETE", "/workspaces/other").status_code == 204
        assert client.control("POST", "/workspaces", json={"name": "other"}).status_code == 201
        client = client.for_workspace("other")
    if foreign == "of before a reset":
        assert client.control("POST", "/reset").status_code == 200
    assert use_token(client, use, token)[0] == (401 if use == "access" else 400)


@pytest.mark.parametrize(
    "value", ["{}", "Token {}", "Basic {}", "Bearer{}", "Bearer", "Bearer ", "Digest {}", "Bearer, Bearer {}", ""]
)
def test_another_form_of_the_header_is_refused(value: str, forgers: dict[str, Forger]) -> None:
    forger = forgers["access"]
    forger.client.headers = {}
    answer = forger.client.send("GET", "/partners/", headers={"authorization": value.format(forger.valid)})
    assert (answer.status_code, list(answer.json())) == (401, ENVELOPE)


def test_a_token_elsewhere_than_in_one_header_is_refused(forgers: dict[str, Forger]) -> None:
    forger = forgers["access"]
    client, bearer = forger.client, f"Bearer {forger.valid}"
    client.headers = {}
    twice: Any = [("authorization", bearer), ("authorization", bearer)]
    for path, headers in (
        (f"/partners/?access_token={forger.valid}", {}),
        ("/partners/", {"cookie": f"AccessToken={forger.valid}"}),
        ("/partners/", {"x-authorization": bearer}),
        ("/partners/", twice),
    ):
        assert client.send("GET", path, headers=headers).status_code == 401


def test_the_battery_is_complete() -> None:
    assert len(BATTERY) > 120
