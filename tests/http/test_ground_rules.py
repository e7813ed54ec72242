"""The rules for all responses: prefix, status path, CORS, timestamps, request ids. Rules: BASE-01 to 04, 06, 13."""

import pytest

from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.example_requests import (
    EXAMPLES,
    METHODS,
    PATHS,
    WITH_TOKEN,
    a_client,
    advance_and_sign_in,
    an_anonymous_client,
    example_id,
    fill_path,
)
from tests.mock_harness import Client

ORIGIN = {"Origin": "https://shop.example"}
CORS_PREFIX = "access-control-"


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.fixture(scope="module")
def anonymous_client():
    return an_anonymous_client()


def cors_headers(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith(CORS_PREFIX)}


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_each_operation_stands_under_the_prefix_and_nowhere_else(client, example):
    """Rule: BASE-01."""
    assert client.send(example.method, example.path).status_code not in (404, 405, 307)
    for prefix in ("", "/api", "/api/v2", "/v3"):
        assert client.send_raw(example.method, f"{prefix}{example.path}").status_code == 404


@pytest.mark.parametrize(
    "header",
    [{"X-Api-Version": "2"}, {"Accept": "application/vnd.platform.v2+json"}, {"Api-Version": "2020-01-01"}],
    ids=["x-api-version", "accept", "api-version"],
)
def test_a_header_that_asks_for_another_version_has_no_effect(client, header):
    """Rule: BASE-01."""
    assert client.send("GET", "/events/", headers=header).content == client.send("GET", "/events/").content


def test_the_status_path_needs_no_token(anonymous_client):
    """Rule: BASE-02."""
    answer = anonymous_client.send("GET", "/status/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("headers", [{}, ORIGIN, {"Authorization": "Bearer nothing"}], ids=["bare", "origin", "token"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/status/", 200, id="read"),
        pytest.param("GET", "/status/?colour=red", 400, id="an unknown parameter"),
        *(pytest.param(method, "/status/", 405, id=method) for method in METHODS if method != "GET"),
    ],
)
def test_each_answer_of_the_status_path_allows_any_origin(anonymous_client, method, path, status, headers):
    """Rules: BASE-02 (every response contains the header, with or without an Origin), BASE-09."""
    answer = anonymous_client.send(method, path, headers=headers)
    assert answer.status_code == status
    assert cors_headers(answer) == {"access-control-allow-origin": "*"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("template", [path for path in PATHS if path != "/status/"])
def test_no_other_path_has_a_cors_header(client, anonymous_client, template, method):
    """Rule: BASE-03."""
    asked = {**ORIGIN, "Access-Control-Request-Method": "GET"}
    for sender in (client, anonymous_client):
        assert cors_headers(sender.send(method, fill_path(template), headers=asked)) == {}


@pytest.mark.parametrize("path", ["/nothing", "/status", "/events", "/events/nothing"])
def test_no_refusal_has_a_cors_header(client, anonymous_client, path):
    """Rule: BASE-03."""
    for sender in (client, anonymous_client):
        assert cors_headers(sender.send("GET", path, headers=ORIGIN)) == {}


@pytest.mark.parametrize("template", [path for path in PATHS if path != "/status/"])
def test_options_is_401_without_a_token_and_405_with_one(client, anonymous_client, template):
    """Rule: BASE-03, for paths under /auth too."""
    refused = anonymous_client.send("OPTIONS", fill_path(template))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    answer = client.send("OPTIONS", fill_path(template))
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == PATHS[template]


def test_instants_and_days_are_written_to_the_second_with_z_and_money_is_a_bare_number(client):
    """Rule: BASE-04."""
    event = client.send("GET", "/events/evt_1").json()
    summary = client.send("GET", "/daily_revenue_summary/?event_id=evt_1")
    assert event["start_date_time"] == "2026-12-01T19:00:00Z"
    assert summary.json()["daily"][0]["date"] == "2026-08-01"
    assert b'"revenue":50.0' in summary.content
    assert summary.json()["manual_adjustments"][-1]["created_at"] == "2026-08-20T14:30:00Z"


def test_what_the_clock_reads_is_cut_to_the_second():
    """Rule: BASE-13."""
    client = a_client()
    assert client.control("PUT", "/clock", json={"now": "2026-09-01T12:00:00.999999Z"}).status_code == 200
    row = client.send("POST", "/campaign_results/?eid=evt_1&partner_id=partner-id-acme&purchase=1&revenue=1").json()
    assert row["created_at"] == "2026-09-01T12:00:00Z"


ANSWERS = [
    pytest.param("GET", "/events/", {}, 200, id="200"),
    pytest.param("PUT", "/partners/attribution_model?model=FD", {}, 204, id="204"),
    pytest.param("GET", "/events", {}, 307, id="307"),
    pytest.param("GET", "/events/?page=0", {}, 400, id="400"),
    pytest.param("GET", "/events/", {"headers": [("Authorization", "no")]}, 401, id="401"),
    pytest.param("GET", "/events/", {"headers": {"X-Preferred-Partner-Id": "x"}}, 403, id="403"),
    pytest.param("GET", "/events/nothing", {}, 404, id="404 for an object"),
    pytest.param("GET", "/nothing", {}, 404, id="404 for a path"),
    pytest.param("PATCH", "/events/", {}, 405, id="405"),
    pytest.param("HEAD", "/events/", {}, 405, id="405 for HEAD"),
    pytest.param("POST", "/auth", {"content": b" " * (2**20 + 1)}, 413, id="413"),
    pytest.param("POST", "/auth", {"content": b"{}"}, 415, id="415"),
]


@pytest.mark.parametrize(("method", "path", "options", "status"), ANSWERS)
def test_each_kind_of_answer_has_a_request_id(client, method, path, options, status):
    """Rule: BASE-06."""
    answer = client.send(method, path, **options)
    assert answer.status_code == status
    assert 1 <= len(answer.headers["x-request-id"]) <= 128


def test_a_conflict_has_a_request_id():
    """Rule: BASE-06."""
    client = advance_and_sign_in(a_client(), days=28)
    answer = client.send("POST", "/package_builder/packages/merge?packages_ids=pkg_1&packages_ids=pkg_2")
    assert (answer.status_code, "x-request-id" in answer.headers) == (409, True)


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_a_request_without_a_token_has_its_own_request_id_back(anonymous_client, example):
    """Rule: BASE-06."""
    answer = anonymous_client.send(example.method, example.path, headers={"X-Request-Id": "shop-1"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (401, "shop-1")


@pytest.mark.parametrize(
    "value", ["a", "A.b_c-9", "x" * 128, "...", "-"], ids=["one", "each kind", "128 characters", "dots", "a hyphen"]
)
def test_a_request_id_in_form_is_echoed(client, value):
    """Rule: BASE-06."""
    for path in ("/events/", "/nothing", "/events"):
        assert client.send("GET", path, headers={"x-request-id": value}).headers["x-request-id"] == value


@pytest.mark.parametrize(
    "value",
    ["", "x" * 129, "two words", "a/b", "a:b", "{}", b"M\xc3\xbcnchen", b"caf\xe9", '"quoted"', "a,b", "a\tb"],
    ids=["empty", "129", "a space", "a slash", "a colon", "braces", "UTF-8", "latin-1", "quotes", "a comma", "a tab"],
)
def test_another_request_id_is_replaced(client, value):
    """Rule: BASE-06."""
    answer = client.send("GET", "/events/", headers=[("x-request-id", value)])
    assert answer.status_code == 200
    assert answer.headers["x-request-id"].startswith("req-")


def test_two_requests_have_two_ids(client):
    """Rule: BASE-06."""
    ids = {client.send("GET", "/status/").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


def test_the_mock_lets_browsers_in_where_it_is_told_to():
    """Rule: BASE-03 (CORS headers are off by default)."""
    client = Client(a_workspace(), Settings(cors=True))
    asked = {**ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    preflight = client.send("OPTIONS", "/events/", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "*")
    assert client.sign_in().send("GET", "/events/", headers=ORIGIN).headers["access-control-allow-origin"] == "*"
    assert client.send("GET", "/status/", headers=ORIGIN).headers.get_list("access-control-allow-origin") == ["*"]
