"""Long work in one workspace delays only the requests of that workspace, and they take effect in order of arrival."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from mock_server import app
from mock_server.http.fault_injection import TRANSPORT_KEY
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock
from mock_server.state.turn import LoopIteration
from mock_server.state.workspace import Workspace
from mock_server.worlds.world import World
from tests.asgi_driver import AsgiResponse, Driver
from tests.builders import START_TIME, a_customer, a_purchase, a_workspace, a_world
from tests.example_requests import NEW_PACKAGE, SETTINGS, SETTINGS_PATH, package_order, two_partners

PACKAGES = "/api/v3/package_builder/packages"
BUILDS = 12


class Server:
    """A server with two workspaces of the same world, whose long work pauses after each step."""

    def __init__(self, world: World | None = None) -> None:
        self.workspace = a_workspace(world or two_partners())
        self.workspace.turn.piece_units = 1
        self.app = app.create_app(Settings(), self.workspace)
        self.client, self.other = Driver(self.app), Driver(self.app, "/w/other")

    async def prepare(self, builds: int = BUILDS) -> None:
        """Create the other workspace, sign in to both, and let all builds fall due at once."""
        created = await self.client.request("POST", "/_mock/workspaces", {"name": "other", "mode": "frozen"})
        assert created.status == 201
        await self.client.sign_in()
        await self.other.sign_in()
        await self.client.request("POST", "/_mock/packages", package_order())
        for _ in range(builds):
            assert (await self.client.request("POST", PACKAGES, NEW_PACKAGE)).status == 201
        self.workspace.clock.set(START_TIME + timedelta(minutes=1))

    async def journal(self) -> list[dict[str, Any]]:
        """Return the journal of the workspace."""
        entries: list[dict[str, Any]] = (await self.client.request("GET", "/_mock/journal")).json()
        return entries


async def start(awaitable: Awaitable[AsgiResponse]) -> asyncio.Task[AsgiResponse]:
    """Begin a request and let it go on to its first pause."""
    task = asyncio.ensure_future(awaitable)
    await LoopIteration()
    return task


def run(scenario: Callable[[Server], Awaitable[None]], world: World | None = None, builds: int = BUILDS) -> None:
    """Run a scenario in which builds are due."""

    async def prepare_and_run() -> None:
        server = Server(world)
        await server.prepare(builds)
        await scenario(server)

    asyncio.run(prepare_and_run())


def statuses(listed: AsgiResponse) -> list[str]:
    return [package["status"] for package in listed.json()]


@pytest.mark.parametrize(
    ("prefix", "method", "target"),
    [
        ("/w/other", "GET", "/api/v3/partners/"),
        ("/w/other", "POST", "/_mock/clock/advance"),
        ("/w/other", "GET", "/_mock/status"),
        ("", "GET", "/api/v3/status/"),
    ],
)
def test_other_workspaces_and_health_never_wait(prefix: str, method: str, target: str) -> None:
    async def scenario(server: Server) -> None:
        driver = Driver(server.app, prefix, server.other.headers)
        working, answered = await start(server.client.request("GET", f"{PACKAGES}/")), 0
        while not working.done():
            request = await start(driver.request(method, target, {"seconds": 1} if method == "POST" else None))
            assert request.result().status == 200
            answered += 1
        assert answered >= 2 * BUILDS - 1

    run(scenario)


@pytest.mark.parametrize("move", ["set", "advance", "next", "run-until-idle"])
def test_a_move_of_the_clock_runs_in_pieces(move: str) -> None:
    targets = {"advance": ("POST", "/_mock/clock/advance", {"days": 60}), "next": ("POST", "/_mock/clock/next", None)}
    targets["set"] = ("PUT", "/_mock/clock", {"now": "2026-10-25T00:00:00Z"})
    targets["run-until-idle"] = ("POST", "/_mock/clock/run-until-idle", None)

    async def scenario(server: Server) -> None:
        server.workspace.clock.set(START_TIME)
        moving, answered = await start(server.client.request(*targets[move])), 0
        while not moving.done():
            assert (await start(server.other.request("GET", "/api/v3/partners/"))).result().status == 200
            answered += 1
        assert moving.result().status == 200
        assert answered >= BUILDS - 1

    run(scenario)


def test_a_request_of_the_same_workspace_sees_all_of_the_work() -> None:
    async def scenario(server: Server) -> None:
        tasks = [await start(server.client.request("GET", f"{PACKAGES}/")) for _ in range(3)]
        assert not any(task.done() for task in tasks)
        for listed in await asyncio.gather(*tasks):
            assert statuses(listed) == ["DONE"] * (BUILDS + 1)

    run(scenario)


def test_requests_take_effect_in_the_order_of_their_arrival() -> None:
    async def scenario(server: Server) -> None:
        targets = ["/events/evt_1", "/partners/", "/events/", "/permissions", "/events/evt_2", "/status"]
        tasks = [await start(server.client.request("GET", f"/api/v3{target}")) for target in targets]
        tasks.insert(3, tasks.pop())
        await asyncio.gather(*tasks)
        entries = await server.journal()
        assert [entry["path"].removeprefix("/api/v3") for entry in entries[-len(targets) :]] == targets

    run(scenario)


def test_the_request_that_performs_the_jobs_acts_before_those_that_wait() -> None:
    async def scenario(server: Server) -> None:
        saving = await start(server.client.request("PUT", f"/api/v3{SETTINGS_PATH}", SETTINGS))
        other_settings = {**SETTINGS, "backhaul_evaluation_attribution_window": 3}
        later = await start(server.client.request("PUT", f"/api/v3{SETTINGS_PATH}", other_settings))
        reading = await start(server.client.request("GET", f"/api/v3{SETTINGS_PATH}"))
        await asyncio.gather(saving, later)
        assert (await reading).json() == later.result().json()

    run(scenario)


def test_the_clock_is_read_when_the_turn_comes() -> None:
    seconds = [0.0]

    async def scenario(server: Server) -> None:
        server.workspace.clock = WorkspaceClock(
            START_TIME + timedelta(minutes=1), "running", monotonic=lambda: seconds[0]
        )
        working = await start(server.client.request("GET", f"{PACKAGES}/"))
        waiting = await start(server.client.request("GET", "/api/v3/partners/"))
        seconds[0] = 5.0
        await asyncio.gather(working, waiting)
        assert [entry["at"] for entry in (await server.journal())[-2:]] == [
            "2026-09-01T12:01:00Z",
            "2026-09-01T12:01:05Z",
        ]

    run(scenario)


class LateBody:
    """A PUT of settings whose body has not arrived."""

    def __init__(self, server: Server) -> None:
        self._body: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._sent: list[dict[str, Any]] = []
        path = f"/api/v3{SETTINGS_PATH}"
        scope = {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode(), "query_string": b""}
        headers = [*server.client.headers, (b"content-type", b"application/json")]
        self.task = asyncio.ensure_future(
            server.app({**scope, "headers": headers, "client": ("127.0.0.1", 1)}, self._body.get, self._send)
        )

    async def _send(self, message: Any) -> None:
        self._sent.append(message)

    def send_body(self) -> None:
        """Let the body arrive."""
        self._body.put_nowait({"type": "http.request", "body": json.dumps(SETTINGS).encode(), "more_body": False})

    @property
    def status(self) -> int:
        """The status of the response."""
        status: int = self._sent[0]["status"]
        return status


def test_a_body_that_arrives_during_the_work_waits_for_its_end() -> None:
    async def scenario(server: Server) -> None:
        server.workspace.clock.set(START_TIME)
        late = LateBody(server)
        await LoopIteration()
        moving = await start(server.client.request("POST", "/_mock/clock/advance", {"minutes": 5}))
        late.send_body()
        await LoopIteration()
        await LoopIteration()
        assert (moving.done(), late.task.done()) == (False, False)
        await asyncio.gather(moving, late.task)
        assert late.status == 200
        jobs = (await server.client.request("GET", "/_mock/jobs")).json()
        assert [job["due"] for job in jobs if job["kind"] == "evaluation"] == ["2026-09-01T12:05:02Z"]

    run(scenario)


def test_a_body_that_arrives_after_a_reset_during_the_work_is_refused() -> None:
    async def scenario(server: Server) -> None:
        server.workspace.clock.set(START_TIME)
        late = LateBody(server)
        await LoopIteration()
        moving = await start(server.client.request("POST", "/_mock/clock/advance", {"minutes": 5}))
        reset = await start(server.client.request("POST", "/_mock/reset", {}))
        late.send_body()
        await asyncio.gather(moving, reset, late.task)
        assert late.status == 401

    run(scenario)


class LeavingClient:
    """The transport of a client that closes its connection."""

    has_left = False

    def is_closing(self) -> bool:
        """Whether the client has closed the connection."""
        return self.has_left


def test_a_client_that_leaves_while_it_waits_has_no_effect() -> None:
    async def scenario(server: Server) -> None:
        leaving, sent = LeavingClient(), []
        path = "/_mock/reset"
        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
        scope |= {"headers": [], "client": ("127.0.0.1", 1), "state": {TRANSPORT_KEY: leaving}}
        working = await start(server.client.request("GET", f"{PACKAGES}/"))
        waiting = asyncio.ensure_future(server.app(scope, asyncio.Queue().get, sent.append))
        after = await start(server.client.request("GET", f"{PACKAGES}/"))
        leaving.has_left = True
        await asyncio.gather(working, waiting, after)
        assert (sent, len(statuses(after.result()))) == ([], BUILDS + 1)
        assert [entry["path"] for entry in (await server.journal())[-2:]] == [f"{PACKAGES}/"] * 2

    run(scenario)


def test_the_work_of_a_cancelled_request_is_whole() -> None:
    async def scenario(server: Server) -> None:
        working = await start(server.client.request("GET", f"{PACKAGES}/"))
        waiting = await start(server.client.request("GET", "/_mock/jobs"))
        working.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)
        assert working.cancelled()
        builds = [job["state"] for job in waiting.result().json() if job["kind"] == "package_stage"]
        assert builds == ["done"] * 2 * BUILDS

    run(scenario)


def test_a_failed_job_passes_the_turn_on() -> None:
    """The world lacks a customer, so each build fails. Each request performs the jobs that the one before left."""

    async def scenario(server: Server) -> None:
        tasks = [await start(server.client.request("GET", f"{PACKAGES}/")) for _ in range(4)]
        answers = await asyncio.gather(*tasks)
        assert [answer.status for answer in answers] == [500, 500, 200, 200]
        assert all(answer.request_id.startswith("req-1-") for answer in answers)
        assert not server.workspace.turn.busy

    unknown_customer = a_purchase("2026-08-01T10:00:00", customer_id="cus_unknown")
    run(scenario, a_world(purchases=[unknown_customer], customers=[a_customer("cus_1")]), builds=2)


def test_the_list_of_workspaces_does_not_wait() -> None:
    async def scenario(server: Server) -> None:
        for _ in range(BUILDS):
            await server.other.request("POST", PACKAGES, NEW_PACKAGE)
        other: Workspace = server.app.gateway._workspaces.get("other")  # type: ignore[attr-defined]
        other.turn.piece_units = 1
        await server.client.request("GET", f"{PACKAGES}/")
        moving = await start(server.other.request("POST", "/_mock/clock/advance", {"minutes": 1}))
        for target in ("/_mock/workspaces", "/_mock/workspaces/other"):
            assert (await start(server.client.request("GET", target))).result().status == 200
        assert not moving.done()
        await moving

    run(scenario)
