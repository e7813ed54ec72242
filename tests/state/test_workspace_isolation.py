"""Workspaces of a server do not affect each other, whether they are used in turn or at the same time."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.quirks import QUIRK_NAMES
from tests.builders import START_TIME
from tests.control.workspaces.test_workspaces import (
    NEW_ROW_PATH,
    WORKSPACES_PATH,
    make_and_sign_in,
    make_workspace,
    workspace_names,
)
from tests.example_requests import ROWS_PATH, an_anonymous_client, read_everything
from tests.mock_harness import Client, running_server
from tests.state.test_clock import MachineTime


@pytest.fixture
def client():
    return an_anonymous_client()


def test_a_token_of_one_workspace_is_401_in_another(client):
    """Rule: AUTH-04."""
    one, other = make_and_sign_in(client, "one"), make_and_sign_in(client, "other")
    client.sign_in()
    for stranger in (one, other, client):
        for home in (one, other, client):
            answer = home.send_raw("GET", f"{home.prefix}/api/v3/events/", headers={"Authorization": "Bearer none"})
            assert answer.status_code == 401
            home_of = dict(home.headers)
            home.headers = dict(stranger.headers)
            assert home.send("GET", "/events/").status_code == (200 if home is stranger else 401)
            home.headers = home_of


def test_a_workspace_of_a_name_that_was_deleted_refuses_the_tokens_of_the_one_before(client):
    old = make_and_sign_in(client)
    old.control("POST", "/reset")
    old.sign_in()
    refresh = old.send("POST", "/auth", json={"username": "partner@acme.example", "password": "wavetank"}).json()
    client.control("DELETE", f"{WORKSPACES_PATH}/x")
    make_workspace(client, name="x")
    make_workspace(client, name="y")
    client.for_workspace("x").control("POST", "/reset")
    assert old.send("GET", "/events/").status_code == 401
    token = {"token": refresh["RefreshToken"]}
    assert client.for_workspace("x").send("POST", "/auth/refresh_token", json=token).status_code == 400


def test_an_idle_workspace_is_dropped_and_one_in_use_is_not():
    machine = MachineTime()
    client = Client(seconds=machine)
    for name in ("platform", "control", "idle"):
        make_workspace(client, name=name, ttl_seconds=60)
    for _ in range(4):
        machine.advance(30)
        assert client.for_workspace("platform").send("GET", "/status/").status_code == 200
        assert client.for_workspace("control").control("GET", "/status").status_code == 200
        client.control("GET", f"{WORKSPACES_PATH}/idle")
    assert workspace_names(client) == ["test", "platform", "control"]
    assert client.for_workspace("idle").send("GET", "/status/").status_code == 404
    machine.advance(60)
    assert workspace_names(client) == ["test"]


def test_idle_time_is_the_machines_and_not_the_workspaces():
    client = Client(seconds=MachineTime())
    workspace_client = make_and_sign_in(client, ttl_seconds=1)
    workspace_client.control("POST", "/clock/advance", json={"days": 300})
    assert workspace_client.send("GET", "/status/").status_code == 200


def test_what_happens_in_one_workspace_is_seen_in_no_other():
    """Two workspaces, besides the default one, get conflicting writes, resets, clock moves and quirks."""
    client = an_anonymous_client().sign_in()
    default = read_everything(client), client.control("GET", "/status").json(), client.control("GET", "/jobs").json()
    one, other = make_and_sign_in(client, "one", mode="frozen"), make_and_sign_in(client, "other", mode="frozen")
    fresh = read_everything(other)
    one.send("POST", NEW_ROW_PATH)
    one.send("PUT", "/events/evt_1/attribution_model", json={"model": "META"})
    one.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    one.control("PUT", "/quirks", json=dict.fromkeys(QUIRK_NAMES, True))
    one.control("POST", "/clock/advance", json={"days": 5})
    assert read_everything(other) == fresh
    other.control("POST", "/clock/advance", json={"minutes": 1})
    other.send("POST", NEW_ROW_PATH)
    row = other.send("GET", ROWS_PATH).content
    one.control("POST", "/reset", json={"seed": 9, "now": "2020-01-01T00:00:00Z"})
    assert other.send("GET", ROWS_PATH).content == row
    assert other.control("GET", "/clock").json()["now"] == f"{(START_TIME + timedelta(minutes=1)).isoformat()[:19]}Z"
    client.control("DELETE", f"{WORKSPACES_PATH}/one")
    assert other.send("GET", ROWS_PATH).content == row
    assert (
        read_everything(client),
        client.control("GET", "/status").json(),
        client.control("GET", "/jobs").json(),
    ) == default


CLIENT_COUNT = 8
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}


def script_steps(number):
    """Return the steps of one client. All clients send the same kinds of requests, with different values."""
    package = "/package_builder/packages/pkg_555"
    settings = {"backhaul_evaluation_attribution_window": 5 + number, "backhaul_evaluation_model": "ALL_PURCHASES"}
    rows = "/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme"
    model = ("FD", "META", "EXTERNAL")[number % 3]
    steps = [
        ("PUT", f"/api/v3{package}/backhaul_evaluation_details", settings),
        ("POST", f"/api/v3{rows}&purchase={number + 1}&revenue=10", None),
        ("PUT", "/api/v3/events/evt_abc123/attribution_model", {"model": model}),
        ("POST", "/_mock/clock/advance", {"minutes": number}),
        ("GET", f"/api/v3{package}/backhaul_evaluation", None),
        ("GET", f"/api/v3{rows}", None),
        ("GET", "/api/v3/daily_revenue_summary/?event_id=evt_abc123", None),
        ("PUT", "/_mock/quirks", {"clear_sales_204": number % 2 == 0}),
        ("DELETE", "/api/v3/daily_revenue_summary/?event_id=evt_abc123", None),
        ("POST", "/_mock/clock/run-until-idle", None),
        ("GET", f"/api/v3{package}/backhaul_evaluation", None),
        ("GET", f"/api/v3{rows}", None),
        ("GET", "/_mock/jobs", None),
    ]
    return [*steps, ("POST", "/_mock/reset", {"seed": number}), ("AUTH", "", None), *steps]


async def play_script(client, number):
    """Perform one script, and return the status, request id and body of each response, with tokens removed."""
    order = {"name": f"crowd-{number}", "seed": number % 2, "mode": "frozen", "now": "2026-09-01T12:00:00Z"}
    made = (await client.post("/_mock/workspaces", json=order)).raise_for_status().json()
    base, headers, answers = made["base_path"].removesuffix("/api/v3"), {}, []
    for method, path, body in [("AUTH", "", None), *script_steps(number)]:
        if method == "AUTH":
            tokens = (await client.post(f"{base}/api/v3/auth", json=CREDENTIALS)).json()
            headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
        else:
            answer = await client.request(method, f"{base}{path}", json=body, headers=headers)
            answers.append((method, path, answer.status_code, answer.headers["x-request-id"], answer.content))
    (await client.delete(f"/_mock/workspaces/{made['name']}")).raise_for_status()
    return answers


async def play_all_scripts(origin, *, together):
    async with httpx2.AsyncClient(base_url=origin, verify=False, timeout=60) as client:
        if together:
            return list(await asyncio.gather(*(play_script(client, number) for number in range(CLIENT_COUNT))))
        return [await play_script(client, number) for number in range(CLIENT_COUNT)]


def test_a_crowd_at_once_gets_the_answers_that_each_gets_alone():
    settings = Settings(clock_mode="frozen", now=START_TIME)
    with running_server(app.create_workspace(settings), settings) as origin:
        alone = asyncio.run(play_all_scripts(origin, together=False))
        together = asyncio.run(play_all_scripts(origin, together=True))
    assert together == alone
    assert {status for answers in alone for _, _, status, _, _ in answers} == {200, 201, 204}
    assert len({str([body for *_, body in answers]) for answers in alone}) == CLIENT_COUNT
