"""Who may use a workspace and the control API of workspaces, and with which tokens."""

import jwt
import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.example_requests import an_anonymous_client, sorted_error_fields
from tests.mock_harness import Client

WORKSPACES_PATH = "/workspaces"


@pytest.fixture
def client():
    client = an_anonymous_client()
    assert client.control("POST", WORKSPACES_PATH, json={"name": "x"}).status_code == 201
    return client


@pytest.mark.parametrize("path", [WORKSPACES_PATH, f"{WORKSPACES_PATH}/x", "/gotchas"])
def test_a_workspace_has_no_workspaces_of_its_own(client, path):
    assert client.for_workspace("x").control("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({"X-Mock-Control-Token": "wrong"}, 403), ({"X-Mock-Control-Token": "s3cret"}, 200)],
    ids=["no token", "a wrong token", "the right token"],
)
@pytest.mark.parametrize("path", [WORKSPACES_PATH, f"{WORKSPACES_PATH}/x", "/gotchas", "/status"])
def test_beyond_loopback_workspaces_need_the_control_token(headers, status, path):
    client = Client(a_workspace(), Settings(host="0.0.0.0", control_token="s3cret"))
    client.control("POST", WORKSPACES_PATH, json={"name": "x"}, headers={"X-Mock-Control-Token": "s3cret"})
    assert client.control("GET", path, headers=headers).status_code == status
    assert client.for_workspace("x").control("GET", "/status", headers=headers).status_code == status


def test_browser_requests_cannot_create_or_use_a_workspace(client):
    page = {"Origin": "http://evil.example"}
    for answer in (
        client.control("POST", WORKSPACES_PATH, headers=page),
        client.control("DELETE", f"{WORKSPACES_PATH}/x", headers=page),
        client.for_workspace("x").control("POST", "/reset", headers=page),
    ):
        assert (answer.status_code, sorted_error_fields(answer)) == (403, ["Origin"])
    names = [workspace["name"] for workspace in client.control("GET", WORKSPACES_PATH).json()]
    assert names == ["test", "x"]


def test_beyond_loopback_a_workspace_accepts_no_default_password_either():
    settings, token = Settings(host="0.0.0.0", control_token="t"), {"X-Mock-Control-Token": "t"}
    client = Client(app.create_workspace(settings), settings)
    credentials = {"username": "partner@acme.example", "password": "wavetank"}
    for name, order in (("own", {}), ("sample", {"world": "sample"})):
        client.control("POST", WORKSPACES_PATH, json={"name": name, **order}, headers=token)
        assert client.for_workspace(name).send("POST", "/auth", json=credentials).status_code == 401


def test_the_published_keys_of_a_workspace_verify_its_tokens(client):
    workspace_client = client.for_workspace("x").sign_in()
    token = workspace_client.headers["Authorization"].partition(" ")[2]
    keys = jwt.PyJWKSet.from_dict(client.send_raw("GET", "/w/x/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token, key.key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    )
    assert claims["iss"] == key.key_id
    assert claims["iss"].startswith("x-")
    assert client.send_raw("GET", "/.well-known/jwks.json").json()["keys"][0]["kid"] == "test-1"


def test_a_request_to_an_unknown_workspace_uses_no_request_id_of_another(client):
    before, stray, after = (
        client.send_raw("GET", path).headers["x-request-id"]
        for path in ("/api/v3/status/", "/w/none/api/v3/status/", "/api/v3/status/")
    )
    assert int(after.rpartition("-")[2]) == int(before.rpartition("-")[2]) + 1
    assert stray not in (before, after)
