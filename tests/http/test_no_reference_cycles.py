"""A finished request leaves no reference cycles: collecting them would cost a quarter of the time of each request."""

import asyncio
import gc
import weakref
from typing import Any

import pytest

from tests.example_requests import ROWS_PATH, a_client


class Connection:
    """The server's side of one request: it keeps a reference to the scope, as servers do, and sends the response."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        self.scope["sent"] = message["type"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/status/"),
        ("GET", ROWS_PATH),
        ("GET", "/nowhere"),
        ("POST", "/auth"),
        ("PUT", "/partners/attribution_model"),
    ],
)
def test_a_finished_request_is_freed_without_the_garbage_collector(method: str, path: str) -> None:
    client = a_client()
    path, _, query = f"/api/v3{path}".partition("?")
    headers = [(name.lower().encode(), value.encode()) for name, value in client.headers.items()]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    gc.collect()
    gc.disable()
    try:
        connection = Connection({**scope, "headers": headers, "client": ("127.0.0.1", 1)})
        reference = weakref.ref(connection)
        asyncio.run(client.app(connection.scope, connection.receive, connection.send))
        assert connection.scope["sent"] == "http.response.body"
        del connection
        assert reference() is None
    finally:
        gc.enable()
