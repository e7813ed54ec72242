"""The requests of `bench.load`, how often each is sent, and the workspaces to which they are sent.

A workspace that has been used for weeks has as many checkpoints, past jobs and deleted records as are kept. To reach
this takes thousands of requests, so two workspaces are filled, and the others are forks of them.

Each request returns an empty text if its answer is as expected, else a text that says what came instead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from bench.http_connection import Answer, HttpConnection
from mock_server.state.checkpoints import MAX_CHECKPOINTS
from mock_server.state.job_queue import MAX_PAST_JOBS
from mock_server.state.record_history import MAX_DELETED_RECORDS

CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
SETTINGS = {"backhaul_evaluation_model": "EVENTS_FROM_PACKAGE", "email_sent_date": "2026-09-01"}
NOW = "2026-09-01T12:00:00Z"
TTL = 86_400
PARTNER = "partner-id-acme"
EVENT = "evt_abc123"
PACKAGE = "pkg_555"
ROWS = f"/campaign_results/?eid={EVENT}&partner_id={PARTNER}"


class WorkspaceClient:
    """A client of one workspace. It deletes the rows that it adds, so that the workspace does not grow."""

    def __init__(self, connection: HttpConnection, name: str, chance: Random) -> None:
        self.chance = chance
        self.rows = list[str]()
        self._connection = connection
        self._name = name
        self._token = ""

    @property
    def has_token(self) -> bool:
        """Whether the client has signed in."""
        return bool(self._token)

    async def sign_in(self) -> str:
        """Sign in."""
        answer = await self.send("POST", "/api/v3/auth", CREDENTIALS)
        if answer.status == 200:
            self._token = answer.json["AccessToken"]
        return expect(answer, 200)

    async def platform(self, method: str, target: str, body: object = None) -> Answer:
        """Send a request of the platform. If the token has expired by the workspace's clock, sign in and repeat it."""
        answer = await self.send(method, f"/api/v3{target}", body)
        if answer.status == 401:
            await self.sign_in()
            answer = await self.send(method, f"/api/v3{target}", body)
        return answer

    async def send(self, method: str, target: str, body: object = None) -> Answer:
        """Send a request to the workspace."""
        return await self._connection.send(method, f"/w/{self._name}{target}", self._token, body)


def expect(answer: Answer, *statuses: int) -> str:
    """Return an empty text if the status is one of these."""
    return "" if answer.status in statuses else f"{answer.status} {answer.body[:200].decode(errors='replace')}"


async def list_events(client: WorkspaceClient) -> str:
    """Read the events."""
    return expect(await client.platform("GET", "/events/?limit=5"), 200)


async def list_rows(client: WorkspaceClient) -> str:
    """Read the campaign results of an event."""
    return expect(await client.platform("GET", ROWS), 200)


async def read_settings(client: WorkspaceClient) -> str:
    """Read the evaluation settings of a package."""
    path = f"/package_builder/packages/{PACKAGE}/backhaul_evaluation_details"
    return expect(await client.platform("GET", path), 200)


async def list_packages(client: WorkspaceClient) -> str:
    """Read the packages."""
    return expect(await client.platform("GET", "/package_builder/packages/"), 200)


async def put_settings(client: WorkspaceClient) -> str:
    """Replace the evaluation settings of a package."""
    path = f"/package_builder/packages/{PACKAGE}/backhaul_evaluation_details"
    body = SETTINGS | {"backhaul_evaluation_attribution_window": client.chance.randint(1, 365)}
    return expect(await client.platform("PUT", path, body), 200, 204)


async def change_row(client: WorkspaceClient) -> str:
    """Add a row of campaign results, or delete the one that was added before."""
    if client.rows:
        row = client.rows.pop()
        return expect(await client.platform("DELETE", f"/campaign_results/?id={row}"), 200, 204)
    answer = await client.platform("POST", f"{ROWS}&purchase={client.chance.randint(1, 999)}&revenue=5")
    if answer.status == 201:
        client.rows.append(answer.json["id"])
    return expect(answer, 201)


async def advance_clock(client: WorkspaceClient) -> str:
    """Advance the clock by a minute, so that evaluations are done."""
    return expect(await client.send("POST", "/_mock/clock/advance", {"minutes": 1}), 200)


async def read_journal(client: WorkspaceClient) -> str:
    """Read the last entry of the journal."""
    return expect(await client.send("GET", "/_mock/journal?limit=1"), 200)


SIGN_IN = "POST auth"
Request = Callable[[WorkspaceClient], Awaitable[str]]
MIX: dict[str, tuple[Request, int]] = {
    "GET events": (list_events, 20),
    "GET campaign results": (list_rows, 20),
    "GET settings": (read_settings, 20),
    "GET packages": (list_packages, 10),
    "PUT settings": (put_settings, 12),
    "POST and DELETE campaign results": (change_row, 12),
    "POST clock/advance": (advance_clock, 3),
    SIGN_IN: (WorkspaceClient.sign_in, 2),
    "GET journal": (read_journal, 1),
}
"""The requests by name, and their weights."""


async def create_workspaces(origin: str, count: int) -> list[str]:
    """Create workspaces that are full, half of them with a running clock, and return their names."""
    names = [f"load-{number}" for number in range(count)]
    modes = {"frozen": names[::2], "running": names[1::2]}
    await asyncio.gather(*(_create(origin, mode, names) for mode, names in modes.items() if names))
    return names


async def _create(origin: str, mode: str, names: list[str]) -> None:
    """Create a workspace and its forks."""
    connection, first = HttpConnection(origin), names[0]
    body = {"name": first, "mode": mode, "now": NOW, "ttl_seconds": TTL}
    answers = [await connection.send("POST", "/_mock/workspaces", body=body)]
    await _fill(WorkspaceClient(connection, first, Random(0)))
    for name in names[1:]:
        fork = {"name": name, "ttl_seconds": TTL}
        answers.append(await connection.send("POST", f"/w/{first}/_mock/fork", body=fork))
    connection.close()
    problems = list(filter(None, (expect(answer, 201) for answer in answers)))
    assert not problems, problems[:3]


async def _fill(client: WorkspaceClient) -> None:
    """Change a workspace until it has as many checkpoints, past jobs and deleted records as are kept."""
    problems = [await client.sign_in()]
    for _ in range(MAX_CHECKPOINTS):
        for _ in range(MAX_DELETED_RECORDS // MAX_CHECKPOINTS + 1):
            problems += [await change_row(client), await change_row(client)]
        for _ in range(MAX_PAST_JOBS // MAX_CHECKPOINTS + 1):
            problems.append(await put_settings(client))
        problems.append(await advance_clock(client))
    assert not any(problems), next(filter(None, problems))
