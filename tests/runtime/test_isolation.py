"""Isolation: no world of a server sees another, not in turn and not at once."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.quirks import NAMES
from tests.api.examples import ROWS, a_visitor, seen
from tests.builders import BIRTH
from tests.control.test_workspaces import ALL, POST_ROW, make, names, within
from tests.runtime.test_clock import Machine
from tests.served import Client, served


@pytest.fixture
def client():
    return a_visitor()


def test_a_token_of_one_workspace_is_401_in_another(client):
    """Rule: AUTH-04."""
    one, other = within(client, "one"), within(client, "other")
    client.sign_in()
    for stranger in (one, other, client):
        for home in (one, other, client):
            answer = home.raw("GET", f"{home.prefix}/api/v3/events/", headers={"Authorization": "Bearer none"})
            assert answer.status_code == 401
            home_of = dict(home.headers)
            home.headers = dict(stranger.headers)
            assert home.send("GET", "/events/").status_code == (200 if home is stranger else 401)
            home.headers = home_of


def test_a_workspace_of_a_name_that_was_deleted_refuses_the_tokens_of_the_one_before(client):
    old = within(client)
    old.control("POST", "/reset")
    old.sign_in()
    refresh = old.send("POST", "/auth", json={"username": "partner@acme.example", "password": "wavetank"}).json()
    client.control("DELETE", f"{ALL}/x")
    make(client, name="x")
    make(client, name="y")
    client.within("x").control("POST", "/reset")
    assert old.send("GET", "/events/").status_code == 401
    token = {"token": refresh["RefreshToken"]}
    assert client.within("x").send("POST", "/auth/refresh_token", json=token).status_code == 400


def test_an_idle_workspace_is_dropped_and_one_in_use_is_not():
    machine = Machine()
    client = Client(seconds=machine)
    for name in ("platform", "control", "idle"):
        make(client, name=name, ttl_seconds=60)
    for _ in range(4):
        machine.pass_by(30)
        assert client.within("platform").send("GET", "/status/").status_code == 200
        assert client.within("control").control("GET", "/status").status_code == 200
        client.control("GET", f"{ALL}/idle")
    assert names(client) == ["test", "platform", "control"]
    assert client.within("idle").send("GET", "/status/").status_code == 404
    machine.pass_by(60)
    assert names(client) == ["test"]


def test_idle_time_is_the_machines_and_not_the_workspaces():
    client = Client(seconds=Machine())
    inside = within(client, ttl_seconds=1)
    inside.control("POST", "/clock/advance", json={"days": 300})
    assert inside.send("GET", "/status/").status_code == 200


def test_what_happens_in_one_workspace_is_seen_in_no_other():
    """Two are driven with conflicting writes, resets, clock moves and quirks beside the default one."""
    client = a_visitor().sign_in()
    default = seen(client), client.control("GET", "/status").json(), client.control("GET", "/jobs").json()
    one, other = within(client, "one", mode="frozen"), within(client, "other", mode="frozen")
    fresh = seen(other)
    one.send("POST", POST_ROW)
    one.send("PUT", "/events/evt_1/attribution_model", json={"model": "META"})
    one.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    one.control("PUT", "/quirks", json=dict.fromkeys(NAMES, True))
    one.control("POST", "/clock/advance", json={"days": 5})
    assert seen(other) == fresh
    other.control("POST", "/clock/advance", json={"minutes": 1})
    other.send("POST", POST_ROW)
    row = other.send("GET", ROWS).content
    one.control("POST", "/reset", json={"seed": 9, "now": "2020-01-01T00:00:00Z"})
    assert other.send("GET", ROWS).content == row
    assert other.control("GET", "/clock").json()["now"] == f"{(BIRTH + timedelta(minutes=1)).isoformat()[:19]}Z"
    client.control("DELETE", f"{ALL}/one")
    assert other.send("GET", ROWS).content == row
    assert (seen(client), client.control("GET", "/status").json(), client.control("GET", "/jobs").json()) == default


CROWD = 8
SIGN_IN = {"username": "partner@acme.example", "password": "wavetank"}


def script(number):
    """What one client does in its workspace: the same kinds of call as its neighbours, with other values."""
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


async def play(client, number):
    """One script's answers: status, request id and body of each, but not the tokens."""
    order = {"name": f"crowd-{number}", "seed": number % 2, "mode": "frozen", "now": "2026-09-01T12:00:00Z"}
    made = (await client.post("/_mock/workspaces", json=order)).raise_for_status().json()
    base, headers, answers = made["base_path"].removesuffix("/api/v3"), {}, []
    for method, path, body in [("AUTH", "", None), *script(number)]:
        if method == "AUTH":
            tokens = (await client.post(f"{base}/api/v3/auth", json=SIGN_IN)).json()
            headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
        else:
            answer = await client.request(method, f"{base}{path}", json=body, headers=headers)
            answers.append((method, path, answer.status_code, answer.headers["x-request-id"], answer.content))
    (await client.delete(f"/_mock/workspaces/{made['name']}")).raise_for_status()
    return answers


async def play_all(origin, *, together):
    async with httpx.AsyncClient(base_url=origin, timeout=60) as client:
        if together:
            return list(await asyncio.gather(*(play(client, number) for number in range(CROWD))))
        return [await play(client, number) for number in range(CROWD)]


def test_a_crowd_at_once_gets_the_answers_that_each_gets_alone():
    settings = Settings(clock="frozen", now=BIRTH)
    with served(app.create_workspace(settings), settings) as origin:
        alone = asyncio.run(play_all(origin, together=False))
        together = asyncio.run(play_all(origin, together=True))
    assert together == alone
    assert {status for answers in alone for _, _, status, _, _ in answers} == {200, 201, 204}
    assert len({str([body for *_, body in answers]) for answers in alone}) == CROWD
