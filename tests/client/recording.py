"""A mock in this process whose client records which operations of the documents it calls."""

import inspect
import re
from datetime import UTC, datetime
from typing import Any

import httpx2

from mock_server.app import create_app
from mock_server.client import AsyncMock, Mock
from mock_server.client.in_process import AppTransport, AsyncAppTransport
from mock_server.settings import Settings
from tests.mock_harness import Client

START = datetime(2026, 9, 1, 12, tzinfo=UTC)


class RecordingTransport(AppTransport):
    """Records the method, the undecoded path and the status of each request."""

    def __init__(self, application: Any) -> None:
        super().__init__(application)
        self.sent: list[tuple[str, str, int]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        self.sent.append((request.method, request.url.raw_path.decode().partition("?")[0], response.status_code))
        return response


class AsyncRecordingTransport(AsyncAppTransport):
    """Records the method, the undecoded path and the status of each request."""

    def __init__(self, application: Any) -> None:
        super().__init__(application)
        self.sent: list[tuple[str, str, int]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        self.sent.append((request.method, request.url.raw_path.decode().partition("?")[0], response.status_code))
        return response


def blocking_mock() -> tuple[Mock, RecordingTransport]:
    transport = RecordingTransport(create_app(Settings()))
    return Mock("http://127.0.0.1", transport=transport), transport


def async_mock() -> tuple[AsyncMock, AsyncRecordingTransport]:
    transport = AsyncRecordingTransport(create_app(Settings()))
    return AsyncMock("http://127.0.0.1", transport=transport), transport


def documented_operations() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Return the method and the path of each operation of the control API, and of each that signs in."""
    control = Client().control("GET", "/openapi.json").json()["paths"]
    platform = Client().send_raw("GET", "/openapi.json").json()["paths"]
    sign_in = {path: item for path, item in platform.items() if path.startswith("/auth")}
    return {
        operation["operationId"]: (method.upper(), _compile(prefix, path))
        for prefix, paths in (("/_mock", control), ("/api/v3", sign_in))
        for path, item in paths.items()
        for method, operation in item.items()
        if "operationId" in operation
    }


def _compile(prefix: str, path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", path)
    return re.compile(f"(/w/[^/]+)?{re.escape(prefix)}" + "[^/]+".join(map(re.escape, parts)))


async def settle(value: Any) -> Any:
    """Return the value, awaited if it must be: so one test body uses both clients."""
    return await value if inspect.isawaitable(value) else value
