"""The two sign-in challenges: a second factor, and a new password."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from contracts.dsl import assertions
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.tokens import SIGN_IN_CONSTANTS, TOKEN_FIELDS

MFA, NEW_PASSWORD = "answerMfaChallenge", "answerNewPasswordChallenge"
RIGHT_CODE, PASSWORD = "123456", "a password that is new"
CHALLENGE_STEPS: Mapping[str, tuple[str, Any, str]] = {
    "mfa": (MFA, {"mfa_token": RIGHT_CODE}, "error.auth.mfa_required"),
    "new": (NEW_PASSWORD, {"new_password": PASSWORD}, "error.auth.invalid_credentials"),
}
"""For each role: the operation that answers its challenge, a correct body, and the message key of a refusal."""
SESSION_LIFETIME = 180


def start_sign_in(sandbox: Sandbox, role: str, password: str | None = None) -> httpx2.Response:
    person = sandbox.credentials(role)
    chosen = person.password if password is None else password
    return sandbox.anonymous.call("signIn", body={"username": person.username, "password": chosen})


def open_session(sandbox: Sandbox, role: str) -> str:
    answer = start_sign_in(sandbox, role)
    assertions.status(answer, 200)
    return str(answer.json()["Session"])


def answer_challenge(deployment: Deployment, step: str, session: str, **given: Any) -> httpx2.Response:
    return deployment.anonymous.call(step, body={"Session": session, **given})


@example("AUTH-07.challenge", profile="smoke")
@pytest.mark.parametrize("role", CHALLENGE_STEPS)
def test_a_challenge_comes_with_200_and_without_tokens(sandbox: Sandbox, role: str) -> None:
    answer = start_sign_in(sandbox, role)
    assertions.status(answer, 200)
    assertions.equal("tokens in the response", [name for name in TOKEN_FIELDS if name in answer.json()], [])


@example("AUTH-07.names")
@pytest.mark.parametrize(
    ("role", "name"), [("mfa", "SOFTWARE_TOKEN_MFA"), ("new", "NEW_PASSWORD_REQUIRED")], ids=["mfa", "new"]
)
def test_a_challenge_has_its_name_and_a_session(sandbox: Sandbox, role: str, name: str) -> None:
    body = start_sign_in(sandbox, role).json()
    assertions.equal("members of the response", sorted(body), ["Challenge", "Session"])
    assertions.equal("the challenge", body["Challenge"], name)
    assertions.is_true(
        "the Session is a new string each time", body["Session"] != open_session(sandbox, role) and body["Session"]
    )


@example("AUTH-07.answer", "AUTH-07.new_password", "AUTH-07.result", profile="smoke")
@pytest.mark.parametrize("role", CHALLENGE_STEPS)
def test_the_right_answer_completes_the_sign_in(sandbox: Sandbox, role: str) -> None:
    step, right, _ = CHALLENGE_STEPS[role]
    answer = answer_challenge(sandbox, step, open_session(sandbox, role), **right)
    assertions.status(answer, 200)
    body = answer.json()
    assertions.equal(
        "fields other than the tokens",
        {name: body[name] for name in body if name not in TOKEN_FIELDS},
        SIGN_IN_CONSTANTS,
    )
    reader = sandbox.anonymous.with_headers(authorization=f"Bearer {body['AccessToken']}")
    assertions.status(reader.call("getPartner"), 200)
    assertions.status(sandbox.anonymous.call("refreshToken", body={"token": body["RefreshToken"]}), 200)


@example("AUTH-07.session", "AUTH-08.refused", profile="smoke")
@pytest.mark.parametrize("role", CHALLENGE_STEPS)
def test_a_session_works_once(sandbox: Sandbox, role: str) -> None:
    step, right, message = CHALLENGE_STEPS[role]
    session = open_session(sandbox, role)
    assertions.status(answer_challenge(sandbox, step, session, **right), 200)
    assertions.refusal(answer_challenge(sandbox, step, session, **right), 401, message)
    if role == "new":
        again = answer_challenge(sandbox, step, session, new_password="another password still")  # noqa: S106 - any text
        assertions.refusal(again, 401, message)


@example("AUTH-07.session", "AUTH-08.refused", profile="smoke")
@pytest.mark.parametrize("role", CHALLENGE_STEPS)
def test_a_session_lives_three_minutes(sandbox: Sandbox, role: str) -> None:
    step, right, message = CHALLENGE_STEPS[role]
    old = open_session(sandbox, role)
    sandbox.advance(seconds=2)
    young = open_session(sandbox, role)
    sandbox.advance(seconds=SESSION_LIFETIME - 1)
    assertions.refusal(answer_challenge(sandbox, step, old, **right), 401, message)
    assertions.status(answer_challenge(sandbox, step, young, **right), 200)


@example("AUTH-08.refused")
@pytest.mark.parametrize("role", CHALLENGE_STEPS)
def test_a_session_is_over_at_the_180th_second(sandbox: Sandbox, role: str) -> None:
    step, right, message = CHALLENGE_STEPS[role]
    session = open_session(sandbox, role)
    sandbox.advance(seconds=SESSION_LIFETIME)
    assertions.refusal(answer_challenge(sandbox, step, session, **right), 401, message)


@example("AUTH-08.used_up", "AUTH-08.refused")
def test_a_wrong_code_is_refused_and_spends_the_session(sandbox: Sandbox) -> None:
    for wrong in ("000000", "", "12345", "1234567", f" {RIGHT_CODE}", sandbox.credentials("mfa").password):
        session = open_session(sandbox, "mfa")
        assertions.refusal(answer_challenge(sandbox, MFA, session, mfa_token=wrong), 401, "error.auth.mfa_required")
        assertions.refusal(
            answer_challenge(sandbox, MFA, session, mfa_token=RIGHT_CODE), 401, "error.auth.mfa_required"
        )
    assertions.status(answer_challenge(sandbox, MFA, open_session(sandbox, "mfa"), mfa_token=RIGHT_CODE), 200)


@property_test("AUTH-08.refused", profile="smoke")
@pytest.mark.parametrize("role", CHALLENGE_STEPS)
def test_a_session_that_nobody_opened_is_401(deployment: Deployment, role: str) -> None:
    step, right, message = CHALLENGE_STEPS[role]
    for session in (f"session-{deployment.run_id}", ""):
        assertions.refusal(answer_challenge(deployment, step, session, **right), 401, message)


@example("AUTH-08.refused")
@pytest.mark.parametrize(("role", "other"), [("mfa", "new"), ("new", "mfa")], ids=["mfa", "new"])
def test_a_session_is_good_for_its_own_step_only(sandbox: Sandbox, role: str, other: str) -> None:
    step, right, message = CHALLENGE_STEPS[other]
    assertions.refusal(answer_challenge(sandbox, step, open_session(sandbox, role), **right), 401, message)
    assertions.status(start_sign_in(sandbox, "new"), 200)


@property_test("AUTH-07.names")
@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        pytest.param(MFA, {"mfa_token": RIGHT_CODE}, "Session", id="a code without a Session"),
        pytest.param(MFA, {"Session": "none"}, "mfa_token", id="a Session without a code"),
        pytest.param(MFA, {"Session": "none", "mfa_token": 123456}, "mfa_token", id="a number for a code"),
        pytest.param(NEW_PASSWORD, {"new_password": PASSWORD}, "Session", id="a password without a Session"),
        pytest.param(NEW_PASSWORD, {"Session": "none"}, "new_password", id="a Session without a password"),
        pytest.param(
            NEW_PASSWORD, {"Session": "none", "new_password": 7}, "new_password", id="a number for a password"
        ),
    ],
)
def test_an_answer_needs_both_of_its_fields(deployment: Deployment, step: str, body: Any, field: str) -> None:
    assertions.refusal(deployment.anonymous.call(step, body=body), 400, field=field)


@example("AUTH-07.new_password")
def test_a_new_password_takes_the_place_of_the_old_one(sandbox: Sandbox) -> None:
    old = sandbox.credentials("new").password
    assertions.status(answer_challenge(sandbox, NEW_PASSWORD, open_session(sandbox, "new"), new_password=PASSWORD), 200)
    assertions.status(start_sign_in(sandbox, "new", old), 401)
    later = start_sign_in(sandbox, "new", PASSWORD)
    assertions.status(later, 200)
    assertions.one_of("members of the response to the next sign-in", "AccessToken", later.json())
    assertions.status(start_sign_in(sandbox, "partner"), 200)


@example("AUTH-08.new_password")
@pytest.mark.parametrize("password", ["x", "y" * 256, "Grüße, 你好 🎟", "   "], ids=["1", "256", "no ASCII", "spaces"])
def test_a_new_password_is_any_text_of_1_to_256_characters(sandbox: Sandbox, password: str) -> None:
    assertions.status(answer_challenge(sandbox, NEW_PASSWORD, open_session(sandbox, "new"), new_password=password), 200)
    assertions.one_of(
        "members of the response to the next sign-in", "AccessToken", start_sign_in(sandbox, "new", password).json()
    )


@example("AUTH-08.new_password")
@pytest.mark.parametrize("password", ["", "y" * 257, "wavetank"], ids=["empty", "257 characters", "the old one"])
def test_a_new_password_that_will_not_do_is_400_and_changes_nothing(sandbox: Sandbox, password: str) -> None:
    chosen = sandbox.credentials("new").password if password == "wavetank" else password  # noqa: S105 - the sample's
    answer = answer_challenge(sandbox, NEW_PASSWORD, open_session(sandbox, "new"), new_password=chosen)
    assertions.refusal(answer, 400, field="new_password")
    assertions.equal(
        "challenge of the next sign-in", start_sign_in(sandbox, "new").json().get("Challenge"), "NEW_PASSWORD_REQUIRED"
    )
