"""An application in this process, so that only its own work is measured."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from starlette.types import Message

from bench.client import PREFIX
from mock_server.app import create_app, open_state
from mock_server.settings import Settings
from mock_server.worlds import sample_people

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CREDENTIALS = {"username": "partner@acme.example", "password": sample_people.PASSWORD}


class RequestRefusedError(Exception):
    """A request was not answered with a status of success."""


class InProcessServer:
    """A server with a clock that stands still, and a client that is signed in to the default workspace."""

    def __init__(self, settings: Settings) -> None:
        opened = open_state(settings)
        self._app = create_app(settings, opened.workspace, stored=opened.stored)
        self._stored = opened.stored
        self._headers: list[tuple[bytes, bytes]] = []

    async def sign_in(self) -> None:
        """Sign in, and send the token with each later request."""
        token = (await self.send("POST", "/auth", CREDENTIALS))["AccessToken"]
        self._headers = [(b"authorization", f"Bearer {token}".encode())]

    def close(self) -> None:
        """Close the database, if there is one."""
        if self._stored is not None:
            self._stored.close()

    async def send(self, method: str, target: str, body: object = None) -> Any:
        """Send a request and return the JSON of its response. Raises RequestRefusedError."""
        content = await self.send_raw(method, target, body)
        return json.loads(content) if content else None

    async def send_raw(self, method: str, target: str, body: object = None) -> bytes:
        """Send a request and return the body of its response. Raises RequestRefusedError."""
        sent: list[Message] = []
        content = b"" if body is None else json.dumps(body).encode()

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(self._scope(method, target, content), receive, send)
        answer = b"".join(message.get("body", b"") for message in sent[1:])
        if sent[0]["status"] >= 400:
            raise RequestRefusedError(f"{method} {target}: {sent[0]['status']} {answer[:500]!r}")
        return answer

    def _scope(self, method: str, target: str, content: bytes) -> dict[str, Any]:
        path, _, query = (target if target.startswith(("/_mock", "/w/")) else PREFIX + target).partition("?")
        length = [(b"content-length", str(len(content)).encode()), (b"content-type", b"application/json")]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), *self._headers, *(length if content else [])],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
