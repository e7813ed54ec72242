"""A server that is not a target is reported before any contract runs; a server that only breaks rules is checked."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.verdicts import TargetUnreachableError
from contracts.target import preflight
from contracts.target.session import TargetSession
from contracts.target.target import TargetOptions, UserCredentials

BASE_URL = "http://platform.example/api/v3"
PARTNER_USER = UserCredentials("someone@platform.example", "secret")
PROMISES = OpenApiSpec.load()
Handler = Callable[[httpx2.Request], httpx2.Response]


def a_token(*groups: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"cognito:groups": groups}).encode()).decode().rstrip("=")
    return f"head.{claims}.signature"


def a_platform(groups: tuple[str, ...] = ("partner-id-a",), scoped: int = 200, **sign_in_body: Any) -> Handler:
    """Return a platform whose users are in these groups, and which answers `/partners/` with the status `scoped`."""
    answers = {
        "/api/v3/status/": httpx2.Response(200, json={"status": "ok"}),
        "/api/v3/auth": httpx2.Response(200, json=sign_in_body or {"AccessToken": "a", "IdToken": a_token(*groups)}),
        "/api/v3/partners/": httpx2.Response(scoped, json={}),
    }
    return lambda request: answers.get(request.url.path, httpx2.Response(404, text="nothing"))


def preflight_error(handler: Handler, base_url: str = BASE_URL, **options: Any) -> str:
    """Return why the preflight check fails, or an empty string if it passes."""
    target = TargetOptions(base_url, **{"user": PARTNER_USER, **options})
    inspection = TargetSession(target, PROMISES)
    inspection.close()
    inspection.http = httpx2.Client(transport=httpx2.MockTransport(handler))
    try:
        preflight.check_target(inspection)
    except TargetUnreachableError as unreachable:
        assert inspection.control is None
        return str(unreachable)
    return ""


def test_a_platform_is_a_target() -> None:
    assert preflight_error(a_platform()) == ""


def test_a_platform_that_breaks_rules_of_sign_in_is_inspected() -> None:
    assert preflight_error(a_platform(token="x")) == ""
    assert (
        preflight_error(a_platform(AccessToken="a", IdToken="rubbish"), user=UserCredentials("a", "b", "partner-id-c"))
        == ""
    )


@pytest.mark.parametrize("trouble", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_what_does_not_answer_cannot_be_reached(trouble: type[httpx2.TransportError]) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise trouble("why", request=request)

    assert preflight_error(fail) == f"cannot reach {BASE_URL}: why"


def test_a_target_that_goes_away_while_it_is_looked_at_cannot_be_reached() -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/auth"):
            raise httpx2.ReadError("", request=request)
        return a_platform()(request)

    assert preflight_error(fail) == f"cannot reach {BASE_URL}: ReadError"


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, headers={"server": "nginx"}),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json=[]),
    ],
    ids=["another server", "a page", "a list"],
)
def test_another_server_is_no_deployment(answer: httpx2.Response) -> None:
    assert preflight_error(lambda _: answer).endswith("this is not a deployment of the platform")


def test_a_base_url_without_its_end_is_told_the_right_one() -> None:
    error = preflight_error(a_platform(), "http://platform.example")
    assert error.endswith(
        "http://platform.example/api/v3 is a deployment: pass --base-url http://platform.example/api/v3"
    )


def test_a_redirect_is_told_with_where_it_points_to() -> None:
    moved = httpx2.Response(301, headers={"location": "https://platform.example/"})
    assert "a redirect to https://platform.example/" in preflight_error(lambda _: moved)


def test_without_control_api_somebody_must_sign_in() -> None:
    assert "--user" in preflight_error(a_platform(), user=None)


def test_a_control_api_that_was_named_must_be_there() -> None:
    error = preflight_error(a_platform(), control="http://platform.example/_mock")
    assert error == "--control: there is no control API at http://platform.example/_mock"


def test_a_closed_control_api_is_told_with_its_key() -> None:
    closed = {"message": "error.auth.not_authorized", "validation_errors": [{"field": "X-Mock-Control-Token"}]}

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(403, json=closed) if "/_mock" in request.url.path else a_platform()(request)

    assert "CONTRACTS_CONTROL_TOKEN" in preflight_error(answer)


def test_a_refused_user_is_told_with_the_platforms_reason_and_without_the_password() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        refused = httpx2.Response(401, json={"message": "error.auth.invalid_credentials"})
        return refused if request.url.path.endswith("/auth") else a_platform()(request)

    error = preflight_error(answer)
    assert error.startswith(
        f"{PARTNER_USER.username} cannot sign in: POST /auth answered 401 error.auth.invalid_credentials"
    )
    assert PARTNER_USER.password not in error


def test_a_user_with_a_second_step_cannot_be_used() -> None:
    assert "SOFTWARE_TOKEN_MFA" in preflight_error(a_platform(Challenge="SOFTWARE_TOKEN_MFA", Session="s"))


@pytest.mark.parametrize(
    ("groups", "partner_id", "expected"),
    [
        (("partner-id-a", "fd12"), None, "has several partners (partner-id-a, fd12): pass --partner"),
        (("fd-admin",), None, "may act for any partner: pass --partner"),
        (("partner-id-a",), "partner-id-b", "may not act for partner-id-b: change --partner"),
        (("fd-admin",), "partner-id-b", ""),
        (("partner-id-a",), "partner-id-a", ""),
    ],
)
def test_a_partner_that_the_platform_refuses_is_told_by_its_option(
    groups: tuple[str, ...], partner_id: str | None, expected: str
) -> None:
    person = UserCredentials(PARTNER_USER.username, "secret", partner_id)
    assert preflight_error(a_platform(groups, scoped=403), user=person) == (
        expected and f"{PARTNER_USER.username} {expected}"
    )
    assert preflight_error(a_platform(groups), user=person) == ""


def test_a_deployment_whose_status_needs_a_token_is_inspected() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        is_status = request.url.path.endswith("/status/")
        return httpx2.Response(401, json={"message": "error.auth"}) if is_status else a_platform()(request)

    assert preflight_error(answer) == ""
    assert "this is not a deployment" in preflight_error(answer, user=None)
