"""The server's connections if httptools is installed.

httptools parses all data that it is given. So a connection gives it parts, and no further part while MAX_WAITING
requests of the client wait for their turn. Meanwhile, nothing is read from the client.
"""

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mock_server.domain.errors import PlatformError
from mock_server.http.protocol.connection import PlatformConnection
from mock_server.http.protocol.refusals import (
    MAX_HEADERS,
    RequestHead,
    build_framing_error,
    find_excess,
    read_request_line,
)
from mock_server.http.protocol.refused import RefusedRequest

MAX_WAITING = 8
"""How many requests of a client may wait for their turn before no more of them are parsed."""
HEAD_END = b"\r\n\r\n"
MIN_BODY_PART, MAX_BODY_PART = 256, 4096
"""How many bytes of a body are parsed at once, if they may be followed by many requests."""


class HeadRefusedError(Exception):
    """Stops the parser, because the request must be refused."""

    def __init__(self, error: PlatformError, head: RequestHead) -> None:
        super().__init__(error)
        self.error = error
        self.head = head


class HttptoolsConnection(PlatformConnection, HttpToolsProtocol):  # type: ignore[misc]  # uvicorn's eof_received returns None
    """A connection that httptools parses. `running` is the last request that the application has begun."""

    url = b""
    running: RequestResponseCycle | None = None
    _is_receiving_body = False
    _unparsed = b""
    _parsed_bytes = 0
    """How many bytes of `_unparsed` are parsed."""
    _head_bytes = 0
    """How many bytes of an incomplete head have been received, or 1 if other requests were received with them."""
    _framing_bytes = 0
    """How many bytes have been received since the last bytes of a body."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Notify the running request, because uvicorn notifies only the latest one, which may be waiting for it."""
        super().connection_lost(exc)
        self._unparsed = b""
        running = self.running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Parse the data that arrives, until a request is refused."""
        if self.ignores_input:
            self.transport.discard(len(data))  # type: ignore[attr-defined]  # it is a ClientTransport
        elif self._unparsed or len(data) > self.limits.head_bytes or data.count(HEAD_END) > MAX_WAITING:
            self._unparsed = self._unparsed[self._parsed_bytes :] + data
            self._parsed_bytes = 0
            self._parse_waiting()
        else:
            self._parse_part(data)

    def has_head(self) -> bool:
        """Return whether the head of the request that is being received is complete."""
        return self._is_receiving_body

    def is_receiving_body(self) -> bool:
        """Return whether the head of a request is complete and its body is not."""
        return self._is_receiving_body

    def may_read(self) -> bool:
        """Return whether no requests wait for their turn."""
        return not self.pipeline and not self._unparsed

    def read_incomplete_head(self, received: bytes) -> RequestHead:
        """The known parts of an incomplete head; `received` is the data that arrived last."""
        if not self._has_begun_head():
            return read_request_line(received)
        request_line = RequestHead() if self.has_incomplete_head else read_request_line(received)
        if self.url and not request_line.method:
            request_line = RequestHead(self.parser.get_method(), self.url)
        return request_line._replace(headers=tuple(self.headers or ()))

    def start_request(self, request: RefusedRequest) -> None:
        """Pass a request to the application, after the requests that the client sent before it."""
        previous = self.cycle
        if previous is None or previous.response_complete:
            super().start_request(request)
        else:
            self.cycle = request
            self.pipeline.appendleft((request, self.app))  # type: ignore[arg-type]  # it stands in for uvicorn's request

    def list_unanswered(self) -> list[RequestResponseCycle]:
        """Return the requests that have begun or wait."""
        return [
            request for request in (self.running, *(waiting for waiting, _ in self.pipeline)) if request is not None
        ]

    def on_headers_complete(self) -> None:
        """Begin the request, unless it must be refused."""
        if self._head_bytes or self.in_excess or len(self.headers) > MAX_HEADERS:
            head = RequestHead(self.parser.get_method(), self.url, tuple(self.headers))
            error = self.find_refusal(head)
            if error is not None:
                raise HeadRefusedError(error, head)
        super().on_headers_complete()
        request = self.cycle
        if request is None or request.scope is not self.scope:
            return  # it offers an upgrade; see `_repeat_head_without_offer`
        self._is_receiving_body = True
        self.has_incomplete_head, self._head_bytes, self._framing_bytes = False, 0, 0
        self.headers = []  # trailers are ignored
        if self.in_excess:
            request.keep_alive = False
        if request.waiting_for_100_continue:
            self.close_without_continue(request)

    def on_body(self, body: bytes) -> None:
        """Add a part of the body to the request, unless the request has been answered."""
        self._framing_bytes = 0
        request = self.cycle
        if not request.response_complete:
            request.body += body
            if len(request.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            request.message_event.set()

    def on_message_complete(self) -> None:
        """End the request."""
        request = self.cycle
        if not self._is_receiving_body:
            return  # it offers an upgrade
        self._is_receiving_body = False
        if not request.response_complete:
            request.more_body = False
            request.message_event.set()

    def on_response_complete(self) -> None:
        """Begin the next request that waits, and parse more if there is room."""
        self.count_response()
        if self.transport.is_closing():
            return
        if self.pipeline:
            request, app = self.pipeline.pop()
            self._start_asgi_task(request, app)
        if self._unparsed:
            self._parse_waiting()
        self.flow.resume_reading()
        self.close_if_ended()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def _should_upgrade(self) -> bool:
        """Return True, so that uvicorn does not begin a request that offers an upgrade."""
        return True

    def _has_begun_head(self) -> bool:
        """Return whether a part of a head has been parsed."""
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def _parse_waiting(self) -> None:
        """Parse the received data, one request or a part of a body at a time, until too many requests wait."""
        data, position = self._unparsed, self._parsed_bytes
        while position < len(data) and len(self.pipeline) < MAX_WAITING and not self.ignores_input:
            end = self._find_part_end(data, position)
            self._parse_part(data[position:end])
            position = end
        is_done = position >= len(data) or self.ignores_input
        self._unparsed, self._parsed_bytes = (b"", 0) if is_done else (data, position)
        if not is_done:
            self.flow.pause_reading()

    def _find_part_end(self, data: bytes, position: int) -> int:
        start, limit = position, position + self.limits.head_bytes
        if self._is_receiving_body:
            start, limit = position + MIN_BODY_PART, position + MAX_BODY_PART
        end = data.find(HEAD_END, start, limit)
        return limit if end < 0 else end + len(HEAD_END)

    def _parse_part(self, data: bytes) -> None:
        previous, was_in_body = self.cycle, self._is_receiving_body
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, HeadRefusedError):
                self.refuse(cause.error, cause.head)
                return
            # uvicorn parses the URL in a callback.
            reason = "invalid url" if isinstance(error, httptools.HttpParserCallbackError) else str(error)
            self.refuse_unparsable(reason, data if self.cycle is previous else b"")
            return
        if self._is_receiving_body:
            self._examine_body(len(data))
        elif self.cycle is None or self._has_begun_head():
            is_alone = self.cycle is previous and not was_in_body
            self._examine_incomplete_head(data, len(data) if is_alone else 1)

    def _examine_body(self, size: int) -> None:
        """Refuse a body with too many bytes that are not part of it: chunk extensions and trailers."""
        self._framing_bytes += size
        if self._framing_bytes > self.limits.head_bytes:
            error, scope = build_framing_error(self.limits.head_bytes), self.scope
            self.refuse(error, RequestHead(scope["method"].encode(), scope["raw_path"], tuple(scope["headers"])))
            return
        self.count_body(size)

    def _examine_incomplete_head(self, received: bytes, size: int) -> None:
        """Refuse a head that becomes too large."""
        self._head_bytes += size
        limit = self.limits.head_bytes
        if self._head_bytes <= limit and len(self.headers or ()) <= MAX_HEADERS:
            self.count_incomplete_head()
            return
        head = self.read_incomplete_head(received)
        error = find_excess(head, limit, self._head_bytes)
        if error is not None:
            self.refuse(error, head)

    def _parse(self, data: bytes) -> None:
        rest: bytes | memoryview = data
        while True:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as offer:
                rest = memoryview(rest)[offer.args[0] :]
            else:
                return
            self._repeat_head_without_offer()

    def _repeat_head_without_offer(self) -> None:
        """Give the parser the same head again, without `Upgrade`.

        The application gets the complete head.
        """
        headers, method = self.headers, self.parser.get_method()
        if method == b"CONNECT":
            raise httptools.HttpParserError("the method CONNECT is only for proxies")
        request_line = b"%s %s HTTP/%s" % (method, self.url, self.parser.get_http_version().encode())
        lines = [name + b": " + value for name, value in headers if name != b"upgrade"]
        self.parser.feed_data(b"\r\n".join([request_line, *lines, b"", b""]))
        self.scope["headers"][:] = headers  # type: ignore[index]  # uvicorn puts a list there
