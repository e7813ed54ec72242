"""What servers that share a database keep in memory of a workspace does not grow under steady traffic."""

from collections.abc import Iterator

import pytest

from mock_server.state import checkpoints, job_queue, record_history
from tests.example_requests import SETTINGS, package_order
from tests.kept_items import count_items
from tests.storage.two_servers import TwoServers, two_servers

WORKSPACE = "/w/steady"
ROWS = f"{WORKSPACE}/api/v3/campaign_results/"
DETAILS = f"{WORKSPACE}/api/v3/package_builder/packages/pkg_1/backhaul_evaluation_details"
ROUND = 30
"""More cycles than anything is kept of."""
BOUNDED = ("._claims_cache", ".request_numbers")
"""At most 4,096 tokens, and the request ids that a server has reserved."""


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoServers]:
    """Two servers that keep less of the past, so that a short test reaches what does not grow any more."""
    monkeypatch.setattr(record_history, "MAX_DELETED_RECORDS", 8)
    monkeypatch.setattr(record_history, "MAX_VERSIONS", 5)
    monkeypatch.setattr(checkpoints, "MAX_CHECKPOINTS", 4)
    monkeypatch.setattr(job_queue, "MAX_PAST_JOBS", 10)
    with two_servers() as both:
        body = {"name": "steady", "mode": "frozen", "journal": 10}
        both.do("A", "POST", "/_mock/workspaces", body)
        both.do("A", "POST", f"{WORKSPACE}/_mock/packages", package_order())
        yield both


def send_round(pair: TwoServers) -> None:
    """Add and delete rows, change settings and move the clock. Each server sends a part of the requests."""
    for number in range(ROUND):
        one, other = "AB" if number % 2 else "BA"
        pair.sign_in(workspace=WORKSPACE)
        row = pair.do(one, "POST", f"{ROWS}?eid=evt_1&partner_id=partner-id-acme&purchase=1&revenue=1")["id"]
        pair.do(other, "PUT", DETAILS, {**SETTINGS, "backhaul_evaluation_attribution_window": number + 1})
        pair.do(other, "DELETE", f"{ROWS}?id={row}")
        pair.do(one, "POST", f"{WORKSPACE}/_mock/clock/advance", {"minutes": 1})


def count(pair: TwoServers, server: str) -> dict[str, int]:
    """Count what a server keeps, after it has read all that the other one has written."""
    pair.get(server, f"{WORKSPACE}/_mock/status")
    kept = pair.servers[server]
    counts = count_items([kept.app.gateway, kept.stored])
    return {path: number for path, number in counts.items() if not any(each in path for each in BOUNDED)}


def test_what_two_servers_keep_does_not_grow(pair: TwoServers) -> None:
    send_round(pair)
    before = {server: count(pair, server) for server in "AB"}
    send_round(pair)
    after = {server: count(pair, server) for server in "AB"}
    assert all(len(counts) > 100 for counts in before.values())
    for server in "AB":
        grown = {path: (before[server].get(path, 0), number) for path, number in after[server].items()}
        assert {path: counts for path, counts in grown.items() if counts[1] > counts[0]} == {}
