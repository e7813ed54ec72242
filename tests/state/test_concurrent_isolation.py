"""Workspaces that are used at the same time have the same journals as when each is used alone."""

import asyncio
import hashlib
import json
import random  # noqa: TID251 - seeded, and of this test alone
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import httpx2
import pytest

from mock_server import app
from mock_server.http.fault_injection import ConnectionAbortedByFaultError
from mock_server.settings import Settings
from mock_server.state.workspace import Workspace
from tests import plain_http
from tests.asgi_driver import USER, Driver
from tests.builders import START_TIME
from tests.mock_harness import running_server

SETTINGS = Settings(clock_mode="frozen", now=START_TIME)
ACME = "partner-id-acme"
EVENTS = ("evt_abc123", "evt_m6d7ay", "evt_f3r8mu", "evt_none")
PACKAGES = "/package_builder/packages"
FAULT_EFFECTS: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"status": 429},
    {"malformed": True},
    {"reset": True},
    {"truncate": {"after": 3}},
    {"latency": {"uniform": {"min": 1, "max": 5000}}},
    {"drip": {"bytes": 5, "milliseconds": 50}},
    {"token": "revoked"},
    {"evaluation": {"fails": True}},
    {"build": {"extra_seconds": 90}},
    {"attribution_run": "missed"},
    {"attribution_run": "twice"},
)
AnswerRecord = tuple[object, ...]
Step = tuple[str, str, object]
SendRequest = Callable[[str, str, object, dict[str, str]], Awaitable[tuple[int, str, bytes]]]
"""Sends a request with method, target, body and headers; returns the status, request id and body of the response."""


def _package_order(number: int, eid: str) -> dict[str, object]:
    return {
        "num_packages": number % 4 + 1,
        "n_top_events": 3,
        "event_ids": [eid],
        "package_title": f"Package {number}",
        "targeting_mode": "inclusive",
    }


def random_step(chance: random.Random) -> Step:
    """Return a random step of a script. All scripts consist of the same kinds of steps, with different values."""
    number, eid = chance.randint(1, 300), chance.choice(EVENTS)
    rows, package = f"/api/v3/campaign_results/?eid={eid}&partner_id={ACME}", f"/api/v3{PACKAGES}/$package"
    settings = {
        "backhaul_evaluation_attribution_window": number,
        "backhaul_evaluation_model": chance.choice(("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")),
    }
    rule = {"effect": chance.choice(FAULT_EFFECTS), "match": {"fraction": 0.3}, "times": 3}
    steps: list[Step] = [
        ("AUTH", "", None),
        ("GET", rows, None),
        ("POST", f"{rows}&purchase={number}&revenue={number}", None),
        ("GET", f"/api/v3/daily_revenue_summary/?event_id={eid}", None),
        ("DELETE", f"/api/v3/daily_revenue_summary/?event_id={eid}", None),
        ("PUT", f"/api/v3/events/{eid}/attribution_model", {"model": chance.choice(("FD", "META", "EXTERNAL"))}),
        ("POST", f"/api/v3/partners/{ACME}/backhaul_attribution_details", settings),
        ("POST", f"/api/v3{PACKAGES}", _package_order(number, eid)),
        ("GET", f"/api/v3{PACKAGES}/", None),
        ("PUT", f"{package}/backhaul_evaluation_details", settings),
        ("GET", f"{package}/backhaul_evaluation", None),
        ("GET", package, None),
        ("GET", "/api/v3/nowhere", None),
        ("POST", "/_mock/clock/advance", {"minutes": number}),
        ("POST", "/_mock/clock/next", None),
        ("POST", "/_mock/clock/run-until-idle", None),
        ("PUT", "/_mock/quirks", {"clear_sales_204": number % 2 == 0}),
        ("PUT", "/_mock/faults", {"seed": number, "rules": [rule]}),
        ("DELETE", "/_mock/faults", None),
        ("REWIND", "", None),
        ("SNAPSHOT", "", None),
        ("RESTORE", "", None),
        ("RESET", "", {"seed": number % 3}),
    ]
    return chance.choice(steps)


class WorkspaceScript:
    """A client of one workspace. Its number determines its steps, and it records all responses."""

    def __init__(self, ask: SendRequest, number: int, steps: int) -> None:
        self.send_request, self.steps_left = ask, steps
        self.chance = random.Random(number)
        self.headers: dict[str, str] = {}
        self.packages = ["pkg_555", "pkg_556"]
        self.snapshot: object = None
        self.answers: list[AnswerRecord] = []
        self.journals: list[bytes] = []

    async def do_step(self) -> None:
        """Perform the next step of the script."""
        self.steps_left -= 1
        method, target, body = random_step(self.chance)
        action_by_method = {"AUTH": self.sign_in, "REWIND": self.rewind, "SNAPSHOT": self.save, "RESTORE": self.restore}
        if method in action_by_method:
            await action_by_method[method]()
        elif method == "RESET":
            await self.save_journal()
            await self.send("POST", "/_mock/reset", body)
        else:
            target = target.replace("$package", self.chance.choice(self.packages))
            await self.send(method, target, body)

    async def run(self) -> None:
        """Perform the remaining steps and read the journal."""
        while self.steps_left:
            await self.do_step()
        await self.save_journal()

    async def send(self, method: str, target: str, body: object = None) -> bytes:
        """Send a request and record its response."""
        try:
            status, request_id, content = await self.send_request(method, target, body, self.headers)
        except (ConnectionAbortedByFaultError, httpx2.TransportError):
            self.answers.append((method, target, "severed"))
            return b""
        recorded_content = b"" if target == "/api/v3/auth" else content
        self.answers.append((method, target, status, request_id, hashlib.sha256(recorded_content).hexdigest()))
        if method == "POST" and target == f"/api/v3{PACKAGES}" and status == 201:
            self.packages = [*self.packages, json.loads(content)["id"]][-5:] if _is_json(content) else self.packages
        return content if status < 400 else b""

    async def sign_in(self) -> None:
        """Sign in, and use the new token if there is one."""
        content = await self.send("POST", "/api/v3/auth", USER)
        if _is_json(content):
            self.headers = {"Authorization": f"Bearer {json.loads(content)['AccessToken']}"}

    async def rewind(self) -> None:
        """Rewind the workspace to the middle one of its checkpoints."""
        points = json.loads(await self.send("GET", "/_mock/points"))["checkpoints"]
        await self.send("POST", "/_mock/rewind", {"to": points[len(points) // 2]["at"]})

    async def save(self) -> None:
        """Save a snapshot."""
        self.snapshot = json.loads(await self.send("GET", "/_mock/snapshot"))

    async def restore(self) -> None:
        """Restore the last snapshot, if there is one."""
        if self.snapshot is not None:
            await self.send("PUT", "/_mock/snapshot", self.snapshot)

    async def save_journal(self) -> None:
        """Record the journal, which a reset will empty."""
        self.journals.append((await self.send_request("GET", "/_mock/journal", None, {}))[2])


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


def workspace_order(number: int) -> dict[str, object]:
    """Return the body of the request that creates a script's workspace. Half of the workspaces share a world."""
    return {"name": f"crowd-{number}", "seed": number % 2, "mode": "frozen", "now": "2026-09-01T12:00:00Z"}


def a_server() -> tuple[Workspace, Any]:
    """Return the default workspace of a new server, and its application."""
    workspace = app.create_workspace(SETTINGS)
    return workspace, app.create_app(SETTINGS, workspace)


async def make_scripts_in_process(application: Any, crowd: int, steps: int) -> list[WorkspaceScript]:
    """Create the workspaces, and a script for each."""
    made = []
    for number in range(crowd):
        assert (await Driver(application).request("POST", "/_mock/workspaces", workspace_order(number))).status == 201
        made.append(WorkspaceScript(_sender_in_process(application, number), number, steps))
        await made[-1].sign_in()
    return made


def _sender_in_process(application: Any, number: int) -> SendRequest:
    async def ask(method: str, target: str, body: object, headers: dict[str, str]) -> tuple[int, str, bytes]:
        sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        answer = await Driver(application, f"/w/crowd-{number}", sent).request(method, target, body)
        return answer.status, answer.request_id, answer.content

    return ask


async def run_alone_in_process(crowd: int, steps: int) -> list[WorkspaceScript]:
    """Run one script after another."""
    scripts = await make_scripts_in_process(a_server()[1], crowd, steps)
    for script in scripts:
        await script.run()
    return scripts


async def run_interleaved_in_process(crowd: int, steps: int, seed: int) -> list[WorkspaceScript]:
    """Run the scripts step by step in random order, while other workspaces change."""
    application, chance = a_server()[1], random.Random(seed)
    scripts = await make_scripts_in_process(application, crowd, steps)
    unfinished = list(scripts)
    while unfinished:
        script = chance.choice(unfinished)
        await script.do_step()
        if not script.steps_left:
            unfinished.remove(script)
            await script.save_journal()
        if chance.random() < 0.05:
            await disturb_server(Driver(application), chance)
    return scripts


async def disturb_server(default: Driver, chance: random.Random) -> None:
    """Change the server's default workspace, or create and delete another workspace."""
    kind = chance.choice(("reset", "fork", "create", "faults", "advance"))
    if kind == "reset":
        await default.request("POST", "/_mock/reset", {"seed": chance.randint(0, 2)})
    elif kind == "faults":
        await default.request("PUT", "/_mock/faults", {"rules": [{"effect": {"status": 500}}]})
    elif kind == "advance":
        await default.request("POST", "/_mock/clock/advance", {"days": 1})
    else:
        path = "/_mock/fork" if kind == "fork" else "/_mock/workspaces"
        assert (await default.request("POST", path, {"name": "stranger"})).status == 201
        assert (await default.request("DELETE", "/_mock/workspaces/stranger")).status == 204


async def run_over_sockets(origin: str, crowd: int, steps: int, *, together: bool) -> list[WorkspaceScript]:
    """Run the scripts over connections to a real server, all at the same time or one after another.

    Each request has a connection of its own, so a fault that breaks a connection of one script does not affect others.
    """
    limits = httpx2.Limits(max_connections=crowd, max_keepalive_connections=0)
    async with httpx2.AsyncClient(base_url=origin, verify=False, timeout=120, limits=limits) as client:
        for number in range(crowd):
            (await client.post("/_mock/workspaces", json=workspace_order(number))).raise_for_status()
        scripts = [WorkspaceScript(_sender_over_socket(client, number), number, steps) for number in range(crowd)]
        for script in scripts:
            await script.sign_in()
        if together:
            await asyncio.gather(*(script.run() for script in scripts))
        else:
            for script in scripts:
                await script.run()
    return scripts


def _sender_over_socket(client: httpx2.AsyncClient, number: int) -> SendRequest:
    async def ask(method: str, target: str, body: object, headers: dict[str, str]) -> tuple[int, str, bytes]:
        options = {} if body is None else {"json": body}
        answer = await client.request(method, f"/w/crowd-{number}{target}", headers=headers, **options)
        return answer.status_code, answer.headers["x-request-id"], answer.content

    return ask


def check_same_answers(one: Sequence[WorkspaceScript], other: Sequence[WorkspaceScript]) -> None:
    """Check that each script gets the same responses and the same journal, byte for byte."""
    for first, second in zip(one, other, strict=True):
        assert first.answers == second.answers
        assert first.journals == second.journals
    assert len({str(script.journals) for script in one}) == len(one)


def check_conflicts_happened(scripts: Sequence[WorkspaceScript]) -> None:
    """Check that the scripts reset, rewound, restored, moved clocks and met faults; else the test proves nothing."""
    requests = {(answer[0], str(answer[1]).partition("?")[0]) for script in scripts for answer in script.answers}
    paths = {path for _, path in requests}
    assert {"/_mock/reset", "/_mock/rewind", "/_mock/clock/advance", "/_mock/faults"} <= paths
    assert ("PUT", "/_mock/snapshot") in requests
    entries = [entry for script in scripts for journal in script.journals for entry in json.loads(journal)]
    assert len(entries) > 5 * len(scripts)
    assert any(entry["fault"] for entry in entries)
    assert {entry["response"]["status"] for entry in entries} >= {200, 201, 401}


CLIENT_COUNT, STEP_COUNT = 8, 60


def test_a_crowd_in_process_gets_the_journals_that_each_gets_alone() -> None:
    alone = asyncio.run(run_alone_in_process(CLIENT_COUNT, STEP_COUNT))
    check_conflicts_happened(alone)
    check_same_answers(alone, asyncio.run(run_interleaved_in_process(CLIENT_COUNT, STEP_COUNT, 1)))


def test_a_crowd_over_sockets_gets_the_journals_that_each_gets_alone() -> None:
    _check_over_sockets(CLIENT_COUNT, STEP_COUNT // 2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_64_in_process_get_the_journals_that_each_gets_alone(seed: int) -> None:
    alone = asyncio.run(run_alone_in_process(64, 200))
    check_conflicts_happened(alone)
    check_same_answers(alone, asyncio.run(run_interleaved_in_process(64, 200, seed)))


@pytest.mark.soak
def test_64_over_sockets_get_the_journals_that_each_gets_alone() -> None:
    _check_over_sockets(64, 100)


def _check_over_sockets(crowd: int, steps: int) -> None:
    runs = []
    for together in (False, True):
        with running_server(app.create_workspace(SETTINGS), SETTINGS) as origin:
            runs.append(asyncio.run(run_over_sockets(origin, crowd, steps, together=together)))
    check_conflicts_happened(runs[0])
    check_same_answers(*runs)


@pytest.mark.parametrize("together", [True, False], ids=["in one piece", "the body separately"])
def test_the_journal_does_not_tell_how_a_request_came_whose_connection_was_reset(together: bool) -> None:
    """How a request is split into packets is random, so the journal must not depend on it."""
    head = b"POST /api/v3/auth HTTP/1.1\r\nhost: [::1]\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"
    with running_server(app.create_workspace(SETTINGS), SETTINGS) as origin:
        plain_http.put(f"{origin}/_mock/faults", json={"rules": [{"effect": {"reset": True}}]}).raise_for_status()
        host, _, port = origin.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 30) as connection, suppress(ConnectionResetError):
            connection.sendall(head + b"{}" if together else head)
            connection.recv(1)
        [entry] = plain_http.get(f"{origin}/_mock/journal").json()
    assert (entry["fault"], entry["request"]["body"], entry["response"]["status"]) == ("f1", None, None)
