"""Sign-ins that need more than a password: their challenges, the answers, and changes of passwords."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from contracts.dsl import assertions
from contracts.dsl.measurements import read_once, remember
from contracts.spec.redactor import PASSWORD, REDACTOR
from contracts.spec.verdicts import BlockedError, InconclusiveError, NotApplicableError
from contracts.target.client import json_or_none
from contracts.target.deployment import Deployment
from contracts.target.target import SAMPLE_PASSWORD

MFA, NEW_PASSWORD = "answerMfaChallenge", "answerNewPasswordChallenge"
MFA_REFUSED, NEW_PASSWORD_REFUSED = "error.auth.mfa_required", "error.auth.invalid_credentials"
STEPS: Mapping[str, tuple[str, str, str]] = {
    "mfa": (MFA, "mfa_token", MFA_REFUSED),
    "new": (NEW_PASSWORD, "new_password", NEW_PASSWORD_REFUSED),
}
"""For each role: the operation that answers its challenge, the field of the answer, and the key of a refusal."""
CHALLENGE_PARTS = {"mfa": "AUTH-07.challenge", "new": "AUTH-07.new_password"}
"""For each role, the part which says that its sign-in is answered with a challenge."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The `Session` of a challenge. `at` is the deployment's `seconds()` when the response had arrived."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class CompletedSignIn:
    """A challenge that was answered correctly: the response, and the one to the same answer sent again.

    `old_password` was the user's before, `password` is the one after.
    """

    username: str
    old_password: str
    password: str
    response: httpx2.Response
    again: httpx2.Response


def start_sign_in(deployment: Deployment, role: str) -> httpx2.Response:
    """Sign in as the role's user, who then has to answer a challenge. Raises BlockedError if the password is wrong."""
    person = deployment.credentials(role)
    answer = try_sign_in(deployment, person.username, person.password)
    body = json_or_none(answer)
    message = body.get("message") if isinstance(body, dict) else None
    if not deployment.is_sandbox and (answer.status_code, message) == (401, NEW_PASSWORD_REFUSED):
        raise BlockedError(f"cannot sign in as {person.username}: is the password right?")
    return answer


def try_sign_in(deployment: Deployment, username: str, password: str) -> httpx2.Response:
    """Sign in and return the response."""
    return deployment.anonymous.call("signIn", body={"username": username, "password": password})


def first_challenge(deployment: Deployment, role: str) -> httpx2.Response:
    """Return the response to a sign-in as the role's user. On the target's own data, contracts share it."""
    name = f"challenge of {deployment.credentials(role).username}"
    return read_once(deployment, name, lambda: start_sign_in(deployment, role))


def open_session(deployment: Deployment, role: str) -> OpenSession:
    """Sign in and return the challenge's `Session`. Raises InconclusiveError if the response has none."""
    answer = start_sign_in(deployment, role)
    assertions.status(answer, 200, part=CHALLENGE_PARTS[role])
    body = json_or_none(answer)
    session = body.get("Session") if isinstance(body, dict) else None
    if not isinstance(session, str) or not session:
        part = CHALLENGE_PARTS[role] if session is None else "AUTH-07.names"
        assertions.equal("the Session of the challenge", session, "a text", part=part)
        raise InconclusiveError("the sign-in gave no Session to answer with")
    return OpenSession(session, deployment.seconds())


def answer_challenge(deployment: Deployment, role: str, session: OpenSession | str, given: Any) -> httpx2.Response:
    """Answer the challenge of a role with a code or a new password."""
    operation, field, _ = STEPS[role]
    text = session if isinstance(session, str) else session.text
    return deployment.anonymous.call(operation, body={"Session": text, field: given})


def right_answer(deployment: Deployment, role: str) -> str:
    """Return the code of the second factor, or a password that the user does not have yet."""
    return require_code(deployment) if role == "mfa" else derive_password(deployment)


def require_code(deployment: Deployment) -> str:
    """Return the code of the second factor. Raises NotApplicableError if it is not known."""
    if deployment.second_factor_code is None:
        raise NotApplicableError("needs the code of the second factor: set CONTRACTS_SECOND_FACTOR_CODE")
    return deployment.second_factor_code


def derive_password(deployment: Deployment, derive: Callable[[str], str] = lambda old: old) -> str:
    """Return a new password for the user `new`, which only those can know who know the old one.

    `derive` changes the old one with the run's id after it.
    """
    old = deployment.credentials("new").password
    password = derive(f"{old}-{deployment.run_id}-Aa1")
    if old != SAMPLE_PASSWORD:
        REDACTOR.learn(password, PASSWORD)
    return password


def complete_challenge(deployment: Deployment, role: str) -> CompletedSignIn:
    """Sign in and answer the challenge correctly, twice. On the target's own data, contracts share it.

    Only the first answer may be accepted. Raises BlockedError if a code that the user of the suite gave is refused.
    """

    def complete() -> CompletedSignIn:
        person = deployment.credentials(role)
        given = right_answer(deployment, role)
        session = open_session(deployment, role)
        response = answer_challenge(deployment, role, session, given)
        if role == "mfa" and response.status_code == 401 and not deployment.is_sandbox:
            raise BlockedError("the code of the second factor is refused: is CONTRACTS_SECOND_FACTOR_CODE right?")
        again = answer_challenge(deployment, role, session, given)
        changed = given if role == "new" else person.password
        return CompletedSignIn(person.username, person.password, changed, response, again)

    return complete() if deployment.is_sandbox else remember(deployment, f"completed sign-in of {role}", complete)
