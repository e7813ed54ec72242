"""A request that the server refused, in the form in which the application gets it."""

import asyncio
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from mock_server.domain.errors import PlatformError
from mock_server.http.context import Headers
from mock_server.http.gateway import REFUSAL_KEY
from mock_server.http.protocol.refusals import RequestHead

MAX_RECORDED_BYTES = 8 * 1024
"""How many bytes of a refused request's URL, and of its headers, are recorded."""
NOT_PRINTABLE = re.compile(rb"[^!-~]")


class RefusedRequest:
    """A request whose head was refused. It replaces uvicorn's RequestResponseCycle."""

    disconnected = keep_alive = response_complete = waiting_for_100_continue = False

    def __init__(self, scope: Scope, transport: asyncio.Transport) -> None:
        self.scope = scope
        self.message_event = asyncio.Event()
        self._transport = transport
        self._output = b""

    async def run_asgi(self, app: ASGIApp) -> None:
        """Let the application answer it, then close the connection."""
        await app(self.scope, self._receive, self._send)

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            status = HTTPStatus(message["status"])
            lines = [name + b": " + value for name, value in message["headers"]]
            self._output = b"\r\n".join([b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *lines, b"", b""])
            return
        if self.scope["method"] != "HEAD":
            self._output += message.get("body", b"")
        self.response_complete = not message.get("more_body", False)
        if self.response_complete and not self.disconnected:
            self._transport.write(self._output)
            self._transport.close()


class UnreadableBody(bytearray):
    """The body of a request that was refused while it was being received: reading it raises the error."""

    def __init__(self, error: PlatformError) -> None:
        super().__init__()
        self._error = error

    def __bytes__(self) -> bytes:
        raise self._error


def describe_refusal(head: RequestHead, error: PlatformError) -> dict[str, Any]:
    """The members of a refused request's scope that describe its head, and the error.

    Values that are too long are truncated, and the URL is URL-encoded where the client did not encode it.
    """
    target = head.target[:MAX_RECORDED_BYTES]
    if target != head.target:
        target += "…".encode()
    path, _, query = NOT_PRINTABLE.sub(lambda match: b"%%%02X" % match[0][0], target).partition(b"?")
    return {
        "method": head.method.decode(),
        "path": unquote(path.decode()),
        "raw_path": path,
        "query_string": query,
        "headers": _take_headers(head.headers),
        REFUSAL_KEY: error,
    }


def _take_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    taken: Headers = []
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if size > MAX_RECORDED_BYTES:
            break
        taken.append((name, value))
    return taken
