"""What only a long wait shows: the end of a token."""

from functools import partial

from contracts.dsl import assertions
from contracts.dsl.allowed_calls import send_allowed
from contracts.dsl.early_starts import EarlyStart
from contracts.dsl.steps import settings_body
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.spec.markers import REFUSED_CALLS, property_test
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


@property_test("AUTH-06.access", early="token", writes=(REFUSED_CALLS,))
def test_a_token_is_refused_for_writes_after_an_hour(deployment: Deployment, early_start: EarlyStart) -> None:
    client, path = Client(deployment.connection, early_start.value), {"package_id": UNKNOWN_ID}
    deployment.clock.wait_for_age("token", early_start.at, LIFETIME + MARGIN)
    for answer in send_allowed([partial(client.call, "replaceEvaluationSettings", path, body=settings_body())]):
        assertions.equal("status after an hour", answer.status_code, 401)
