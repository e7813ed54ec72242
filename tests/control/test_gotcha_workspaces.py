"""The control API prepares a workspace in which a gotcha can be tried."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server import app
from mock_server.gotchas import catalogue
from mock_server.settings import Settings
from tests.mock_harness import Client, error_fields


@pytest.fixture(scope="module")
def shared_client() -> Client:
    return Client(app.create_workspace(Settings()))


@pytest.fixture
def client() -> Client:
    return Client(app.create_workspace(Settings()))


def send_step(client: Client, step: dict[str, Any], headers: dict[str, str]) -> Any:
    """Send the request of a step, with the headers of a signed-in user."""
    path, _, query = step["path"].partition("?")
    body = {} if step["body"] is None else {"json": step["body"]}
    return client.send_raw(step["method"], f"{path}?{query}", headers={**headers, **step["headers"]}, **body)


def sign_in_to_trap(client: Client, trap: dict[str, Any]) -> dict[str, str]:
    return client.for_workspace(trap["workspace"]).sign_in(trap["user"]).headers


@pytest.fixture(params=catalogue.GOTCHAS)
def trap(request: pytest.FixtureRequest, shared_client: Client) -> Iterator[dict[str, Any]]:
    """Prepare a workspace for each gotcha, and yield the response."""
    answer = shared_client.control("POST", f"/gotchas/{request.param}")
    assert answer.status_code == 201, answer.text
    yield answer.json()
    shared_client.control("DELETE", f"/workspaces/{answer.json()['workspace']}")


def test_a_workspace_stops_just_before_the_gotchas_call(shared_client: Client, trap: dict[str, Any]) -> None:
    chosen = catalogue.GOTCHAS[trap["gotcha"]["id"]]
    step = trap["trap_steps"][0]
    body = json.loads(json.dumps(step["body"]).replace("$REFRESH", "none"))
    answer = send_step(shared_client, {**step, "body": body}, sign_in_to_trap(shared_client, trap))
    assert answer.status_code == int(step["observations"][0]) == chosen.trap[0].status
    for look in chosen.trap[0].checks:
        if look.kind == "no header":
            assert look.selector not in answer.headers


def test_the_next_response_is_described_beforehand(client: Client) -> None:
    trap = client.control("POST", "/gotchas/G-07").json()
    answer = send_step(client, trap["trap_steps"][0], sign_in_to_trap(client, trap)).json()
    row = answer["manual_adjustments"][0]["id"]
    assert trap["trap_steps"][0]["observations"][:2] == ["200", f'.manual_adjustments[0].id as before, "{row}"']
    assert trap["solution_steps"][0]["path"] == f"{trap['base_path']}/campaign_results/?id={row}"
    assert send_step(client, trap["solution_steps"][0], sign_in_to_trap(client, trap)).status_code == 204


def test_the_workspace_can_be_played_to_the_right_end(client: Client) -> None:
    trap = client.control("POST", "/gotchas/G-02").json()
    headers = sign_in_to_trap(client, trap)
    stale = send_step(client, trap["trap_steps"][0], headers).json()
    waited, fresh = (send_step(client, step, headers) for step in trap["solution_steps"])
    assert waited.json()["fired"][0]["kind"] == "evaluation"
    assert [row["purchase"] for row in fresh.json()] != [row["purchase"] for row in stale]


def test_the_played_steps_are_listed_without_secrets(client: Client) -> None:
    answer = client.control("POST", "/gotchas/G-11")
    trap = answer.json()
    assert [step["description"] for step in trap["played_steps"]] == ["Sign in."]
    assert trap["played_steps"][0]["observations"] == ["200"]
    assert trap["played_steps"][0]["body"] == {"username": "partner@acme.example", "password": "$PASSWORD"}
    assert trap["trap_steps"][0]["body"] == {"refresh_token": "$REFRESH"}
    assert "eyJ" not in answer.text
    assert "wavetank" not in answer.text.replace("wavetank gotcha run", ""), "the password of the sample users"


def test_a_prepared_workspace_states_its_paths(client: Client) -> None:
    trap = client.control("POST", "/gotchas/G-14", json={"name": "old-package", "ttl_seconds": 60}).json()
    assert (trap["workspace"], trap["base_path"], trap["control_path"], trap["ttl_seconds"], trap["user"]) == (
        "old-package",
        "/w/old-package/api/v3",
        "/w/old-package/_mock",
        60,
        "partner@acme.example",
    )
    made = client.control("GET", "/workspaces/old-package").json()
    assert (made["clock"], made["ttl_seconds"]) == (
        {"now": "2026-09-29T12:00:00Z", "mode": "frozen", "speed": 1.0},
        60,
    )


def test_prepared_workspaces_have_their_own_names_and_worlds(client: Client) -> None:
    before = client.control("GET", "/clock").json()["mode"], client.control("GET", "/jobs").json()
    first, second = (client.control("POST", "/gotchas/G-20").json() for _ in range(2))
    assert first["workspace"] != second["workspace"]
    assert send_step(client, first["trap_steps"][0], sign_in_to_trap(client, first)).status_code == 204
    rows = send_step(client, second["trap_steps"][1], sign_in_to_trap(client, second)).json()
    assert [row["source"] for row in rows] == ["manual", "automated", "manual", "manual"]
    assert (client.control("GET", "/clock").json()["mode"], client.control("GET", "/jobs").json()) == before


def test_a_reset_undoes_the_preparation(client: Client) -> None:
    trap = client.control("POST", "/gotchas/G-20").json()
    client.for_workspace(trap["workspace"]).control("POST", "/reset")
    rows = send_step(client, trap["trap_steps"][1], sign_in_to_trap(client, trap)).json()
    assert [row["source"] for row in rows] == ["automated", "manual", "manual"]


@pytest.mark.parametrize("gotcha_id", ["G-21", "g-02", "G-2", "%00"])
def test_an_unknown_gotcha_is_404_and_named(client: Client, gotcha_id: str) -> None:
    answer = client.control("POST", f"/gotchas/{gotcha_id}")
    assert (answer.status_code, error_fields(answer)) == (404, ["gotcha_id"])
    assert "GET /_mock/gotchas lists them" in answer.json()["validation_errors"][0]["message"]
    assert len(client.control("GET", "/workspaces").json()) == 1


WRONG_ORDERS: dict[str, tuple[dict[str, Any], str]] = {
    "a name with a space": ({"name": "a b"}, "name"),
    "the default workspace's name": ({"name": "default"}, "name"),
    "no time to live": ({"ttl_seconds": 0}, "ttl_seconds"),
    "a time to live as a string": ({"ttl_seconds": "60"}, "ttl_seconds"),
    "an unknown field": ({"seed": 3}, "seed"),
}


@pytest.mark.parametrize(("body", "field"), WRONG_ORDERS.values(), ids=WRONG_ORDERS.keys())
def test_an_invalid_request_is_400_and_creates_nothing(client: Client, body: dict[str, Any], field: str) -> None:
    answer = client.control("POST", "/gotchas/G-02", json=body)
    assert (answer.status_code, error_fields(answer)) == (400, [field])
    assert len(client.control("GET", "/workspaces").json()) == 1


def test_a_name_in_use_is_409_and_does_not_change_the_first_workspace(client: Client) -> None:
    assert client.control("POST", "/gotchas/G-02", json={"name": "mine"}).status_code == 201
    answer = client.control("POST", "/gotchas/G-07", json={"name": "mine"})
    assert (answer.status_code, error_fields(answer)) == (409, ["name"])
    assert len(client.control("GET", "/workspaces").json()) == 2


def test_beyond_the_maximum_of_workspaces_it_is_409() -> None:
    client = Client(app.create_workspace(Settings()), Settings(max_workspaces=1))
    assert client.control("POST", "/gotchas/G-02").status_code == 201
    answer = client.control("POST", "/gotchas/G-02")
    assert (answer.status_code, error_fields(answer)) == (409, ["name"])


def test_a_server_without_sample_users_is_409_and_keeps_no_workspace() -> None:
    closed = Settings(host="0.0.0.0", control_token="open-sesame")
    client = Client(app.create_workspace(closed), closed)
    token = {"X-Mock-Control-Token": "open-sesame"}
    answer = client.control("POST", "/gotchas/G-02", headers=token)
    assert (answer.status_code, error_fields(answer)) == (409, ["gotcha_id"])
    assert "this server cannot play it: Sign in. status 401" in answer.text
    assert len(client.control("GET", "/workspaces", headers=token).json()) == 1


def test_a_server_with_a_control_token_and_another_password_can_prepare_workspaces() -> None:
    guarded = Settings(host="0.0.0.0", control_token="open-sesame", sample_password="other")
    client = Client(app.create_workspace(guarded), guarded)
    assert client.control("POST", "/gotchas/G-14").status_code == 403
    answer = client.control("POST", "/gotchas/G-14", headers={"X-Mock-Control-Token": "open-sesame"})
    assert answer.status_code == 201
    assert "open-sesame" not in answer.text
    assert '"other"' not in answer.text


def test_gotchas_exist_only_at_the_servers_root(client: Client) -> None:
    client.control("POST", "/workspaces", json={"name": "mine"})
    assert client.for_workspace("mine").control("GET", "/gotchas").status_code == 404
    assert client.for_workspace("mine").control("POST", "/gotchas/G-02").status_code == 404


def test_gotchas_are_listed(client: Client) -> None:
    listed = client.control("GET", "/gotchas").json()
    assert [gotcha["id"] for gotcha in listed] == list(catalogue.GOTCHAS)
    assert listed[1]["command"] == "wavetank gotcha run G-02"
    assert [gotcha["id"] for gotcha in client.control("GET", "/gotchas?q=stale+evaluation").json()] == ["G-02"]
    assert client.control("GET", "/gotchas?q=volcano").json() == []
    wrong = client.control("GET", "/gotchas?word=stale")
    assert (wrong.status_code, error_fields(wrong)) == (400, ["word"])
