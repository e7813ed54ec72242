"""Whatever clients send, what a server keeps of it is bounded.

The test counts the items of everything that is reachable from a server, sends many different requests, and counts
again. Records that a signed-in client creates on purpose, such as packages, are not covered.
"""

import pytest

from mock_server.domain.limits import Limits
from mock_server.operations import signin
from mock_server.state import workspace as workspace_module
from mock_server.state.request_journal import Journal
from mock_server.state.workspace import Workspace
from tests.builders import a_user, a_workspace, a_world
from tests.kept_items import count_items
from tests.mock_harness import Client

CAPACITY = 20
ROUNDS = 25
"""More than the capacity, so that what is bounded is full after the first ones."""


def a_workspace_with_challenges() -> Workspace:
    return a_workspace(a_world(users=[a_user(), a_user(username="mfa@acme.example", mfa_token="123456")]))


def send_everything(client: Client, start: int) -> None:
    """Send requests that differ in each round: sign-ins, refreshes, wrong tokens, unknown paths and names."""
    for number in range(start, start + ROUNDS):
        name = f"x{number}"
        for username in ("mfa@acme.example", name):
            answer = client.send("POST", "/auth", json={"username": username, "password": "wavetank"})
        client.sign_in("partner@acme.example")
        client.send("POST", "/auth/refresh_token", json={"token": name})
        client.send("PUT", "/auth/challenge/mfa-token", json={"Session": name, "mfa_token": name})
        client.send("GET", f"/events/{name}", headers={name: name, "X-Request-Id": name})
        client.send("GET", f"/events/?{name}={name}", headers={"X-Preferred-Partner-Id": name})
        client.send("GET", "/events/", headers={"Authorization": f"Bearer {name}.{name}.{name}"})
        client.send("GET", f"/daily_revenue_summary/?event_id={name}")
        client.send("GET", f"/package_builder/packages/{name}")
        client.send_raw("GET", f"/w/{name}/api/v3/status/")
        client.send_raw(f"M{number}", f"/{name}")
        client.control("GET", "/journal")
        client.control("POST", "/clock/advance", json={"seconds": 1})
        client.control("POST", "/rewind", json={"to": "2026-09-01T12:00:00Z"})
        assert answer.status_code in (401, 429)


@pytest.mark.parametrize("limits", [None, Limits(10**6, 10**6, 10**6)], ids=["no limits", "limits"])
def test_what_a_server_keeps_does_not_grow(monkeypatch: pytest.MonkeyPatch, limits: Limits | None) -> None:
    monkeypatch.setattr(signin, "MAX_CHALLENGES", CAPACITY)
    monkeypatch.setattr(workspace_module, "MAX_REQUESTERS", CAPACITY)
    workspace = a_workspace_with_challenges()
    workspace.journal = Journal(CAPACITY)
    workspace.limits = limits
    client = Client(workspace)
    send_everything(client, 0)
    before = count_items(client.app.gateway)
    send_everything(client, ROUNDS)
    after = count_items(client.app.gateway)
    allowed = ("._claims_cache", ".recent_requests[]")  # at most 4,096 tokens; requests of the last minute
    grown = {path: (before.get(path, 0), count) for path, count in after.items() if count > before.get(path, 0)}
    assert {path: counts for path, counts in grown.items() if not any(name in path for name in allowed)} == {}
    assert len(workspace.store.challenges) == CAPACITY


def test_expired_challenges_are_not_in_a_snapshot() -> None:
    client = Client(a_workspace_with_challenges())
    for _ in range(3):
        client.send("POST", "/auth", json={"username": "mfa@acme.example", "password": "wavetank"})
    assert len(client.control("GET", "/snapshot").json()["records"]["challenges"]) == 3
    client.control("POST", "/clock/advance", json={"seconds": 180})
    assert client.control("GET", "/snapshot").json()["records"]["challenges"] == []


def test_the_addresses_that_are_counted_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_module, "MAX_REQUESTERS", CAPACITY)
    workspace = a_workspace()
    workspace.limits = Limits(1, 1, 1)
    now = workspace.clock.now()
    for number in range(10 * CAPACITY):
        assert workspace.admit_request("sign_ins", f"address {number}", now)
        assert not workspace.admit_request("sign_ins", f"address {number}", now)
    assert len(workspace.recent_requests) == CAPACITY
