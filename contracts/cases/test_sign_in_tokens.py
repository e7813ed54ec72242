"""Tokens: which of them opens what, how long they live, and how they are refreshed."""

from collections.abc import Callable, Mapping

import pytest

from contracts.dsl import assertions, authenticated_operations
from contracts.dsl.authenticated_operations import Stall
from contracts.spec.markers import example, law
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.tokens import Claims, altered, claims_of, signed_in, unsigned

DAY, HOUR = 86_400, 3_600
FORMS: Mapping[str, Callable[[str], str]] = {
    "no scheme": lambda token: token,
    "the scheme alone": lambda token: "Bearer",
    "nothing": lambda token: "",
    "another scheme": lambda token: f"Basic {token}",
    "no token of anybody": lambda token: "Bearer none",
    "a letter less": lambda token: f"Bearer {token[:-1]}",
    "its signature cut off": lambda token: f"Bearer {token.rpartition('.')[0]}.",
    "its claims altered": lambda token: f"Bearer {altered(token)}",
    "its algorithm none": lambda token: f"Bearer {unsigned(token)}",
}


def bearing(deployment: Deployment, token: str) -> Client:
    return deployment.anonymous.having(authorization=f"Bearer {token}")


def tokens_of(deployment: Deployment, role: str = "partner") -> Claims:
    return signed_in(deployment.anonymous, deployment.person(role))


def refreshed(deployment: Deployment, token: str) -> Claims:
    answer = deployment.anonymous.call("refreshToken", body={"token": token})
    assertions.status(answer, 200)
    return dict(answer.json())


def opens(deployment: Deployment, token: str) -> int:
    """The status with which a token's bearer reads the events."""
    partner_id = deployment.person("partner").partner_id
    return bearing(deployment, token).having(x_preferred_partner_id=partner_id).call("listEvents").status_code


def all_refuse(deployment: Deployment, client: Client, status: int) -> None:
    for operation in authenticated_operations.reads(deployment.promises):
        assertions.status(authenticated_operations.asked(client, operation), status)


@law("AUTH-04", profile="smoke")
def test_no_read_answers_without_a_token(deployment: Deployment) -> None:
    all_refuse(deployment, deployment.anonymous, 401)
    all_refuse(deployment, deployment.anonymous.having(x_preferred_partner_id=deployment.partner_id), 401)


@law("AUTH-04")
@pytest.mark.parametrize("form", FORMS)
def test_no_read_answers_to_what_is_no_access_token(deployment: Deployment, form: str) -> None:
    token = tokens_of(deployment)["AccessToken"]
    all_refuse(deployment, deployment.partner.having(authorization=FORMS[form](token)), 401)


@law("AUTH-04", ruled=True, profile="smoke")
@pytest.mark.parametrize("name", ["IdToken", "RefreshToken"])
def test_no_read_answers_to_another_token_of_the_sign_in(deployment: Deployment, name: str) -> None:
    all_refuse(deployment, deployment.partner.having(authorization=f"Bearer {tokens_of(deployment)[name]}"), 401)


@law("AUTH-04", profile="smoke")
def test_every_read_takes_the_access_token(deployment: Deployment) -> None:
    for operation in authenticated_operations.reads(deployment.promises):
        answer = authenticated_operations.asked(deployment.partner, operation)
        among_refusals = answer.status_code in (401, 403) and "{partner_id}" not in operation.path
        assertions.that(
            f"{operation.id} takes the token", not among_refusals, seen=f"{answer.status_code} {answer.text}"
        )


@example("AUTH-04")
@pytest.mark.parametrize(
    "form", ["", "Bearer none", "Basic {AccessToken}", "Bearer {IdToken}", "Bearer {RefreshToken}"]
)
def test_no_write_is_done_for_what_is_no_access_token(sandbox: Sandbox, form: str) -> None:
    stall = Stall(sandbox)
    before, given = stall.seen(), form.format(**tokens_of(sandbox))
    for answer in stall.try_all(sandbox.partner.having(authorization=given or None)):
        assertions.status(answer, 401)
    assertions.equal("what the writes could have changed", stall.seen(), before)


@law("AUTH-04", profile="smoke")
def test_status_and_sign_in_look_at_no_token(deployment: Deployment) -> None:
    person = deployment.person("partner")
    for client in (deployment.anonymous, bearing(deployment, "none")):
        assertions.status(client.call("getStatus"), 200)
        tokens = signed_in(client, person)
        assertions.status(client.call("refreshToken", body={"token": tokens["RefreshToken"]}), 200)


@law("AUTH-05", profile="smoke")
def test_a_refresh_answers_a_new_access_token_and_id_token(deployment: Deployment) -> None:
    first = tokens_of(deployment)
    second = refreshed(deployment, first["RefreshToken"])
    assertions.equal("names in the answer", sorted(second), ["AccessToken", "ExpiresIn", "IdToken", "TokenType"])
    assertions.equal("life and type", (second["ExpiresIn"], second["TokenType"]), (3600, "Bearer"))
    for name in ("AccessToken", "IdToken"):
        assertions.that(f"the {name} is a new one", second[name] not in ("", first[name]), seen=second[name])
    assertions.equal("status of a read with the new AccessToken", opens(deployment, second["AccessToken"]), 200)


@law("AUTH-05")
def test_a_refreshed_id_token_tells_the_same_of_the_user(deployment: Deployment) -> None:
    first = tokens_of(deployment)
    second = refreshed(deployment, first["RefreshToken"])
    before, after = claims_of(first["IdToken"]), claims_of(second["IdToken"])
    for name in ("sub", "email", "cognito:groups"):
        assertions.equal(f"{name} after a refresh", after.get(name), before.get(name))


@law("AUTH-05", profile="smoke")
def test_a_refresh_token_works_again_and_again(deployment: Deployment) -> None:
    token = tokens_of(deployment)["RefreshToken"]
    found = {refreshed(deployment, token)["AccessToken"] for _ in range(3)}
    assertions.equal("AccessTokens of three refreshes", len(found), 3)
    for access_token in found:
        assertions.equal("status of a read with each of them", opens(deployment, access_token), 200)


@law("AUTH-05", profile="smoke", gotcha="G-11")
def test_the_field_of_a_refresh_is_token(deployment: Deployment) -> None:
    token = tokens_of(deployment)["RefreshToken"]
    for name in ("refresh_token", "RefreshToken", "refreshToken", "Token"):
        answer = deployment.anonymous.call("refreshToken", body={name: token})
        assertions.refused(answer, 400, field="token")


@law("AUTH-05")
@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 7}, {"token": ["a"]}], ids=str)
def test_a_refresh_needs_a_token_that_is_a_text(deployment: Deployment, body: dict[str, object]) -> None:
    assertions.status(deployment.anonymous.call("refreshToken", body=body), 400)


@law("AUTH-05")
def test_a_refresh_with_another_token_is_400(deployment: Deployment) -> None:
    tokens = tokens_of(deployment)
    right = tokens["RefreshToken"]
    others = (tokens["AccessToken"], tokens["IdToken"], right[:-1], altered(right), unsigned(right), "none", "")
    for token in others:
        assertions.refused(deployment.anonymous.call("refreshToken", body={"token": token}), 400)


@law("AUTH-05")
@pytest.mark.parametrize("role", ["second", "admin"])
def test_a_refresh_needs_no_partner_header(deployment: Deployment, role: str) -> None:
    tokens = tokens_of(deployment, role)
    refreshed(deployment, tokens["RefreshToken"])


@example("AUTH-06", profile="smoke")
def test_an_access_token_is_good_for_an_hour(sandbox: Sandbox) -> None:
    token = tokens_of(sandbox)["AccessToken"]
    sandbox.advance(seconds=HOUR - 1)
    assertions.equal("status after 3599 s", opens(sandbox, token), 200)
    sandbox.advance(seconds=2)
    assertions.equal("status after 3601 s", opens(sandbox, token), 401)
    sandbox.advance(days=400)
    assertions.equal("status after a year and more", opens(sandbox, token), 401)


@example("AUTH-06", ruled=True, profile="smoke")
def test_an_access_token_has_expired_at_exactly_3600_s(sandbox: Sandbox) -> None:
    token = tokens_of(sandbox)["AccessToken"]
    sandbox.advance(seconds=HOUR)
    assertions.equal("status after 3600 s", opens(sandbox, token), 401)


@example("AUTH-06")
def test_a_token_that_has_expired_is_good_for_nothing(sandbox: Sandbox) -> None:
    stall, token = Stall(sandbox), tokens_of(sandbox)["AccessToken"]
    sandbox.advance(seconds=HOUR + 1)
    old = sandbox.partner.having(authorization=f"Bearer {token}")
    owner = sandbox.sign_in("partner")
    before = stall.seen(owner)
    all_refuse(sandbox, old, 401)
    for answer in stall.try_all(old):
        assertions.status(answer, 401)
    assertions.equal("what the writes could have changed", stall.seen(owner), before)


@example("AUTH-06")
def test_a_refreshed_access_token_lives_from_its_own_beginning(sandbox: Sandbox) -> None:
    tokens = tokens_of(sandbox)
    sandbox.advance(seconds=HOUR - 600)
    second = refreshed(sandbox, tokens["RefreshToken"])["AccessToken"]
    sandbox.advance(seconds=601)
    seen = (opens(sandbox, tokens["AccessToken"]), opens(sandbox, second))
    assertions.equal("statuses of the first token and the second, 3601 s after the sign-in", seen, (401, 200))
    sandbox.advance(seconds=HOUR - 602)
    assertions.equal("status of the second token after 3599 s", opens(sandbox, second), 200)
    sandbox.advance(seconds=2)
    assertions.equal("status of the second token after 3601 s", opens(sandbox, second), 401)


@example("AUTH-05", "AUTH-06", profile="smoke")
def test_a_refresh_token_lives_thirty_days(sandbox: Sandbox) -> None:
    token = tokens_of(sandbox)["RefreshToken"]
    sandbox.advance(seconds=30 * DAY - 1)
    assertions.equal("status with a fresh AccessToken", opens(sandbox, refreshed(sandbox, token)["AccessToken"]), 200)
    sandbox.advance(seconds=2)
    assertions.refused(sandbox.anonymous.call("refreshToken", body={"token": token}), 400)


@example("AUTH-06", ruled=True)
def test_a_refresh_token_has_expired_at_exactly_thirty_days(sandbox: Sandbox) -> None:
    token = tokens_of(sandbox)["RefreshToken"]
    sandbox.advance(days=30)
    assertions.refused(sandbox.anonymous.call("refreshToken", body={"token": token}), 400)


@example("AUTH-05")
def test_a_refresh_does_not_lengthen_the_refresh_tokens_life(sandbox: Sandbox) -> None:
    token = tokens_of(sandbox)["RefreshToken"]
    for _ in range(2):
        sandbox.advance(days=14)
        refreshed(sandbox, token)
    sandbox.advance(days=3)
    assertions.refused(sandbox.anonymous.call("refreshToken", body={"token": token}), 400)
