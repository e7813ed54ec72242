"""What only a long wait shows: the end of a token, and that a refresh token lives on."""

from contracts.dsl import assertions, steps
from contracts.dsl.early_starts import ATTRIBUTION, EarlyStart
from contracts.dsl.next_runs import observe_next_runs
from contracts.spec.markers import property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment

LIFETIME, DAY = 3_600, 86_400
MARGIN = 30
"""Seconds before and after a token's end in which both answers are right: the clocks and the network differ."""


def client_with(deployment: Deployment, body: dict[str, str]) -> Client:
    """Return a client with the access token of a sign-in or a refresh."""
    return deployment.anonymous.with_headers(
        authorization=f"Bearer {body['AccessToken']}",
        x_preferred_partner_id=deployment.credentials("partner").partner_id,
    )


def status_with(deployment: Deployment, body: dict[str, str]) -> int:
    return client_with(deployment, body).call("listEvents", query={"limit": 1}).status_code


def refresh(deployment: Deployment, body: dict[str, str]) -> dict[str, str]:
    """Refresh the tokens of a sign-in. The status must be 200. Return the body."""
    answer = deployment.anonymous.call("refreshToken", body={"token": body["RefreshToken"]})
    assertions.status(answer, 200)
    return dict(answer.json())


@property_test("AUTH-06.access", "ERR-03.unauthorized", "ERR-01.other_keys", early="token")
def test_a_token_is_valid_for_an_hour_and_not_longer(deployment: Deployment, early_start: EarlyStart) -> None:
    """A run that has taken an hour until now sees only the end."""
    if deployment.is_sandbox or early_start.age() < LIFETIME - MARGIN:
        deployment.clock.wait_for_age("token", early_start.at, LIFETIME - MARGIN)
        status = status_with(deployment, early_start.value)
        assertions.equal("status before the token is an hour old", status, 200, part="AUTH-06.access")
    deployment.clock.wait_for_age("token", early_start.at, LIFETIME + MARGIN)
    answer = client_with(deployment, early_start.value).call("listEvents", query={"limit": 1})
    assertions.equal("status after an hour", answer.status_code, 401)
    assertions.refusal(answer, 401, "error.auth.token_expired", part="ERR-01.other_keys")


@property_test("AUTH-06.access", early="token", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_token_is_refused_for_writes_after_an_hour(writable: Deployment, early_start: EarlyStart) -> None:
    path = {"package_id": steps.ensure_built_package(writable)}
    writable.clock.wait_for_age("token", early_start.at, LIFETIME + MARGIN)
    answer = client_with(writable, early_start.value).call(
        "replaceEvaluationSettings", path, body=steps.settings_body()
    )
    assertions.equal("status after an hour", answer.status_code, 401)


@property_test("AUTH-06.access", early="token")
def test_a_refreshed_token_outlives_the_first_one(deployment: Deployment, early_start: EarlyStart) -> None:
    deployment.clock.wait_for_age("token", early_start.at, LIFETIME + MARGIN)
    status = status_with(deployment, refresh(deployment, early_start.value))
    assertions.equal("status with a new token after the first one has ended", status, 200)


@property_test("AUTH-05.lifetime", "AUTH-06.refresh", early=ATTRIBUTION)
def test_a_refresh_token_is_valid_for_longer_than_a_day(deployment: Deployment, early_start: EarlyStart) -> None:
    """In a sandbox, its age alone counts. Elsewhere, the age that it has after the next attribution runs."""
    if not deployment.is_sandbox:
        observe_next_runs(deployment)
    deployment.clock.wait_for_age(ATTRIBUTION, early_start.at, DAY + MARGIN)
    body = refresh(deployment, early_start.value)
    assertions.equal("status with a token of a refresh after a day", status_with(deployment, body), 200)
