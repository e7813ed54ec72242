"""The ways into an application without a socket, for the suite and for schemathesis.

They drive an application that never waits, which ours does not: nothing yields between a request and its answer.
"""

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import httpx
import requests
from requests.adapters import HTTPAdapter
from starlette.types import ASGIApp, Message
from urllib3 import HTTPHeaderDict, HTTPResponse

from contracts.schemathesis_runner import hooks
from contracts.target import session

CARRIED = frozenset({"headers", "content", "json", "data", "params"})
"""What a request is made of."""
NO_ANSWER: list[Message] = [
    {"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/plain; charset=utf-8")]},
    {"type": "http.response.body", "body": b"Internal Server Error"},
]
"""What a server says for an application that broke."""
PHRASES = {status.value: status.phrase for status in HTTPStatus}
RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
Answered: TypeAlias = tuple[int, RawHeaders, bytes]
"""Status, headers and body."""


SEAMS: list[tuple[Any, str]] = [
    (session, "httpx"),
    (hooks, "HTTP"),
    (requests.Session, "get_adapter"),
    (requests.sessions, "get_environ_proxies"),
    (requests.sessions, "get_netrc_auth"),
]
"""What the ways take the place of, in this process."""


def suite(served: ASGIApp) -> None:
    """Let this process's requests of the suite go straight into the application."""

    def straight(**options: Any) -> httpx.Client:
        return Near(**options, transport=Straight(served))

    session.httpx = SimpleNamespace(Client=straight, Timeout=httpx.Timeout)  # type: ignore[attr-defined] # a seam


def engine(served: ASGIApp) -> None:
    """Let this process's requests of schemathesis go straight into the application, and those of its hooks."""
    adapter = Adapter(served)
    requests.Session.get_adapter = lambda session, url: adapter  # type: ignore[method-assign] # a seam
    requests.sessions.get_environ_proxies = lambda *_, **__: {}  # type: ignore[assignment] # there is no network
    requests.sessions.get_netrc_auth = lambda *_, **__: None  # type: ignore[assignment] # nor anybody else's password
    hooks.HTTP = Near(transport=Straight(served))


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
    """The way of httpx into an application."""

    def __init__(self, served: ASGIApp) -> None:
        self._app = served

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, answered."""
        line = request.method, request.url.raw_path
        status, headers, body = answered(self._app, line, request.headers.raw, request.read())
        return httpx.Response(status, headers=headers, content=body)


class Adapter(HTTPAdapter):
    """The way of requests, which schemathesis sends with, into an application."""

    def __init__(self, served: ASGIApp) -> None:
        super().__init__()
        self._app = served

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """One request, answered."""
        named = {"Host": urlsplit(request.url or "").netloc, **request.headers}
        content = request.body or b""
        status, headers, body = answered(
            self._app,
            (request.method or "", request.path_url.encode("latin-1")),
            [(_bytes(name), _bytes(value)) for name, value in named.items()],
            _bytes(content),
        )
        told = HTTPHeaderDict([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])
        raw = HTTPResponse(
            io.BytesIO(body),
            told,
            status,
            version=11,
            reason=PHRASES.get(status),
            request_method=request.method,
            preload_content=False,
        )
        return self.build_response(request, raw)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def answered(served: ASGIApp, line: tuple[str, bytes], headers: RawHeaders, content: bytes) -> Answered:
    """What the application answers to a method and target, its headers and body."""
    method, target = line
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 9),
    }
    return _driven(served, scope, content)


def _driven(served: ASGIApp, scope: dict[str, Any], content: bytes) -> Answered:
    messages: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with suppress(Exception):  # a server keeps it to itself, too
        _finish(lambda: served(scope, receive, send))
    start, *rest = sent or NO_ANSWER
    body = b"" if scope["method"] == "HEAD" else b"".join(message.get("body", b"") for message in rest)
    return start["status"], start["headers"], body


def _finish(begin: Callable[[], Any]) -> None:
    running = begin()
    try:
        while True:
            running.send(None)
    except StopIteration:
        return
