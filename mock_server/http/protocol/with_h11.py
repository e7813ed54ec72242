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
"""The status that h11 suggests if an incomplete head exceeds `h11_max_incomplete_event_size`."""

ORIGIN = re.compile(rb"https?://[^/]*", re.IGNORECASE)
"""The beginning of a URL, which clients of a proxy send before the path."""


class H11Connection(PlatformConnection, H11Protocol):
    """A connection that h11 parses."""

    _received = b""

    def data_received(self, data: bytes) -> None:
        """Parse the data that arrives, until a request is refused."""
        if self.ignores_input:
            return
        self._received = data
        super().data_received(data)
        self._received = b""

    def handle_events(self) -> None:
        """Begin the next request if its head is complete. Called by uvicorn for each part, and after a response."""
        previous = self.cycle
        super().handle_events()
        if self.cycle is not previous:
            _remove_origin(self.cycle.scope)
            self.examine_head()

    def has_head(self) -> bool:
        """Return whether the head of the request that is being received is complete."""
        return self.conn.our_state is not h11.IDLE

    def read_incomplete_head(self, received: bytes) -> RequestHead:
        """The known parts of an incomplete head; `received` is the data that arrived last."""
        return read_request_line(received)

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
