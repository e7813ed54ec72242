"""Only secrets are removed from recorded requests and responses."""

import json

import pytest

from mock_server.domain import redaction

TOKEN = b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


def redact(value, of_sign_in=True):
    return json.loads(redaction.mask_body(json.dumps(value).encode(), is_sign_in=of_sign_in))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"username": "a", "password": "b"}, {"username": "a", "password": "…"}, id="a sign-in"),
        pytest.param({"username": "a", "pwd": "b"}, {"username": "a", "pwd": "…"}, id="a password under a wrong name"),
        pytest.param({"token": "x"}, {"token": "…"}, id="a refresh"),
        pytest.param({"Session": "s", "mfa_token": 123456}, {"Session": "…", "mfa_token": "…"}, id="a challenge"),
        pytest.param({"a": {"b": ["secret"]}}, {"a": {"b": ["…"]}}, id="deeper"),
        pytest.param("wavetank", "…", id="only a string"),
        pytest.param(["x", 1, None], ["…", "…", "…"], id="an array"),
        pytest.param(
            {"AccessToken": "x", "ExpiresIn": 3600, "TokenType": "Bearer", "DeviceKey": None},
            {"AccessToken": "…", "ExpiresIn": 3600, "TokenType": "Bearer", "DeviceKey": None},
            id="an answer",
        ),
        pytest.param({"mfa_settings": {"required": False}}, {"mfa_settings": {"required": False}}, id="no secret"),
    ],
)
def test_of_a_sign_in_only_what_is_known_to_be_harmless_is_kept(body, expected):
    assert redact(body) == expected


def test_a_refusal_of_a_sign_in_is_kept_whole():
    refusal = {
        "message": "error.request.invalid",
        "error_code": "INVALID",
        "error_subcode": None,
        "validation_errors": [{"code": "required", "field": "token", "message": "token is required"}],
    }
    assert redact(refusal) == refusal


def test_elsewhere_only_what_is_named_like_a_secret_is_hidden():
    body = {"package_title": "x", "api_key": "k", "nested": [{"newPassword": "p", "n": 1}], "tokens": {"a": "b"}}
    hidden = {"package_title": "x", "api_key": "…", "nested": [{"newPassword": "…", "n": 1}], "tokens": "…"}
    assert redact(body, of_sign_in=False) == hidden


def test_a_name_in_escapes_is_read_all_the_same():
    assert redaction.mask_body(b'{"\\u0070assword":"x"}', is_sign_in=False) == '{"password":"…"}'.encode()


@pytest.mark.parametrize(
    "body", [b'{"model":"META"}', b'{"n": 1.50, "n": 2}', b"", b"\xff\x00", b"[1, 2", b'{"title":"Tour 26"}']
)
def test_a_body_without_secrets_is_kept_byte_for_byte(body):
    assert redaction.mask_body(body, is_sign_in=False) == body


@pytest.mark.parametrize("body", [b'{"password":"x"', b"password=x", b'{"a":' * 5000 + b'"secret"'])
def test_of_a_body_that_cannot_be_read_nothing_is_kept(body):
    assert redaction.mask_body(body, is_sign_in=True) == "…".encode()
    assert redaction.mask_body(body, is_sign_in=False) == "…".encode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(b"eid=evt_1&token=x", b"eid=evt_1&token=%E2%80%A6", id="a token"),
        pytest.param(b"Password=x&q=y", b"Password=%E2%80%A6&q=y", id="capitals"),
        pytest.param(b"access%5Ftoken=x", b"access%5Ftoken=%E2%80%A6", id="an encoded key"),
        pytest.param(b"city=M%C3%BCnchen&city=A", b"city=M%C3%BCnchen&city=A", id="no secret"),
        pytest.param(b"q=" + TOKEN, b"q=%E2%80%A6", id="a token as a value"),
        pytest.param(b"", b"", id="nothing"),
    ],
)
def test_a_query_loses_its_secrets_values(query, expected):
    assert redaction.mask_query(query) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param(b"authorization", b"Bearer " + TOKEN, "Bearer …", id="bearer"),
        pytest.param(b"authorization", b"Basic dXNlcjpwYXNz", "Basic …", id="basic"),
        pytest.param(b"authorization", TOKEN, "…", id="a token without a scheme"),
        pytest.param(b"cookie", b"sid=1", "…", id="a cookie"),
        pytest.param(b"x-mock-control-token", b"x", "…", id="the control token"),
    ],
)
def test_a_secret_header_keeps_its_scheme_at_most(name, value, expected):
    assert redaction.is_secret(name)
    assert redaction.mask_header(name, value).decode() == expected


@pytest.mark.parametrize("name", [b"accept", b"x-preferred-partner-id", b"x-request-id", b"content-type"])
def test_other_headers_are_no_secret(name):
    assert not redaction.is_secret(name)


def test_a_token_is_found_wherever_it_stands():
    assert redaction.mask_text(b"there is no /x/" + TOKEN + b"/y") == "there is no /x/…/y".encode()


def test_of_a_request_nothing_but_the_username_is_told():
    sent = {"username": "a", "Session": "s", "code": "123456", "message": "123456"}
    cleaned = redaction.mask_body(
        json.dumps(sent).encode(), is_sign_in=True, public_members=redaction.PUBLIC_REQUEST_MEMBERS
    )
    assert json.loads(cleaned) == {"username": "a", "Session": "…", "code": "…", "message": "…"}
