"""The control API: status, jobs, reset, quirks, its OpenAPI document, and who may use it."""

import pytest

from mock_server import app
from mock_server.control import router
from mock_server.http.endpoint import operation_routes
from mock_server.settings import Settings
from mock_server.state.quirks import QUIRK_NAMES
from tests.builders import ACME, BETA, a_workspace
from tests.example_requests import (
    NEW_PACKAGE,
    SETTINGS,
    SETTINGS_PATH,
    a_client,
    add_package,
    read_everything,
    sorted_error_fields,
    two_partners,
)
from tests.mock_harness import Client, error_fields

ROUTES = sorted((next(iter(route.methods)), route.path) for route in operation_routes(*router.WORKSPACE_ROUTERS))
SERVER_ROUTES = [(next(iter(route.methods)), route.path) for route in operation_routes(*router.SERVER_ROUTERS)]
OPEN_SETTINGS = Settings(host="0.0.0.0")
TOKEN_HEADER = "X-Mock-Control-Token"


@pytest.fixture
def client():
    return a_client()


@pytest.fixture(scope="module")
def document():
    return Client().control("GET", "/openapi.json").json()


def test_the_status_describes_the_workspace(client):
    status = client.control("GET", "/status").json()
    assert status.pop("version")
    assert status == {
        "workspace": "test",
        "seed": 1,
        "created_at": "2026-09-01T12:00:00Z",
        "clock": {"now": "2026-09-01T12:00:00Z", "mode": "frozen", "speed": 1.0},
        "partners": [ACME, BETA],
        "pending_jobs": 4,
        "next_due": "2026-09-02T08:00:00Z",
        "documentation": "older",
        "quirks": ["clear_sales_204"],
    }


def test_jobs_are_the_past_ones_then_the_pending_ones_in_due_order(client):
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/clock/advance", json={"seconds": 2})
    jobs = client.control("GET", "/jobs").json()
    assert all(set(job) == {"kind", "subject", "due", "state", "generation"} for job in jobs)
    assert [(job["kind"], job["state"]) for job in jobs] == [
        ("evaluation", "superseded"),
        ("evaluation", "done"),
        ("attribution_run", "pending"),
        *[("package_expiry", "pending")] * 3,
    ]
    assert 0 < jobs[0]["generation"] < jobs[1]["generation"]
    assert {job["generation"] for job in jobs[2:]} == {0}


def test_the_last_200_past_jobs_are_listed(client):
    client.control("POST", "/clock/advance", json={"days": 300})
    jobs = client.control("GET", "/jobs").json()
    assert len([job for job in jobs if job["state"] == "done"]) == 200


@pytest.mark.parametrize("path", ["/status", "/jobs", "/clock", "/quirks"])
def test_a_read_changes_nothing(client, path):
    before = (read_everything(client), client.control("GET", "/status").json())
    assert {client.control("GET", path).content for _ in range(3)} == {client.control("GET", path).content}
    assert (read_everything(client), client.control("GET", "/status").json()) == before


def test_a_reset_restores_the_initial_state(client):
    """Added data is deleted, and new ids start from the beginning again."""
    first = (
        Client(a_workspace(two_partners())).sign_in().send("POST", "/package_builder/packages", json=NEW_PACKAGE).json()
    )
    client.send("POST", "/campaign_results/?eid=evt_1&partner_id=partner-id-acme&purchase=1&revenue=1")
    client.send("PUT", "/events/evt_1/attribution_model", json={"model": "META"})
    client.control("POST", "/clock/advance", json={"days": 3})
    status = client.control("POST", "/reset").json()
    assert (status["clock"]["now"], status["pending_jobs"], status["created_at"]) == (
        "2026-09-01T12:00:00Z",
        1,
        "2026-09-01T12:00:00Z",
    )
    client.sign_in()
    assert client.send("GET", "/package_builder/packages/").json() == []
    assert client.send("GET", "/events/evt_1/attribution_model").json() == {"model": "FD"}
    assert client.send("POST", "/package_builder/packages", json=NEW_PACKAGE).json() == first


def test_a_reset_ends_sessions_and_tokens(client):
    """Rule: AUTH-04: a token from before the reset is rejected, even one that was accepted just before."""
    assert client.send("GET", "/events/").status_code == 200
    client.control("POST", "/reset")
    answer = client.send("GET", "/events/")
    assert (answer.status_code, answer.json()["message"]) == (401, "error.auth.token_invalid")


def test_a_reset_cancels_pending_evaluations(client):
    """Rule: BEV-04: an evaluation that was started before a reset never publishes its result."""
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/reset")
    add_package(client.sign_in())
    client.control("POST", "/clock/advance", json={"minutes": 1})
    assert client.send("GET", "/package_builder/packages/pkg_1/backhaul_evaluation").json() == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param({}, {"seed": 1, "created_at": "2026-09-01T12:00:00Z"}, id="nothing"),
        pytest.param({"seed": 7}, {"seed": 7}, id="a seed"),
        pytest.param({"seed": 2**53}, {"seed": 2**53}, id="the greatest seed"),
        pytest.param({"now": "2027-01-01T00:00:00Z"}, {"created_at": "2027-01-01T00:00:00Z"}, id="a later start"),
        pytest.param({"now": "2020-02-29T23:59:59Z"}, {"created_at": "2020-02-29T23:59:59Z"}, id="an earlier start"),
        pytest.param(
            {"now": "0001-01-01T08:00:00Z"}, {"created_at": "0001-01-01T08:00:00Z"}, id="the first run of the calendar"
        ),
        pytest.param(
            {"now": "0001-01-01T00:00:00Z"},
            {"created_at": "0001-01-01T00:00:00Z"},
            id="the first second of the calendar",
        ),
        pytest.param(
            {"now": "9998-12-31T23:59:59Z"},
            {"created_at": "9998-12-31T23:59:59Z"},
            id="a year before the calendar ends",
        ),
    ],
)
def test_a_reset_can_set_the_seed_and_the_start_time(client, order, expected):
    answer = client.control("POST", "/reset", json=order)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in expected} == expected
    assert answer.json()["clock"]["now"] == answer.json()["created_at"]


def test_a_reset_with_a_mode_sets_it(client):
    assert client.control("POST", "/reset", json={"mode": "running"}).json()["clock"]["mode"] == "running"
    assert client.control("POST", "/reset", json={"mode": "frozen"}).json()["clock"]["mode"] == "frozen"


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 2**53 + 1}, "seed"),
        ({"seed": "1"}, "seed"),
        ({"seed": True}, "seed"),
        ({"now": "yesterday"}, "now"),
        ({"now": "9999-01-01T00:00:00Z"}, "now"),
        ({"now": "9999-12-31T23:59:59Z"}, "now"),
        ({"mode": "fast"}, "mode"),
        ({"sead": 1}, "sead"),
    ],
    ids=str,
)
def test_an_invalid_reset_is_400_and_changes_nothing(client, order, field):
    before = read_everything(client)
    answer = client.control("POST", "/reset", json=order)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert read_everything(client) == before


@pytest.mark.parametrize("name", QUIRK_NAMES)
def test_a_quirk_is_set_and_named_in_the_status(client, name):
    expected = {each: each in (name, "clear_sales_204") for each in QUIRK_NAMES}
    assert client.control("PUT", "/quirks", json={name: True}).json() == expected
    assert client.control("GET", "/quirks").json() == expected
    assert client.control("GET", "/status").json()["quirks"] == [each for each in QUIRK_NAMES if expected[each]]


@pytest.mark.parametrize(
    "body",
    [{"ignore_unknown": "yes"}, {"ignore_unknown": 1}, {"ignore_unknown": "true"}, {"ignore_unknown": None}],
    ids=str,
)
def test_a_quirk_is_true_or_false(client, body):
    """The control document declares it as a boolean."""
    answer = client.control("PUT", "/quirks", json=body)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["ignore_unknown"])


def test_an_unknown_quirk_is_400(client):
    answer = client.control("PUT", "/quirks", json={"slow": True})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["slow"])
    assert client.control("GET", "/status").json()["quirks"] == ["clear_sales_204"]


def test_the_control_document_lists_every_route(document):
    listed = sorted((method.upper(), path) for path, item in document["paths"].items() for method in item)
    unlisted = {("GET", "/openapi.json"), ("GET", "/metrics")}  # the document itself, and what only --metrics offers
    assert listed == sorted(route for route in [*ROUTES, *SERVER_ROUTES] if route not in unlisted)
    assert len(listed) >= 13


def test_the_control_document_marks_optional_bodies(document):
    bodies = {
        path: operation["requestBody"]["required"]
        for path, item in document["paths"].items()
        for operation in item.values()
        if "requestBody" in operation
    }
    assert [path for path, required in bodies.items() if not required] == [
        "/clock/run-until-idle",
        "/reset",
        "/fork",
        "/workspaces",
        "/gotchas/{gotcha_id}",
    ]


def test_the_control_document_has_the_platforms_error_body_and_no_422(document):
    for item in document["paths"].values():
        for operation in item.values():
            assert "422" not in operation["responses"]
            assert operation["responses"]["400"]["content"]["application/json"]["schema"]["$ref"].endswith(
                "/ErrorResponse"
            )


def test_the_control_document_promises_no_5xx(document):
    statuses = {
        status
        for item in document["paths"].values()
        for operation in item.values()
        for status in operation["responses"]
    }
    assert not [status for status in statuses if status.startswith("5")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_control_route_needs_no_access_token_and_rejects_unknown_parameters(client, method, path):
    client.headers = {}
    answer = client.control(method, f"{path}?colour=red", json={})
    assert answer.status_code == 400
    assert "colour" in sorted_error_fields(answer)
    assert "x-request-id" in answer.headers


WITHOUT_BODY = ("/clock/next", "/points/named/{checkpoint_id}/restore")
"""Paths of POST requests that take no body."""


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_control_body_that_is_not_json_is_400_or_ignored(client, method, path):
    answer = client.control(method, path, content=b"{", headers={"content-type": "application/json"})
    plain = client.control(method, path)
    ignores = method in ("GET", "DELETE") or path in WITHOUT_BODY
    assert answer.status_code == (plain.status_code if ignores else 400)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("PATCH", "/clock", 405),
        ("HEAD", "/status", 405),
        ("OPTIONS", "/clock", 405),
        ("GET", "/status/", 307),
        ("GET", "/reset", 405),
    ],
)
def test_control_paths_are_rejected_like_those_of_the_platform(client, method, path, status):
    answer = client.control(method, path)
    assert answer.status_code == status
    if status == 307:
        assert answer.headers["location"] == "/_mock/status"


def test_the_platform_has_no_control_paths(client):
    assert client.send("POST", "/_mock/reset").status_code == 404
    assert client.send("GET", "/clock").status_code == 404


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/openapi.json"), ("GET", "/nothing")])
@pytest.mark.parametrize("headers", [{}, {TOKEN_HEADER: ""}, {TOKEN_HEADER: "wrong"}], ids=["none", "empty", "wrong"])
@pytest.mark.parametrize(
    "settings", [OPEN_SETTINGS, Settings(host="0.0.0.0", control_token="s3cret"), Settings(control_token="s3cret")],
    ids=["any host, no token set", "any host, a token set", "loopback, a token set"],
)  # fmt: skip
def test_beyond_loopback_control_needs_its_token(method, path, headers, settings):
    client = Client(a_workspace(), settings)
    answer = client.control(method, path, json={}, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (403, "error.auth.not_authorized")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org", "127.0.0.1"])
def test_with_the_right_token_control_is_open(host):
    client = Client(a_workspace(), Settings(host=host, control_token="s3cret"))
    assert client.control("GET", "/status", headers={TOKEN_HEADER: "s3cret"}).status_code == 200
    assert client.control("GET", "/status", headers={TOKEN_HEADER: "s3cre"}).status_code == 403


@pytest.mark.parametrize("values", [("s3cret", "s3cret"), ("s3cret", "wrong"), ("wrong", "s3cret")])
def test_two_control_tokens_are_refused(values):
    client = Client(a_workspace(), Settings(control_token="s3cret"))
    headers = [(TOKEN_HEADER, value) for value in values]
    assert client.control("GET", "/status", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_loopback_control_is_open(host):
    assert Client(a_workspace(), Settings(host=host)).control("GET", "/status").status_code == 200


def sign_in_status(settings, password):
    client = Client(app.create_workspace(settings), settings)
    credentials = {"username": "partner@acme.example", "password": password}
    return client.send("POST", "/auth", json=credentials).status_code


@pytest.mark.parametrize(
    ("settings", "password", "status"),
    [
        pytest.param(OPEN_SETTINGS, "wavetank", 401, id="any host: the sample password"),
        pytest.param(OPEN_SETTINGS, "", 401, id="any host: an empty password"),
        pytest.param(Settings(host="0.0.0.0", sample_password="s3cret"), "s3cret", 200, id="any host: the chosen one"),
        pytest.param(Settings(host="0.0.0.0", sample_password="s3cret"), "wavetank", 401, id="any host: any other one"),
        pytest.param(Settings(), "wavetank", 200, id="loopback: the sample password"),
        pytest.param(Settings(sample_password="s3cret"), "wavetank", 401, id="loopback: not the chosen one"),
    ],
)
def test_beyond_loopback_only_a_chosen_password_is_accepted(settings, password, status):
    assert sign_in_status(settings, password) == status


def test_a_reset_does_not_bring_the_samples_password_back():
    settings = Settings(host="0.0.0.0", control_token="s3cret")
    client = Client(app.create_workspace(settings), settings)
    assert client.control("POST", "/reset", headers={TOKEN_HEADER: "s3cret"}).status_code == 200
    order = {"username": "partner@acme.example", "password": "wavetank"}
    assert client.send("POST", "/auth", json=order).status_code == 401


def test_control_sends_cors_headers_only_when_configured():
    origin = {"Origin": "http://localhost:5173"}
    closed, opened = Client(a_workspace()), Client(a_workspace(), Settings(cors=True))
    assert "access-control-allow-origin" not in closed.control("GET", "/clock", headers=origin).headers
    assert opened.control("GET", "/clock", headers=origin).headers["access-control-allow-origin"] == "*"


def test_browser_requests_are_refused_without_cors():
    """A web page of any site can send a simple POST to this machine, but the browser adds an `Origin` header."""
    page = {"Origin": "http://evil.example"}
    client = Client()
    refused = client.control("POST", "/reset", headers=page)
    assert (refused.status_code, error_fields(refused)) == (403, ["Origin"])
    allowed = Client(settings=Settings(cors=True)).control("POST", "/reset", headers=page)
    assert allowed.status_code == 200


def test_a_reset_restores_the_initial_speed_and_quirks():
    client = Client()
    client.control("PUT", "/clock", json={"speed": 60.0})
    client.control("PUT", "/quirks", json={"numeric_client_id": True})
    status = client.control("POST", "/reset").json()
    assert (status["clock"]["speed"], status["quirks"]) == (1.0, ["clear_sales_204"])
