"""Where the command plays a story: at a server that runs already, or at one that it starts for the purpose."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_server.cli import gotcha_requests
from mock_server.cli.flags import PREFIX, Refused
from mock_server.cli.http_client import NoAnswer
from mock_server.gotchas.player import Answer, Request
from mock_server.gotchas.scenario import Json

STATUS = Request("GET", "/_mock/status", (), None)


@dataclass(frozen=True, slots=True)
class Target:
    """A server: its origin, what control requests must carry, and whether it was started for the purpose."""

    origin: str
    control_token: str | None = None
    own: bool = False

    def ask(self, request: Request, prefix: str = "") -> Answer:
        """What it answers. Raises Refused where it is not there any more."""
        control = [("x-mock-control-token", self.control_token)] if self._is_control(request) else []
        try:
            return gotcha_requests.ask(
                f"{self.origin}{prefix}", request, [(name, value or "") for name, value in control]
            )
        except NoAnswer as failure:
            raise Refused(f"cannot reach {self.origin}; is the server running there? ({failure})") from failure

    def _is_control(self, request: Request) -> bool:
        return self.control_token is not None and request.path.startswith("/_mock/")


@contextmanager
def found(base_url: str | None, usual: str, control_token: str | None) -> Iterator[Target]:
    """The server at the address that was given; else the one at the usual address, else one that is started.

    Raises Refused.
    """
    if base_url is not None:
        yield Target(base_url, control_token)
    elif is_a_mock(usual):
        yield Target(usual, control_token)
    else:
        with _started() as origin:
            yield Target(origin, own=True)


def is_a_mock(origin: str) -> bool:
    """Whether a mock of ours answers there, one that wants a control token too."""
    try:
        answer = gotcha_requests.ask(origin, STATUS)
    except NoAnswer:
        return False
    return "workspace" in _fields(answer.body) or "X-Mock-Control-Token" in _refused_for(answer.body)


@contextmanager
def _started() -> Iterator[str]:
    """A server on a free port of this machine, as it starts where nobody says more; gives its origin."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with subprocess.Popen(command, env=plain, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ourselves
        try:
            greeting = server.stdout.readline() if server.stdout else ""
            origin = greeting.partition("http://")[2].partition("/")[0]
            if not origin:
                raise Refused("no server answers, and none could be started")
            yield f"http://{origin}"
        finally:
            server.terminate()


def _fields(body: Json) -> dict[str, Json]:
    return body if isinstance(body, dict) else {}


def _refused_for(body: Json) -> list[Json]:
    entries = _fields(body).get("validation_errors")
    return [_fields(entry).get("field") for entry in entries] if isinstance(entries, list) else []
