"""An HTTP client for servers on this machine, as the mock usually is.

It sends the bytes that httpx2 sends and returns the response that httpx2 returns, with a third of the work: a run
against the mock sends thousands of requests. Only requests and responses of the usual form are handled here. Unusual
requests are left to httpx2, and unusual responses to h11, which httpx2 uses as well. So the errors are the same.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import h11
import httpx2

from contracts.target.clock import machine_seconds
from contracts.target.loopback_messages import END_OF_HEAD, encode_request, parse_head

READ_SIZE = 65_536
MAX_HEAD_SIZE = 100 * 1024
"""The longest head of a response that httpx2 reads, in bytes."""
IDLE_SECONDS = 5.0
"""How long httpx2 keeps an idle connection."""
NO_RESPONSE = "Server disconnected without sending a response."
Address = tuple[str, int]


class LoopbackClient(httpx2.Client):
    """A client that sends usual requests to plain HTTP on loopback by itself, and leaves all others to httpx2."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._idle: dict[Address, list[LoopbackConnection]] = {}

    def build_request(self, method: str, url: httpx2.URL | str, **options: Any) -> httpx2.Request:
        """Build a request as httpx2 does. A URL is parsed once."""
        return super().build_request(method, parse_url(url) if isinstance(url, str) else url, **options)

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send the request. Return the response with its body. Raises httpx2.TransportError."""
        message = None if options or self.is_closed else encode_request(request)
        if message is None:
            return super().send(request, **options)
        hooks = self.event_hooks
        for hook in hooks["request"]:
            hook(request)
        response = self._exchange(request, message)
        response.request = request
        for hook in hooks["response"]:
            hook(response)
        response.read()
        return response

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._close_idle()

    def close(self) -> None:
        """Close all connections."""
        super().close()
        self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            for connection in self._idle.popitem()[1]:
                connection.close()

    def _exchange(self, request: httpx2.Request, message: bytes) -> httpx2.Response:
        address = request.url.host, request.url.port or 80
        timeouts = request.extensions.get("timeout", {})
        connection = self._find_idle(address) or LoopbackConnection(address, request, timeouts.get("connect"))
        try:
            response = connection.exchange(request, message)
        except BaseException:
            connection.close()
            raise
        if connection.is_reusable:
            self._idle.setdefault(address, []).append(connection)
        else:
            connection.close()
        return response

    def _find_idle(self, address: Address) -> "LoopbackConnection | None":
        """Return a connection that is still open. None if there is none."""
        connections = self._idle.get(address)
        while connections:
            connection = connections.pop()
            if connection.is_open():
                return connection
            connection.close()
        return None


class LoopbackConnection:
    """A connection to a server on loopback. Raises httpx2.ConnectError and httpx2.ConnectTimeout."""

    def __init__(self, address: Address, request: httpx2.Request, timeout: float | None) -> None:
        with _translating_errors(request, httpx2.ConnectTimeout, httpx2.ConnectError):
            self._socket = socket.create_connection(address, timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_reusable = False
        """Whether another exchange can follow the last one."""
        self._idle_since = 0.0

    def is_open(self) -> bool:
        """Whether the idle connection can be used: it has not expired, and the server has not closed it."""
        if machine_seconds() > self._idle_since + IDLE_SECONDS:
            return False
        self._socket.settimeout(0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def exchange(self, request: httpx2.Request, message: bytes) -> httpx2.Response:
        """Send the message and return the response. Raises httpx2.TransportError.

        A failure to send is ignored, because a server may respond and close the connection before it has read all.
        """
        timeouts, self.is_reusable = request.extensions.get("timeout", {}), False
        self._socket.settimeout(timeouts.get("write"))
        try:
            self._socket.sendall(message)
        except TimeoutError as error:
            raise httpx2.WriteTimeout(str(error), request=request) from error
        except OSError:
            pass
        self._socket.settimeout(timeouts.get("read"))
        with _translating_errors(request, httpx2.ReadTimeout, httpx2.ReadError):
            response = self._receive(request)
        self._idle_since = machine_seconds()
        return response

    def _receive(self, request: httpx2.Request) -> httpx2.Response:
        received = self._socket.recv(READ_SIZE)
        if not received:
            raise httpx2.RemoteProtocolError(NO_RESPONSE, request=request)
        while END_OF_HEAD not in received:
            if len(received) > MAX_HEAD_SIZE or not (more := self._socket.recv(READ_SIZE)):
                return self._receive_with_h11(request, received)
            received += more
        body_start = received.index(END_OF_HEAD) + len(END_OF_HEAD)
        head = parse_head(received[:body_start])
        if head is None:
            return self._receive_with_h11(request, received)
        while len(received) < body_start + head.length and (more := self._socket.recv(READ_SIZE)):
            received += more
        if len(received) != body_start + head.length:
            return self._receive_with_h11(request, received)
        self.is_reusable = head.keeps_connection
        return _build_response(head.status, head.headers, received[body_start:], head.reason)

    def _receive_with_h11(self, request: httpx2.Request, received: bytes) -> httpx2.Response:
        """Read an unusual response, which begins with `received`."""
        parser, body = _begin_exchange(request), bytearray()
        parser.receive_data(received)
        response: h11.Response | None = None
        try:
            while isinstance(event := self._next_event(parser), h11.InformationalResponse | h11.Response | h11.Data):
                if isinstance(event, h11.Response):
                    response = event
                elif isinstance(event, h11.Data):
                    body += event.data
            if response is None:
                raise h11.RemoteProtocolError("Server sent no final response.")
        except h11.RemoteProtocolError as error:
            raise httpx2.RemoteProtocolError(str(error), request=request) from error
        self.is_reusable = parser.our_state is parser.their_state is h11.DONE and not parser.trailing_data[0]
        return _build_response(response.status_code, response.headers.raw_items(), bytes(body), response.reason)

    def _next_event(self, parser: h11.Connection) -> Any:
        """Return the next event, for which data are received if needed."""
        while (event := parser.next_event()) is h11.NEED_DATA:
            data = self._socket.recv(READ_SIZE)
            if not data and parser.their_state is h11.SEND_RESPONSE:
                raise h11.RemoteProtocolError(NO_RESPONSE)
            parser.receive_data(data)
        return event


@lru_cache(maxsize=1024)
def parse_url(url: str) -> httpx2.URL:
    """Parse a URL. Raises httpx2.InvalidURL."""
    return httpx2.URL(url)


def _begin_exchange(request: httpx2.Request) -> h11.Connection:
    """Return a parser for the response to this request, which has been sent."""
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_SIZE)
    parser.send(h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw))
    if request.content:
        parser.send(h11.Data(data=request.content))
    parser.send(h11.EndOfMessage())
    return parser


def _build_response(status: int, headers: list[tuple[bytes, bytes]], body: bytes, reason: bytes) -> httpx2.Response:
    """Build the response. Its body is decoded when it is read."""
    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": bytes(reason)}
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body), extensions=extensions)


@contextmanager
def _translating_errors(
    request: httpx2.Request, timeout_error: type[httpx2.TransportError], other_error: type[httpx2.TransportError]
) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout_error(str(error), request=request) from error
    except OSError as error:
        raise other_error(str(error), request=request) from error
