"""The claims of tokens, and which tokens are refused. Rules: AUTH-03, AUTH-04, AUTH-05, AUTH-06."""

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

from mock_server.domain.errors import TokenExpiredError, TokenInvalidError
from mock_server.state import tokens
from mock_server.state.tokens import MAX_TOKEN_LENGTH, Claims, SigningKey, Tokens
from tests.builders import SIGNING_KEY, START_TIME, a_user, at

ISSUER = "test-1"
TOKENS = Tokens(SIGNING_KEY, ISSUER)
OTHER_KEY = SigningKey()
USES = ("access", "id", "refresh")
ISSUED_AT = int(START_TIME.timestamp())
USER = a_user(username="ada", email="ada@acme.example", sub="sub-9", groups=("partner-id-acme", "fd4711", "fd-admin"))
CLAIMS = {
    "iss": ISSUER,
    "sub": "sub-9",
    "token_use": "access",
    "iat": ISSUED_AT,
    "exp": ISSUED_AT + 3600,
    "jti": "test-1-1",
    "cognito:groups": ["partner-id-acme"],
    "client_id": "wavetank",
    "username": "ada",
}


def issue_token(use: Any = "access") -> str:
    return TOKENS.issue(USER, use, START_TIME, token_number=1)


def sign_token(header: dict[str, Any] | None = None, key: SigningKey = SIGNING_KEY, **changes: Any) -> str:
    """Sign a token with other claims or header members. A claim of None is omitted."""
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode(claims, key.private_key, "RS256", headers={"kid": ISSUER} | (header or {}))


def encode_part(content: bytes | dict[str, Any]) -> str:
    content_bytes = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(content_bytes).rstrip(b"=").decode()


def unsigned_token(algorithm: Any) -> str:
    return f"{encode_part({'alg': algorithm, 'typ': 'JWT', 'kid': ISSUER})}.{encode_part(CLAIMS)}."


def signed_with_public_key(key_format: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    """Sign a token with HS256 by hand, because PyJWT refuses a public key as secret."""
    secret = SIGNING_KEY.private_key.public_key().public_bytes(Encoding.PEM, key_format)
    signing_input = f"{encode_part({'alg': 'HS256', 'typ': 'JWT', 'kid': ISSUER})}.{encode_part(CLAIMS)}"
    return f"{signing_input}.{encode_part(hmac.new(secret, signing_input.encode(), hashlib.sha256).digest())}"


def token_with_other_claims() -> str:
    header, _, signature = issue_token().split(".")
    return f"{header}.{encode_part(CLAIMS | {'cognito:groups': ['fd-admin']})}.{signature}"


def token_with_many_groups() -> str:
    return TOKENS.issue(a_user(groups=tuple(f"webapp-access-group-{n}" for n in range(400))), "access", START_TIME, 1)


@pytest.mark.parametrize("use", USES)
def test_a_token_of_ours_is_believed(use):
    """Rules: AUTH-03, AUTH-04, AUTH-05."""
    claims = TOKENS.verify(issue_token(use), use, START_TIME)
    assert (claims.username, claims.groups) == ("ada", ("partner-id-acme", "fd4711", "fd-admin"))


def test_a_token_signed_by_the_test_is_accepted():
    """This test shows that the forged tokens below are refused only because of what each changes."""
    assert TOKENS.verify(sign_token(), "access", START_TIME) == Claims(
        "ada", ("partner-id-acme",), ISSUED_AT + 3600, token_number=1
    )


def test_the_id_token_says_who_and_in_which_groups():
    """Rule: AUTH-03."""
    claims = jwt.decode(issue_token("id"), options={"verify_signature": False})
    assert claims["cognito:groups"] == ["partner-id-acme", "fd4711", "fd-admin"]
    assert (claims["sub"], claims["email"], claims["token_use"]) == ("sub-9", "ada@acme.example", "id")


def test_tokens_are_signed_with_rs256_and_name_their_key():
    assert jwt.get_unverified_header(issue_token()) == {"alg": "RS256", "typ": "JWT", "kid": ISSUER}


def test_tokens_of_one_instant_differ_by_their_serial():
    assert TOKENS.issue(USER, "access", START_TIME, 1) != TOKENS.issue(USER, "access", START_TIME, 2)


@pytest.mark.parametrize(
    ("use", "lifetime"),
    [("access", timedelta(seconds=3600)), ("id", timedelta(seconds=3600)), ("refresh", timedelta(days=30))],
)
def test_a_token_is_good_until_the_second_before_its_end(use, lifetime):
    """Rules: AUTH-05, AUTH-06 (after exactly 3600 s, a token has expired)."""
    token = issue_token(use)
    assert TOKENS.verify(token, use, START_TIME + lifetime - timedelta(seconds=1)).username == "ada"
    with pytest.raises(TokenExpiredError):
        TOKENS.verify(token, use, START_TIME + lifetime)


def test_a_token_that_was_believed_once_expires_all_the_same():
    """Rule: AUTH-06."""
    token = issue_token()
    TOKENS.verify(token, "access", START_TIME)
    with pytest.raises(TokenExpiredError):
        TOKENS.verify(token, "access", START_TIME + timedelta(hours=2))


def test_the_workspaces_clock_judges_and_not_the_machines():
    """Rule: AUTH-06."""
    for instant in (at("1999-01-01T00:00:00"), at("8000-01-01T00:00:00")):
        token = TOKENS.issue(USER, "access", instant, 1)
        assert TOKENS.verify(token, "access", instant + timedelta(seconds=3599)).username == "ada"


def test_a_token_of_the_calendars_last_minutes_is_issued_and_good_until_its_last_second():
    """Rules: AUTH-06, BASE-12 (its expiry is clamped to the last second of the calendar)."""
    token = TOKENS.issue(USER, "refresh", at("9999-12-31T23:59:00"), 1)
    assert TOKENS.verify(token, "refresh", at("9999-12-31T23:59:58")).username == "ada"


@pytest.mark.parametrize("shown", USES)
@pytest.mark.parametrize("wanted", USES)
def test_a_token_is_good_for_its_own_use_alone(shown, wanted):
    """Rules: AUTH-04 (a request needs an AccessToken, not an IdToken or a RefreshToken), AUTH-05."""
    if shown == wanted:
        return
    TOKENS.verify(issue_token(shown), shown, START_TIME)
    with pytest.raises(TokenInvalidError):
        TOKENS.verify(issue_token(shown), wanted, START_TIME)


FORGED_TOKENS = {
    "nothing": "",
    "not a token": "wavetank",
    "dots": "..",
    "alg none": unsigned_token("none"),
    "alg None in capitals": unsigned_token("None"),
    "alg null": unsigned_token(None),
    "alg is a list": unsigned_token(["RS256"]),
    "RS256 without signature": unsigned_token("RS256"),
    "HS256 with the public key": signed_with_public_key(),
    "HS256 with the public key as PKCS 1": signed_with_public_key(PublicFormat.PKCS1),
    "another key": sign_token(key=OTHER_KEY),
    "another workspace": Tokens(SIGNING_KEY, "other-1").issue(USER, "access", START_TIME, 1),
    "before a reset": Tokens(SIGNING_KEY, "test-0").issue(USER, "access", START_TIME, 1),
    "another issuer with our kid": sign_token(iss="other-1"),
    "no issuer": sign_token(iss=None),
    "kid of another key": sign_token({"kid": "other-1"}),
    "kid empty": sign_token({"kid": ""}),
    "kid missing": jwt.encode(CLAIMS, SIGNING_KEY.private_key, "RS256"),
    "other claims": token_with_other_claims(),
    "a critical header": sign_token({"crit": ["exp"]}),
    "a detached payload": sign_token({"b64": False}),
    "no signature": issue_token().rpartition(".")[0],
    "an empty signature": issue_token().rpartition(".")[0] + ".",
    "four parts": issue_token() + ".e30",
    "white space": " " + issue_token(),
    "the scheme again": "Bearer " + issue_token(),
    "a lone surrogate": "\ud800",
    "a lone surrogate at the end": issue_token() + "\udfff",
    "a letter outside ASCII": issue_token() + "é",
    "a digit outside ASCII": issue_token().replace(".", "٠", 1),
    "a NUL": issue_token() + "\x00",
    "over-long": "a" * (MAX_TOKEN_LENGTH + 1),
    "over-long but signed by us": token_with_many_groups(),
    "a deeply nested header": encode_part(b"[" * 5000) + ".e30.e30",
    "a header that is a list": encode_part(b"[]") + ".e30.e30",
    "a header that is a number": encode_part(b"1") + ".e30.e30",
    "a header that is not UTF-8": encode_part(b"\xff") + ".e30.e30",
    "a header with a very long number": encode_part(b'{"alg":' + b"1" * 5000 + b"}") + ".e30.e30",
    "exp is a string": sign_token(exp=str(ISSUED_AT + 3600)),
    "exp is a fraction": sign_token(exp=ISSUED_AT + 3600.5),
    "exp missing": sign_token(exp=None),
    "exp is a list": sign_token(exp=[ISSUED_AT + 3600]),
    "no use": sign_token(token_use=None),
    "an unknown use": sign_token(token_use="Access"),
    "no username": sign_token(username=None),
    "username is a number": sign_token(username=7),
    "no groups": sign_token(**{"cognito:groups": None}),
    "groups is a string": sign_token(**{"cognito:groups": "fd-admin"}),
}


@pytest.mark.parametrize("name", FORGED_TOKENS)
def test_what_is_not_a_token_of_ours_is_refused(name):
    """Rules: AUTH-04, AUTH-06. A forged token is refused again when it is sent a second time."""
    for _ in range(2):
        with pytest.raises(TokenInvalidError):
            TOKENS.verify(FORGED_TOKENS[name], "access", START_TIME)


def test_an_over_long_token_is_refused_for_its_length():
    """This test shows that the token above is refused because of its length."""
    assert len(FORGED_TOKENS["over-long but signed by us"]) > MAX_TOKEN_LENGTH


def test_a_token_is_refused_by_another_workspace_that_shares_the_key():
    """Rule: AUTH-04."""
    token = issue_token()
    TOKENS.verify(token, "access", START_TIME)
    with pytest.raises(TokenInvalidError):
        Tokens(SIGNING_KEY, "test-2").verify(token, "access", START_TIME)


def test_a_forged_token_is_refused_as_invalid_even_where_it_is_expired():
    """Rule: AUTH-04: the expiry of a forged token is not checked."""
    with pytest.raises(TokenInvalidError):
        TOKENS.verify(sign_token(key=OTHER_KEY, exp=1), "access", START_TIME)


VALID_TOKEN = issue_token()


@given(length=st.integers(0, len(VALID_TOKEN) - 1))
@settings(deadline=None)
def test_a_truncated_token_is_refused(length):
    """Rule: AUTH-04."""
    with pytest.raises(TokenInvalidError):
        TOKENS.verify(VALID_TOKEN[:length], "access", START_TIME)


@given(place=st.integers(0, len(VALID_TOKEN) - 2), letter=st.sampled_from("AZaz09-_.=%"))
@settings(deadline=None)
def test_a_token_with_one_letter_changed_is_refused(place, letter):
    """Rule: AUTH-04. The last letter is left out, because base64 ignores its lower bits."""
    if VALID_TOKEN[place] == letter:
        return
    with pytest.raises(TokenInvalidError):
        TOKENS.verify(VALID_TOKEN[:place] + letter + VALID_TOKEN[place + 1 :], "access", START_TIME)


@given(text=st.text(st.characters(), max_size=60))
@settings(deadline=None)
def test_any_other_text_is_refused(text):
    """Rule: AUTH-04."""
    with pytest.raises(TokenInvalidError):
        TOKENS.verify(text, "access", START_TIME)


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
    with pytest.raises(TokenInvalidError):
        TOKENS.verify(f"{encode_part(header)}.{encode_part(CLAIMS)}.{encode_part(b'signature')}", "access", START_TIME)


@pytest.mark.parametrize("use", USES)
def test_a_token_can_be_checked_with_the_published_key(use):
    (published,) = TOKENS.jwks()["keys"]
    header = jwt.get_unverified_header(issue_token(use))
    assert published["kid"] == header["kid"]
    key = jwt.PyJWK(published).key
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    claims = jwt.decode(issue_token(use), key, algorithms=["RS256"], issuer=ISSUER, options=options)
    assert claims["token_use"] == use


def test_the_published_key_has_no_private_member():
    (published,) = TOKENS.jwks()["keys"]
    assert set(published) == {"kty", "n", "e", "alg", "use", "kid"}
    assert (published["kty"], published["alg"], published["use"]) == ("RSA", "RS256", "sig")


def test_a_token_of_another_key_does_not_check_with_the_published_one():
    (published,) = TOKENS.jwks()["keys"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(sign_token(key=OTHER_KEY), jwt.PyJWK(published).key, algorithms=["RS256"])


def test_a_key_stays_the_same_once_it_is_made():
    assert OTHER_KEY.private_key is OTHER_KEY.private_key
    assert OTHER_KEY.public_jwk("a")["n"] == OTHER_KEY.public_jwk("b")["n"] != SIGNING_KEY.public_jwk("a")["n"]


def test_the_claims_of_the_last_tokens_of_all_workspaces_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of another workspace is refused, even if its claims are kept."""
    monkeypatch.setattr(tokens, "MAX_CACHED_CLAIMS", 3)
    key = SigningKey()
    one, other = Tokens(key, "one.0"), Tokens(key, "other.0")
    issued = [(each, each.issue(USER, "access", START_TIME, number)) for number in range(4) for each in (one, other)]
    for each, token in issued:
        assert each.verify(token, "access", START_TIME).username == "ada"
        with pytest.raises(TokenInvalidError):
            (other if each is one else one).verify(token, "access", START_TIME)
    assert [key.cached_claims(each.issuer, token, "access") is not None for each, token in issued] == 5 * [
        False
    ] + 3 * [True]
