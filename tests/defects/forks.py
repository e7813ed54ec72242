"""One defect and one run of the suite, each in a process forked from one that has everything imported already."""

import argparse
import asyncio
import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import httpx
import hypothesis
import uvicorn
from hypothesis import strategies
from starlette.types import ASGIApp, Message

from contracts import inspection, run
from contracts import plugin as plugin  # imported for the forks
from contracts.cases import test_walk
from mock_server import app
from mock_server.control import routes as routes  # imported for the forks
from mock_server.control import workspace_routes as workspace_routes
from mock_server.runtime.worlds import sample as sample
from mock_server.settings import Settings
from tests.defects import registry
from tests.defects.deploy import BORN, RIGHT

FORK = multiprocessing.get_context("fork")
USER = ["--user", "partner@acme.example"]
CARRIED = frozenset({"headers", "content", "json", "data", "params"})
"""What a request is made of."""
NOWHERE = "http://127.0.0.1:9/api/v3"
"""The address of a deployment without a socket."""


def warmed(examples: int, walks: int | None = None) -> None:
    """Have ready what each fork would work out anew: the contracts, and Hypothesis's tables of characters.

    A law takes its settings when it is imported, so how many `examples` it draws is said here, and how many `walks`
    are taken, where that shall not be the profile's number.
    """
    hypothesis.settings.register_profile("forks", plugin.settings("standard"), max_examples=examples)
    hypothesis.settings.load_profile("forks")
    for file in sorted(run.CASES.glob("test_*.py")):
        importlib.import_module(f"contracts.cases.{file.stem}")
    if walks is not None:
        test_walk.WALKS["standard"] = (walks, test_walk.WALKS["standard"][1])
    hypothesis.find(strategies.text(), lambda text: True, settings=hypothesis.settings(database=None))
    gc.freeze()


def application(name: str) -> ASGIApp:
    """The deployment with this defect; this process is its own from here on."""
    patch = registry.Patch()
    if name != RIGHT:
        registry.every()[name].apply(patch)
    return patch.around(app.create_app(Settings(now=BORN)))


@contextlib.contextmanager
def deployed(name: str) -> Iterator[str]:
    """A real server with this defect on a free port; gives its origin."""
    near, far = FORK.Pipe(duplex=False)
    server = FORK.Process(target=_serve, args=(name, far), daemon=True)
    server.start()
    far.close()
    try:
        yield f"http://127.0.0.1:{near.recv()}"
    finally:
        os.kill(server.pid or 0, signal.SIGKILL)
        server.join()


def inspected(base_url: str, options: Sequence[str], name: str | None = None) -> dict[str, Any]:
    """The result of one run of the suite; with a `name` against that deployment without a socket."""
    with tempfile.TemporaryDirectory() as folder:
        suite = FORK.Process(target=_inspect, args=(base_url, folder, list(options), name))
        suite.start()
        suite.join()
        file = Path(folder) / "result.json"
        if not file.exists():
            told = (Path(folder) / "output.txt").read_text(encoding="utf-8")
            raise AssertionError(f"the suite broke on {name or base_url}: {told[-3000:]}")
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return result


def _serve(name: str, far: Connection) -> None:
    async def serve() -> None:
        server = uvicorn.Server(uvicorn.Config(application(name), port=0, log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.wait({serving}, timeout=0.005)
        far.send(server.servers[0].sockets[0].getsockname()[1])
        await serving

    asyncio.run(serve())


def _inspect(base_url: str, folder: str, options: list[str], name: str | None) -> None:
    _say_into(Path(folder) / "output.txt")
    with contextlib.suppress(SystemExit):
        try:
            if name is not None:
                _without_a_socket(application(name))
            parser = argparse.ArgumentParser()
            run.add_options(parser)
            arguments = ["--base-url", base_url, *USER, "--report-dir", folder, *options]
            os.chdir(folder)
            run.run(parser.parse_args(arguments))
        except Exception:  # told where the parent looks
            traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()


def _say_into(file: Path) -> None:
    written = os.open(file, os.O_CREAT | os.O_WRONLY)
    os.dup2(written, 1)
    os.dup2(written, 2)


def _without_a_socket(served: ASGIApp) -> None:
    """Let the suite's requests go straight into the application."""

    def straight(**options: Any) -> httpx.Client:
        return Near(**options, transport=Straight(served))

    inspection.httpx = SimpleNamespace(Client=straight, Timeout=httpx.Timeout)  # type: ignore[attr-defined] # a seam


class Near(httpx.Client):
    """A client without what only a network needs: its requests carry what they are given, and go to one transport."""

    def build_request(self, method: str, url: Any, **given: Any) -> httpx.Request:
        """The request with the headers that it is given, and those that tell of its body."""
        wanted = {name: value for name, value in given.items() if name in CARRIED and value is not None}
        return httpx.Request(method, url, **wanted)

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """The answer, which is there whole."""
        answer = self._transport.handle_request(request)
        answer.request = request
        return answer


class Straight(httpx.BaseTransport):
    """Drives an application that never waits, which ours does not (nothing yields between a request and its answer)."""

    def __init__(self, served: ASGIApp) -> None:
        self._app = served

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, answered."""
        path, _, query = request.url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 9),
        }
        return _driven(self._app, scope, request.read(), head=request.method == "HEAD")


def _driven(served: ASGIApp, scope: dict[str, Any], content: bytes, *, head: bool) -> httpx.Response:
    messages: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    _finish(lambda: served(scope, receive, send))
    start = sent[0]
    body = b"" if head else b"".join(message.get("body", b"") for message in sent[1:])
    return httpx.Response(start["status"], headers=start["headers"], content=body)


def _finish(begin: Callable[[], Any]) -> None:
    running = begin()
    try:
        while True:
            running.send(None)
    except StopIteration:
        return
