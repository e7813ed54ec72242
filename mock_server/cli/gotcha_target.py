"""The server on which a gotcha is played: a running server, or a temporary one that is stopped afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_server.cli import http_client
from mock_server.cli.http_client import ServerUnreachableError
from mock_server.flags import ENVIRONMENT_PREFIX, CommandError
from mock_server.gotchas import player
from mock_server.gotchas.player import ScenarioRequest, ScenarioResponse
from mock_server.gotchas.scenario import Json

STATUS_REQUEST = ScenarioRequest("GET", "/_mock/status", (), None)


@dataclass(frozen=True, slots=True)
class GotchaServer:
    """A server: its origin, its control token if it has one, and whether it is temporary."""

    origin: str
    control_token: str | None = None
    is_temporary: bool = False

    def send(self, request: ScenarioRequest, prefix: str = "") -> ScenarioResponse:
        """Send a request. `prefix` is the prefix of a workspace's paths. Raises ServerUnreachableError."""
        is_control = request.path.startswith("/_mock/")
        token = [("x-mock-control-token", self.control_token)] if self.control_token and is_control else []
        url = f"{self.origin}{prefix}{request.path}"
        response = http_client.send(request.method, url, request.content, [*request.headers, *token])
        return ScenarioResponse(response.status, response.headers, player.parse_body(response.content))


@contextmanager
def open_server(base_url: str | None, default_url: str, control_token: str | None) -> Iterator[GotchaServer]:
    """Yield the server at the base URL, else the server at the default URL, else a temporary server.

    Raises CommandError if a temporary server cannot be started.
    """
    if base_url is not None:
        yield GotchaServer(base_url, control_token)
    elif is_mock_server(default_url):
        yield GotchaServer(default_url, control_token)
    else:
        with _start_server() as origin:
            yield GotchaServer(origin, is_temporary=True)


def is_mock_server(origin: str) -> bool:
    """Whether a mock server is running at the origin, even one that requires a control token."""
    try:
        body = GotchaServer(origin).send(STATUS_REQUEST).body
    except ServerUnreachableError:
        return False
    return "workspace" in _as_object(body) or "X-Mock-Control-Token" in _rejected_fields(body)


@contextmanager
def _start_server() -> Iterator[str]:
    """Start a server with default settings on a free port, yield its origin, and stop it afterwards."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - own code
        try:
            greeting = server.stdout.readline() if server.stdout else ""
            origin = greeting.partition("http://")[2].partition("/")[0]
            if not origin:
                raise CommandError("no server is running, and a temporary one could not be started")
            yield f"http://{origin}"
        finally:
            server.terminate()


def _as_object(body: Json) -> dict[str, Json]:
    return body if isinstance(body, dict) else {}


def _rejected_fields(body: Json) -> list[Json]:
    entries = _as_object(body).get("validation_errors")
    return [_as_object(entry).get("field") for entry in entries] if isinstance(entries, list) else []
