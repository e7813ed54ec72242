"""Tokens: what each kind of token authorizes, how long it is valid, and how it is refreshed."""

from collections.abc import Callable, Mapping

import pytest

from contracts.dsl import assertions, authenticated_operations, steps
from contracts.dsl.authenticated_operations import PartnerRecords
from contracts.dsl.measurements import remember
from contracts.dsl.steps import WINDOW_FIELD, complete_sign_in
from contracts.spec.markers import example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.tokens import Claims, forge_admin_claims, parse_claims, strip_signature

DAY, HOUR = 86_400, 3_600
FEW_READS = 4
"""How many reads stand for all of them, where few requests are sent to a target."""
INVALID_TOKEN_FORMS: Mapping[str, Callable[[str], str]] = {
    "no scheme": lambda token: token,
    "the scheme alone": lambda token: "Bearer",
    "nothing": lambda token: "",
    "another scheme": lambda token: f"Basic {token}",
    "not a token": lambda token: "Bearer none",
    "a letter less": lambda token: f"Bearer {token[:-1]}",
    "without a signature": lambda token: f"Bearer {token.rpartition('.')[0]}.",
    "its claims altered": lambda token: f"Bearer {forge_admin_claims(token)}",
    "its algorithm none": lambda token: f"Bearer {strip_signature(token)}",
}


def client_with_token(deployment: Deployment, token: str) -> Client:
    return deployment.anonymous.with_headers(authorization=f"Bearer {token}")


def refresh(deployment: Deployment, token: str, **device_keys: str | None) -> Claims:
    answer = deployment.anonymous.call("refreshToken", body={"token": token, **device_keys})
    assertions.status(answer, 200)
    return dict(answer.json())


def first_refresh(deployment: Deployment, tokens: Claims | None = None) -> Claims:
    """Refresh tokens, by default those of a new sign-in. Where few sign-ins are wanted, contracts share one refresh."""
    if not deployment.samples_cases:
        return refresh(deployment, (tokens or complete_sign_in(deployment))["RefreshToken"])
    return remember(
        deployment, "first refresh", lambda: refresh(deployment, complete_sign_in(deployment)["RefreshToken"])
    )


def status_of_read(deployment: Deployment, token: str) -> int:
    """Read the events with a token, and return the status of the response."""
    partner_id = deployment.credentials("partner").partner_id
    return (
        client_with_token(deployment, token)
        .with_headers(x_preferred_partner_id=partner_id)
        .call("listEvents")
        .status_code
    )


def expect_all_refused(deployment: Deployment, client: Client, status: int) -> None:
    for operation in deployment.sample(authenticated_operations.read_operations(deployment.api_spec), FEW_READS):
        answer = authenticated_operations.send_placeholder(client, operation)
        assertions.status(answer, status, part=authenticated_operations.find_order_part(answer, operation))


@property_test("AUTH-04.bearer", profile="smoke")
def test_no_read_answers_without_a_token(deployment: Deployment) -> None:
    expect_all_refused(deployment, deployment.anonymous, 401)
    expect_all_refused(deployment, deployment.anonymous.with_headers(x_preferred_partner_id=deployment.partner_id), 401)


@property_test("AUTH-04.bearer")
@pytest.mark.parametrize("form", INVALID_TOKEN_FORMS)
def test_no_read_answers_to_what_is_no_access_token(deployment: Deployment, form: str) -> None:
    token = complete_sign_in(deployment)["AccessToken"]
    expect_all_refused(deployment, deployment.partner.with_headers(authorization=INVALID_TOKEN_FORMS[form](token)), 401)


@property_test("AUTH-04.other_tokens", profile="smoke")
@pytest.mark.parametrize("name", ["IdToken", "RefreshToken"])
def test_no_read_answers_to_another_token_of_the_sign_in(deployment: Deployment, name: str) -> None:
    expect_all_refused(
        deployment, deployment.partner.with_headers(authorization=f"Bearer {complete_sign_in(deployment)[name]}"), 401
    )


@property_test("AUTH-04.bearer", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_write_that_is_refused_for_its_token_changes_nothing(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    before = steps.read_settings(writable.partner, package)
    body = steps.settings_body(before[WINDOW_FIELD] % 365 + 1)
    for authorization in (None, "Bearer none"):
        client = writable.partner.with_headers(authorization=authorization)
        answer = client.call("replaceEvaluationSettings", {"package_id": package}, body=body)
        assertions.status(answer, 401)
    assertions.equal("the settings afterwards", steps.read_settings(writable.partner, package), before)


@property_test("AUTH-04.bearer", profile="smoke")
def test_every_read_takes_the_access_token(deployment: Deployment) -> None:
    for operation in deployment.sample(authenticated_operations.read_operations(deployment.api_spec), FEW_READS):
        answer = authenticated_operations.send_placeholder(deployment.partner, operation)
        among_refusals = answer.status_code in (401, 403) and "{partner_id}" not in operation.path
        assertions.is_true(
            f"{operation.id} accepts the token", not among_refusals, seen=f"{answer.status_code} {answer.text}"
        )


@example("AUTH-04.bearer")
@pytest.mark.parametrize(
    "form", ["", "Bearer none", "Basic {AccessToken}", "Bearer {IdToken}", "Bearer {RefreshToken}"]
)
def test_no_write_is_done_for_what_is_no_access_token(sandbox: Sandbox, form: str) -> None:
    records = PartnerRecords(sandbox)
    before, given = records.read_state(), form.format(**complete_sign_in(sandbox))
    for answer in records.call_all_writes(sandbox.partner.with_headers(authorization=given or None)):
        assertions.status(answer, 401)
    assertions.equal("records that the writes must not change", records.read_state(), before)


@property_test("AUTH-04.bearer", profile="smoke")
def test_status_and_sign_in_look_at_no_token(deployment: Deployment) -> None:
    person = deployment.credentials("partner")
    for client in deployment.sample((client_with_token(deployment, "none"), deployment.anonymous)):
        assertions.status(client.call("getStatus"), 200)
        signed_in = client.call("signIn", body={"username": person.username, "password": person.password})
        assertions.status(signed_in, 200)
        if not deployment.samples_cases:
            refreshed = client.call("refreshToken", body={"token": signed_in.json()["RefreshToken"]})
            assertions.status(refreshed, 200)


@property_test("AUTH-05.new_tokens", profile="smoke")
def test_a_refresh_answers_a_new_access_token_and_id_token(deployment: Deployment) -> None:
    first = complete_sign_in(deployment)
    second = first_refresh(deployment, first)
    missing = {"AccessToken", "IdToken", "TokenType"} - set(second)
    assertions.equal("members that the response lacks", missing, set())
    assertions.equal("type", second["TokenType"], "Bearer")
    for name in ("AccessToken", "IdToken"):
        assertions.is_true(f"the {name} is new", second[name] not in ("", first[name]), seen=second[name])
    assertions.equal(
        "status of a read with the new AccessToken", status_of_read(deployment, second["AccessToken"]), 200
    )


@property_test("AUTH-05.expires_in")
def test_a_refresh_answers_the_lifetime_and_no_refresh_token(deployment: Deployment) -> None:
    refreshed = first_refresh(deployment)
    assertions.equal("lifetime", refreshed.get("ExpiresIn"), 3600)
    names = ["AccessToken", "ExpiresIn", "IdToken", "TokenType"]
    assertions.equal("members of the response", sorted(refreshed), names)


@property_test("AUTH-05.device_keys", "AUTH-05.device_keys_ignored", profile="smoke")
@pytest.mark.parametrize("key", [None, "", "eu-central-1_5f0c2a91"], ids=["null", "empty", "a text"])
def test_a_refresh_takes_device_keys(deployment: Deployment, key: str | None) -> None:
    token = complete_sign_in(deployment)["RefreshToken"]
    plain = first_refresh(deployment)
    cases = ({"device_key": key}, {"device_group_key": key}, {"device_key": key, "device_group_key": key})
    for keys in deployment.sample(cases):
        refreshed = refresh(deployment, token, **keys)
        assertions.equal(f"members of the response to {keys}", sorted(refreshed), sorted(plain))
        assertions.equal(
            f"status of a read after a refresh with {keys}", status_of_read(deployment, refreshed["AccessToken"]), 200
        )


@property_test("AUTH-05.new_tokens")
def test_a_refreshed_id_token_tells_the_same_of_the_user(deployment: Deployment) -> None:
    first = complete_sign_in(deployment)
    second = first_refresh(deployment, first)
    before, after = parse_claims(first["IdToken"]), parse_claims(second["IdToken"])
    for name in ("sub", "email", "cognito:groups"):
        assertions.equal(f"{name} after a refresh", after.get(name), before.get(name))


@property_test("AUTH-05.lifetime", profile="smoke")
def test_a_refresh_token_works_again_and_again(deployment: Deployment) -> None:
    token = complete_sign_in(deployment)["RefreshToken"]
    count = 2 if deployment.samples_cases else 3
    found = {first_refresh(deployment)["AccessToken"]}
    found |= {refresh(deployment, token)["AccessToken"] for _ in range(count - 1)}
    assertions.equal(f"AccessTokens of {count} refreshes", len(found), count)
    for access_token in found:
        assertions.equal("status of a read with each AccessToken", status_of_read(deployment, access_token), 200)


@property_test("AUTH-05.new_tokens", profile="smoke", gotcha="G-11")
def test_the_field_of_a_refresh_is_token(deployment: Deployment) -> None:
    token = complete_sign_in(deployment)["RefreshToken"]
    for name in deployment.sample(("refresh_token", "RefreshToken", "refreshToken", "Token")):
        answer = deployment.anonymous.call("refreshToken", body={name: token})
        assertions.refusal(answer, 400, field="token")


@property_test("AUTH-05.new_tokens")
@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 7}, {"token": ["a"]}], ids=str)
def test_a_refresh_needs_a_token_that_is_a_text(deployment: Deployment, body: dict[str, object]) -> None:
    assertions.status(deployment.anonymous.call("refreshToken", body=body), 400)


@property_test("AUTH-05.invalid")
def test_a_refresh_with_another_token_is_400(deployment: Deployment) -> None:
    tokens = complete_sign_in(deployment)
    right = tokens["RefreshToken"]
    others = (
        tokens["AccessToken"],
        tokens["IdToken"],
        right[:-1],
        forge_admin_claims(right),
        strip_signature(right),
        "none",
        "",
    )
    for token in deployment.sample(others):
        assertions.refusal(deployment.anonymous.call("refreshToken", body={"token": token}), 400)


@property_test("AUTH-05.no_partner")
@pytest.mark.parametrize("role", ["second", "admin"])
def test_a_refresh_needs_no_partner_header(deployment: Deployment, role: str) -> None:
    tokens = complete_sign_in(deployment, role)
    refresh(deployment, tokens["RefreshToken"])


@example("AUTH-06.access", profile="smoke")
def test_an_access_token_is_good_for_an_hour(sandbox: Sandbox) -> None:
    token = complete_sign_in(sandbox)["AccessToken"]
    sandbox.advance(seconds=HOUR - 1)
    assertions.equal("status after 3599 s", status_of_read(sandbox, token), 200)
    sandbox.advance(seconds=2)
    assertions.equal("status after 3601 s", status_of_read(sandbox, token), 401)
    sandbox.advance(days=400)
    assertions.equal("status after more than a year", status_of_read(sandbox, token), 401)


@example("AUTH-06.end", "AUTH-06.clock", profile="smoke")
def test_an_access_token_has_expired_at_exactly_3600_s(sandbox: Sandbox) -> None:
    token = complete_sign_in(sandbox)["AccessToken"]
    sandbox.advance(seconds=HOUR)
    assertions.equal("status after 3600 s", status_of_read(sandbox, token), 401)


@example("AUTH-06.access")
def test_a_token_that_has_expired_is_good_for_nothing(sandbox: Sandbox) -> None:
    records, token = PartnerRecords(sandbox), complete_sign_in(sandbox)["AccessToken"]
    sandbox.advance(seconds=HOUR + 1)
    old = sandbox.partner.with_headers(authorization=f"Bearer {token}")
    owner = sandbox.sign_in("partner")
    before = records.read_state(owner)
    expect_all_refused(sandbox, old, 401)
    for answer in records.call_all_writes(old):
        assertions.status(answer, 401)
    assertions.equal("records that the writes must not change", records.read_state(owner), before)


@example("AUTH-06.access")
def test_a_refreshed_access_token_lives_from_its_own_beginning(sandbox: Sandbox) -> None:
    tokens = complete_sign_in(sandbox)
    sandbox.advance(seconds=HOUR - 600)
    second = refresh(sandbox, tokens["RefreshToken"])["AccessToken"]
    sandbox.advance(seconds=601)
    seen = (status_of_read(sandbox, tokens["AccessToken"]), status_of_read(sandbox, second))
    assertions.equal("statuses with the first and with the second token, 3601 s after the sign-in", seen, (401, 200))
    sandbox.advance(seconds=HOUR - 602)
    assertions.equal("status with the second token after 3599 s", status_of_read(sandbox, second), 200)
    sandbox.advance(seconds=2)
    assertions.equal("status with the second token after 3601 s", status_of_read(sandbox, second), 401)


@example("AUTH-05.lifetime", "AUTH-06.refresh", profile="smoke")
def test_a_refresh_token_lives_thirty_days(sandbox: Sandbox) -> None:
    token = complete_sign_in(sandbox)["RefreshToken"]
    sandbox.advance(seconds=30 * DAY - 1)
    assertions.equal(
        "status with a fresh AccessToken", status_of_read(sandbox, refresh(sandbox, token)["AccessToken"]), 200
    )
    sandbox.advance(seconds=2)
    assertions.refusal(sandbox.anonymous.call("refreshToken", body={"token": token}), 400)


@example("AUTH-06.end")
def test_a_refresh_token_has_expired_at_exactly_thirty_days(sandbox: Sandbox) -> None:
    token = complete_sign_in(sandbox)["RefreshToken"]
    sandbox.advance(days=30)
    assertions.refusal(sandbox.anonymous.call("refreshToken", body={"token": token}), 400)


@example("AUTH-05.lifetime")
def test_a_refresh_does_not_lengthen_the_refresh_tokens_life(sandbox: Sandbox) -> None:
    token = complete_sign_in(sandbox)["RefreshToken"]
    for _ in range(2):
        sandbox.advance(days=14)
        refresh(sandbox, token)
    sandbox.advance(days=3)
    assertions.refusal(sandbox.anonymous.call("refreshToken", body={"token": token}), 400)
