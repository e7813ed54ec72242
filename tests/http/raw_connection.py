"""A client that sends bytes as they are, and reads responses one by one."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

STATUS_REQUEST = b"GET /api/v3/status/ HTTP/1.1\r\nhost: [::1]\r\n\r\n"


@dataclass(frozen=True)
class RawResponse:
    """A response; status 0 means that the connection ended without a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


NO_RESPONSE = RawResponse(0, {}, b"")


class RawConnection:
    """One connection to the server."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._reader = connected.makefile("rb")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def end_input(self) -> None:
        """Tell the server that nothing more is sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def read_response(self, *, has_body: bool = True) -> RawResponse:
        """Read the next response, which may be an informational one."""
        status_line = self._reader.readline()
        if not status_line:
            return NO_RESPONSE
        headers = {}
        while line := self._reader.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = self._reader.read(int(headers.get("content-length", 0))) if has_body else b""
        return RawResponse(int(status_line.split()[1]), headers, body)

    def split_here(self) -> None:
        """Make the next data arrive in a separate segment."""
        self.send(STATUS_REQUEST)
        assert self.read_response().status == 200

    def close(self, *, reset: bool = False) -> None:
        """Close the connection, even if not everything has been read."""
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reader.close()
        self._socket.close()

    def wait_for_end(self) -> bytes:
        """Read until the server closes the connection."""
        return self._reader.read()


@contextmanager
def connect(origin: str) -> Iterator[RawConnection]:
    """Connect to the server. A test fails if the server does not answer within the timeout."""
    host, _, port = origin.removeprefix("http://").rpartition(":")
    connection = RawConnection(socket.create_connection((host.strip("[]"), int(port)), timeout=30))
    try:
        yield connection
    finally:
        connection.close()
