"""More sign-ins in a minute than the documentation allows, if the user of the suite allows that: what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import httpx2

from contracts.dsl.measurements import remember
from contracts.spec.verdicts import NotApplicableError
from contracts.target.client import Client, OpenGate
from contracts.target.deployment import Deployment
from contracts.target.retries import PlainSender
from contracts.target.session import TargetSession

MOST_SIGN_INS = 30
"""How many sign-ins are sent at most. About 10 are allowed in a minute."""
SIGN_INS_MEANWHILE = 10
MINUTE = 60
TOO_MANY = 429
MARGIN = 2


@dataclass(frozen=True, slots=True)
class SignInBurst:
    """The first refused sign-in, and what was answered next: to a refresh, to `/status/`, and to sign-ins later.

    `refusal` is None if no sign-in was refused. `meanwhile` are the responses to sign-ins within a minute after it, and
    `later` is the one after this minute.
    """

    refusal: httpx2.Response | None
    refresh: httpx2.Response
    status: httpx2.Response
    meanwhile: Sequence[httpx2.Response]
    later: httpx2.Response


def exceed_sign_ins(deployment: Deployment, target_session: TargetSession) -> SignInBurst:
    """Exceed the limit of sign-ins once. On the target's own data, contracts share the responses.

    Raises NotApplicableError if the run may not exceed it.
    """
    if deployment.is_sandbox:
        with target_session.sandbox(rate_limits={}) as limited:
            return _exceed(limited)
    if not target_session.target.exceeds_limits:
        raise NotApplicableError("needs permission to exceed the limit of sign-ins: pass --exceed-limits")
    return remember(deployment, "exceeded sign-ins", lambda: _exceed(deployment))


def _exceed(deployment: Deployment) -> SignInBurst:
    client = Client(replace(deployment.connection, gate=OpenGate(), sender=PlainSender()))
    username = f"nobody-{deployment.run_id}@contracts.example"
    answers = [_sign_in(client, username)]
    while answers[-1].status_code != TOO_MANY and len(answers) < MOST_SIGN_INS:
        answers.append(_sign_in(client, username))
    refusal = answers[-1] if answers[-1].status_code == TOO_MANY else None
    refused_at = deployment.seconds()
    deployment.clock.wait_for_age("limit", refused_at, 0)
    refresh, status = client.call("refreshToken", body={"token": "none"}), client.call("getStatus")
    meanwhile = []
    for age in (MINUTE // 3, 2 * MINUTE // 3):
        deployment.clock.wait_for_age("limit", refused_at, age)
        meanwhile += [_sign_in(client, username) for _ in range(SIGN_INS_MEANWHILE)]
    deployment.clock.wait_for_age("limit", refused_at, MINUTE + MARGIN)
    return SignInBurst(refusal, refresh, status, meanwhile, _sign_in(client, username))


def _sign_in(client: Client, username: str) -> httpx2.Response:
    return client.call("signIn", body={"username": username, "password": "none"})
