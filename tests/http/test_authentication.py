"""The claims of tokens, and which tokens are accepted. Rules: AUTH-03, AUTH-04, AUTH-06."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.builders import ACME, BETA, START_TIME, a_user, a_workspace, a_world
from tests.example_requests import WITH_TOKEN, example_id
from tests.mock_harness import Client

GROUPS = [ACME, BETA, "fd1042", "external-user", "webapp-access-group-7"]
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def client():
    return Client(a_workspace(a_world(users=[a_user(groups=tuple(GROUPS)), a_user(username="one@acme.example")])))


@pytest.fixture(scope="module")
def tokens(client):
    return client.send("POST", "/auth", json={"username": "one@acme.example", "password": "wavetank"}).json()


@pytest.fixture(scope="module")
def public_key(client):
    return jwt.PyJWK(client.send_raw("GET", "/.well-known/jwks.json").json()["keys"][0])


def decode_token(token, public_key):
    """Return the claims of a token, without checking its times against the machine's clock."""
    options = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
    return jwt.decode(token, public_key.key, algorithms=["RS256"], options=options)


def send_authorization(client, value):
    return client.send("GET", "/events/", headers=[("Authorization", value)])


def is_refused(answer):
    body = answer.json()
    return (answer.status_code, body["message"], answer.headers["www-authenticate"]) == (
        401,
        "error.auth.token_invalid",
        "Bearer",
    )


def encode_part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_the_published_keys_hold_no_secret(client):
    """Rule: AUTH-03."""
    keys = client.send_raw("GET", "/.well-known/jwks.json").json()["keys"]
    assert [set(key) for key in keys] == [{"kty", "n", "e", "alg", "use", "kid"}]


@pytest.mark.parametrize("kind", ["AccessToken", "IdToken", "RefreshToken"])
def test_each_token_is_a_jwt_that_the_published_keys_verify(tokens, public_key, kind):
    """Rule: AUTH-03."""
    assert jwt.get_unverified_header(tokens[kind])["kid"] == public_key.key_id
    assert jwt.get_unverified_header(tokens[kind])["alg"] == "RS256"
    assert decode_token(tokens[kind], public_key)["sub"] == "sub-1"


def test_the_id_token_names_the_user_and_the_groups(client, public_key):
    """Rule: AUTH-03."""
    order = {"username": "partner@acme.example", "password": "wavetank"}
    claims = decode_token(client.send("POST", "/auth", json=order).json()["IdToken"], public_key)
    assert claims["cognito:groups"] == GROUPS
    assert (claims["sub"], claims["email"]) == ("sub-1", "partner@acme.example")


@pytest.mark.parametrize(("kind", "seconds"), [("AccessToken", 3600), ("IdToken", 3600), ("RefreshToken", 30 * 86_400)])
def test_a_token_bears_the_instants_of_the_workspaces_clock(tokens, public_key, kind, seconds):
    """Rule: AUTH-06."""
    claims = decode_token(tokens[kind], public_key)
    assert (claims["iat"], claims["exp"]) == (START_TIME.timestamp(), START_TIME.timestamp() + seconds)


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_each_operation_needs_a_token(client, example):
    """Rule: AUTH-04."""
    answer = example.send(client)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_access_token_is_believed(client, tokens, scheme):
    """Rule: AUTH-04. The scheme may be written in any case (RFC 9110)."""
    assert send_authorization(client, f"{scheme} {tokens['AccessToken']}").status_code == 200


@pytest.mark.parametrize("kind", ["IdToken", "RefreshToken"])
def test_another_token_in_its_place_is_refused(client, tokens, kind):
    """Rule: AUTH-04."""
    assert is_refused(send_authorization(client, f"Bearer {tokens[kind]}"))


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "Basic {}",
        "Token {}",
        "Bearer",
        "Bearer ",
        "Bearer{}",
        "Bearer {}x",
        "Bearer x{}",
        "Bearer {} {}",
        "Bearer {},",
        'Bearer "{}"',
        "Bearer null",
        "Bearer a.b.c",
        "Bearer ..",
        "",
        "Bearer " + "x" * 20000,
    ],
)
def test_another_form_of_the_header_is_refused(client, tokens, form):
    """Rule: AUTH-04."""
    assert is_refused(send_authorization(client, form.replace("{}", tokens["AccessToken"])))


@pytest.mark.parametrize("raw", [b"Bearer \xff\xfe", "Bearer é".encode(), b"Bearer a\tb"])
def test_bytes_that_are_no_token_are_refused(client, raw):
    """Rule: AUTH-04."""
    assert is_refused(send_authorization(client, raw))


def test_two_headers_are_refused(client, tokens):
    """Rule: AUTH-04: it would be unclear which of the two headers counts."""
    one = ("Authorization", f"Bearer {tokens['AccessToken']}")
    assert is_refused(client.send("GET", "/events/", headers=[one, one]))


def test_a_token_in_the_query_is_none(client, tokens):
    """Rule: AUTH-04."""
    assert client.send("GET", f"/events/?access_token={tokens['AccessToken']}").status_code == 401


def split_token(token):
    header, claims, signature = token.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) for text in (header, claims)]
    return *decoded, signature


def unsigned(token, public_key):
    header, claims, _ = split_token(token)
    return f"{encode_part({**header, 'alg': 'none'})}.{encode_part(claims)}."


def signed_with_the_public_key(token, public_key):
    header, claims, _ = split_token(token)
    pem = public_key.key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    start = f"{encode_part({**header, 'alg': 'HS256'})}.{encode_part(claims)}"
    mac = jwt.get_algorithm_by_name("HS256")
    return f"{start}.{base64.urlsafe_b64encode(mac.sign(start.encode(), pem)).rstrip(b'=').decode()}"


def signed_with_another_key(token, public_key):
    header, claims, _ = split_token(token)
    return jwt.encode(claims, OTHER_KEY, "RS256", headers={"kid": header["kid"]})


def with_embedded_key(token, public_key):
    _, claims, _ = split_token(token)
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key()))
    return jwt.encode(claims, OTHER_KEY, "RS256", headers={"kid": public_key.key_id, "jwk": jwk})


def with_more_groups(token, public_key):
    header, claims, signature = split_token(token)
    return f"{encode_part(header)}.{encode_part({**claims, 'cognito:groups': ['fd-admin']})}.{signature}"


def with_longer_expiry(token, public_key):
    header, claims, signature = split_token(token)
    return f"{encode_part(header)}.{encode_part({**claims, 'exp': claims['exp'] * 2})}.{signature}"


def with_other_key_id(token, public_key):
    header, claims, _ = split_token(token)
    return jwt.encode(claims, OTHER_KEY, "RS256", headers={**header, "kid": "other"})


def without_signature(token, public_key):
    return token[: token.rindex(".") + 1]


def with_critical_header(token, public_key):
    header, claims, signature = split_token(token)
    return f"{encode_part({**header, 'crit': ['b64'], 'b64': False})}.{encode_part(claims)}.{signature}"


def with_non_text_key_id(token, public_key):
    header, claims, signature = split_token(token)
    return f"{encode_part({**header, 'kid': {'a': 1}})}.{encode_part(claims)}.{signature}"


def of_nested_brackets(token, public_key):
    deep = base64.urlsafe_b64encode(b"[" * 1400 + b"]" * 1400).rstrip(b"=").decode()
    return f"{deep}.{deep}.{deep}"


FORGERIES = (
    unsigned,
    signed_with_the_public_key,
    signed_with_another_key,
    with_embedded_key,
    with_more_groups,
    with_longer_expiry,
    with_other_key_id,
    without_signature,
    with_critical_header,
    with_non_text_key_id,
    of_nested_brackets,
)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.replace("_", " "))
def test_a_forged_token_is_refused(client, tokens, public_key, forge):
    """Rule: AUTH-04."""
    forged = forge(tokens["AccessToken"], public_key)
    assert is_refused(send_authorization(client, f"Bearer {forged}"))
    assert client.send("POST", "/auth/refresh_token", json={"token": forged}).status_code == 400


@pytest.mark.parametrize("place", ["header", "claims", "signature"])
def test_a_token_with_one_character_changed_is_refused(client, tokens, place):
    """Rule: AUTH-04."""
    parts = dict(zip(("header", "claims", "signature"), tokens["AccessToken"].split("."), strict=True))
    text = parts[place]
    parts[place] = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    assert is_refused(send_authorization(client, f"Bearer {'.'.join(parts.values())}"))


def test_a_token_of_another_workspace_is_refused(client):
    """Rule: AUTH-04. Both workspaces sign with the same key."""
    other = Client(a_workspace(name="other")).sign_in()
    assert is_refused(send_authorization(client, other.headers["Authorization"]))


def test_a_token_of_before_a_reset_is_refused():
    """Rule: AUTH-04: a token from before a reset is still refused after a second reset."""
    client = Client(a_workspace()).sign_in()
    old = client.headers["Authorization"]
    client.headers = {}
    for _ in range(2):
        client.control("POST", "/reset")
        assert is_refused(send_authorization(client, old))
