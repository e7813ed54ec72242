"""Faults in requests and responses, tested in process. Rules: BASE-02, BASE-06, BASE-11, ERR-01, ERR-03, RATE-02."""

import asyncio
import contextlib
import json

import httpx2
import pytest

from mock_server.domain.limits import Limits
from mock_server.state.clock import WorkspaceClock
from tests.builders import ACME, BETA, START_TIME, a_workspace
from tests.example_requests import EXAMPLES, ROWS_PATH, a_client, an_anonymous_client, example_id
from tests.mock_harness import Client

ERRORS = {
    400: "error.request.invalid",
    401: "error.auth.token_invalid",
    403: "error.auth.not_authorized",
    404: "error.request.not_found",
    409: "error.package.not_ready",
    413: "error.request.too_large",
    415: "error.request.unsupported_media_type",
    429: "error.rate_limited",
    500: "error.internal.unspecified",
    502: "error.internal.unspecified",
    503: "error.internal.unspecified",
    504: "error.internal.unspecified",
}
STATUS_PATH = "/status/"
NEW_ROW_PATH = f"{ROWS_PATH}&purchase=1&revenue=10"
FIXED_LATENCY = {"latency": {"fixed": 1500}}
DRIP_EFFECT = {"drip": {"bytes": 4, "milliseconds": 250}}


@pytest.fixture
def client():
    return a_client()


class RecordedPauses:
    """Records the seconds that a running clock would wait, and does not wait."""

    def __init__(self) -> None:
        self.durations: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.durations.append(seconds)


def put_faults(client, *effects, **match):
    rules = [{"match": match, "effect": effect} for effect in effects]
    answer = client.control("PUT", "/faults", json={"rules": rules})
    assert answer.status_code == 200, answer.text


def rows_without_faults(client):
    client.control("DELETE", "/faults")
    return client.send("GET", ROWS_PATH).json()


@pytest.mark.parametrize("status", ERRORS)
def test_a_status_comes_with_the_platforms_error_body(client, status):
    put_faults(client, {"status": status})
    answer = client.send("GET", "/events/", headers={"x-request-id": "mine-1"})
    assert answer.status_code == status
    assert answer.json() == {
        "message": ERRORS[status],
        "error_code": ERRORS[status].rpartition(".")[2].upper(),
        "error_subcode": None,
        "validation_errors": [],
    }
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["content-type"] == "application/json"
    assert ("www-authenticate" in answer.headers) is (status == 401)


def test_a_429_has_no_retry_after_header(client):
    put_faults(client, {"status": 429})
    headers = client.send("GET", "/events/").headers
    assert not [name for name in headers if name == "retry-after" or name.startswith("x-ratelimit")]


def test_every_answer_of_status_allows_any_origin_even_a_fault(client):
    put_faults(client, {"status": 503})
    assert client.send("GET", STATUS_PATH).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.send("GET", "/events/").headers


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_a_rule_finds_each_operation_by_its_id(example):
    client = an_anonymous_client()
    put_faults(client, {"status": 503}, operation=example.operation)
    assert example.send(client).status_code == 503
    others = [other for other in EXAMPLES if other.operation != example.operation]
    assert 503 not in {other.send(client).status_code for other in others[:6]}


@pytest.mark.parametrize(
    ("method", "path", "match"),
    [
        pytest.param("GET", "/nothing", {"path": "/nothing"}, id="an unknown path"),
        pytest.param("GET", "/events", {"path": "/events"}, id="a path without its slash"),
        pytest.param("PATCH", "/events/", {"method": "PATCH"}, id="a method that no path supports"),
        pytest.param("GET", "/events/a%2Fb", {"path": "/events/a%2Fb"}, id="a path as it was sent"),
        pytest.param("POST", "/auth", {"path": "/auth*"}, id="a sign-in"),
        pytest.param("GET", "/events/", {"partner": BETA}, id="a partner that the user may not act for"),
    ],
)
def test_faults_come_before_the_token_and_all_that_follows(method, path, match):
    """Rule: BASE-11."""
    visitor = an_anonymous_client()
    put_faults(visitor, {"status": 503}, **match)
    answer = visitor.send(method, path, headers={"X-Preferred-Partner-Id": BETA})
    assert answer.status_code == 503


def test_limits_come_before_faults(client):
    """Rule: BASE-11."""
    client.workspace.limits = Limits(1, 1, 1)
    put_faults(client, {"status": 503})
    assert [client.send("GET", "/events/").status_code for _ in range(2)] == [503, 429]
    assert client.control("GET", "/faults").json()["rules"][0]["matched"] == 1


def test_a_request_without_a_partner_does_not_count_against_a_limit(client):
    """Rules: BASE-11, RATE-01."""
    client.workspace.limits = Limits(2, 1, 1)
    refused = [client.send("GET", "/events/", headers={"X-Preferred-Partner-Id": BETA}).status_code for _ in range(5)]
    strangers = Client(client.workspace)
    assert (refused, strangers.send("GET", "/events/").status_code) == ([403] * 5, 401)
    assert client.send("GET", "/events/").status_code == 200


@pytest.mark.parametrize("effect", [{"status": 503}, {"reset": True}], ids=str)
def test_a_fault_that_replaces_the_response_skips_the_operation(client, effect):
    before = rows_without_faults(client)
    put_faults(client, effect)
    with contextlib.suppress(ConnectionResetError):
        client.send("POST", NEW_ROW_PATH)
    assert rows_without_faults(client) == before


@pytest.mark.parametrize(
    "effect", [FIXED_LATENCY, DRIP_EFFECT, {"malformed": True}, {"truncate": {"after": 3}}], ids=str
)
def test_a_fault_that_alters_the_response_runs_the_operation(client, effect):
    before = rows_without_faults(client)
    put_faults(client, effect)
    with contextlib.suppress(ConnectionResetError):
        assert client.send("POST", NEW_ROW_PATH).status_code == 201
    assert len(rows_without_faults(client)) == len(before) + 1


def test_a_malformed_answer_looks_good_and_is_no_json(client):
    whole = client.send("GET", "/events/")
    put_faults(client, {"malformed": True})
    answer = client.send("GET", "/events/")
    assert answer.status_code == 200
    assert dict(answer.headers) | {"x-request-id": ""} == dict(whole.headers) | {"x-request-id": ""}
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    ("path", "content"),
    [("/package_builder/packages/pkg_1/backhaul_evaluation", "[],"), ("/events/nothing", None)],
    ids=["an empty list", "a refusal"],
)
def test_every_response_body_can_be_malformed(client, path, content):
    put_faults(client, {"malformed": True})
    answer = client.send("GET", path)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert content is None or len(answer.content) == 2


def test_a_response_without_a_body_cannot_be_malformed(client):
    put_faults(client, {"malformed": True})
    answer = client.send("PUT", "/partners/attribution_model?model=META")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "effect", [{"reset": True}, {"truncate": {"after": 5}}, {"truncate": {"after": 10**6}}], ids=str
)
def test_in_process_a_connection_that_breaks_is_an_exception(client, effect):
    put_faults(client, effect)
    with pytest.raises(ConnectionResetError, match="a fault"):
        client.send("GET", STATUS_PATH)


def test_a_frozen_clock_reports_latency_without_waiting(client):
    pauses = RecordedPauses()
    client.workspace.clock = WorkspaceClock(START_TIME, "frozen", pause=pauses)
    put_faults(client, FIXED_LATENCY)
    assert client.send("GET", STATUS_PATH).json() == {"status": "ok"}
    assert pauses.durations == []
    assert client.control("GET", "/faults").json()["rules"][0]["milliseconds"] == 1500


def run_clock(client):
    pauses = RecordedPauses()
    client.workspace.clock = WorkspaceClock(START_TIME, "running", speed=60.0, monotonic=lambda: 0.0, pause=pauses)
    return pauses


def test_a_running_clock_waits_real_time_whatever_its_speed(client):
    pauses = run_clock(client)
    put_faults(client, FIXED_LATENCY)
    assert client.send("GET", STATUS_PATH).status_code == 200
    assert pauses.durations == [1.5]


@pytest.mark.parametrize("effect", [{"status": 503}, {"malformed": True}, {"reset": True}], ids=str)
def test_a_latency_may_come_with_another_effect(client, effect):
    pauses = run_clock(client)
    put_faults(client, effect, FIXED_LATENCY)
    with contextlib.suppress(ConnectionResetError):
        client.send("GET", STATUS_PATH)
    assert pauses.durations == [1.5]
    assert [rule["applied"] for rule in client.control("GET", "/faults").json()["rules"]] == [1, 1]


def test_a_refusal_waits_too(client):
    pauses = run_clock(client)
    put_faults(client, FIXED_LATENCY)
    assert client.send("GET", "/events/nothing").status_code == 404
    client.headers = {}
    assert client.send("GET", "/events/").status_code == 401
    assert pauses.durations == [1.5, 1.5]


def test_a_drip_sends_all_of_the_body_with_pauses_between(client):
    pauses = run_clock(client)
    put_faults(client, DRIP_EFFECT)
    answer = client.send("GET", STATUS_PATH)
    assert answer.json() == {"status": "ok"}
    assert answer.headers["content-length"] == "15"
    assert pauses.durations == [0.25] * 3


def test_a_frozen_clock_sends_drops_without_a_pause(client):
    pauses = RecordedPauses()
    client.workspace.clock = WorkspaceClock(START_TIME, "frozen", pause=pauses)
    put_faults(client, DRIP_EFFECT)
    assert client.send("GET", STATUS_PATH).json() == {"status": "ok"}
    assert pauses.durations == []


def test_others_are_answered_while_one_waits():
    """While one response is delayed, other requests are answered."""
    client, order = Client(a_workspace()), []

    async def both():
        waiting = asyncio.Event()

        async def pause(seconds):
            order.append("waits")
            await waiting.wait()

        client.workspace.clock = WorkspaceClock(START_TIME, "running", monotonic=lambda: 0.0, pause=pause)
        transport = httpx2.ASGITransport(app=client.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://mock") as wire:
            late = asyncio.create_task(wire.get("/api/v3/status/"))
            while not order:
                await asyncio.wait({late}, timeout=0.001)
            assert (await wire.get("/api/v3/status/")).status_code == 200
            waiting.set()
            assert (await late).status_code == 200

    put_faults(client, FIXED_LATENCY, nth=1)
    asyncio.run(both())
    assert order == ["waits"]


def test_a_revoked_token_is_refused_until_it_is_refreshed(client):
    answer = client.send("POST", "/auth", json={"username": "partner@acme.example", "password": "wavetank"}).json()
    put_faults(client, {"token": "revoked"})
    client.headers = {"Authorization": f"Bearer {answer['AccessToken']}"}
    refused = client.send("GET", "/events/")
    assert (refused.status_code, refused.json()["message"]) == (401, "error.auth.token_invalid")
    assert refused.headers["www-authenticate"] == "Bearer"
    fresh = client.send("POST", "/auth/refresh_token", json={"token": answer["RefreshToken"]})
    assert fresh.status_code == 200
    client.headers = {"Authorization": f"Bearer {fresh.json()['AccessToken']}"}
    assert client.send("GET", "/events/").status_code == 200


def test_a_sign_in_after_a_revocation_gives_a_good_token(client):
    put_faults(client, {"token": "revoked"})
    assert client.send("GET", "/events/").status_code == 401
    assert client.sign_in().send("GET", "/events/").status_code == 200


def test_operations_without_a_token_ignore_revoked_tokens(client):
    put_faults(client, {"token": "revoked"})
    assert client.send("GET", STATUS_PATH).status_code == 200
    assert client.control("GET", "/faults").json()["rules"][0]["matched"] == 0


def test_one_partners_users_lose_their_tokens_and_nobody_else():
    client = a_client()
    agency, admin = Client(client.workspace).sign_in("agency@acme.example"), Client(client.workspace)
    admin.sign_in("admin@platform.example")
    put_faults(client, {"token": "revoked"}, partner=BETA)
    named = {"headers": {"X-Preferred-Partner-Id": ACME}}
    answered = [who.send("GET", "/events/", **named).status_code for who in (client, agency, admin)]
    assert answered == [200, 401, 200]


def test_a_token_is_good_again_when_the_fault_is_removed(client):
    put_faults(client, {"token": "revoked"})
    assert client.send("GET", "/events/").status_code == 401
    client.control("DELETE", "/faults")
    assert client.send("GET", "/events/").status_code == 200


def test_the_journal_names_the_applied_fault(client):
    put_faults(client, {"status": 503}, FIXED_LATENCY, operation="getStatus")
    client.send("GET", STATUS_PATH)
    client.send("GET", "/events/")
    entries = client.control("GET", "/journal").json()[-2:]
    assert [(entry["fault"], entry["delay_milliseconds"]) for entry in entries] == [("f1,f2", 1500), (None, 0)]
