"""The server's connections if httptools is installed.

If a head offers an upgrade, httptools stops at its end (`HttpParserUpgrade`) and treats the data after it as another
protocol, so the body would be lost. The server accepts no offer. So uvicorn is prevented from handling such a request,
and the parser gets the head again without the offer, followed by the remaining data.
"""

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mock_server.http.protocol.connection import PlatformConnection
from mock_server.http.protocol.refusals import MAX_HEAD_BYTES, RequestHead, build_size_error, read_request_line
from mock_server.http.protocol.refused import RefusedRequest


class HttptoolsConnection(PlatformConnection, HttpToolsProtocol):
    """A connection that httptools parses. `running` is the last request that the application has begun."""

    url = b""
    running: RequestResponseCycle | None = None
    _incomplete_head_size = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Notify the running request, because uvicorn notifies only the latest one, which may be waiting for it."""
        super().connection_lost(exc)
        running = self.running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Parse the data that arrives, until a request is refused."""
        if self.ignores_input:
            return
        self._unset_keepalive_if_required()
        previous = self.cycle
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            # uvicorn parses the URL in a callback.
            reason = "invalid url" if isinstance(error, httptools.HttpParserCallbackError) else str(error)
            self.refuse_unparsable(reason, data if self.cycle is previous else b"")
        request = self.cycle
        if request is None or request.scope is not self.scope:
            self._examine_incomplete_head(data)
        elif request.waiting_for_100_continue or self._incomplete_head_size or len(data) > MAX_HEAD_BYTES:
            self._incomplete_head_size = 0
            self.examine_head()

    def has_head(self) -> bool:
        """Return whether the head of the request that is being received is complete."""
        return self.cycle is not None and self.cycle.scope is self.scope

    def read_incomplete_head(self, received: bytes) -> RequestHead:
        """The known parts of an incomplete head; `received` is the data that arrived last."""
        request_line = RequestHead() if self._incomplete_head_size else read_request_line(received)
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

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def _should_upgrade(self) -> bool:
        """Return True, so that uvicorn does not begin a request that offers an upgrade."""
        return True

    def _examine_incomplete_head(self, received: bytes) -> None:
        """Refuse a head that becomes too large.

        The first part of a head is not counted, because it may also contain earlier requests.
        """
        if self.ignores_input:
            return
        if not self._incomplete_head_size:
            self._incomplete_head_size = 1
            return
        self._incomplete_head_size += len(received)
        if self._incomplete_head_size > MAX_HEAD_BYTES:
            head = self.read_incomplete_head(received)
            self.refuse(build_size_error(len(head.target), self._incomplete_head_size), head)

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
        self.headers[:] = headers
