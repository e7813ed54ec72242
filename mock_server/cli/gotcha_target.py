"""Where the command plays a story: at a server that runs already, or at one that it starts for the purpose."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_server.cli import gotcha_requests
from mock_server.cli.flags import ENVIRONMENT_PREFIX, CommandError
from mock_server.cli.http_client import ServerUnreachableError
from mock_server.gotchas.player import ScenarioRequest, ScenarioResponse
from mock_server.gotchas.scenario import Json

STATUS_REQUEST = ScenarioRequest("GET", "/_mock/status", (), None)


@dataclass(frozen=True, slots=True)
class GotchaServer:
    """A server: its origin, what control requests must carry, and whether it was started for the purpose."""

    origin: str
    control_token: str | None = None
    is_temporary: bool = False

    def send(self, request: ScenarioRequest, prefix: str = "") -> ScenarioResponse:
        """What it answers. Raises Refused where it is not there any more."""
        control_headers = [("x-mock-control-token", self.control_token)] if self._is_control(request) else []
        try:
            return gotcha_requests.send(
                f"{self.origin}{prefix}", request, [(name, value or "") for name, value in control_headers]
            )
        except ServerUnreachableError as error:
            raise CommandError(f"cannot reach {self.origin}; is the server running there? ({error})") from error

    def _is_control(self, request: ScenarioRequest) -> bool:
        return self.control_token is not None and request.path.startswith("/_mock/")


@contextmanager
def open_server(base_url: str | None, default_url: str, control_token: str | None) -> Iterator[GotchaServer]:
    """The server at the address that was given; else the one at the usual address, else one that is started.

    Raises Refused.
    """
    if base_url is not None:
        yield GotchaServer(base_url, control_token)
    elif is_mock_server(default_url):
        yield GotchaServer(default_url, control_token)
    else:
        with _start_server() as origin:
            yield GotchaServer(origin, is_temporary=True)


def is_mock_server(origin: str) -> bool:
    """Whether a mock of ours answers there, one that wants a control token too."""
    try:
        answer = gotcha_requests.send(origin, STATUS_REQUEST)
    except ServerUnreachableError:
        return False
    return "workspace" in _as_object(answer.body) or "X-Mock-Control-Token" in _rejected_fields(answer.body)


@contextmanager
def _start_server() -> Iterator[str]:
    """A server on a free port of this machine, as it starts where nobody says more; gives its origin."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ourselves
        try:
            greeting = server.stdout.readline() if server.stdout else ""
            origin = greeting.partition("http://")[2].partition("/")[0]
            if not origin:
                raise CommandError("no server answers, and none could be started")
            yield f"http://{origin}"
        finally:
            server.terminate()


def _as_object(body: Json) -> dict[str, Json]:
    return body if isinstance(body, dict) else {}


def _rejected_fields(body: Json) -> list[Json]:
    entries = _as_object(body).get("validation_errors")
    return [_as_object(entry).get("field") for entry in entries] if isinstance(entries, list) else []
