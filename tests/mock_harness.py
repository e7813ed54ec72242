"""The server in tests: in process over ASGI, or as a real uvicorn server on a free port."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import httpx2
import uvicorn
from httpx2._transports import asgi
from starlette.types import ASGIApp

from mock_server import app
from mock_server.server import build_config
from mock_server.settings import Settings
from mock_server.state.clock import machine_seconds
from mock_server.state.workspace import Workspace
from tests import event_loop
from tests.builders import a_workspace

REQUESTS = httpx2.AsyncClient(base_url="http://mock")
"""Builds the requests, and sends none."""
# The original searches for a package that is not installed with each request, which takes longer than the request.
asgi.is_running_trio = lambda: False


class Client:
    """A client of an app in the same process. Its paths are given without /api/v3."""

    def __init__(
        self,
        workspace: Workspace | None = None,
        settings: Settings | None = None,
        seconds: Callable[[], float] = machine_seconds,
    ) -> None:
        self.workspace = workspace or a_workspace()
        self.app = app.create_app(settings or Settings(), self.workspace, seconds)
        self.headers: dict[str, str] = {}
        self.prefix = ""

    def for_workspace(self, name: str) -> "Client":
        """Return a client of another workspace of the same server, which has not signed in."""
        client = copy(self)
        client.headers, client.prefix = {}, f"/w/{name}"
        return client

    def sign_in(self, username: str = "partner@acme.example", password: str = "wavetank") -> "Client":
        tokens = self.send("POST", "/auth", json={"username": username, "password": password}).json()
        self.headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
        return self

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send a request under /api/v3."""
        return self.send_raw(method, f"{self.prefix}/api/v3{path}", **options)

    def control(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send a request under /_mock."""
        return self.send_raw(method, f"{self.prefix}/_mock{path}", **options)

    def send_raw(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send a request to the server."""
        headers = httpx2.Headers([*self.headers.items(), *_pairs(options.pop("headers", {}))])
        return event_loop.run(self._send(REQUESTS.build_request(method, path, headers=headers, **options)))

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        response = await httpx2.ASGITransport(app=self.app).handle_async_request(request)
        response.request = request
        await response.aread()
        return response


def _pairs(headers: dict[str, str] | list[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else headers


@contextmanager
def running_server(workspace: Workspace, settings: Settings | None = None) -> Iterator[str]:
    """Run the mock on a free port of this machine, and yield its origin."""
    with running_app(app.create_app(settings or Settings(), workspace)) as origin:
        yield origin


@contextmanager
def running_app(application: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """Run a real server on a port of this machine, a free one unless it is named, and yield its origin."""
    config = build_config(application)
    config.host, config.port = host, port
    server = uvicorn.Server(config)
    ready = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, ready), daemon=True)
    thread.start()
    ready.wait(30)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


def _serve(server: uvicorn.Server, ready: threading.Event) -> None:
    async def run() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.wait({task}, timeout=0.01)
        ready.set()
        await task

    asyncio.run(run())


def error_fields(answer: httpx2.Response) -> list[str]:
    """Return the fields that an error names."""
    return [entry["field"] for entry in json.loads(answer.content)["validation_errors"]]
