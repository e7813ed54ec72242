"""Send requests to an application without a socket, for the suite and for schemathesis.

The application must answer each request without waiting for anything, as the mock does.
"""

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import httpx2
import requests
from requests.adapters import HTTPAdapter
from starlette.types import ASGIApp, Message
from urllib3 import HTTPHeaderDict, HTTPResponse

from contracts.schemathesis_runner import hooks
from contracts.target import session
from contracts.target.client import NoCookies

PASSED_OPTIONS = frozenset({"headers", "content", "json", "data", "params"})
"""The options that make up a request; the others are dropped."""
SERVER_ERROR_MESSAGES: list[Message] = [
    {"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/plain; charset=utf-8")]},
    {"type": "http.response.body", "body": b"Internal Server Error"},
]
"""What a server sends if the application raises an exception."""
PHRASES = {status.value: status.phrase for status in HTTPStatus}
RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
RawResponse: TypeAlias = tuple[int, RawHeaders, bytes]
"""Status, headers and body."""


SEAMS: list[tuple[Any, str]] = [
    (session, "open_http"),
    (hooks, "HTTP"),
    (requests.Session, "get_adapter"),
    (requests.sessions, "get_environ_proxies"),
    (requests.sessions, "get_netrc_auth"),
]
"""The attributes that `connect_suite` and `connect_schemathesis` replace in this process."""


def connect_suite(application: ASGIApp) -> None:
    """Send the suite's requests in this process straight to the application."""

    def open_direct_client(*_: str) -> httpx2.Client:
        return DirectClient(cookies=NoCookies(), transport=DirectTransport(application))

    session.open_http = open_direct_client  # type: ignore[attr-defined] # a seam


def connect_schemathesis(application: ASGIApp) -> None:
    """Send the requests of schemathesis and of its hooks in this process straight to the application."""
    adapter = DirectAdapter(application)
    requests.Session.get_adapter = lambda session, url: adapter  # type: ignore[method-assign] # a seam
    requests.sessions.get_environ_proxies = lambda *_, **__: {}  # type: ignore[assignment] # there is no network
    requests.sessions.get_netrc_auth = lambda *_, **__: None  # type: ignore[assignment] # nor anybody else's password
    hooks.HTTP = DirectClient(transport=DirectTransport(application))


class DirectClient(httpx2.Client):
    """A client that sends all requests to one transport and adds no headers about the connection."""

    def build_request(self, method: str, url: Any, **options: Any) -> httpx2.Request:
        """Build a request that contains only the given headers and the headers that describe its body."""
        passed_options = {
            name: value for name, value in options.items() if name in PASSED_OPTIONS and value is not None
        }
        return httpx2.Request(method, url, **passed_options)

    def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        """Return the complete response."""
        answer = self._transport.handle_request(request)
        answer.request = request
        return answer


class DirectTransport(httpx2.BaseTransport):
    """Sends httpx2's requests to an application."""

    def __init__(self, application: ASGIApp) -> None:
        self._app = application

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and return its response."""
        line = request.method, request.url.raw_path
        status, headers, body = send_to_app(self._app, line, request.headers.raw, request.read())
        return httpx2.Response(status, headers=headers, content=body)


class DirectAdapter(HTTPAdapter):
    """Sends requests of the `requests` library, which schemathesis uses, to an application."""

    def __init__(self, application: ASGIApp) -> None:
        super().__init__()
        self._app = application

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send one request and return its response."""
        request_headers = {"Host": urlsplit(request.url or "").netloc, **request.headers}
        content = request.body or b""
        status, headers, body = send_to_app(
            self._app,
            (request.method or "", request.path_url.encode("latin-1")),
            [(_to_bytes(name), _to_bytes(value)) for name, value in request_headers.items()],
            _to_bytes(content),
        )
        response_headers = HTTPHeaderDict(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        )
        raw = HTTPResponse(
            io.BytesIO(body),
            response_headers,
            status,
            version=11,
            reason=PHRASES.get(status),
            request_method=request.method,
            preload_content=False,
        )
        return self.build_response(request, raw)


def _to_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def send_to_app(application: ASGIApp, line: tuple[str, bytes], headers: RawHeaders, content: bytes) -> RawResponse:
    """Send a request to the application and return its response."""
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
    return _run_app(application, scope, content)


def _run_app(application: ASGIApp, scope: dict[str, Any], content: bytes) -> RawResponse:
    messages: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with suppress(Exception):  # a real server does not pass the exception to the client either
        _run_to_end(lambda: application(scope, receive, send))
    start, *rest = sent or SERVER_ERROR_MESSAGES
    body = b"" if scope["method"] == "HEAD" else b"".join(message.get("body", b"") for message in rest)
    return start["status"], start["headers"], body


def _run_to_end(begin: Callable[[], Any]) -> None:
    coroutine = begin()
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        return
