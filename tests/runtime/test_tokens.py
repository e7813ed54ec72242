"""Tokens: what they say, and which are refused. Rules: AUTH-03, AUTH-04, AUTH-05, AUTH-06."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.errors import TokenExpired, TokenInvalid
from mock_server.state.tokens import LONGEST, Claims, SigningKey, Tokens
from tests.builders import BIRTH, KEY, a_user, at

ISSUER = "test-1"
OURS = Tokens(KEY, ISSUER)
OTHER_KEY = SigningKey()
USES = ("access", "id", "refresh")
BORN = int(BIRTH.timestamp())
USER = a_user(username="ada", email="ada@acme.example", sub="sub-9", groups=("partner-id-acme", "fd4711", "fd-admin"))
CLAIMS = {
    "iss": ISSUER,
    "sub": "sub-9",
    "token_use": "access",
    "iat": BORN,
    "exp": BORN + 3600,
    "jti": "test-1-1",
    "cognito:groups": ["partner-id-acme"],
    "client_id": "wavetank",
    "username": "ada",
}


def issued(use: Any = "access") -> str:
    return OURS.issue(USER, use, BIRTH, serial=1)


def signed(header: dict[str, Any] | None = None, key: SigningKey = KEY, **changes: Any) -> str:
    """A token that is really signed, with other claims or header members than ours; None leaves a claim out."""
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode(claims, key.private, "RS256", headers={"kid": ISSUER} | (header or {}))


def part(content: bytes | dict[str, Any]) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(algorithm: Any) -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': ISSUER})}.{part(CLAIMS)}."


def with_public_key_as_secret(form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    """HS256 by hand, because PyJWT refuses such a secret."""
    secret = KEY.private.public_key().public_bytes(Encoding.PEM, form)
    text = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': ISSUER})}.{part(CLAIMS)}"
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def with_other_claims() -> str:
    header, _, signature = issued().split(".")
    return f"{header}.{part(CLAIMS | {'cognito:groups': ['fd-admin']})}.{signature}"


def with_many_groups() -> str:
    return OURS.issue(a_user(groups=tuple(f"webapp-access-group-{n}" for n in range(400))), "access", BIRTH, 1)


@pytest.mark.parametrize("use", USES)
def test_a_token_of_ours_is_believed(use):
    """Rules: AUTH-03, AUTH-04, AUTH-05."""
    claims = OURS.believe(issued(use), use, BIRTH)
    assert (claims.username, claims.groups) == ("ada", ("partner-id-acme", "fd4711", "fd-admin"))


def test_what_a_test_signs_as_we_do_is_believed():
    """So that the attacks below are refused for what they change, and for nothing else."""
    assert OURS.believe(signed(), "access", BIRTH) == Claims("ada", ("partner-id-acme",), BORN + 3600, serial=1)


def test_the_id_token_says_who_and_in_which_groups():
    """Rule: AUTH-03."""
    claims = jwt.decode(issued("id"), options={"verify_signature": False})
    assert claims["cognito:groups"] == ["partner-id-acme", "fd4711", "fd-admin"]
    assert (claims["sub"], claims["email"], claims["token_use"]) == ("sub-9", "ada@acme.example", "id")


def test_tokens_are_signed_with_rs256_and_name_their_key():
    assert jwt.get_unverified_header(issued()) == {"alg": "RS256", "typ": "JWT", "kid": ISSUER}


def test_tokens_of_one_instant_differ_by_their_serial():
    assert OURS.issue(USER, "access", BIRTH, 1) != OURS.issue(USER, "access", BIRTH, 2)


@pytest.mark.parametrize(
    ("use", "life"),
    [("access", timedelta(seconds=3600)), ("id", timedelta(seconds=3600)), ("refresh", timedelta(days=30))],
)
def test_a_token_is_good_until_the_second_before_its_end(use, life):
    """Rules: AUTH-05, AUTH-06 (at exactly 3600 s a token is expired)."""
    token = issued(use)
    assert OURS.believe(token, use, BIRTH + life - timedelta(seconds=1)).username == "ada"
    with pytest.raises(TokenExpired):
        OURS.believe(token, use, BIRTH + life)


def test_a_token_that_was_believed_once_expires_all_the_same():
    """Rule: AUTH-06."""
    token = issued()
    OURS.believe(token, "access", BIRTH)
    with pytest.raises(TokenExpired):
        OURS.believe(token, "access", BIRTH + timedelta(hours=2))


def test_the_workspaces_clock_judges_and_not_the_machines():
    """Rule: AUTH-06."""
    for instant in (at("1999-01-01T00:00:00"), at("8000-01-01T00:00:00")):
        token = OURS.issue(USER, "access", instant, 1)
        assert OURS.believe(token, "access", instant + timedelta(seconds=3599)).username == "ada"


def test_a_token_of_the_calendars_last_minutes_is_issued_and_good_until_its_last_second():
    """Rules: AUTH-06, BASE-12 (clamped)."""
    token = OURS.issue(USER, "refresh", at("9999-12-31T23:59:00"), 1)
    assert OURS.believe(token, "refresh", at("9999-12-31T23:59:58")).username == "ada"


@pytest.mark.parametrize("shown", USES)
@pytest.mark.parametrize("wanted", USES)
def test_a_token_is_good_for_its_own_use_alone(shown, wanted):
    """Rules: AUTH-04 (an IdToken or RefreshToken as access token), AUTH-05."""
    if shown == wanted:
        return
    OURS.believe(issued(shown), shown, BIRTH)
    with pytest.raises(TokenInvalid):
        OURS.believe(issued(shown), wanted, BIRTH)


ATTACKS = {
    "nothing": "",
    "no token": "wavetank",
    "dots": "..",
    "alg none": unsigned("none"),
    "alg None in capitals": unsigned("None"),
    "alg null": unsigned(None),
    "alg a list": unsigned(["RS256"]),
    "RS256 without signature": unsigned("RS256"),
    "HS256 with the public key": with_public_key_as_secret(),
    "HS256 with the public key as PKCS 1": with_public_key_as_secret(PublicFormat.PKCS1),
    "another key": signed(key=OTHER_KEY),
    "another workspace": Tokens(KEY, "other-1").issue(USER, "access", BIRTH, 1),
    "before a reset": Tokens(KEY, "test-0").issue(USER, "access", BIRTH, 1),
    "another issuer under our kid": signed(iss="other-1"),
    "no issuer": signed(iss=None),
    "kid of another": signed({"kid": "other-1"}),
    "kid empty": signed({"kid": ""}),
    "kid missing": jwt.encode(CLAIMS, KEY.private, "RS256"),
    "other claims": with_other_claims(),
    "a critical header": signed({"crit": ["exp"]}),
    "a detached payload": signed({"b64": False}),
    "no signature": issued().rpartition(".")[0],
    "an empty signature": issued().rpartition(".")[0] + ".",
    "four parts": issued() + ".e30",
    "white space": " " + issued(),
    "the scheme again": "Bearer " + issued(),
    "a lone surrogate": "\ud800",
    "a lone surrogate at the end": issued() + "\udfff",
    "a letter beyond ASCII": issued() + "é",
    "a digit beyond ASCII": issued().replace(".", "٠", 1),
    "a NUL": issued() + "\x00",
    "over-long": "a" * (LONGEST + 1),
    "over-long and ours": with_many_groups(),
    "a header that is nested deep": part(b"[" * 5000) + ".e30.e30",
    "a header that is a list": part(b"[]") + ".e30.e30",
    "a header that is a number": part(b"1") + ".e30.e30",
    "a header that is not UTF-8": part(b"\xff") + ".e30.e30",
    "a header with a very long number": part(b'{"alg":' + b"1" * 5000 + b"}") + ".e30.e30",
    "exp a string": signed(exp=str(BORN + 3600)),
    "exp a fraction": signed(exp=BORN + 3600.5),
    "exp missing": signed(exp=None),
    "exp a list": signed(exp=[BORN + 3600]),
    "no use": signed(token_use=None),
    "an unknown use": signed(token_use="Access"),
    "no username": signed(username=None),
    "username a number": signed(username=7),
    "no groups": signed(**{"cognito:groups": None}),
    "groups a text": signed(**{"cognito:groups": "fd-admin"}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_not_a_token_of_ours_is_refused(name):
    """Rules: AUTH-04, AUTH-06: and refused again when it comes a second time."""
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            OURS.believe(ATTACKS[name], "access", BIRTH)


def test_an_over_long_token_is_refused_for_its_length():
    """So that the attack above is what it says."""
    assert len(ATTACKS["over-long and ours"]) > LONGEST


def test_a_token_is_refused_by_another_workspace_that_shares_the_key():
    """Rule: AUTH-04."""
    token = issued()
    OURS.believe(token, "access", BIRTH)
    with pytest.raises(TokenInvalid):
        Tokens(KEY, "test-2").believe(token, "access", BIRTH)


def test_a_forged_token_is_refused_as_invalid_even_where_it_is_expired():
    """Rule: AUTH-04: an expiry that nobody signed says nothing."""
    with pytest.raises(TokenInvalid):
        OURS.believe(signed(key=OTHER_KEY, exp=1), "access", BIRTH)


TOKEN = issued()


@given(length=st.integers(0, len(TOKEN) - 1))
@settings(deadline=None)
def test_a_truncated_token_is_refused(length):
    """Rule: AUTH-04."""
    with pytest.raises(TokenInvalid):
        OURS.believe(TOKEN[:length], "access", BIRTH)


@given(place=st.integers(0, len(TOKEN) - 2), letter=st.sampled_from("AZaz09-_.=%"))
@settings(deadline=None)
def test_a_token_with_one_letter_changed_is_refused(place, letter):
    """Rule: AUTH-04: but for the very last letter, whose lower bits base64 leaves open."""
    if TOKEN[place] == letter:
        return
    with pytest.raises(TokenInvalid):
        OURS.believe(TOKEN[:place] + letter + TOKEN[place + 1 :], "access", BIRTH)


@given(text=st.text(st.characters(), max_size=60))
@settings(deadline=None)
def test_any_other_text_is_refused(text):
    """Rule: AUTH-04."""
    with pytest.raises(TokenInvalid):
        OURS.believe(text, "access", BIRTH)


@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5c"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.sampled_from(["RS256", "HS256", "none", ISSUER]),
            st.lists(st.text()),
        ),
    )
)
@settings(deadline=None)
def test_no_header_makes_up_for_a_signature(header):
    """Rule: AUTH-04."""
    with pytest.raises(TokenInvalid):
        OURS.believe(f"{part(header)}.{part(CLAIMS)}.{part(b'signature')}", "access", BIRTH)


@pytest.mark.parametrize("use", USES)
def test_a_token_can_be_checked_with_the_published_key(use):
    (published,) = OURS.jwks()["keys"]
    header = jwt.get_unverified_header(issued(use))
    assert published["kid"] == header["kid"]
    key = jwt.PyJWK(published).key
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    claims = jwt.decode(issued(use), key, algorithms=["RS256"], issuer=ISSUER, options=options)
    assert claims["token_use"] == use


def test_the_published_key_has_no_private_member():
    (published,) = OURS.jwks()["keys"]
    assert set(published) == {"kty", "n", "e", "alg", "use", "kid"}
    assert (published["kty"], published["alg"], published["use"]) == ("RSA", "RS256", "sig")


def test_a_token_of_another_key_does_not_check_with_the_published_one():
    (published,) = OURS.jwks()["keys"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(signed(key=OTHER_KEY), jwt.PyJWK(published).key, algorithms=["RS256"])


def test_a_key_stays_the_same_once_it_is_made():
    assert OTHER_KEY.private is OTHER_KEY.private
    assert OTHER_KEY.public_jwk("a")["n"] == OTHER_KEY.public_jwk("b")["n"] != KEY.public_jwk("a")["n"]
