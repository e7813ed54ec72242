"""How requests are sent: one connection to a server, blocking or awaited, and the addresses of its workspaces."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2

from mock_server.client import json_values
from mock_server.client.errors import MockError, UnreachableError, refusal
from mock_server.client.operation import Awaiting, Blocking, ControlRequest, Result

API_PATH = re.compile(r"(/w/[^/]+)?(/api/v3|/_mock)?/?$")
"""Matches the end of an address of a workspace or of one of its APIs."""
TIMEOUT_SECONDS = 60
IN_PROCESS_ORIGIN = "http://wavetank.invalid"
"""The origin of a server in this process. No host has this name (RFC 2606), so no other server gets its requests."""
SAMPLE_PASSWORD = "wavetank"  # noqa: S105 - the default password of the sample users, printed at every start


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its origin, and what the client needs to use it.

    `password` is the password of the sample users. `signs_in_again` is the default for clients of the platform.
    """

    origin: str
    control_token: str | None = field(default=None, repr=False)
    password: str = field(default=SAMPLE_PASSWORD, repr=False)
    signs_in_again: bool = True

    @property
    def options(self) -> dict[str, Any]:
        """The options of an HTTP client. On loopback and in process, no proxy is used, and no certificates are read."""
        is_local = self.origin == IN_PROCESS_ORIGIN or _is_loopback(self.origin)
        verify = self.origin.startswith("https:")
        return {"timeout": TIMEOUT_SECONDS, "trust_env": not is_local, "verify": verify}

    @property
    def control_headers(self) -> dict[str, str]:
        """The headers of a request to the control API."""
        return {} if self.control_token is None else {"x-mock-control-token": self.control_token}


@dataclass(slots=True)
class KnownState:
    """What the client knows of a workspace: the last time of its clock, and how often the client has reset it."""

    now: datetime | None = None
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace of a server. `prefix` is the prefix of its paths, such as /w/ci-1."""

    server: Server
    name: str
    prefix: str
    state: KnownState

    @property
    def url(self) -> str:
        """The address of the workspace, without the path of an API."""
        return f"{self.server.origin}{self.prefix}"

    def url_of(self, request: ControlRequest[Any]) -> str:
        """Return the URL to which the request is sent."""
        roots = {
            "workspace": f"{self.url}/_mock",
            "server": f"{self.server.origin}/_mock",
            "platform": f"{self.url}/api/v3",
        }
        return f"{roots[request.api]}{request.path}"


def default_place(server: Server) -> Place:
    """Return the default workspace of a server."""
    return Place(server, "default", "", KnownState())


def other_place(place: Place, name: str) -> Place:
    """Return another workspace of the same server."""
    return replace(place, name=name, prefix=f"/w/{name}", state=KnownState())


def parse_origin(address: str) -> str:
    """Return the server's origin, from any address of the server. Raises MockError if it is not an HTTP URL."""
    if not address.startswith(("http://", "https://")):
        raise MockError(f"not an HTTP URL: {address}")
    return API_PATH.sub("", address)


@dataclass(frozen=True, slots=True)
class Connection:
    """Sends requests and waits for the responses. `transport` replaces the network; None for sockets."""

    http: httpx2.Client
    transport: httpx2.BaseTransport | None

    @classmethod
    def open(cls, server: Server, transport: httpx2.BaseTransport | None) -> "Connection":
        """Open a connection to a server."""
        return cls(httpx2.Client(transport=transport, **server.options), transport)

    def open_client(self, place: Place, auth: httpx2.Auth) -> httpx2.Client:
        """Open a client of the platform's API of a workspace."""
        options = place.server.options
        return httpx2.Client(base_url=f"{place.url}/api/v3", auth=auth, transport=self.transport, **options)

    def to_async(self, server: Server) -> "AsyncConnection":
        """Open a connection to the same server for `async` code."""
        build = getattr(self.transport, "to_async", None)
        return AsyncConnection.open(server, None if build is None else build())

    def send(self, place: Place, operation: str, request: ControlRequest[Result]) -> Result:
        """Send a request and return its result. Raises UnreachableError, RefusedError."""
        __tracebackhide__ = True
        try:
            response = self.http.send(_build(self.http, place, request))
        except httpx2.TransportError as error:
            raise _unreachable(place, error) from error
        return _read(place, operation, request, response)

    @contextmanager
    def stream(self, place: Place, operation: str, request: ControlRequest[Any]) -> Iterator[Iterator[str]]:
        """Send a request, and yield the lines of its response as they arrive. Raises UnreachableError, RefusedError."""
        _require_socket(self.transport)
        try:
            response = self.http.send(_build(self.http, place, request), stream=True)
            with closing(response):
                if not response.is_success:
                    response.read()
                    raise refusal(operation, response.status_code, json_values.parse(response.content))
                yield response.iter_lines()
        except httpx2.TransportError as error:
            raise _unreachable(place, error) from error


@dataclass(frozen=True, slots=True)
class AsyncConnection:
    """Sends requests and awaits the responses."""

    http: httpx2.AsyncClient
    transport: httpx2.AsyncBaseTransport | None

    @classmethod
    def open(cls, server: Server, transport: httpx2.AsyncBaseTransport | None) -> "AsyncConnection":
        """Open a connection to a server."""
        return cls(httpx2.AsyncClient(transport=transport, **server.options), transport)

    def open_client(self, place: Place, auth: httpx2.Auth) -> httpx2.AsyncClient:
        """Open a client of the platform's API of a workspace."""
        options = place.server.options
        return httpx2.AsyncClient(base_url=f"{place.url}/api/v3", auth=auth, transport=self.transport, **options)

    async def send(self, place: Place, operation: str, request: ControlRequest[Result]) -> Result:
        """Send a request and return its result. Raises UnreachableError, RefusedError."""
        __tracebackhide__ = True
        try:
            response = await self.http.send(_build(self.http, place, request))
        except httpx2.TransportError as error:
            raise _unreachable(place, error) from error
        return _read(place, operation, request, response)

    @asynccontextmanager
    async def stream(
        self, place: Place, operation: str, request: ControlRequest[Any]
    ) -> AsyncIterator[AsyncIterator[str]]:
        """Send a request, and yield the lines of its response as they arrive. Raises UnreachableError, RefusedError."""
        _require_socket(self.transport)
        try:
            response = await self.http.send(_build(self.http, place, request), stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    raise refusal(operation, response.status_code, json_values.parse(response.content))
                yield response.aiter_lines()
            finally:
                await response.aclose()
        except httpx2.TransportError as error:
            raise _unreachable(place, error) from error


class BlockingPart(Blocking):
    """A part of a workspace whose operations are sent at once."""

    def __init__(self, place: Place, connection: Connection) -> None:
        self._place, self._connection = place, connection

    def _run(self, operation: str, request: ControlRequest[Result]) -> Result:
        __tracebackhide__ = True
        return self._connection.send(self._place, operation, request)


class AwaitingPart(Awaiting):
    """A part of a workspace whose operations return coroutines."""

    def __init__(self, place: Place, connection: AsyncConnection) -> None:
        self._place, self._connection = place, connection

    async def _run(self, operation: str, request: ControlRequest[Result]) -> Result:
        return await self._connection.send(self._place, operation, request)


def _build(http: httpx2.Client | httpx2.AsyncClient, place: Place, request: ControlRequest[Any]) -> httpx2.Request:
    headers = {**(request.headers or {}), **({} if request.api == "platform" else place.server.control_headers)}
    content = None
    if request.body is not None:
        headers, content = {**headers, "content-type": "application/json"}, json_values.encode(request.body)
    query = json_values.to_query(request.query or {}) or None
    return http.build_request(request.method, place.url_of(request), content=content, params=query, headers=headers)


def _read(place: Place, operation: str, request: ControlRequest[Result], response: httpx2.Response) -> Result:
    __tracebackhide__ = True
    body = json_values.parse(response.content)
    if not response.is_success:
        raise refusal(operation, response.status_code, body)
    if request.is_text:
        return request.read(response.text)
    if body is None and response.content:
        raise UnreachableError(f"{place.url_of(request)} answered {response.status_code} without JSON")
    return request.read(body)


def _require_socket(transport: object) -> None:
    """Raise MockError for a server in this process: its responses arrive as a whole."""
    if hasattr(transport, "application"):
        raise MockError("a server in this process has no socket to follow events on; use events.read()")


def _unreachable(place: Place, error: Exception) -> UnreachableError:
    return UnreachableError(f"cannot reach {place.server.origin}; is the server running there? ({error})")


def _is_loopback(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
