"""What a console needs besides the state of a workspace: users to sign in as, stale results, and the server itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.builders import ACME, BETA, START_TIME, a_workspace, a_world
from tests.example_requests import SETTINGS, SETTINGS_PATH, a_client
from tests.mock_harness import Client
from tests.storage.stored_server import a_stored_server

TOKEN = {"X-Mock-Control-Token": "t"}


def sample_client(**changes: object) -> Client:
    settings = Settings(now=START_TIME, clock_mode="frozen", control_token="t", **changes)  # type: ignore[arg-type]
    return Client(app.create_workspace(settings), settings)


def passwords(client: Client) -> dict[str, object]:
    return {user["username"]: user["password"] for user in client.control("GET", "/users", headers=TOKEN).json()}


def test_on_loopback_the_sample_users_are_listed_with_what_signs_them_in() -> None:
    client = sample_client()
    users = client.control("GET", "/users", headers=TOKEN).json()
    assert len(users) == 7
    for user in users:
        credentials = {"username": user["username"], "password": user["password"]}
        assert client.send("POST", "/auth", json=credentials).status_code in (200, 403)
    assert [user["username"] for user in users if user["mfa_token"]] == ["mfa@acme.example"]
    assert [user["username"] for user in users if user["must_change_password"]] == ["new@acme.example"]
    admin = next(user for user in users if user["groups"] == ["fd-admin"])
    assert {ACME, "partner-id-beta", "fd1042"} == {*admin["partners"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"sample_password": "s3cret"},
        {"host": "0.0.0.0", "sample_password": "s3cret"},
        {"host": "0.0.0.0", "sample_password": "wavetank"},
    ],
    ids=["a password of its own", "beyond loopback", "beyond loopback with the known password"],
)
def test_no_other_password_is_shown(changes: dict[str, object]) -> None:
    client = sample_client(**changes)
    assert set(passwords(client).values()) == {None}
    assert "s3cret" not in client.control("GET", "/users", headers=TOKEN).text


def test_beyond_loopback_without_a_password_there_are_no_users() -> None:
    assert passwords(sample_client(host="0.0.0.0")) == {}


def test_a_changed_password_is_not_shown() -> None:
    client = sample_client()
    challenge = client.send("POST", "/auth", json={"username": "new@acme.example", "password": "wavetank"}).json()
    order = {"Session": challenge["Session"], "new_password": "An0ther-secret"}
    assert client.send("PUT", "/auth/challenge/new-password", json=order).status_code == 200
    assert [name for name, password in passwords(client).items() if password is None] == ["new@acme.example"]


def test_a_world_of_files_shows_no_password() -> None:
    workspace = a_workspace(replace(a_world(), source="csv"))
    assert set(passwords(Client(workspace)).values()) == {None}


def state_of(client: Client, package: str = "pkg_1") -> dict[str, object]:
    (state,) = (each for each in client.control("GET", "/packages").json() if each["id"] == package)
    return dict(state)


def test_a_result_is_stale_from_the_new_settings_until_the_evaluation_ends() -> None:
    client = a_client()
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    first = state_of(client)
    assert (first["result_revision"], first["evaluated_at"], first["stale"]) == (None, None, False)
    assert first["due"] is not None
    client.control("POST", "/clock/next")
    fresh = state_of(client)
    assert (fresh["result_revision"], fresh["stale"], fresh["due"]) == (fresh["revision"], False, None)
    client.send("PUT", SETTINGS_PATH, json=SETTINGS | {"backhaul_evaluation_attribution_window": 7})
    stale = state_of(client)
    assert (stale["result_revision"], stale["stale"]) == (fresh["revision"], True)
    explained = client.control("GET", "/explain/evaluation/pkg_1").json()
    assert (stale["revision"], stale["due"]) == (explained["pending"]["revision"], explained["pending"]["due"])
    assert stale["settings"] == client.send("GET", SETTINGS_PATH).json()
    client.control("POST", "/clock/next")
    assert state_of(client)["stale"] is False


def test_packages_are_those_of_all_partners_or_of_one() -> None:
    client = sample_client()
    states = client.control("GET", "/packages", headers=TOKEN).json()
    for partner in (ACME, BETA, "none"):
        own = client.control("GET", f"/packages?partner_id={partner}", headers=TOKEN).json()
        assert own == [state for state in states if state["partner_id"] == partner]
    assert {ACME, BETA} <= {state["partner_id"] for state in states}


def test_reading_package_states_changes_nothing() -> None:
    client = sample_client().sign_in()
    states = client.control("GET", "/packages", headers=TOKEN).json()
    assert client.control("GET", "/packages", headers=TOKEN).json() == states
    assert client.control("GET", "/status", headers=TOKEN).json()["pending_jobs"] == len(client.workspace.jobs)


def test_the_server_says_where_it_keeps_the_state(tmp_path: Path) -> None:
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "x"})
    shown = client.control("GET", "/server").json()
    assert (shown["state"], shown["location"], shown["workspaces"]) == ("memory", None, 2)
    with a_stored_server(tmp_path / "tank.db") as server:
        shown = server.send("GET", "/_mock/server").json()
        assert (shown["state"], shown["location"]) == ("file", f"SQLite file {tmp_path / 'tank.db'}")
        assert shown["workspaces"] == 1
