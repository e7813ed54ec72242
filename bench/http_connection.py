"""A connection that sends requests one after another. It costs little CPU, which the servers need."""

import asyncio
import json
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """The status and the body of a response."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed as JSON."""
        return json.loads(self.body)


class HttpConnection:
    """A connection to a server, which is opened when it is used, and again after the server has closed it."""

    def __init__(self, origin: str) -> None:
        self._host, _, port = origin.removeprefix("http://").partition(":")
        self._port = int(port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, method: str, target: str, token: str = "", body: object = None) -> Answer:
        """Send a request and return the response. Raises OSError, EOFError."""
        reader, writer = self._streams = self._streams or await asyncio.open_connection(self._host, self._port)
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: {len(content)}\r\n"
        head += f"Authorization: Bearer {token}\r\n" if token else ""
        head += "Content-Type: application/json\r\n" if content else ""
        try:
            writer.write(f"{head}\r\n".encode() + content)
            return await self._read(reader, writer)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = head.partition("\r\ncontent-length:")[2].partition("\r\n")[0].strip()
        body = await reader.readexactly(int(length)) if length else b""
        if "\r\nconnection: close" in head:
            self.close()
        return Answer(status, body)
