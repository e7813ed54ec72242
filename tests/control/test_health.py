"""`GET /_mock/health` says that the server is live, and with `?ready` that it can answer all requests."""

import pytest

from mock_server import __version__, app
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.mock_harness import Client

LIVE, READY = ({"status": status, "version": __version__} for status in ("live", "ready"))


class Readiness:
    """A store that can be reached or not."""

    def __init__(self) -> None:
        self.is_reachable = True
        self.checks = 0

    async def __call__(self) -> bool:
        self.checks += 1
        return self.is_reachable


@pytest.fixture
def store():
    return Readiness()


@pytest.fixture
def client(store):
    client = Client(a_workspace())
    client.app = app.create_app(Settings(), client.workspace, is_ready=store)
    return client


def test_a_server_in_memory_is_live_and_ready():
    client = Client(a_workspace())
    assert client.control("GET", "/health").json() == LIVE
    assert client.control("GET", "/health?ready").json() == READY


@pytest.mark.parametrize("query", ["?ready", "?ready=", "?ready=true"])
def test_a_server_that_cannot_reach_its_store_is_live_but_not_ready(client, store, query):
    assert client.control("GET", f"/health{query}").json() == READY
    store.is_reachable = False
    answer = client.control("GET", f"/health{query}")
    assert (answer.status_code, answer.json()["message"]) == (503, "error.internal.not_ready")
    assert answer.headers["x-request-id"]
    assert client.control("GET", "/health").json() == LIVE


def test_liveness_does_not_look_at_the_store(client, store):
    client.control("GET", "/health")
    assert store.checks == 0


@pytest.mark.parametrize("query", ["?ready=no", "?ready=false", "?redy", "?ready&ready"])
def test_another_query_is_400(client, query):
    assert client.control("GET", f"/health{query}").status_code == 400


@pytest.mark.parametrize(
    "settings",
    [Settings(host="0.0.0.0"), Settings(host="0.0.0.0", control_token="s3cret"), Settings(control_token="s3cret")],
    ids=["beyond loopback", "beyond loopback, a token set", "a token set"],
)
@pytest.mark.parametrize("headers", [{}, {"X-Mock-Control-Token": "wrong"}], ids=["no token", "a wrong token"])
def test_only_health_needs_no_control_token(settings, headers):
    client = Client(a_workspace(), settings)
    assert client.control("GET", "/health", headers=headers).json() == LIVE
    for method, path in (("GET", "/status"), ("GET", "/health/"), ("GET", "/healthy"), ("GET", "//health")):
        assert client.control(method, path, headers=headers).status_code == 403, path
    assert client.send_raw("GET", "/_mock/%68ealth", headers=headers).status_code == 403


def test_health_belongs_to_the_server_not_to_a_workspace(client):
    client.control("POST", "/workspaces", json={"name": "x"})
    assert client.for_workspace("x").control("GET", "/health").status_code == 404


def test_a_page_of_another_site_cannot_ask(client):
    assert client.control("GET", "/health", headers={"origin": "http://evil.example"}).status_code == 403


def test_health_runs_no_jobs_and_is_not_recorded(client):
    client.workspace.clock.set(client.workspace.jobs.next_due())
    pending = len(client.workspace.jobs)
    assert client.control("GET", "/health?ready").status_code == 200
    assert (len(client.workspace.jobs), len(client.workspace.journal)) == (pending, 0)
