"""Two servers in one process that share a simulated database, whose machines' clocks differ."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from tests.storage.simulation import servers
from tests.storage.simulation.clients import Response, exchange
from tests.storage.simulation.database import SharedRows
from tests.storage.simulation.machine import MACHINE
from tests.storage.simulation.scheduler import Scheduler
from tests.storage.simulation.servers import Server

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}


class TwoServers:
    """Servers `A` and `B`. The clock of B's machine is `skew` seconds ahead of that of A's machine."""

    def __init__(self, skew: float = 0.0) -> None:
        MACHINE.seconds = MACHINE.step = 0.0
        self._scheduler = Scheduler(1)
        self._rows = SharedRows()
        self._headers = list[tuple[bytes, bytes]]()
        self.servers = {name: self.start(name, skew if name == "B" else 0.0) for name in "AB"}

    def start(self, name: str, skew: float = 0.0) -> Server:
        """Start a server, in place of the one with this name."""
        server = Server(name, self._rows, self._scheduler, skew=skew)
        server.database.is_healthy = False  # no call fails
        self.servers = getattr(self, "servers", {}) | {name: server}
        return server

    def send(self, server: str, method: str, target: str, body: Any = None, headers: Headers = ()) -> Response:
        """Send a request to one of the servers, and wait for its response and for all that the server does after it."""
        return self._finish(self._begin(server, method, target, body, headers))

    @contextmanager
    def held_at(self, step: str, server: str, method: str, target: str) -> Iterator[Callable[[], Response]]:
        """Hold a request before a call of the database until the block ends, and yield its response.

        It is sent again and again until it makes this call.
        """
        waiting, task = self._scheduler.waiting, self._begin(server, method, target)
        while not any(each.name == step for each in waiting):
            if not self._scheduler.take():
                task = self._begin(server, method, target)
        held = waiting.copy()
        waiting.clear()
        yield lambda: self._finish(task)
        waiting.extend(held)

    def send_among(
        self, meanwhile: Callable[[], object], count: int, server: str, method: str, target: str, body: Any = None
    ) -> list[Response]:
        """Send a request several times at once, and call a function before each step while nothing is locked."""
        tasks = [self._begin(server, method, target, body) for _ in range(count)]
        waiting = self._scheduler.waiting
        while not all(task.done() for task in tasks):
            if not self._rows.locks:
                held = waiting.copy()
                waiting.clear()
                meanwhile()
                waiting.extend(held)
            assert self._scheduler.take()
        return [self._finish(task) for task in tasks]

    def _begin(
        self, server: str, method: str, target: str, body: Any = None, headers: Headers = ()
    ) -> "asyncio.Task[Response]":
        sent = [*self._headers, *headers]
        call = exchange(self._scheduler.loop, self.servers[server], method, target, body, sent)
        task = self._scheduler.loop.create_task(call)
        self._scheduler.loop.drain()
        return task

    def _finish(self, task: "asyncio.Task[Response]") -> Response:
        while not task.done() or self._scheduler.waiting:
            assert self._scheduler.take()
        assert not self._scheduler.loop.failures
        return task.result()

    def get(self, server: str, target: str) -> Any:
        """Return the JSON of a successful GET."""
        response = self.send(server, "GET", target)
        assert response.status == 200, response
        return response.json()

    def do(self, server: str, method: str, target: str, body: Any = None) -> Any:
        """Return the JSON of a successful request."""
        response = self.send(server, method, target, body)
        assert 200 <= response.status < 300, response
        return json.loads(response.content) if response.content else None

    def sign_in(self, server: str = "A", workspace: str = "") -> None:
        """Use a token of the partner from now on."""
        token = self.do(server, "POST", f"{workspace}/api/v3/auth", CREDENTIALS)["AccessToken"]
        self._headers = [(b"authorization", f"Bearer {token}".encode())]

    def read_rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read what is committed in the database."""
        return self._rows.read(statement)

    def save(self) -> bytes:
        """Return what is committed in the database."""
        self._rows.activate(None)
        return self._rows.connection.serialize()

    def fail_over(self, content: bytes, *, cuts_connections: bool) -> None:
        """Let a database that has only this content take the place of the present one."""
        self._rows.activate(None)
        self._rows.connection.deserialize(content)
        for server in self.servers.values():
            server.database.losses += cuts_connections

    def close(self) -> None:
        """End all tasks."""
        for server in self.servers.values():
            server.crash()
        self._scheduler.loop.drain()
        self._rows.activate(None)
        self._rows.connection.close()


@contextmanager
def two_servers(skew: float = 0.0) -> Iterator[TwoServers]:
    """Run both servers on the simulated machine."""
    with servers.simulated_machine():
        both = TwoServers(skew)
        try:
            yield both
        finally:
            both.close()
