"""The server is an ordinary FastAPI application, so tools for FastAPI work with it."""

import asyncio
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.app import create_app
from mock_server.control import router as control
from mock_server.http.endpoint import operation_routes
from mock_server.platform_api import router as platform
from mock_server.settings import Settings
from tests import plain_http
from tests.ending_process import EndingProcess
from tests.http.raw_connection import connect

SETTINGS = Settings(now=datetime(2026, 9, 1, 12, tzinfo=UTC), clock_mode="frozen")
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
PATHS = ["/api/v3/status/", "/_mock/status", "/openapi.yaml", "/api/v3/nothing", "/nothing"]


class RecordingMiddleware:
    """Records the path of each request, and adds a header to its response."""

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self.app, self.seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def mark(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-middleware", b"seen")]
            await send(message)

        if scope["type"] == "http":
            self.seen.append(scope["path"])
        await self.app(scope, receive, mark)


@pytest.fixture
def application() -> FastAPI:
    return create_app(SETTINGS)


def sign_in(client: TestClient, base: str = "/api/v3") -> dict[str, str]:
    token = client.post(f"{base}/auth", json=CREDENTIALS).json()["AccessToken"]
    return {"Authorization": f"Bearer {token}"}


def listed_operations(application: FastAPI) -> set[tuple[str, str]]:
    contexts = iter_route_contexts(application.routes)
    return {(method, context.path) for context in contexts for method in context.methods or ()}


def test_an_asgi_transport_drives_it_without_a_lifespan(application: FastAPI) -> None:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.get("/api/v3/status/")

    assert asyncio.run(ask()).json() == {"status": "ok"}


def test_a_test_client_drives_it_with_and_without_a_lifespan(application: FastAPI) -> None:
    client = TestClient(application)
    assert client.get("/api/v3/partners/", headers=sign_in(client)).json()["id"] == "partner-id-acme"
    with client:
        assert client.get("/api/v3/status/").json() == {"status": "ok"}


@pytest.mark.parametrize("path", PATHS)
def test_middleware_sees_every_request(application: FastAPI, path: str) -> None:
    plain = TestClient(create_app(SETTINGS)).get(path)
    seen: list[str] = []
    application.add_middleware(RecordingMiddleware, seen=seen)
    response = TestClient(application).get(path)
    assert seen == [path]
    assert response.headers["x-middleware"] == "seen"
    assert (response.status_code, response.content) == (plain.status_code, plain.content)


def test_middleware_that_is_added_after_a_request_sees_the_next_one(application: FastAPI) -> None:
    TestClient(application).get("/api/v3/status/")
    seen: list[str] = []
    application.add_middleware(RecordingMiddleware, seen=seen)
    TestClient(application).get("/api/v3/status/")
    assert seen == ["/api/v3/status/"]


def test_mounted_it_answers_under_its_path(application: FastAPI) -> None:
    outer = FastAPI()
    outer.mount("/mock", application)
    client = TestClient(outer, follow_redirects=False)
    headers = sign_in(client, "/mock/api/v3")
    assert client.get("/mock/api/v3/partners/", headers=headers).json()["id"] == "partner-id-acme"
    assert client.get("/mock/api/v3/partners", headers=headers).headers["location"] == "/mock/api/v3/partners/"
    assert client.get("/mock/openapi.json").json()["servers"][0]["url"] == "/mock/api/v3"
    assert client.get("/mock/_mock/openapi.json").json()["servers"] == [{"url": "/mock/_mock"}]
    problem = client.get("/mock/api/v3/partner/", headers=headers).json()["validation_errors"][0]
    assert "/mock/api/v3/partner/" in problem["message"]
    assert client.post("/mock/_mock/workspaces", json={"name": "x"}).status_code == 201
    assert client.get("/mock/w/x/api/v3/status/").json() == {"status": "ok"}
    assert client.get("/mock/w/x/openapi.json").json()["servers"][0]["url"] == "/mock/w/x/api/v3"


def test_its_routes_list_every_operation(application: FastAPI) -> None:
    platform_routes = {
        (method, route.path) for route in operation_routes(*platform.ROUTERS) for method in route.methods
    }
    control_routers = (*control.WORKSPACE_ROUTERS, *control.SERVER_ROUTERS)
    control_routes = {(method, route.path) for route in operation_routes(*control_routers) for method in route.methods}
    expected = {(method, f"/api/v3{path}") for method, path in platform_routes}
    expected |= {(method, f"/_mock{path}") for method, path in control_routes}
    listed = listed_operations(application)
    assert expected <= listed
    assert {(method, path) for method, path in listed if not path.startswith("/w/{workspace}/")} == expected


def test_its_document_is_the_platforms_alone(application: FastAPI) -> None:
    paths = application.openapi()["paths"]
    assert len(paths) == len({route.path for route in operation_routes(*platform.ROUTERS)})
    assert all(path.startswith("/api/v3/") for path in paths)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_fastapis_own_pages_are_off(application: FastAPI, path: str) -> None:
    response = TestClient(application).get(path)
    assert (response.status_code, response.json()["message"]) == (404, "error.request.not_found")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v3/events/evt_abc123", "/api/v3/events/{eid}"),
        ("/api/v3/status/", "/api/v3/status/"),
        ("/_mock/clock", "/_mock/clock"),
        ("/w/default/api/v3/events/evt_abc123", "/w/{workspace}/api/v3/events/{eid}"),
    ],
)
def test_opentelemetry_makes_a_span_with_the_route(application: FastAPI, path: str, route: str) -> None:
    instrumentation = pytest.importorskip("opentelemetry.instrumentation.fastapi")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentation.FastAPIInstrumentor.instrument_app(
        application, tracer_provider=provider, exclude_spans=["receive", "send"]
    )
    try:
        TestClient(application).get(path)
    finally:
        instrumentation.FastAPIInstrumentor.uninstrument_app(application)
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.attributes["http.route"]) == (f"GET {route}", route)


def test_without_settings_the_environments_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_SERVER_NOW", "2030-05-06T07:08:09Z")
    monkeypatch.setenv("MOCK_SERVER_CLOCK", "frozen")
    clock = TestClient(create_app()).get("/_mock/clock").json()
    assert (clock["now"], clock["mode"]) == ("2030-05-06T07:08:09Z", "frozen")


@pytest.mark.parametrize(
    ("options", "media_type"),
    [
        pytest.param([], "text/plain", id="as it comes"),
        pytest.param(["--http", "mock_server.http.protocol.auto:HttpProtocol"], "application/json", id="our protocol"),
    ],
)
def test_uvicorn_serves_it_as_a_factory(options: list[str], media_type: str) -> None:
    command = [sys.executable, "-m", "uvicorn", "--factory", "mock_server.app:create_app", "--port", "0", *options]
    with EndingProcess(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            (origin,) = next(found for line in server.stderr if (found := re.findall(r"http://127\.0\.0\.1:\d+", line)))
            assert plain_http.get(f"{origin}/api/v3/status/").json() == {"status": "ok"}
            with connect(origin) as connection:
                connection.send("GET /München HTTP/1.1\r\n\r\n".encode())
                assert connection.read_response().headers["content-type"].partition(";")[0] == media_type
        finally:
            server.terminate()
