"""The redactor removes every secret that it has learned from a text, and leaves everything else as it is."""

import json
from urllib.parse import quote

import httpx2
import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.spec.redactor import PASSWORD, PIECE_LENGTH, TOKEN, Redactor

SECRET = "k3-Zq8/wT+p0Lm_Xv7~Rb2.Yc"
SIGN_IN_URL = "http://127.0.0.1/api/v3/auth"


def a_redactor(*secrets: str, placeholder: str = TOKEN) -> Redactor:
    redactor = Redactor()
    for secret in secrets:
        redactor.learn(secret, placeholder)
    return redactor


def after_sign_in(body: object = None, status: int = 200, url: str = SIGN_IN_URL, **options: object) -> Redactor:
    """Return a redactor that has seen this response."""
    redactor = Redactor()
    response = httpx2.Response(status, request=httpx2.Request("POST", url), **{"json": body, **options})  # type: ignore[arg-type] # the options of a response
    redactor.learn_from_response(response)
    return redactor


@given(st.text(), st.text())
def test_a_secret_is_replaced_wherever_it_stands(before: str, after: str) -> None:
    hidden = a_redactor(SECRET).hide(f"{before}{SECRET}{after}")
    assert TOKEN in hidden
    assert SECRET not in hidden


@given(st.integers(0, len(SECRET)), st.integers(0, len(SECRET)))
def test_no_part_of_a_secret_that_is_as_long_as_a_piece_is_left(start: int, end: int) -> None:
    part = SECRET[start:end]
    hidden = a_redactor(SECRET).hide(f"seen: {part}…")
    assert hidden == (f"seen: {TOKEN}…" if len(part) >= PIECE_LENGTH else f"seen: {part}…")


@given(st.text())
def test_a_text_without_secrets_is_left_as_it_is(text: str) -> None:
    assert a_redactor(SECRET, "hunter2").hide(text) == text


@pytest.mark.parametrize("secret", ['a "quoted" one\\', "naïve pass wörd", "tab\tand more", "100% sure+thing/?"])
def test_a_secret_is_found_in_json_in_a_url_and_in_a_representation(secret: str) -> None:
    redactor = a_redactor(secret, placeholder=PASSWORD)
    texts = (secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), quote(secret, safe=""), repr(secret))
    for text in texts:
        assert redactor.hide(f"<{text}>").strip("<>\"'") == PASSWORD


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("the password hunter2 is wrong", f"the password {PASSWORD} is wrong"),
        ('{"a": "hunter2"}', f'{{"a": "{PASSWORD}"}}'),
        ("hunter20 and xhunter2", "hunter20 and xhunter2"),
    ],
)
def test_a_short_secret_is_found_as_a_word(text: str, hidden: str) -> None:
    assert a_redactor("hunter2", placeholder=PASSWORD).hide(text) == hidden


def test_a_secret_of_three_characters_is_not_searched_for() -> None:
    assert a_redactor("abc").hide("abc") == "abc"


@pytest.mark.parametrize("tail", ["", ".eyJzdWIiOiIxIn0", ".eyJzdWIiOiIxIn0.c2ln", "."])
def test_a_jwt_is_replaced_without_having_been_seen(tail: str) -> None:
    assert Redactor().hide(f"seen 'eyJhbGciOiJSUzI1NiJ9{tail}'") == f"seen '{TOKEN}'"


@pytest.mark.parametrize(
    "body",
    [
        {"AccessToken": SECRET},
        {"access": SECRET},
        {"data": {"tokens": [SECRET]}},
        [SECRET],
        SECRET,
        {SECRET: 1},
        {"message": f"error.auth: {SECRET} is locked"},
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [200, 201, 401])
def test_the_tokens_of_a_sign_in_answer_are_learned_in_any_form(body: object, status: int) -> None:
    assert SECRET not in after_sign_in(body, status).hide(f"seen {SECRET}")


def test_the_tokens_of_texts_and_headers_are_learned() -> None:
    headers = {"set-cookie": f"sid={SECRET}; Path=/", "x-request-id": "req-0123456789abcdef"}
    redactor = after_sign_in(None, json=None, text=f'{{"AccessToken": "{SECRET[::-1]}', headers=headers)
    assert SECRET not in redactor.hide(SECRET)
    assert SECRET[::-1] not in redactor.hide(SECRET[::-1])
    assert redactor.hide("req-0123456789abcdef") == "req-0123456789abcdef"


@pytest.mark.parametrize("token", ["short", 80452, 80452.5, "UPPERCASE"])
def test_a_short_token_is_learned_by_the_name_of_its_member(token: object) -> None:
    assert after_sign_in({"AccessToken": token}).hide(f"seen {token}") == f"seen {TOKEN}"


READABLE = (
    *("error.auth.invalid_credentials", "INVALID_CREDENTIALS", "SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"),
    *("AuthenticationResult", "partner-id-acme2026", "fd123456789012", "webapp-access-group-12"),
    *("ana.maria99@shop42.example", "2026-09-01T12:00:00Z", "application/json", "3600"),
)


@pytest.mark.parametrize("word", READABLE)
def test_names_keys_and_dates_of_a_sign_in_answer_stay_readable(word: str) -> None:
    assert after_sign_in({"message": word, "groups": [word], word: {}}).hide(f"seen {word}") == f"seen {word}"


def test_other_answers_teach_nothing() -> None:
    assert after_sign_in({"id": SECRET}, url="http://127.0.0.1/api/v3/events/").hide(SECRET) == SECRET


def test_values_are_searched_in_depth_and_keep_their_form() -> None:
    value = {"a": [SECRET, 7, None], "b": (SECRET,), SECRET: True}
    assert a_redactor(SECRET).hide_in(value) == {"a": [TOKEN, 7, None], "b": (TOKEN,), TOKEN: True}


class CountingText(str):
    """A text that counts how often a part of it is taken."""

    parts = 0

    def __getitem__(self, key: object) -> str:
        CountingText.parts += 1
        return super().__getitem__(key)  # type: ignore[index] # as in the base class


@pytest.mark.parametrize("unit", ["x", SECRET, SECRET[:-1], SECRET[:PIECE_LENGTH]], ids=repr)
def test_the_work_is_linear_in_the_length_of_the_text(unit: str) -> None:
    redactor, counts = a_redactor(SECRET), []
    for length in (1_000, 2_000):
        CountingText.parts = 0
        redactor.hide(CountingText(unit * length))
        counts.append(CountingText.parts)
    assert 0 < counts[1] <= 2 * counts[0] + 10
