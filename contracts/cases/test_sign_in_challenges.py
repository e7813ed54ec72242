"""The two sign-in challenges: a second factor, and a new password."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.challenges import (
    CHALLENGE_PARTS,
    MFA,
    MFA_REFUSED,
    NEW_PASSWORD,
    STEPS,
    answer_challenge,
    complete_challenge,
    derive_password,
    first_challenge,
    open_session,
    require_code,
    right_answer,
    start_sign_in,
    try_sign_in,
)
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import json_or_none
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.tokens import SIGN_IN_CONSTANTS, TOKEN_FIELDS, own_partner

RIGHT_CODE, PASSWORD = "123456", "a password that is new"
WRONG_CODES = ("000000", "", "12345", "1234567", " {code}", "{password}")
CHALLENGE_NAMES = {"mfa": "SOFTWARE_TOKEN_MFA", "new": "NEW_PASSWORD_REQUIRED"}
SESSION_LIFETIME = 180
MARGIN, DRIFT = 5, 0.2
"""Seconds before the end of a `Session` in which it is not used, and after it in which clocks may differ."""


@property_test("AUTH-07.challenge", "AUTH-07.new_password", profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_a_challenge_comes_with_200_and_without_tokens(deployment: Deployment, role: str) -> None:
    answer, part = first_challenge(deployment, role), CHALLENGE_PARTS[role]
    assertions.status(answer, 200, part=part)
    body = json_or_none(answer) or {}
    assertions.equal("tokens in the response", [name for name in TOKEN_FIELDS if name in body], [], part=part)


@property_test("AUTH-07.names")
@pytest.mark.parametrize("role", STEPS)
def test_a_challenge_has_its_name_and_a_session(deployment: Deployment, role: str) -> None:
    answer = first_challenge(deployment, role)
    assertions.status(answer, 200, part=CHALLENGE_PARTS[role])
    body = json_or_none(answer) or {}
    part = "AUTH-07.names" if role == "mfa" else "AUTH-07.new_password"
    assertions.equal("members of the response", sorted(body), ["Challenge", "Session"], part="AUTH-07.names")
    assertions.equal("the challenge", body.get("Challenge"), CHALLENGE_NAMES[role], part=part)
    second = open_session(deployment, role).text
    is_new = bool(body.get("Session")) and body.get("Session") != second
    assertions.is_true("the Session is a new string each time", is_new, part="AUTH-07.names")


@property_test(
    "AUTH-07.answer", "AUTH-07.new_password", "AUTH-07.result", profile="smoke", writes=("answerNewPasswordChallenge",)
)
@pytest.mark.parametrize("role", STEPS)
def test_the_right_answer_completes_the_sign_in(deployment: Deployment, role: str) -> None:
    answer = complete_challenge(deployment, role).response
    part = "AUTH-07.new_password" if role == "new" else "AUTH-07.names" if answer.status_code == 400 else None
    assertions.status(answer, 200, part=part or "AUTH-07.answer")
    body = json_or_none(answer) or {}
    others = {name: body[name] for name in body if name not in TOKEN_FIELDS}
    assertions.equal("fields other than the tokens", others, SIGN_IN_CONSTANTS, part="AUTH-07.result")
    if answer.status_code != 200:
        return
    token = body.get("AccessToken")
    assertions.is_true("there is an AccessToken", bool(token), seen=sorted(body), part=part or "AUTH-07.answer")
    partner_id = None if own_partner(body.get("IdToken")) else deployment.partner_id
    reader = deployment.anonymous.with_headers(authorization=f"Bearer {token}", x_preferred_partner_id=partner_id)
    assertions.status(reader.call("getPartner"), 200, part=part or "AUTH-07.answer")
    refreshed = deployment.anonymous.call("refreshToken", body={"token": body.get("RefreshToken")})
    assertions.status(refreshed, 200, part="AUTH-07.result")


@property_test(
    "AUTH-07.session", "AUTH-08.refused", "AUTH-07.result", profile="smoke", writes=("answerNewPasswordChallenge",)
)
@pytest.mark.parametrize("role", STEPS)
def test_a_session_works_once(deployment: Deployment, role: str) -> None:
    completed = complete_challenge(deployment, role)
    if completed.response.status_code != 200:
        raise InconclusiveError("the first answer is refused")
    expect_refused(completed.again, "a second answer")
    assertions.refusal(completed.again, 401, STEPS[role][2], part="AUTH-08.refused")


def expect_refused(answer: httpx2.Response, what: str) -> None:
    seen = answer.status_code
    assertions.is_true(
        f"{what} is refused", answer.is_client_error, expected="a refusal", seen=seen, part="AUTH-07.session"
    )


@property_test("AUTH-07.session", "AUTH-08.refused")
def test_a_session_lives_three_minutes(deployment: Deployment) -> None:
    require_right_code(deployment)
    old, young = open_session(deployment, "mfa"), open_session(deployment, "mfa")
    margin, drift = (1, 0) if deployment.is_sandbox else (MARGIN, DRIFT)
    deployment.clock.wait_for_age("session", young.at, SESSION_LIFETIME - margin)
    answer = answer_challenge(deployment, "mfa", young, require_code(deployment))
    assertions.status(answer, 200, part="AUTH-07.session")
    deployment.clock.wait_for_age("session", old.at, SESSION_LIFETIME + drift)
    answer = answer_challenge(deployment, "mfa", old, require_code(deployment))
    expect_refused(answer, "an answer after 180 s")
    assertions.refusal(answer, 401, MFA_REFUSED, part="AUTH-08.refused")


@example("AUTH-08.refused")
@pytest.mark.parametrize("role", STEPS)
def test_a_session_is_over_at_the_180th_second(sandbox: Sandbox, role: str) -> None:
    session = open_session(sandbox, role)
    sandbox.advance(seconds=SESSION_LIFETIME)
    answer = answer_challenge(sandbox, role, session, right_answer(sandbox, role))
    assertions.refusal(answer, 401, STEPS[role][2])


@property_test("AUTH-08.refused")
def test_a_wrong_code_is_refused(deployment: Deployment) -> None:
    """The codes are few, because a target may lock a user after several wrong ones."""
    for wrong in require_cases(deployment.sample(list_wrong_codes(deployment)), "a wrong code"):
        answer = answer_challenge(deployment, "mfa", open_session(deployment, "mfa"), wrong)
        assertions.refusal(answer, 401, MFA_REFUSED, part="AUTH-08.refused")


@property_test("AUTH-08.used_up")
def test_a_wrong_code_spends_the_session(deployment: Deployment) -> None:
    require_right_code(deployment)
    session = open_session(deployment, "mfa")
    first = answer_challenge(deployment, "mfa", session, list_wrong_codes(deployment)[0])
    assertions.status(first, 401, part="AUTH-08.refused")
    answer = answer_challenge(deployment, "mfa", session, require_code(deployment))
    assertions.refusal(answer, 401, MFA_REFUSED, part="AUTH-08.used_up")


def require_right_code(deployment: Deployment) -> None:
    """Raise InconclusiveError if the known code does not complete a sign-in, which other contracts check."""
    if complete_challenge(deployment, "mfa").response.status_code != 200:
        raise InconclusiveError("the code of the second factor does not complete a sign-in")


def list_wrong_codes(deployment: Deployment) -> list[str]:
    person = deployment.credentials("mfa")
    code = deployment.second_factor_code or RIGHT_CODE
    codes = [wrong.format(code=code, password=person.password) for wrong in WRONG_CODES]
    return [wrong for wrong in codes if wrong != code]


@property_test("AUTH-08.refused", profile="smoke")
@pytest.mark.parametrize("role", STEPS)
def test_a_session_that_nobody_opened_is_401(deployment: Deployment, role: str) -> None:
    given = RIGHT_CODE if role == "mfa" else PASSWORD
    for session in (f"session-{deployment.run_id}", ""):
        assertions.refusal(answer_challenge(deployment, role, session, given), 401, STEPS[role][2])


@property_test("AUTH-08.refused", writes=("answerNewPasswordChallenge",))
@pytest.mark.parametrize("role", STEPS)
def test_a_session_is_good_for_its_own_step_only(deployment: Deployment, role: str) -> None:
    """The password is the user's own, so that nothing changes if the step is accepted nevertheless."""
    other = "new" if role == "mfa" else "mfa"
    given = deployment.credentials("mfa").password if other == "new" else RIGHT_CODE
    answer = answer_challenge(deployment, other, open_session(deployment, role), given)
    assertions.refusal(answer, 401, STEPS[other][2], part="AUTH-08.refused")
    assertions.status(start_sign_in(deployment, role), 200, part=CHALLENGE_PARTS[role])


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


@property_test("AUTH-08.new_password", writes=("answerNewPasswordChallenge",))
@pytest.mark.parametrize(
    "derive",
    [
        pytest.param(lambda old: "", id="empty"),
        pytest.param(lambda old: old.ljust(257, "y"), id="257 characters"),
        pytest.param(lambda old: old, id="the old one"),
    ],
)
def test_a_new_password_that_will_not_do_is_400_and_changes_nothing(
    deployment: Deployment, derive: Callable[[str], str]
) -> None:
    person = deployment.credentials("new")
    session = open_session(deployment, "new")
    answer = answer_challenge(deployment, "new", session, derive(person.password))
    assertions.refusal(answer, 400, field="new_password", part="AUTH-08.new_password")
    if answer.is_success:
        return
    body = json_or_none(start_sign_in(deployment, "new")) or {}
    is_asked_again = isinstance(body, dict) and "AccessToken" not in body
    assertions.is_true(
        "the next sign-in asks for a new password", is_asked_again, seen=sorted(body), part="AUTH-08.new_password"
    )


@property_test("AUTH-07.new_password", writes=("answerNewPasswordChallenge",))
def test_a_new_password_takes_the_place_of_the_old_one(deployment: Deployment) -> None:
    changed, part = complete_challenge(deployment, "new"), "AUTH-07.new_password"
    assertions.status(changed.response, 200, part=part)
    if changed.response.status_code != 200:
        return
    assertions.status(try_sign_in(deployment, changed.username, changed.old_password), 401, part=part)
    expect_tokens(deployment, changed.username, changed.password, part)
    person = deployment.credentials("partner")
    assertions.status(try_sign_in(deployment, person.username, person.password), 200, part=part)


@property_test("AUTH-08.new_password", writes=("answerNewPasswordChallenge",))
@pytest.mark.parametrize(
    "derive",
    [
        pytest.param(lambda old: "x", id="1 character"),
        pytest.param(lambda old: old.ljust(256, "y"), id="256 characters"),
        pytest.param(lambda old: f"{old} Grüße, 你好 🎟", id="no ASCII"),
        pytest.param(lambda old: f"  {old}  ", id="spaces around it"),
    ],
)
def test_a_new_password_is_any_text_of_1_to_256_characters(
    deployment: Deployment, derive: Callable[[str], str]
) -> None:
    person, password = deployment.credentials("new"), derive_password(deployment, derive)
    answer = answer_challenge(deployment, "new", open_session(deployment, "new"), password)
    assertions.status(answer, 200, part="AUTH-08.new_password")
    if answer.status_code == 200:
        expect_tokens(deployment, person.username, password, "AUTH-08.new_password")


def expect_tokens(deployment: Deployment, username: str, password: str, part: str) -> None:
    """Sign in. The response must contain an AccessToken."""
    answer = try_sign_in(deployment, username, password)
    assertions.status(answer, 200, part=part)
    body = json_or_none(answer)
    names = sorted(body) if isinstance(body, dict) else []
    assertions.one_of("members of the response to the next sign-in", "AccessToken", names, part=part)
