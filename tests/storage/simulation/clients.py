"""The clients of a simulation. Each sends one request after another, each to any server, and notes what it learns."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Protocol

from starlette.types import Message

from tests.builders import ACME
from tests.example_requests import NEW_PACKAGE, package_order
from tests.storage.simulation.history import History
from tests.storage.simulation.scheduler import Random, ServerCrashError, SimulatedLoop
from tests.storage.simulation.servers import Server

USER = {"username": "partner@acme.example", "password": "wavetank"}
ROWS = f"/campaign_results/?eid=evt_1&partner_id={ACME}"
PACKAGES = "/package_builder/packages"
FIRST_DAY = date(2027, 1, 1)
TIME = "%Y-%m-%dT%H:%M:%SZ"
NAMES = ("default", "a", "b")
"""The workspaces of a simulation. Only the first exists from the start."""


class Servers(Protocol):
    """The servers to which a client can send a request."""

    loop: SimulatedLoop
    numbers: "count[int]"

    def choose(self, random: Random) -> Server:
        """Return any server that is alive."""


@dataclass
class Response:
    """The response to a request. A status of 0 says that the server crashed."""

    status: int
    content: bytes = b""

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.content)


@dataclass
class Known:
    """What all clients know of a workspace: the objects that somebody created."""

    rows: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=lambda: ["pkg_1"])
    times: list[str] = field(default_factory=list)


class Client:
    """A client that chooses its requests with `random`."""

    def __init__(self, servers: Servers, history: History, known: dict[str, Known], random: Random) -> None:
        self.random = random
        self.servers = servers
        self.history = history
        self._known = known
        self._tokens = dict[str, tuple[str, str]]()

    async def send_many(self, number: int) -> None:
        """Send a number of requests."""
        kinds, weights = zip(*WEIGHTS.items(), strict=True)
        for _ in range(number):
            name = self.random.choice(NAMES)
            await self.act(self.random.choices(kinds, weights)[0], name)

    async def act(self, kind: str, name: str) -> None:
        """Send a request of a kind to a workspace, after signing in if necessary."""
        if kind in WITH_TOKEN and name not in self._tokens and not await self.sign_in(name):
            return
        await ACTIONS[kind](self, name)

    async def sign_in(self, name: str) -> bool:
        """Sign in to a workspace. Return whether that was possible."""
        response = await self._request("sign_in", name, "", "POST", "/api/v3/auth", USER)
        if response.status != 200:
            return False
        token = response.json()["AccessToken"]
        payload = token.split(".")[1]
        issuer = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]
        self._tokens[name] = token, issuer
        return True

    async def platform(self, kind: str, name: str, key: str, request: tuple[str, str, Any], value: Any = None) -> Any:
        """Send a request of the partner. Return the body of a success, else None."""
        method, target, body = request
        token, issuer = self._tokens.get(name, ("", ""))
        headers = [(b"authorization", f"Bearer {token}".encode())]
        noted = (issuer, value)
        response = await self._request(kind, name, key, method, f"/api/v3{target}", body, noted, headers)
        if response.status == 401:
            self._tokens.pop(name, None)
        return (response.json() if response.content else {}) if 200 <= response.status < 300 else None

    async def control(self, kind: str, name: str, method: str, target: str, body: Any = None) -> Response:
        """Send a request of the control API."""
        return await self._request(kind, name, "", method, f"/_mock{target}", body)

    def known(self, name: str) -> Known:
        """Return what is known of a workspace."""
        return self._known.setdefault(name, Known())

    async def _request(
        self,
        kind: str,
        name: str,
        key: str,
        method: str,
        target: str,
        body: Any,
        noted: tuple[str, Any] = ("", None),
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> Response:
        server = self.servers.choose(self.random)
        prefix = "" if name == "default" else f"/w/{name}"
        operation = self.history.begin(kind, name, noted[0], key, noted[1])
        response = await exchange(self.servers.loop, server, method, prefix + target, body, headers or [])
        self.history.end(operation, response.status, response.content)
        return response


async def exchange(
    loop: SimulatedLoop, server: Server, method: str, target: str, body: Any, headers: list[tuple[bytes, bytes]]
) -> Response:
    """Send a request, and return its response as soon as it has arrived, whatever the server still does."""
    arrived: asyncio.Future[Response] = loop.create_future()
    content = b"" if body is None else json.dumps(body).encode()
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif server.is_alive and not arrived.done():
            arrived.set_result(Response(status, message.get("body", b"")))

    path, _, query = target.partition("?")
    content_type = [] if body is None else [(b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [*headers, *content_type],
        "client": ("127.0.0.1", 1),
    }

    async def serve() -> None:
        try:
            await server.app(scope, receive, send)
        except ServerCrashError:
            pass
        except Exception as error:
            loop.failures.append(error)
        finally:
            if not arrived.done():
                arrived.set_result(Response(0))

    serving = loop.create_task(serve(), context=server.context)
    response = await arrived
    del serving  # it may go on
    return response


async def put_settings(client: Client, name: str) -> None:
    """Save settings that nobody else saves."""
    package = client.random.choice(client.known(name).packages)
    value = (FIRST_DAY + timedelta(days=next(client.servers.numbers))).isoformat()
    body = {"backhaul_evaluation_attribution_window": 14, "backhaul_evaluation_model": "ALL_PURCHASES"}
    path = f"{PACKAGES}/{package}/backhaul_evaluation_details"
    await client.platform("put", name, package, ("PUT", path, body | {"email_sent_date": value}), value)


async def get_settings(client: Client, name: str, package: str | None = None) -> None:
    """Read the settings of a package."""
    package = package or client.random.choice(client.known(name).packages)
    await client.platform("get", name, package, ("GET", f"{PACKAGES}/{package}/backhaul_evaluation_details", None))


async def add_row(client: Client, name: str) -> None:
    """Add a row of campaign results."""
    target = f"{ROWS}&purchase={next(client.servers.numbers)}&revenue=5"
    found = await client.platform("add", name, "rows", ("POST", target, None))
    if found is not None:
        client.known(name).rows.append(found["id"])


async def delete_row(client: Client, name: str) -> None:
    """Delete a row of campaign results."""
    known = client.known(name).rows
    if known:
        row = client.random.choice(known[-4:])
        await client.platform("delete", name, "rows", ("DELETE", f"/campaign_results/?id={row}", None), row)


async def list_rows(client: Client, name: str) -> None:
    """Read the campaign results."""
    await client.platform("list", name, "rows", ("GET", ROWS, None))


async def order_package(client: Client, name: str) -> None:
    """Order a package."""
    found = await client.platform("add", name, "packages", ("POST", PACKAGES, NEW_PACKAGE))
    if found is not None:
        client.known(name).packages.append(found["id"])


async def list_packages(client: Client, name: str) -> None:
    """Read the packages."""
    await client.platform("list", name, "packages", ("GET", f"{PACKAGES}/", None))


async def sell(client: Client, name: str) -> None:
    """Add a purchase."""
    purchase = {
        "customer_id": "cus_1",
        "event_id": "evt_1",
        "at": "2026-09-01T12:00:00Z",
        "tickets": 1,
        "revenue": 1,
        "fd": "campaign",
        "meta": "campaign",
        "external": "campaign",
    }
    await client.control("sell", name, "POST", "/purchases", {"purchases": [purchase]})


async def advance(client: Client, name: str) -> None:
    """Advance the clock by seconds, so that builds and evaluations are done, or by hours, so that runs are due."""
    durations: list[dict[str, int]] = [{"seconds": 1}, {"seconds": 2}, {"seconds": 5}, {"hours": 13}, {"hours": 30}]
    moved = await client.control("advance", name, "POST", "/clock/advance", client.random.choice(durations))
    if moved.status == 200:
        client.known(name).times.append(moved.json()["now"])


async def read_clock(client: Client, name: str) -> None:
    """Read the clock."""
    await client.control("clock", name, "GET", "/clock")


async def set_speed(client: Client, name: str) -> None:
    """Let the clock run, or freeze it."""
    mode = client.random.choice(["running", "frozen"])
    await client.control("mode", name, "PUT", "/clock", {"mode": mode, "speed": 3600.0})


async def list_jobs(client: Client, name: str) -> None:
    """Read the jobs."""
    await client.control("jobs", name, "GET", "/jobs")


async def reset(client: Client, name: str) -> None:
    """Reset a workspace, and add the package again that the others use."""
    if (await client.control("reset", name, "POST", "/reset", {})).status == 200:
        await client.control("package", name, "POST", "/packages", package_order())


async def rewind(client: Client, name: str) -> None:
    """Rewind a workspace by some hours."""
    times = client.known(name).times
    if times:
        to = datetime.fromisoformat(client.random.choice(times[-3:])) - timedelta(seconds=client.random.choice([0, 3]))
        await client.control("rewind", name, "POST", "/rewind", {"to": to.strftime(TIME)})


async def create_workspace(client: Client, name: str) -> None:
    """Create a workspace, and add the package that the others use."""
    if name == "default":
        return
    mode = client.random.choice(["running", "frozen"])
    body = {"name": name, "mode": mode, "speed": 3600.0, "now": "2026-09-01T12:00:00Z", "ttl_seconds": 86_400}
    created = await _of_server(client, "create", name, "POST", "/workspaces", body)
    if created.status == 201:
        await client.control("package", name, "POST", "/packages", package_order())


async def delete_workspace(client: Client, name: str) -> None:
    """Delete a workspace."""
    if name != "default":
        await _of_server(client, "drop", name, "DELETE", f"/workspaces/{name}")


async def list_workspaces(client: Client, name: str) -> None:
    """Read the names of the workspaces."""
    await _of_server(client, "names", "default", "GET", "/workspaces")


async def _of_server(client: Client, kind: str, name: str, method: str, target: str, body: Any = None) -> Response:
    """Send a request of the control API that concerns a workspace from outside."""
    operation = client.history.begin(kind, name)
    server = client.servers.choose(client.random)
    response = await exchange(client.servers.loop, server, method, f"/_mock{target}", body, [])
    client.history.end(operation, response.status, response.content)
    return response


Action = Callable[[Client, str], Awaitable[None]]
ACTIONS: dict[str, Action] = {
    "put": put_settings,
    "get": get_settings,
    "add": add_row,
    "delete": delete_row,
    "list": list_rows,
    "order": order_package,
    "packages": list_packages,
    "sell": sell,
    "advance": advance,
    "clock": read_clock,
    "mode": set_speed,
    "jobs": list_jobs,
    "reset": reset,
    "rewind": rewind,
    "create": create_workspace,
    "drop": delete_workspace,
    "names": list_workspaces,
}
WITH_TOKEN = frozenset({"put", "get", "add", "delete", "list", "order", "packages"})
WEIGHTS = {
    "put": 14,
    "get": 10,
    "add": 8,
    "delete": 6,
    "list": 8,
    "order": 4,
    "packages": 3,
    "sell": 6,
    "advance": 9,
    "clock": 3,
    "mode": 2,
    "jobs": 3,
    "reset": 2,
    "rewind": 3,
    "create": 5,
    "drop": 2,
    "names": 1,
}
"""How often each kind of request is sent."""
