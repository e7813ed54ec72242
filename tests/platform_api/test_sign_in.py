"""Signing in, refreshing tokens, and the two challenges. Rules: AUTH-01, AUTH-02, AUTH-03, AUTH-05 to AUTH-08."""

import pytest

from tests.builders import ACME, a_user, a_workspace, a_world
from tests.mock_harness import Client, error_fields

CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
REFRESH_PATH = "/auth/refresh_token"
MFA_PATH, NEW_PASSWORD_PATH = "/auth/challenge/mfa-token", "/auth/challenge/new-password"
TOKEN_FIELDS = ["AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType", "DeviceKey", "DeviceGroupKey"]


def a_client():
    users = [
        a_user(),
        a_user(username="mfa@acme.example", mfa_token="123456"),
        a_user(username="new@acme.example", must_change_password=True),
        a_user(username="off@acme.example", groups=(ACME, "account-disabled")),
    ]
    return Client(a_workspace(a_world(users=users)))


def sign_in(client, username="partner@acme.example", password="wavetank"):
    return client.send("POST", "/auth", json={"username": username, "password": password})


def advance_clock(client, **span):
    assert client.control("POST", "/clock/advance", json=span).status_code == 200


def start_challenge(client, username):
    return sign_in(client, username).json()["Session"]


def events_status(client, token):
    return client.send("GET", "/events/", headers={"Authorization": f"Bearer {token}"}).status_code


def is_refused(answer, status, message):
    return (answer.status_code, answer.json()["message"]) == (status, message)


def test_a_sign_in_answers_tokens():
    """Rule: AUTH-01."""
    answer = sign_in(a_client())
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {*TOKEN_FIELDS, "mfa_settings"}
    assert (body["ExpiresIn"], body["TokenType"]) == (3600, "Bearer")
    assert (body["DeviceKey"], body["DeviceGroupKey"], body["mfa_settings"]) == (None, None, {"required": False})
    assert len({body[name] for name in ("AccessToken", "IdToken", "RefreshToken")}) == 3


def test_two_sign_ins_give_two_tokens_and_both_work():
    """Rule: AUTH-01."""
    client = a_client()
    tokens = [sign_in(client).json()["AccessToken"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert [events_status(client, token) for token in tokens] == [200, 200]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        pytest.param("partner@acme.example", "wrong", id="a wrong password"),
        pytest.param("nobody@acme.example", "wavetank", id="an unknown user"),
        pytest.param("partner@acme.example", "", id="an empty password"),
        pytest.param("", "", id="nothing"),
        pytest.param("PARTNER@acme.example", "wavetank", id="another case"),
        pytest.param("partner@acme.example", "wavetank ", id="an extra space"),
        pytest.param("nobody@acme.example", "no user has this password", id="the password that no user has"),
        pytest.param("off@acme.example", "wrong", id="a disabled account with a wrong password"),
        pytest.param("mfa@acme.example", "wrong", id="a second factor with a wrong password"),
    ],
)
def test_a_wrong_name_or_password_has_one_answer(username, password):
    """Rule: AUTH-02: the response does not say whether the user name or the password was wrong."""
    answer = sign_in(a_client(), username, password)
    assert is_refused(answer, 401, "error.auth.invalid_credentials")
    assert answer.json()["error_code"] == "INVALID_CREDENTIALS"
    assert answer.content == sign_in(a_client(), "somebody", "else").content


def test_a_disabled_account_is_refused():
    """Rule: AUTH-03."""
    assert is_refused(sign_in(a_client(), "off@acme.example"), 403, "error.auth.account_disabled")


def test_an_access_token_lives_3600_seconds_of_the_workspaces_clock():
    """Rule: AUTH-06: after exactly 3600 s, the token has expired."""
    client = a_client()
    token = sign_in(client).json()["AccessToken"]
    advance_clock(client, seconds=3599)
    assert events_status(client, token) == 200
    advance_clock(client, seconds=1)
    assert events_status(client, token) == 401


def test_a_refresh_answers_new_tokens_and_no_refresh_token():
    """Rule: AUTH-05."""
    client = a_client()
    signed_in = sign_in(client).json()
    answer = client.send("POST", REFRESH_PATH, json={"token": signed_in["RefreshToken"]})
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
    assert (body["ExpiresIn"], body["TokenType"]) == (3600, "Bearer")
    assert body["AccessToken"] != signed_in["AccessToken"]
    assert events_status(client, body["AccessToken"]) == 200


def test_a_refreshed_token_lives_an_hour_from_the_refresh():
    """Rules: AUTH-05, AUTH-06."""
    client = a_client()
    refresh = sign_in(client).json()["RefreshToken"]
    advance_clock(client, minutes=59)
    token = client.send("POST", REFRESH_PATH, json={"token": refresh}).json()["AccessToken"]
    advance_clock(client, seconds=3599)
    assert events_status(client, token) == 200
    advance_clock(client, seconds=1)
    assert events_status(client, token) == 401


def test_a_refresh_token_does_not_rotate_and_lives_30_days():
    """Rules: AUTH-05, AUTH-06: after exactly 30 days, the token has expired."""
    client = a_client()
    order = {"token": sign_in(client).json()["RefreshToken"]}
    for days in (10, 10, 9):
        advance_clock(client, days=days)
        assert client.send("POST", REFRESH_PATH, json=order).status_code == 200
    advance_clock(client, hours=23, minutes=59, seconds=59)
    assert client.send("POST", REFRESH_PATH, json=order).status_code == 200
    advance_clock(client, seconds=1)
    assert is_refused(client.send("POST", REFRESH_PATH, json=order), 400, "error.auth.token_expired")


def test_a_refresh_needs_no_access_token_and_no_partner():
    """Rule: AUTH-05."""
    client = a_client()
    order = {"token": sign_in(client).json()["RefreshToken"]}
    for headers in ({}, {"Authorization": "Bearer no"}, {"X-Preferred-Partner-Id": "nobody"}):
        assert client.send("POST", REFRESH_PATH, json=order, headers=headers).status_code == 200


@pytest.mark.parametrize("key", [None, "", "eu-central-1_5f0c"], ids=repr)
@pytest.mark.parametrize("field", ["device_key", "device_group_key"])
def test_a_refresh_takes_device_keys_and_ignores_them(field, key):
    """Rule: AUTH-05."""
    client = a_client()
    refresh = sign_in(client).json()["RefreshToken"]
    answer = client.send("POST", REFRESH_PATH, json={"token": refresh, field: key})
    assert (answer.status_code, sorted(answer.json())) == (200, ["AccessToken", "ExpiresIn", "IdToken", "TokenType"])
    refused = client.send("POST", REFRESH_PATH, json={"token": refresh, field: 7})
    assert (refused.status_code, error_fields(refused)) == (400, [field])


@pytest.mark.parametrize("field", ["refresh_token", "RefreshToken", "Token"])
def test_the_field_of_a_refresh_is_token(field):
    """Rule: AUTH-05."""
    client = a_client()
    answer = client.send("POST", REFRESH_PATH, json={field: sign_in(client).json()["RefreshToken"]})
    assert (answer.status_code, sorted(error_fields(answer))) == (400, sorted(["token", field]))


@pytest.mark.parametrize("kind", ["AccessToken", "IdToken"])
def test_another_token_is_no_refresh_token(kind):
    """Rule: AUTH-05 (the status is 400, not 401)."""
    client = a_client()
    answer = client.send("POST", REFRESH_PATH, json={"token": sign_in(client).json()[kind]})
    assert is_refused(answer, 400, "error.auth.token_invalid")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 10_000])
def test_what_is_no_token_is_no_refresh_token(token):
    """Rule: AUTH-05."""
    assert is_refused(a_client().send("POST", REFRESH_PATH, json={"token": token}), 400, "error.auth.token_invalid")


def test_a_reset_ends_every_token():
    """Rules: AUTH-04, AUTH-05. Tokens stay invalid even if the clock returns to the time at which they were issued."""
    client = a_client()
    tokens = sign_in(client).json()
    assert client.control("POST", "/reset").status_code == 200
    assert events_status(client, tokens["AccessToken"]) == 401
    assert client.send("POST", REFRESH_PATH, json={"token": tokens["RefreshToken"]}).status_code == 400
    assert events_status(client, sign_in(client).json()["AccessToken"]) == 200


@pytest.mark.parametrize(
    ("username", "kind"),
    [("mfa@acme.example", "SOFTWARE_TOKEN_MFA"), ("new@acme.example", "NEW_PASSWORD_REQUIRED")],
    ids=["a second factor", "a new password"],
)
def test_a_challenge_stands_before_the_tokens(username, kind):
    """Rule: AUTH-07."""
    answer = sign_in(a_client(), username)
    assert answer.status_code == 200
    assert set(answer.json()) == {"Challenge", "Session"}
    assert answer.json()["Challenge"] == kind


def answer_mfa(client, session, token="123456"):
    return client.send("PUT", MFA_PATH, json={"Session": session, "mfa_token": token})


def answer_new_password(client, session, password="another"):
    return client.send("PUT", NEW_PASSWORD_PATH, json={"Session": session, "new_password": password})


@pytest.mark.parametrize(
    ("username", "step"),
    [("mfa@acme.example", answer_mfa), ("new@acme.example", answer_new_password)],
    ids=["mfa", "new password"],
)
def test_a_challenge_is_completed_with_tokens(username, step):
    """Rules: AUTH-07, AUTH-01."""
    client = a_client()
    answer = step(client, start_challenge(client, username))
    assert (answer.status_code, set(answer.json())) == (200, {*TOKEN_FIELDS, "mfa_settings"})
    assert events_status(client, answer.json()["AccessToken"]) == 200


CHALLENGE_STEPS = [
    pytest.param("mfa@acme.example", answer_mfa, "error.auth.mfa_required", id="mfa"),
    pytest.param("new@acme.example", answer_new_password, "error.auth.invalid_credentials", id="new password"),
]


@pytest.mark.parametrize(("username", "step", "message"), CHALLENGE_STEPS)
def test_a_session_works_once(username, step, message):
    """Rules: AUTH-07, AUTH-08."""
    client = a_client()
    session = start_challenge(client, username)
    assert step(client, session).status_code == 200
    assert is_refused(step(client, session), 401, message)


@pytest.mark.parametrize(("username", "step", "message"), CHALLENGE_STEPS)
def test_a_session_lives_180_seconds(username, step, message):
    """Rules: AUTH-07, AUTH-08: after exactly 180 s, the session has expired."""
    client = a_client()
    in_time, late = start_challenge(client, username), start_challenge(client, username)
    advance_clock(client, seconds=179)
    assert step(client, in_time).status_code == 200
    advance_clock(client, seconds=1)
    assert is_refused(step(client, late), 401, message)


@pytest.mark.parametrize(("username", "step", "message"), CHALLENGE_STEPS)
def test_an_unknown_session_is_refused(username, step, message):
    """Rule: AUTH-08."""
    client = a_client()
    start_challenge(client, username)
    for session in ("", "session_0", "é"):
        assert is_refused(step(client, session), 401, message)


def test_a_session_is_good_for_its_own_step_alone():
    """Rule: AUTH-08."""
    client = a_client()
    assert answer_mfa(client, start_challenge(client, "new@acme.example")).status_code == 401
    assert answer_new_password(client, start_challenge(client, "mfa@acme.example")).status_code == 401


@pytest.mark.parametrize("token", ["123457", "", "12345", "1234567", " 123456", "１２３４５６"])
def test_a_wrong_code_is_refused_and_spends_the_session(token):
    """Rule: AUTH-08."""
    client = a_client()
    session = start_challenge(client, "mfa@acme.example")
    assert is_refused(answer_mfa(client, session, token), 401, "error.auth.mfa_required")
    assert is_refused(answer_mfa(client, session), 401, "error.auth.mfa_required")


def test_a_new_password_replaces_the_old_one():
    """Rules: AUTH-07, AUTH-08."""
    client = a_client()
    assert answer_new_password(client, start_challenge(client, "new@acme.example")).status_code == 200
    assert sign_in(client, "new@acme.example").status_code == 401
    assert set(sign_in(client, "new@acme.example", "another").json()) == {*TOKEN_FIELDS, "mfa_settings"}


@pytest.mark.parametrize("password", ["x", "x" * 256, "пароль", "🎸 🎸"], ids=["1", "256", "letters", "guitars"])
def test_a_new_password_is_any_text(password):
    """Rule: AUTH-08."""
    client = a_client()
    assert answer_new_password(client, start_challenge(client, "new@acme.example"), password).status_code == 200
    assert sign_in(client, "new@acme.example", password).status_code == 200


@pytest.mark.parametrize(
    "password", ["wavetank", "", "x" * 257, "a\tb"], ids=["the old password", "empty", "257", "a control character"]
)
def test_an_unfit_new_password_is_400_and_changes_nothing(password):
    """Rule: AUTH-08."""
    client = a_client()
    answer = answer_new_password(client, start_challenge(client, "new@acme.example"), password)
    assert (answer.status_code, error_fields(answer)) == (400, ["new_password"])
    assert sign_in(client, "new@acme.example").json()["Challenge"] == "NEW_PASSWORD_REQUIRED"


def test_a_refused_sign_in_leaves_the_account_as_it_was():
    """Rule: AUTH-02: failed sign-ins never lock an account."""
    client = a_client()
    for _ in range(20):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 200


def test_mfa_does_not_skip_a_required_password_change():
    """Rule: AUTH-07."""
    both = a_user(username="both@acme.example", mfa_token="123456", must_change_password=True)
    client = Client(a_workspace(a_world(users=[both])))
    session = client.send("POST", "/auth", json={**CREDENTIALS, "username": both.username}).json()["Session"]
    then = client.send("PUT", MFA_PATH, json={"Session": session, "mfa_token": "123456"}).json()
    assert then["Challenge"] == "NEW_PASSWORD_REQUIRED"
    done = client.send("PUT", NEW_PASSWORD_PATH, json={"Session": then["Session"], "new_password": "another"})
    assert sorted(done.json()) == sorted([*TOKEN_FIELDS, "mfa_settings"])
