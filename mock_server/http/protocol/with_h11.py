"""The server's connections if httptools is not installed."""

import re
import sys
from typing import Any
from urllib.parse import unquote

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from mock_server.http.protocol.connection import PlatformConnection
from mock_server.http.protocol.refusals import RequestHead, read_request_line

TOO_LARGE_HINT = 431
"""The status that h11 suggests if an incomplete head exceeds the limit."""

ORIGIN = re.compile(rb"https?://[^/]*", re.IGNORECASE)
"""The beginning of a URL, which clients of a proxy send before the path."""


class H11Connection(PlatformConnection, H11Protocol):  # type: ignore[misc]  # uvicorn's eof_received returns None
    """A connection that h11 parses. h11 itself parses a request only after the response to the one before."""

    _received = b""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = h11.Connection(h11.SERVER, self.limits.head_bytes)

    def data_received(self, data: bytes) -> None:
        """Parse the data that arrives, until a request is refused."""
        if self.ignores_input:
            self.transport.discard(len(data))  # type: ignore[attr-defined]  # it is a ClientTransport
            return
        self._received = data
        super().data_received(data)
        self._received = b""
        if self.is_receiving_body():
            self.count_body(len(data))

    def handle_events(self) -> None:
        """Begin the next request if its head is complete. Called by uvicorn for each part, and after a response."""
        previous = self.cycle
        super().handle_events()
        if self.cycle is not previous and not self.ignores_input:
            self.has_incomplete_head = False
            _remove_origin(self.cycle.scope)
            if self.in_excess:
                self.cycle.keep_alive = False
            self.examine_head()
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self.count_incomplete_head()

    def has_head(self) -> bool:
        """Return whether the head of the request that is being received is complete."""
        return self.conn.our_state is not h11.IDLE

    def is_receiving_body(self) -> bool:
        """Return whether the head of a request is complete and its body is not."""
        return self.conn.their_state is h11.SEND_BODY

    def may_read(self) -> bool:
        """Return whether the request is not complete: what follows it is not parsed before the response."""
        return self.conn.their_state is not h11.DONE

    def read_incomplete_head(self, received: bytes) -> RequestHead:
        """The known parts of an incomplete head; `received` is the data that arrived last."""
        return read_request_line(received or self.conn.trailing_data[0])

    def on_response_complete(self) -> None:
        """Begin the next request that waits."""
        self.count_response()
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.DONE and self.conn.their_state is h11.DONE:
            self.conn.start_next_cycle()
            self.handle_events()
        self.flow.resume_reading()
        self.close_if_ended()

    def send_400_response(self, msg: str) -> None:
        """Refuse the request that h11 refuses: uvicorn calls this method when it has caught h11's error."""
        error = sys.exception()
        # h11 quotes the line that it refuses, which may contain a secret.
        reason = str(error).partition(": bytearray")[0]
        if getattr(error, "error_status_hint", 400) == TOO_LARGE_HINT and not self.has_head():
            received = self.conn.trailing_data[0]
            self.refuse_unparsable(reason, received, len(received))
        else:
            self.refuse_unparsable(reason, self._received)

    def _should_upgrade(self) -> bool:
        """Return False, because the server accepts no offer of an upgrade."""
        return False


def _remove_origin(scope: dict[str, Any]) -> None:
    """Reduce the path to the path of the URL if the request names a whole URL. httptools does this itself."""
    origin = ORIGIN.match(scope["raw_path"])
    if origin is not None:
        raw_path = scope["raw_path"][origin.end() :] or b"/"
        scope |= {"raw_path": raw_path, "path": unquote(raw_path.decode("ascii"))}
