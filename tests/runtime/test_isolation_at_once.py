"""Workspaces driven at once, by scripts that conflict, tell in their journals what each tells when it is alone."""

import asyncio
import hashlib
import json
import random  # noqa: TID251 - seeded, and of this test alone
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest

from mock_server import app
from mock_server.http.fault_injection import Severed
from mock_server.settings import Settings
from mock_server.state.workspace import Workspace
from tests.builders import BIRTH
from tests.driving import USER, Driver
from tests.served import served

SETTINGS = Settings(clock="frozen", now=BIRTH)
ACME = "partner-id-acme"
EVENTS = ("evt_abc123", "evt_m6d7ay", "evt_f3r8mu", "evt_none")
PACKAGES = "/package_builder/packages"
EFFECTS: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"status": 429},
    {"malformed": True},
    {"reset": True},
    {"truncate": {"after": 3}},
    {"latency": {"uniform": {"least": 1, "most": 5000}}},
    {"drip": {"bytes": 5, "milliseconds": 50}},
    {"token": "revoked"},
    {"evaluation": {"fails": True}},
    {"build": {"takes": 90}},
    {"attribution_run": "missed"},
    {"attribution_run": "twice"},
)
Told = tuple[object, ...]
Step = tuple[str, str, object]
Ask = Callable[[str, str, object, dict[str, str]], Awaitable[tuple[int, str, bytes]]]
"""A request by method, target, body and headers; status, request id and body of its answer."""


def a_step(chance: random.Random) -> Step:
    """One thing that a script does: every kind is done by every script, with values of its own."""
    number, eid = chance.randint(1, 300), chance.choice(EVENTS)
    rows, package = f"/api/v3/campaign_results/?eid={eid}&partner_id={ACME}", f"/api/v3{PACKAGES}/$package"
    settings = {
        "backhaul_evaluation_attribution_window": number,
        "backhaul_evaluation_model": chance.choice(("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")),
    }
    order = {
        "num_packages": number % 4 + 1,
        "n_top_events": 3,
        "event_ids": [eid],
        "package_title": f"Package {number}",
        "targeting_mode": "inclusive",
    }
    rule = {"effect": chance.choice(EFFECTS), "match": {"share": 0.3}, "times": 3}
    steps: list[Step] = [
        ("AUTH", "", None),
        ("GET", rows, None),
        ("POST", f"{rows}&purchase={number}&revenue={number}", None),
        ("GET", f"/api/v3/daily_revenue_summary/?event_id={eid}", None),
        ("DELETE", f"/api/v3/daily_revenue_summary/?event_id={eid}", None),
        ("PUT", f"/api/v3/events/{eid}/attribution_model", {"model": chance.choice(("FD", "META", "EXTERNAL"))}),
        ("POST", f"/api/v3/partners/{ACME}/backhaul_attribution_details", settings),
        ("POST", f"/api/v3{PACKAGES}", order),
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


class Script:
    """One workspace's client: what it does is drawn from its number, and all that it was answered is kept."""

    def __init__(self, ask: Ask, number: int, steps: int) -> None:
        self.ask, self.left = ask, steps
        self.chance = random.Random(number)
        self.headers: dict[str, str] = {}
        self.packages = ["pkg_555", "pkg_556"]
        self.snapshot: object = None
        self.told: list[Told] = []
        self.journals: list[bytes] = []

    async def step(self) -> None:
        """Do the next thing."""
        self.left -= 1
        method, target, body = a_step(self.chance)
        own = {"AUTH": self.sign_in, "REWIND": self.rewind, "SNAPSHOT": self.save, "RESTORE": self.restore}
        if method in own:
            await own[method]()
        elif method == "RESET":
            await self.keep_journal()
            await self.tell("POST", "/_mock/reset", body)
        else:
            target = target.replace("$package", self.chance.choice(self.packages))
            await self.tell(method, target, body)

    async def run(self) -> None:
        """Do all that is left, and read the journal."""
        while self.left:
            await self.step()
        await self.keep_journal()

    async def tell(self, method: str, target: str, body: object = None) -> bytes:
        """One request; whatever comes of it is kept."""
        try:
            status, request_id, content = await self.ask(method, target, body, self.headers)
        except (Severed, httpx.TransportError):
            self.told.append((method, target, "severed"))
            return b""
        known = b"" if target == "/api/v3/auth" else content
        self.told.append((method, target, status, request_id, hashlib.sha256(known).hexdigest()))
        if method == "POST" and target == f"/api/v3{PACKAGES}" and status == 201:
            self.packages = [*self.packages, json.loads(content)["id"]][-5:] if _is_json(content) else self.packages
        return content if status < 400 else b""

    async def sign_in(self) -> None:
        """Carry a new token, where one is given."""
        content = await self.tell("POST", "/api/v3/auth", USER)
        if _is_json(content):
            self.headers = {"Authorization": f"Bearer {json.loads(content)['AccessToken']}"}

    async def rewind(self) -> None:
        """Go back to a point in the middle of those that are kept."""
        points = json.loads(await self.tell("GET", "/_mock/points"))["points"]
        await self.tell("POST", "/_mock/rewind", {"to": points[len(points) // 2]["at"]})

    async def save(self) -> None:
        """Keep a snapshot."""
        self.snapshot = json.loads(await self.tell("GET", "/_mock/snapshot"))

    async def restore(self) -> None:
        """Go back to the last snapshot, if there is one."""
        if self.snapshot is not None:
            await self.tell("PUT", "/_mock/snapshot", self.snapshot)

    async def keep_journal(self) -> None:
        """Read the whole journal: a reset empties it."""
        self.journals.append((await self.ask("GET", "/_mock/journal", None, {}))[2])


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


def order_of(number: int) -> dict[str, object]:
    """A workspace for a script; half of them share a world."""
    return {"name": f"crowd-{number}", "seed": number % 2, "mode": "frozen", "now": "2026-09-01T12:00:00Z"}


def a_server() -> tuple[Workspace, Any]:
    """A server's default workspace, and its application."""
    workspace = app.create_workspace(SETTINGS)
    return workspace, app.create_app(SETTINGS, workspace)


async def scripts_in_process(application: Any, crowd: int, steps: int) -> list[Script]:
    """A script for each of the workspaces, which are made first."""
    made = []
    for number in range(crowd):
        assert (await Driver(application).ask("POST", "/_mock/workspaces", order_of(number))).status == 201
        made.append(Script(_in_process(application, number), number, steps))
        await made[-1].sign_in()
    return made


def _in_process(application: Any, number: int) -> Ask:
    async def ask(method: str, target: str, body: object, headers: dict[str, str]) -> tuple[int, str, bytes]:
        sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        answer = await Driver(application, f"/w/crowd-{number}", sent).ask(method, target, body)
        return answer.status, answer.request_id, answer.content

    return ask


async def alone_in_process(crowd: int, steps: int) -> list[Script]:
    """One script after another."""
    scripts = await scripts_in_process(a_server()[1], crowd, steps)
    for script in scripts:
        await script.run()
    return scripts


async def interleaved_in_process(crowd: int, steps: int, seed: int) -> list[Script]:
    """A step of one script, then a step of any other, with the server's other workspaces coming and going."""
    application, chance = a_server()[1], random.Random(seed)
    scripts = await scripts_in_process(application, crowd, steps)
    waiting = list(scripts)
    while waiting:
        script = chance.choice(waiting)
        await script.step()
        if not script.left:
            waiting.remove(script)
            await script.keep_journal()
        if chance.random() < 0.05:
            await disturb(Driver(application), chance)
    return scripts


async def disturb(default: Driver, chance: random.Random) -> None:
    """What somebody else does to the server meanwhile."""
    kind = chance.choice(("reset", "fork", "create", "faults", "advance"))
    if kind == "reset":
        await default.ask("POST", "/_mock/reset", {"seed": chance.randint(0, 2)})
    elif kind == "faults":
        await default.ask("PUT", "/_mock/faults", {"rules": [{"effect": {"status": 500}}]})
    elif kind == "advance":
        await default.ask("POST", "/_mock/clock/advance", {"days": 1})
    else:
        path = "/_mock/fork" if kind == "fork" else "/_mock/workspaces"
        assert (await default.ask("POST", path, {"name": "stranger"})).status == 201
        assert (await default.ask("DELETE", "/_mock/workspaces/stranger")).status == 204


async def over_sockets(origin: str, crowd: int, steps: int, *, together: bool) -> list[Script]:
    """The scripts over connections to a real server: all at once, or one after another.

    Each request has a connection of its own: one that a fault of another script breaks off is nobody else's.
    """
    limits = httpx.Limits(max_connections=crowd, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=origin, timeout=120, limits=limits) as client:
        for number in range(crowd):
            (await client.post("/_mock/workspaces", json=order_of(number))).raise_for_status()
        scripts = [Script(_over_a_socket(client, number), number, steps) for number in range(crowd)]
        for script in scripts:
            await script.sign_in()
        if together:
            await asyncio.gather(*(script.run() for script in scripts))
        else:
            for script in scripts:
                await script.run()
    return scripts


def _over_a_socket(client: httpx.AsyncClient, number: int) -> Ask:
    async def ask(method: str, target: str, body: object, headers: dict[str, str]) -> tuple[int, str, bytes]:
        options = {} if body is None else {"json": body}
        answer = await client.request(method, f"/w/crowd-{number}{target}", headers=headers, **options)
        return answer.status_code, answer.headers["x-request-id"], answer.content

    return ask


def same(one: Sequence[Script], other: Sequence[Script]) -> None:
    """Each script was told the same, and each journal is the same, byte for byte."""
    for first, second in zip(one, other, strict=True):
        assert first.told == second.told
        assert first.journals == second.journals
    assert len({str(script.journals) for script in one}) == len(one)


def conflict(scripts: Sequence[Script]) -> None:
    """The scripts did reset, rewind, restore, move clocks, and were struck by faults: else nothing is proved."""
    done = {(told[0], str(told[1]).partition("?")[0]) for script in scripts for told in script.told}
    paths = {path for _, path in done}
    assert {"/_mock/reset", "/_mock/rewind", "/_mock/clock/advance", "/_mock/faults"} <= paths
    assert ("PUT", "/_mock/snapshot") in done
    entries = [entry for script in scripts for journal in script.journals for entry in json.loads(journal)]
    assert len(entries) > 5 * len(scripts)
    assert any(entry["fault"] for entry in entries)
    assert {entry["response"]["status"] for entry in entries} >= {200, 201, 401}


CROWD, STEPS = 8, 60


def test_a_crowd_in_process_gets_the_journals_that_each_gets_alone() -> None:
    alone = asyncio.run(alone_in_process(CROWD, STEPS))
    conflict(alone)
    same(alone, asyncio.run(interleaved_in_process(CROWD, STEPS, 1)))


def test_a_crowd_over_sockets_gets_the_journals_that_each_gets_alone() -> None:
    _over_sockets(CROWD, STEPS // 2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_64_in_process_get_the_journals_that_each_gets_alone(seed: int) -> None:
    alone = asyncio.run(alone_in_process(64, 200))
    conflict(alone)
    same(alone, asyncio.run(interleaved_in_process(64, 200, seed)))


@pytest.mark.soak
def test_64_over_sockets_get_the_journals_that_each_gets_alone() -> None:
    _over_sockets(64, 100)


def _over_sockets(crowd: int, steps: int) -> None:
    runs = []
    for together in (False, True):
        with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
            runs.append(asyncio.run(over_sockets(origin, crowd, steps, together=together)))
    conflict(runs[0])
    same(*runs)


@pytest.mark.parametrize("together", [True, False], ids=["in one piece", "the body later"])
def test_the_journal_does_not_tell_how_a_request_came_whose_connection_was_reset(together: bool) -> None:
    """How bytes are cut into pieces on their way is chance."""
    head = b"POST /api/v3/auth HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        httpx.put(f"{origin}/_mock/faults", json={"rules": [{"effect": {"reset": True}}]}).raise_for_status()
        host, _, port = origin.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 30) as connection, suppress(ConnectionResetError):
            connection.sendall(head + b"{}" if together else head)
            connection.recv(1)
        [entry] = httpx.get(f"{origin}/_mock/journal").json()
    assert (entry["fault"], entry["request"]["body"], entry["response"]["status"]) == ("f1", None, None)
