"""What only a long wait shows: the end of a token."""

from contracts.dsl import assertions, steps
from contracts.dsl.early_starts import EarlyStart
from contracts.spec.markers import property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment

LIFETIME = 3_600
MARGIN = 30
"""Seconds before and after a token's end in which both answers are right: the clocks and the network differ."""


def status_with(deployment: Deployment, headers: dict[str, str]) -> int:
    return Client(deployment.connection, headers).call("listEvents", query={"limit": 1}).status_code


@property_test("AUTH-06.access", early="token")
def test_a_token_is_valid_for_an_hour_and_not_longer(deployment: Deployment, early_start: EarlyStart) -> None:
    headers = early_start.value
    deployment.clock.wait_for_age("token", early_start.at, LIFETIME - MARGIN)
    assertions.equal("status before the token is an hour old", status_with(deployment, headers), 200)
    deployment.clock.wait_for_age("token", early_start.at, LIFETIME + MARGIN)
    assertions.equal("status after an hour", status_with(deployment, headers), 401)


@property_test("AUTH-06.access", early="token", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_token_is_refused_for_writes_after_an_hour(writable: Deployment, early_start: EarlyStart) -> None:
    path = {"package_id": steps.ensure_built_package(writable)}
    writable.clock.wait_for_age("token", early_start.at, LIFETIME + MARGIN)
    client = Client(writable.connection, early_start.value)
    answer = client.call("replaceEvaluationSettings", path, body=steps.settings_body())
    assertions.equal("status after an hour", answer.status_code, 401)
