"""What clients see of servers that share a database, when each request goes to another one."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from mock_server.http import transactions
from mock_server.state import record_history
from tests.example_requests import NEW_PACKAGE, package_order
from tests.storage.simulation.machine import MACHINE
from tests.storage.two_servers import CREDENTIALS, TwoServers, two_servers

SKEW = 5.0
WORKSPACE = "/w/mine"
RUNNING: dict[str, Any] = {
    "name": "mine",
    "mode": "running",
    "speed": 1.0,
    "now": "2026-09-01T12:00:00Z",
    "ttl_seconds": 600,
}
EVENTS = "/api/v3/events/"
OTHER = {"A": "B", "B": "A"}
MAX_RESETS = 500


@pytest.fixture(params=[SKEW, -SKEW, 0.0], ids=["B ahead", "B behind", "no skew"])
def pair(request: pytest.FixtureRequest) -> Iterator[TwoServers]:
    with two_servers(request.param) as both:
        both.do("A", "POST", "/_mock/workspaces", RUNNING)
        yield both


def read_time(pair: TwoServers, server: str) -> datetime:
    return datetime.fromisoformat(pair.get(server, f"{WORKSPACE}/_mock/clock")["now"])


def last_commit(pair: TwoServers) -> datetime:
    """Return the time that the last commit of the workspace has stored."""
    return datetime.fromisoformat(pair.read_rows("SELECT now FROM workspaces WHERE name = 'mine'")[0][0])


@pytest.mark.parametrize("writer", "AB")
def test_the_time_is_never_before_the_last_commit_on_any_server(pair: TwoServers, writer: str) -> None:
    for number in range(4):
        pair.do(writer, "POST", f"{WORKSPACE}/_mock/packages", package_order() | {"id": f"pkg_{number}"})
        committed = last_commit(pair)
        assert read_time(pair, OTHER[writer]) >= committed
        assert read_time(pair, writer) >= committed
        MACHINE.seconds += 1.5
        writer = OTHER[writer]


def test_a_server_that_starts_later_does_not_go_back(pair: TwoServers) -> None:
    for skew in (-SKEW, -2 * SKEW, -100 * SKEW):
        pair.do("B", "POST", f"{WORKSPACE}/_mock/clock/advance", {"seconds": 1})
        pair.do("B", "PUT", f"{WORKSPACE}/_mock/clock", {"mode": "running"})
        MACHINE.seconds += 2
        pair.do("B", "POST", f"{WORKSPACE}/api/v3/auth", CREDENTIALS)
        committed = last_commit(pair)
        pair.start("A", skew)
        assert read_time(pair, "A") >= committed


def test_times_that_clients_see_of_changes_do_not_decrease(pair: TwoServers) -> None:
    pair.sign_in(workspace=WORKSPACE)
    target = f"{WORKSPACE}/api/v3/campaign_results/?eid=evt_1&partner_id=partner-id-acme&revenue=1&purchase="
    for number, server in zip(range(8), itertools.cycle("AB"), strict=False):
        pair.do(server, "POST", f"{target}{1_000 + number}")
        MACHINE.seconds += 0.7
    rows = pair.get("A", target.partition("&revenue")[0])
    times = [row["created_at"] for row in rows if row["purchase"] >= 1_000]
    assert times == sorted(times, reverse=True)
    assert len(times) == 8


@pytest.mark.parametrize("step", [0.1, 0.3, 0.9])
def test_a_read_that_waits_for_a_clock_move_has_the_time_after_it(pair: TwoServers, step: float) -> None:
    """A job may fall due between two looks at the clock."""
    for _ in range(6):
        pair.sign_in(workspace=WORKSPACE)
        pair.do("A", "POST", f"{WORKSPACE}/api/v3/package_builder/packages", NEW_PACKAGE)
        MACHINE.step = step
        with pair.held_at("open", "A", "GET", f"{WORKSPACE}/_mock/clock") as response:
            MACHINE.step = 0.0
            pair.do("B", "POST", f"{WORKSPACE}/_mock/clock/advance", {"hours": 2})
            committed = last_commit(pair)
        assert datetime.fromisoformat(response().json()["now"]) >= committed


def statuses(pair: TwoServers, targets: list[str]) -> list[int]:
    """Send GETs to both servers in turn."""
    return [
        pair.send(server, "GET", target).status for server, target in zip(itertools.cycle("AB"), targets, strict=False)
    ]


@pytest.mark.parametrize("nth", [2, 3])
def test_a_fault_counts_the_reads_of_all_servers(pair: TwoServers, nth: int) -> None:
    pair.sign_in(workspace=WORKSPACE)
    rule = {"match": {"operation": "listEvents", "nth": nth}, "effect": {"status": 503}}
    pair.do("B", "PUT", f"{WORKSPACE}/_mock/faults", {"rules": [rule]})
    found = statuses(pair, [f"{WORKSPACE}{EVENTS}"] * (nth + 3))
    assert [number for number, status in enumerate(found, 1) if status == 503] == [nth]


def test_a_fault_counts_the_status_requests_of_all_servers(pair: TwoServers) -> None:
    rule = {"match": {"operation": "getStatus", "nth": 3}, "effect": {"status": 503}}
    pair.do("B", "PUT", "/_mock/faults", {"rules": [rule]})
    assert statuses(pair, ["/api/v3/status/"] * 5) == [200, 200, 503, 200, 200]


def test_rate_limits_count_the_requests_to_all_servers(pair: TwoServers) -> None:
    limits = {"reads": 5, "writes": 100, "sign_ins": 2}
    pair.do("B", "POST", "/_mock/workspaces", RUNNING | {"name": "limited", "rate_limits": limits})
    pair.sign_in("A", "/w/limited")
    target = f"/w/limited{EVENTS}"
    assert statuses(pair, [target] * 7) == [200] * 5 + [429] * 2
    assert [pair.send(server, "POST", "/w/limited/api/v3/auth", CREDENTIALS).status for server in "BA"] == [200, 429]


def test_a_use_through_one_server_keeps_a_workspace_for_all(pair: TwoServers) -> None:
    for server in "ABABABAB":
        MACHINE.seconds += RUNNING["ttl_seconds"] - SKEW - 1
        assert pair.send(server, "GET", f"{WORKSPACE}/_mock/clock").status == 200
    MACHINE.seconds += 2 * RUNNING["ttl_seconds"]
    assert [pair.send(server, "GET", f"{WORKSPACE}/_mock/clock").status for server in "AB"] == [404, 404]


def test_ids_are_given_once(pair: TwoServers) -> None:
    target = f"{WORKSPACE}/api/v3/campaign_results/?eid=evt_1&partner_id=partner-id-acme&purchase=1&revenue=1"
    pair.sign_in(workspace=WORKSPACE)
    ids = [pair.do(server, "POST", target)["id"] for server in "ABABBA"]
    assert len(set(ids)) == len(ids)


def test_a_deletion_beyond_the_kept_ones_writes_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_history, "MAX_DELETED_RECORDS", 5)
    target = "/api/v3/campaign_results/?eid=evt_1&partner_id=partner-id-acme&purchase=1&revenue=1"
    written = "SELECT count(*), max(since) FROM records WHERE kind = 'history:results' AND since > "
    with two_servers() as pair:
        pair.sign_in()
        ids, newest = [pair.do(server, "POST", target)["id"] for server in "ABABABABABAB"], 0
        for server, row_id in zip("BABABABABABA", ids, strict=True):
            newest = max(newest, pair.read_rows("SELECT max(version) FROM workspaces")[0][0])
            pair.do(server, "DELETE", f"/api/v3/campaign_results/?id={row_id}")
            assert pair.read_rows(f"{written}{newest}")[0][0] == 1
        shown = [pair.get(server, "/_mock/snapshot")["records"] for server in "AB"]
        assert shown[0] == shown[1]


CHANGES: dict[str, Any] = {
    "a clock move": ("POST", "/clock/advance", {"days": 3}),
    "a clock that is frozen": ("PUT", "/clock", {"mode": "frozen"}),
    "a reset": ("POST", "/reset", {}),
    "a rewind": ("POST", "/rewind", {"to": "2026-09-01T12:00:00Z"}),
    "faults": ("PUT", "/faults", {"rules": [{"match": {"operation": "getEvent"}, "effect": {"status": 503}}]}),
}
VIEWS = ("/clock", "/status", "/jobs", "/faults", "/points")


@pytest.mark.parametrize("name", CHANGES)
def test_what_one_server_changes_the_other_shows_at_once(name: str) -> None:
    with two_servers() as pair:
        pair.do("A", "POST", "/_mock/workspaces", RUNNING | {"mode": "frozen"})
        pair.do("B", "POST", f"{WORKSPACE}/_mock/packages", package_order())
        pair.do("A", "POST", f"{WORKSPACE}/_mock/clock/advance", {"days": 1})
        for server in "BA":
            before = {view: pair.get(OTHER[server], f"{WORKSPACE}/_mock{view}") for view in VIEWS}
            method, target, body = CHANGES[name]
            pair.do(server, method, f"{WORKSPACE}/_mock{target}", body)
            both = [{view: pair.get(each, f"{WORKSPACE}/_mock{view}") for view in VIEWS} for each in "AB"]
            assert both[0] == both[1]
            assert server == "A" or name == "a clock that is frozen" or both[0] != before


def test_a_snapshot_that_one_server_restores_is_the_state_of_the_other(pair: TwoServers) -> None:
    saved = pair.get("A", f"{WORKSPACE}/_mock/snapshot")
    pair.do("B", "POST", f"{WORKSPACE}/_mock/packages", package_order())
    assert pair.get("A", f"{WORKSPACE}/_mock/jobs")
    pair.do("B", "PUT", f"{WORKSPACE}/_mock/snapshot", saved)
    for server in "AB":
        assert pair.get(server, f"{WORKSPACE}/_mock/snapshot")["records"] == saved["records"]


def test_workspaces_that_one_server_creates_or_deletes(pair: TwoServers) -> None:
    assert pair.send("B", "GET", f"{WORKSPACE}/_mock/clock").status == 200
    pair.do("B", "DELETE", "/_mock/workspaces/mine")
    for server in "AB":
        assert pair.send(server, "GET", f"{WORKSPACE}/_mock/clock").status == 404
        assert [each["name"] for each in pair.get(server, "/_mock/workspaces")] == ["default"]
    pair.do("A", "POST", "/_mock/workspaces", RUNNING | {"speed": 7.0})
    for server in "BA":
        assert pair.get(server, f"{WORKSPACE}/_mock/clock")["speed"] == 7.0
        assert pair.send(server, "POST", "/_mock/workspaces", RUNNING).status == 409


WRITE = ("POST", f"{WORKSPACE}/_mock/clock/advance", {"seconds": 1})
READ = ("GET", f"{WORKSPACE}/_mock/clock", None)


@pytest.mark.parametrize("sent", [WRITE, READ], ids=["write", "read"])
@pytest.mark.parametrize("count", [1, 8])
def test_requests_succeed_though_another_server_resets_the_workspace_again_and_again(
    pair: TwoServers, sent: tuple[str, str, Any], count: int
) -> None:
    resets = itertools.count(1)

    def reset() -> None:
        pair.do("A", "POST", f"{WORKSPACE}/_mock/reset", {})
        assert next(resets) < MAX_RESETS

    responses = pair.send_among(reset, count, "B", *sent)
    assert [response.status for response in responses] == [200] * count
    assert next(resets) > 2


class RecordedJournal:
    """A journal that notes what it is asked for."""

    def __init__(self) -> None:
        self.calls = list[str]()

    async def wait_for_others(self) -> None:
        self.calls.append("wait")

    async def sync(self) -> None:
        self.calls.append("sync")


@pytest.mark.parametrize(
    ("path", "calls"),
    [
        ("/_mock/journal", ["sync"]),
        ("/_mock/journal.har", ["sync"]),
        ("/_mock/journal/verify", ["wait", "sync"]),
        ("/_mock/conduct", ["wait", "sync"]),
        ("/_mock/clock", []),
        ("/api/v3/events/", []),
    ],
)
def test_what_judges_clients_waits_for_what_other_servers_have_recorded(path: str, calls: list[str]) -> None:
    journal = RecordedJournal()

    class Stored:
        def journal_of(self, workspace: object) -> RecordedJournal:
            return journal

    asyncio.run(transactions._read_journal(Stored(), None, path))  # type: ignore[arg-type]  # stand-ins
    assert journal.calls == calls


ROW = "/api/v3/campaign_results/?eid=evt_1&partner_id=partner-id-acme&purchase=1&revenue=1"


@pytest.mark.parametrize(
    ("method", "target", "operation"), [("GET", EVENTS, "listEvents"), ("POST", ROW, "createCampaignResult")]
)
def test_a_server_that_writes_its_journal_later_does_not_change_the_order_that_is_judged(
    pair: TwoServers, method: str, target: str, operation: str
) -> None:
    pair.sign_in(workspace=WORKSPACE)
    packages = f"{WORKSPACE}/api/v3/package_builder/packages/"
    with pair.held_at("pause", "A", method, f"{WORKSPACE}{target}") as response:
        pair.get("B", packages)
    assert response().status in (200, 201)
    for first, second, passes in ((operation, "listPackages", True), ("listPackages", operation, False)):
        expectations = [{"operation": operation, "at_least": 1} for operation in (first, second)]
        body = {"expectations": expectations, "in_order": True}
        for server in "AB":
            assert pair.do(server, "POST", f"{WORKSPACE}/_mock/journal/verify", body)["verified"] is passes
    shown = [pair.get(server, f"{WORKSPACE}/_mock/journal") for server in "AB"]
    assert shown[0] == shown[1]
    assert [entry["number"] for entry in shown[0]] == [1, 2, 3]
