"""What a token says, and which ones are believed. Rules: AUTH-03, AUTH-04, AUTH-06."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.api.examples import WITH_TOKEN, named
from tests.builders import ACME, BETA, BIRTH, a_user, a_workspace, a_world
from tests.served import Client

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
    return jwt.PyJWK(client.raw("GET", "/.well-known/jwks.json").json()["keys"][0])


def verified(token, public_key):
    """The token's claims; the workspace's clock, not the machine's, judges its instants."""
    options = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
    return jwt.decode(token, public_key.key, algorithms=["RS256"], options=options)


def asked(client, value):
    return client.send("GET", "/events/", headers=[("Authorization", value)])


def refused(answer):
    body = answer.json()
    return (answer.status_code, body["message"], answer.headers["www-authenticate"]) == (
        401,
        "error.auth.token_invalid",
        "Bearer",
    )


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_the_published_keys_hold_no_secret(client):
    """Rule: AUTH-03."""
    keys = client.raw("GET", "/.well-known/jwks.json").json()["keys"]
    assert [set(key) for key in keys] == [{"kty", "n", "e", "alg", "use", "kid"}]


@pytest.mark.parametrize("kind", ["AccessToken", "IdToken", "RefreshToken"])
def test_each_token_is_a_jwt_that_the_published_keys_verify(tokens, public_key, kind):
    """Rule: AUTH-03."""
    assert jwt.get_unverified_header(tokens[kind])["kid"] == public_key.key_id
    assert jwt.get_unverified_header(tokens[kind])["alg"] == "RS256"
    assert verified(tokens[kind], public_key)["sub"] == "sub-1"


def test_the_id_token_names_the_user_and_the_groups(client, public_key):
    """Rule: AUTH-03."""
    order = {"username": "partner@acme.example", "password": "wavetank"}
    claims = verified(client.send("POST", "/auth", json=order).json()["IdToken"], public_key)
    assert claims["cognito:groups"] == GROUPS
    assert (claims["sub"], claims["email"]) == ("sub-1", "partner@acme.example")


@pytest.mark.parametrize(("kind", "seconds"), [("AccessToken", 3600), ("IdToken", 3600), ("RefreshToken", 30 * 86_400)])
def test_a_token_bears_the_instants_of_the_workspaces_clock(tokens, public_key, kind, seconds):
    """Rule: AUTH-06."""
    claims = verified(tokens[kind], public_key)
    assert (claims["iat"], claims["exp"]) == (BIRTH.timestamp(), BIRTH.timestamp() + seconds)


@pytest.mark.parametrize("example", WITH_TOKEN, ids=named)
def test_each_operation_needs_a_token(client, example):
    """Rule: AUTH-04."""
    answer = example.send(client)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_access_token_is_believed(client, tokens, scheme):
    """Rule: AUTH-04; a scheme's case makes no difference (RFC 9110)."""
    assert asked(client, f"{scheme} {tokens['AccessToken']}").status_code == 200


@pytest.mark.parametrize("kind", ["IdToken", "RefreshToken"])
def test_another_token_in_its_place_is_refused(client, tokens, kind):
    """Rule: AUTH-04."""
    assert refused(asked(client, f"Bearer {tokens[kind]}"))


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
    assert refused(asked(client, form.replace("{}", tokens["AccessToken"])))


@pytest.mark.parametrize("raw", [b"Bearer \xff\xfe", "Bearer é".encode(), b"Bearer a\tb"])
def test_bytes_that_are_no_token_are_refused(client, raw):
    """Rule: AUTH-04."""
    assert refused(asked(client, raw))


def test_two_headers_are_refused(client, tokens):
    """Rule: AUTH-04: nobody can tell which of them was meant."""
    one = ("Authorization", f"Bearer {tokens['AccessToken']}")
    assert refused(client.send("GET", "/events/", headers=[one, one]))


def test_a_token_in_the_query_is_none(client, tokens):
    """Rule: AUTH-04."""
    assert client.send("GET", f"/events/?access_token={tokens['AccessToken']}").status_code == 401


def pieces(token):
    header, claims, signature = token.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) for text in (header, claims)]
    return *decoded, signature


def unsigned(token, public_key):
    header, claims, _ = pieces(token)
    return f"{part({**header, 'alg': 'none'})}.{part(claims)}."


def signed_with_the_public_key(token, public_key):
    header, claims, _ = pieces(token)
    pem = public_key.key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    start = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    mac = jwt.get_algorithm_by_name("HS256")
    return f"{start}.{base64.urlsafe_b64encode(mac.sign(start.encode(), pem)).rstrip(b'=').decode()}"


def signed_with_another_key(token, public_key):
    header, claims, _ = pieces(token)
    return jwt.encode(claims, OTHER_KEY, "RS256", headers={"kid": header["kid"]})


def bringing_its_own_key(token, public_key):
    _, claims, _ = pieces(token)
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key()))
    return jwt.encode(claims, OTHER_KEY, "RS256", headers={"kid": public_key.key_id, "jwk": own})


def with_more_groups(token, public_key):
    header, claims, signature = pieces(token)
    return f"{part(header)}.{part({**claims, 'cognito:groups': ['fd-admin']})}.{signature}"


def living_longer(token, public_key):
    header, claims, signature = pieces(token)
    return f"{part(header)}.{part({**claims, 'exp': claims['exp'] * 2})}.{signature}"


def of_another_kid(token, public_key):
    header, claims, _ = pieces(token)
    return jwt.encode(claims, OTHER_KEY, "RS256", headers={**header, "kid": "other"})


def without_its_signature(token, public_key):
    return token[: token.rindex(".") + 1]


def with_a_critical_header(token, public_key):
    header, claims, signature = pieces(token)
    return f"{part({**header, 'crit': ['b64'], 'b64': False})}.{part(claims)}.{signature}"


def of_a_kid_that_is_no_text(token, public_key):
    header, claims, signature = pieces(token)
    return f"{part({**header, 'kid': {'a': 1}})}.{part(claims)}.{signature}"


def of_brackets_alone(token, public_key):
    deep = base64.urlsafe_b64encode(b"[" * 1400 + b"]" * 1400).rstrip(b"=").decode()
    return f"{deep}.{deep}.{deep}"


FORGERIES = (
    unsigned,
    signed_with_the_public_key,
    signed_with_another_key,
    bringing_its_own_key,
    with_more_groups,
    living_longer,
    of_another_kid,
    without_its_signature,
    with_a_critical_header,
    of_a_kid_that_is_no_text,
    of_brackets_alone,
)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.replace("_", " "))
def test_a_forged_token_is_refused(client, tokens, public_key, forge):
    """Rule: AUTH-04."""
    forged = forge(tokens["AccessToken"], public_key)
    assert refused(asked(client, f"Bearer {forged}"))
    assert client.send("POST", "/auth/refresh_token", json={"token": forged}).status_code == 400


@pytest.mark.parametrize("place", ["header", "claims", "signature"])
def test_a_token_with_one_character_changed_is_refused(client, tokens, place):
    """Rule: AUTH-04."""
    parts = dict(zip(("header", "claims", "signature"), tokens["AccessToken"].split("."), strict=True))
    text = parts[place]
    parts[place] = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    assert refused(asked(client, f"Bearer {'.'.join(parts.values())}"))


def test_a_token_of_another_workspace_is_refused(client):
    """Rule: AUTH-04; both workspaces sign with one key."""
    other = Client(a_workspace(name="other")).sign_in()
    assert refused(asked(client, other.headers["Authorization"]))


def test_a_token_of_before_a_reset_is_refused():
    """Rule: AUTH-04: the old life's tokens stay refused in the new one, and the third."""
    client = Client(a_workspace()).sign_in()
    old = client.headers["Authorization"]
    client.headers = {}
    for _ in range(2):
        client.control("POST", "/reset")
        assert refused(asked(client, old))
