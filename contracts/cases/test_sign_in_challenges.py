"""The two challenges that may stand before the tokens: a second factor, and a new password."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from contracts.dsl import assertions
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.tokens import REST, TOKENS

MFA, NEW = "answerMfaChallenge", "answerNewPasswordChallenge"
CODE, PASSWORD = "123456", "a password that is new"
STEPS: Mapping[str, tuple[str, Any, str]] = {
    "mfa": (MFA, {"mfa_token": CODE}, "error.auth.mfa_required"),
    "new": (NEW, {"new_password": PASSWORD}, "error.auth.invalid_credentials"),
}
"""By role: the step, its right answer, and how it refuses."""
LIFE = 180


def signed_in(sandbox: Sandbox, role: str, password: str | None = None) -> httpx.Response:
    person = sandbox.person(role)
    chosen = person.password if password is None else password
    return sandbox.anonymous.call("signIn", body={"username": person.username, "password": chosen})


def session_of(sandbox: Sandbox, role: str) -> str:
    answer = signed_in(sandbox, role)
    assertions.status(answer, 200)
    return str(answer.json()["Session"])


def answered(deployment: Deployment, step: str, session: str, **given: Any) -> httpx.Response:
    return deployment.anonymous.call(step, body={"Session": session, **given})


@example("AUTH-07", profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_a_challenge_comes_with_200_and_without_tokens(sandbox: Sandbox, role: str) -> None:
    answer = signed_in(sandbox, role)
    assertions.status(answer, 200)
    assertions.equal("tokens in the answer", [name for name in TOKENS if name in answer.json()], [])


@example("AUTH-07", ruled=True)
@pytest.mark.parametrize(
    ("role", "name"), [("mfa", "SOFTWARE_TOKEN_MFA"), ("new", "NEW_PASSWORD_REQUIRED")], ids=["mfa", "new"]
)
def test_a_challenge_has_its_name_and_a_session(sandbox: Sandbox, role: str, name: str) -> None:
    body = signed_in(sandbox, role).json()
    assertions.equal("names in the answer", sorted(body), ["Challenge", "Session"])
    assertions.equal("the challenge", body["Challenge"], name)
    assertions.that(
        "the Session is a new text each time", body["Session"] != session_of(sandbox, role) and body["Session"]
    )


@example("AUTH-07", ruled=True, profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_the_right_answer_completes_the_sign_in(sandbox: Sandbox, role: str) -> None:
    step, right, _ = STEPS[role]
    answer = answered(sandbox, step, session_of(sandbox, role), **right)
    assertions.status(answer, 200)
    body = answer.json()
    assertions.equal("fields beside the tokens", {name: body[name] for name in body if name not in TOKENS}, REST)
    reader = sandbox.anonymous.having(authorization=f"Bearer {body['AccessToken']}")
    assertions.status(reader.call("getPartner"), 200)
    assertions.status(sandbox.anonymous.call("refreshToken", body={"token": body["RefreshToken"]}), 200)


@example("AUTH-07", "AUTH-08", ruled=True, profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_a_session_works_once(sandbox: Sandbox, role: str) -> None:
    step, right, message = STEPS[role]
    session = session_of(sandbox, role)
    assertions.status(answered(sandbox, step, session, **right), 200)
    assertions.refused(answered(sandbox, step, session, **right), 401, message)
    if role == "new":
        again = answered(sandbox, step, session, new_password="another password still")  # noqa: S106 - any text
        assertions.refused(again, 401, message)


@example("AUTH-07", "AUTH-08", ruled=True, profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_a_session_lives_three_minutes(sandbox: Sandbox, role: str) -> None:
    step, right, message = STEPS[role]
    old = session_of(sandbox, role)
    sandbox.advance(seconds=2)
    young = session_of(sandbox, role)
    sandbox.advance(seconds=LIFE - 1)
    assertions.refused(answered(sandbox, step, old, **right), 401, message)
    assertions.status(answered(sandbox, step, young, **right), 200)


@example("AUTH-08")
@pytest.mark.parametrize("role", STEPS)
def test_a_session_is_over_at_the_180th_second(sandbox: Sandbox, role: str) -> None:
    step, right, message = STEPS[role]
    session = session_of(sandbox, role)
    sandbox.advance(seconds=LIFE)
    assertions.refused(answered(sandbox, step, session, **right), 401, message)


@example("AUTH-08")
def test_a_wrong_code_is_refused_and_spends_the_session(sandbox: Sandbox) -> None:
    for wrong in ("000000", "", "12345", "1234567", f" {CODE}", sandbox.person("mfa").password):
        session = session_of(sandbox, "mfa")
        assertions.refused(answered(sandbox, MFA, session, mfa_token=wrong), 401, "error.auth.mfa_required")
        assertions.refused(answered(sandbox, MFA, session, mfa_token=CODE), 401, "error.auth.mfa_required")
    assertions.status(answered(sandbox, MFA, session_of(sandbox, "mfa"), mfa_token=CODE), 200)


@law("AUTH-08", profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_a_session_that_nobody_opened_is_401(deployment: Deployment, role: str) -> None:
    step, right, message = STEPS[role]
    for session in (f"session-{deployment.run_id}", ""):
        assertions.refused(answered(deployment, step, session, **right), 401, message)


@example("AUTH-08")
@pytest.mark.parametrize(("role", "other"), [("mfa", "new"), ("new", "mfa")], ids=["mfa", "new"])
def test_a_session_is_good_for_its_own_step_only(sandbox: Sandbox, role: str, other: str) -> None:
    step, right, message = STEPS[other]
    assertions.refused(answered(sandbox, step, session_of(sandbox, role), **right), 401, message)
    assertions.status(signed_in(sandbox, "new"), 200)


@law("AUTH-07", ruled=True)
@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        pytest.param(MFA, {"mfa_token": CODE}, "Session", id="a code without a Session"),
        pytest.param(MFA, {"Session": "none"}, "mfa_token", id="a Session without a code"),
        pytest.param(MFA, {"Session": "none", "mfa_token": 123456}, "mfa_token", id="a number for a code"),
        pytest.param(NEW, {"new_password": PASSWORD}, "Session", id="a password without a Session"),
        pytest.param(NEW, {"Session": "none"}, "new_password", id="a Session without a password"),
        pytest.param(NEW, {"Session": "none", "new_password": 7}, "new_password", id="a number for a password"),
    ],
)
def test_an_answer_needs_both_of_its_fields(deployment: Deployment, step: str, body: Any, field: str) -> None:
    assertions.refused(deployment.anonymous.call(step, body=body), 400, field=field)


@example("AUTH-07", ruled=True)
def test_a_new_password_takes_the_place_of_the_old_one(sandbox: Sandbox) -> None:
    old = sandbox.person("new").password
    assertions.status(answered(sandbox, NEW, session_of(sandbox, "new"), new_password=PASSWORD), 200)
    assertions.status(signed_in(sandbox, "new", old), 401)
    later = signed_in(sandbox, "new", PASSWORD)
    assertions.status(later, 200)
    assertions.among("names in the next sign-in", "AccessToken", later.json())
    assertions.status(signed_in(sandbox, "partner"), 200)


@example("AUTH-08")
@pytest.mark.parametrize("password", ["x", "y" * 256, "Grüße, 你好 🎟", "   "], ids=["1", "256", "no ASCII", "spaces"])
def test_a_new_password_is_any_text_of_1_to_256_characters(sandbox: Sandbox, password: str) -> None:
    assertions.status(answered(sandbox, NEW, session_of(sandbox, "new"), new_password=password), 200)
    assertions.among("names in the next sign-in", "AccessToken", signed_in(sandbox, "new", password).json())


@example("AUTH-08")
@pytest.mark.parametrize("password", ["", "y" * 257, "wavetank"], ids=["empty", "257 characters", "the old one"])
def test_a_new_password_that_will_not_do_is_400_and_changes_nothing(sandbox: Sandbox, password: str) -> None:
    chosen = sandbox.person("new").password if password == "wavetank" else password  # noqa: S105 - the sample's
    answer = answered(sandbox, NEW, session_of(sandbox, "new"), new_password=chosen)
    assertions.refused(answer, 400, field="new_password")
    assertions.equal(
        "the next sign-in's challenge", signed_in(sandbox, "new").json().get("Challenge"), "NEW_PASSWORD_REQUIRED"
    )
