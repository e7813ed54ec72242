"""Ground rules of every request: the base path, CORS, and request ids."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx2
import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, valid_requests
from contracts.dsl.allowed_calls import send_allowed
from contracts.spec.markers import EVERY_WRITE, REFUSED_CALLS, property_test
from contracts.target.deployment import Deployment

CORS_PREFIX = "access-control-"
ORIGIN_HEADER = {"origin": "https://shop.example"}
PREFLIGHT_HEADERS = {
    **ORIGIN_HEADER,
    "access-control-request-method": "GET",
    "access-control-request-headers": "authorization",
}
VERSION_HEADERS = (
    {"x-api-version": "2"},
    {"api-version": "2"},
    {"accept-version": "1"},
    {"x-version": "4"},
    {"accept": "application/vnd.platform.v2+json"},
)
REQUEST_ID_HEADER = "x-request-id"
ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
INVALID_IDS = ("", "a b", "a/b", "a,b", "a:b", "(a)", "x" * 129)


@property_test("BASE-01.prefix", profile="smoke")
@pytest.mark.parametrize("prefix", ["", "/api", "/api/v2", "/api/v4", "/v3"], ids=lambda prefix: prefix or "none")
def test_the_platform_stands_under_its_prefix_alone(deployment: Deployment, prefix: str) -> None:
    for path in deployment.sample(("/status/", "/partners/", "/events/", "/package_builder/packages/"), 2):
        assertions.status(deployment.partner.send("GET", path), 200)
        other = f"{deployment.connection.base_url.removesuffix('/api/v3')}{prefix}{path}"
        answer = deployment.connection.http.get(other, headers=deployment.partner.headers)
        assertions.is_true(
            f"{prefix}{path} is refused", answer.status_code >= 400, expected="4xx", seen=answer.status_code
        )


@property_test("BASE-01.version_header")
def test_no_header_asks_for_another_version(deployment: Deployment) -> None:
    for path in deployment.sample(("/status/", "/partners/", "/events/", "/package_builder/packages/"), 2):
        plain = deployment.partner.send("GET", path)
        for header in VERSION_HEADERS:
            answer = deployment.partner.send("GET", path, headers=header)
            assertions.status(answer, plain.status_code)
            assertions.equal(f"body of {path} with {header}", answer.content, plain.content)


@property_test("BASE-02.no_token", profile="smoke")
def test_the_status_needs_no_token(deployment: Deployment) -> None:
    assertions.status(deployment.anonymous.send("GET", "/status/"), 200)
    assertions.status(deployment.anonymous.with_headers(authorization="Bearer none").send("GET", "/status/"), 200)
    assertions.status(deployment.anonymous.with_headers(x_preferred_partner_id="nobody").send("GET", "/status/"), 200)


@property_test("BASE-02.any_origin", profile="smoke", writes=(REFUSED_CALLS,))
def test_each_answer_of_the_status_is_open_to_any_origin(deployment: Deployment) -> None:
    for headers in ({}, ORIGIN_HEADER, {"origin": "null"}, {**ORIGIN_HEADER, "authorization": "Bearer none"}):
        calls = (("GET", ""), ("GET", "colour=red"), ("POST", ""), ("HEAD", ""), ("OPTIONS", ""))
        send = partial(deployment.anonymous.send, path="/status/", headers=headers)
        for answer in send_allowed(partial(send, method, query=query) for method, query in calls):
            seen = answer.headers.get_list("access-control-allow-origin")
            assertions.equal(f"allowed origin of {_describe(answer)} with {headers}", seen, ["*"])


@property_test("BASE-02.body")
def test_the_status_is_ok(deployment: Deployment) -> None:
    answer = deployment.anonymous.send("GET", "/status/")
    assertions.equal("body of /status/", answer.json(), {"status": "ok"})


@property_test("BASE-03.no_cors", gotcha="G-16", writes=EVERY_WRITE)
def test_no_other_operation_lets_browsers_in(writable: Deployment) -> None:
    for answer in send_allowed(
        partial(valid_request.send, client, headers=ORIGIN_HEADER)
        for valid_request in valid_requests.harmless_requests(writable).values()
        if valid_request.operation_id != "getStatus"
        for client in writable.sample((writable.anonymous, writable.partner))
    ):
        _expect_no_cors(answer)


@property_test("BASE-03.no_cors", profile="smoke", gotcha="G-16", writes=(REFUSED_CALLS,))
def test_no_refusal_lets_browsers_in(deployment: Deployment) -> None:
    stranger = deployment.partner.with_headers(x_preferred_partner_id="nobody")
    calls = (
        (stranger, "GET", "/events/"),
        (deployment.partner, "GET", "/nothing"),
        (deployment.partner, "GET", "/events"),
        (deployment.partner, "GET", "/status"),
        (deployment.partner, "PATCH", "/events/"),
        (deployment.partner, "HEAD", "/events/"),
        (deployment.partner, "GET", "/events/contracts-nobodys"),
    )
    for answer in send_allowed(partial(client.send, *call, headers=ORIGIN_HEADER) for client, *call in calls):
        _expect_no_cors(answer)


@property_test("BASE-03.options", gotcha="G-16")
def test_options_is_a_method_of_no_path(deployment: Deployment) -> None:
    for template in deployment.sample(deployment.api_spec.document["paths"], 5):
        if template == "/status/":
            continue
        path = template.replace("{partner_id}", deployment.partner_id).replace("{", "no-").replace("}", "")
        for headers in deployment.sample(({}, PREFLIGHT_HEADERS)):
            refused = deployment.anonymous.send("OPTIONS", path, headers=headers)
            assertions.refusal(refused, 401)
            _expect_no_cors(refused)
            answer = deployment.partner.send("OPTIONS", path, headers=headers)
            assertions.refusal(answer, 405)
            assertions.equal(
                f"Allow of OPTIONS {path}", _allowed_methods(answer), deployment.api_spec.methods_of(template)
            )
            _expect_no_cors(answer)


@property_test("BASE-06.present", profile="smoke", writes=(REFUSED_CALLS,))
def test_who_has_not_signed_in_gets_a_request_id_too(deployment: Deployment) -> None:
    calls = (
        ("GET", "/status/"),
        ("HEAD", "/status/"),
        ("DELETE", "/status/"),
        ("GET", "/events/"),
        ("GET", "/nothing"),
        ("GET", "/auth"),
        ("GET", "/auth/"),
    )
    for answer in send_allowed(partial(deployment.anonymous.send, *call) for call in calls):
        _expect_request_id(answer)


@property_test("BASE-06.present", writes=EVERY_WRITE)
def test_each_operations_answer_has_a_request_id(writable: Deployment) -> None:
    for answer in send_allowed(
        partial(valid_request.send, client)
        for valid_request in valid_requests.harmless_requests(writable).values()
        for client in writable.sample((writable.anonymous, writable.partner))
    ):
        _expect_request_id(answer)


@property_test("BASE-06.present", writes=(REFUSED_CALLS,))
def test_each_refusal_has_a_request_id(writable: Deployment) -> None:
    for answer in _collect_answers(writable, {}):
        _expect_request_id(answer)


@property_test("BASE-06.echo")
@given(data=st.data())
def test_a_clients_own_request_id_comes_back(deployment: Deployment, data: Any) -> None:
    own = data.draw(st.text(ID_ALPHABET, min_size=1, max_size=128), label="x-request-id")
    for path in ("/status/", "/nothing"):
        answer = deployment.partner.send("GET", path, headers={REQUEST_ID_HEADER: own})
        assertions.equal(f"x-request-id of {path}", answer.headers.get_list(REQUEST_ID_HEADER), [own])


@property_test("BASE-06.echo", writes=(REFUSED_CALLS,))
@pytest.mark.parametrize("own", [ID_ALPHABET, "-", "x" * 128], ids=["each character", "one", "128"])
def test_each_answer_echoes_the_clients_request_id(writable: Deployment, own: str) -> None:
    for answer in _collect_answers(writable, {REQUEST_ID_HEADER: own}):
        assertions.equal(
            f"x-request-id of {answer.request.method} {answer.url.path}",
            answer.headers.get_list(REQUEST_ID_HEADER),
            [own],
        )


@property_test("BASE-06.echo")
@pytest.mark.parametrize("own", INVALID_IDS, ids=lambda own: own[:9] or "empty")
def test_a_request_id_of_another_form_is_replaced(deployment: Deployment, own: str) -> None:
    for path in ("/status/", "/events/", "/nothing"):
        answer = deployment.partner.send("GET", path, headers={REQUEST_ID_HEADER: own})
        assertions.is_true(
            "the id is replaced", answer.headers.get(REQUEST_ID_HEADER) != own, expected="another id", seen=own
        )
        _expect_request_id(answer)


def _collect_answers(deployment: Deployment, headers: dict[str, str]) -> Iterator[httpx2.Response]:
    """Yield one response of each kind: success, 400, 401, 403, 404 (path and object), 307, 405, 413, 415."""
    partner, model = deployment.partner, "/events/contracts-nobodys/attribution_model"
    stranger = partner.with_headers(x_preferred_partner_id="nobody")
    calls = (
        (partner, "GET", "/events/"),
        (partner, "GET", "/events/", "colour=red"),
        (deployment.anonymous, "GET", "/events/"),
        (stranger, "GET", "/events/"),
        (partner, "GET", "/nothing"),
        (partner, "GET", "/events/contracts-nobodys"),
        (partner, "GET", "/events"),
        (partner, "PATCH", "/events/"),
        (partner, "HEAD", "/events/"),
    )
    bodies = (("application/json", b" " * (2**20 + 1)), ("text/plain", b"{}"), ("application/json", b"{"))
    yield from send_allowed(
        partial(client.send, method, path, query="".join(query), headers=headers)
        for client, method, path, *query in calls
    )
    yield from send_allowed(
        partial(partner.send, "PUT", model, headers={**headers, "content-type": kind}, content=content)
        for kind, content in bodies
    )


def _describe(answer: httpx2.Response) -> str:
    return f"{answer.request.method} {answer.url.path}{f'?{answer.url.query.decode()}' * bool(answer.url.query)}"


def _expect_request_id(answer: httpx2.Response) -> None:
    given_ids = answer.headers.get_list(REQUEST_ID_HEADER)
    description = f"{answer.status_code} of {answer.request.method} {answer.url.path}"
    assertions.equal(f"number of x-request-id headers of {description}", len(given_ids), 1)
    assertions.is_true(f"x-request-id of {description}", given_ids[0] != "", expected="an id", seen=given_ids)


def _expect_no_cors(answer: httpx2.Response) -> None:
    found = [name for name in answer.headers if name.lower().startswith(CORS_PREFIX)]
    description = f"{answer.status_code} of {answer.request.method} {answer.url.path}"
    assertions.equal(f"CORS headers of {description}", found, [])


def _allowed_methods(answer: httpx2.Response) -> frozenset[str]:
    return frozenset(answer.headers.get("allow", "").replace(" ", "").split(","))
