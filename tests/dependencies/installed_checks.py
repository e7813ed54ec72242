"""What `make ranges` checks in each environment: the mock and the suite work where a wheel installed them.

`run_ranges.py` copies this file out of the checkout and runs it with the environment's pytest.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx2
import pytest
from packaging.requirements import Requirement
from starlette.types import ASGIApp, Receive, Scope, Send

import contracts
import mock_server
from mock_server.app import create_app
from mock_server.client import Mock, Workspace
from mock_server.settings import Settings

CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
SALES = "/api/v3/daily_revenue_summary/sales_edit_export?event_id=evt_abc123"
OTHER_EXTRA = re.compile(r"extra == .(?!contracts)")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
START = """
import sys
sys.modules.update(dict.fromkeys({missing!r}))
from mock_server.cli.main import main
main(["serve", "--port", "0", "--clock", "frozen", "--now", "2026-09-01T12:00:00Z"])
"""


class AddedHeader:
    """A middleware that adds a header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add_header(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-added", b"yes")]
            await send(message)

        await self.app(scope, receive, add_header)


BOTH_PARSERS = pytest.mark.parametrize(
    "origin", [(), ("httptools", "uvloop")], ids=["as installed", "without httptools"], indirect=True
)


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server. The parameter names modules that are made unavailable."""
    command = [sys.executable, "-c", START.format(missing=getattr(request, "param", ()))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            yield server.stdout.readline().split()[1].removesuffix("/api/v3")
        finally:
            server.terminate()
        assert server.stderr.read() == ""


@pytest.fixture
def client(origin: str) -> Iterator[httpx2.Client]:
    """A client that is signed in."""
    with httpx2.Client(base_url=origin, timeout=60) as client:
        token = client.post("/api/v3/auth", json=CREDENTIALS).raise_for_status().json()["AccessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
        client.post("/_mock/reset").raise_for_status()


def test_the_wheel_is_used_and_its_requirements_are_met() -> None:
    for package in (mock_server, contracts):
        assert Path(package.__file__).is_relative_to(sys.prefix)
    completed = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout


def test_only_schemathesis_has_an_upper_bound_in_the_wheel() -> None:
    required = [Requirement(each) for each in metadata.requires("wavetank") or [] if not OTHER_EXTRA.search(each)]
    assert [each.name for each in required if {part.operator for part in each.specifier} != {">="}] == ["schemathesis"]


def test_a_client_signs_in_and_reads(client: httpx2.Client) -> None:
    assert client.get("/api/v3/partners/").json()["id"] == "partner-id-acme"
    assert client.get("/api/v3/events/").status_code == 200


def test_bodies_are_validated(client: httpx2.Client) -> None:
    refused = client.put("/api/v3/events/evt_abc123/attribution_model", json={"model": "FD", "colour": 1})
    assert [each["field"] for each in refused.json()["validation_errors"] if each["code"] != "hint"] == ["colour"]
    assert client.get("/api/v3/events/?colour=red").status_code == 400


def test_the_quirk_ignores_unknown_names(client: httpx2.Client) -> None:
    client.put("/_mock/quirks", json={"ignore_unknown": True}).raise_for_status()
    body = {"username": CREDENTIALS["username"], "colour": {"shade": 1}}
    refused = client.post("/api/v3/auth", json=body)
    assert [each["field"] for each in refused.json()["validation_errors"] if each["code"] != "hint"] == ["password"]
    assert client.post("/api/v3/auth", json={**body, "password": CREDENTIALS["password"]}).status_code == 200
    assert client.get("/api/v3/events/?colour=red").status_code == 200


def test_a_workbook_is_exported_and_uploaded_in_a_form(client: httpx2.Client) -> None:
    workbook = client.get(f"{SALES}&format=xlsx").raise_for_status().content
    answer = client.post(SALES, files={"file": ("sales.xlsx", workbook, XLSX)})
    assert (answer.status_code, answer.json()) == (200, {"changed": 0, "validation_errors": []})


@BOTH_PARSERS
def test_a_request_that_is_not_http_gets_the_error_body(origin: str) -> None:
    address = httpx2.URL(origin)

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write("GET /München HTTP/1.1\r\nhost: mock\r\n\r\n".encode())
        response = await reader.read()
        writer.close()
        return response

    head, _, body = asyncio.run(ask()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["message"] == "error.request.invalid"


@BOTH_PARSERS
def test_the_body_of_a_request_that_offers_an_upgrade_is_read(client: httpx2.Client) -> None:
    offer = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAEAAEAAAAIAAAAAAAMAAAAA"}
    assert client.post("/api/v3/auth", json=CREDENTIALS, headers=offer).status_code == 200


def test_the_fixtures_of_the_plugin_work(wavetank_workspace: Workspace) -> None:
    package = "/package_builder/packages/pkg_555"
    assert wavetank_workspace.api.get(package).json()["status"] == "DONE"
    wavetank_workspace.clock.advance(days=28)
    assert wavetank_workspace.api.get(package).json()["status"] == "EXPIRED"


@pytest.mark.asyncio
async def test_the_fixtures_work_beside_pytest_asyncio(wavetank_workspace: Workspace) -> None:
    async with wavetank_workspace.as_async() as ws:
        await ws.clock.advance(days=1)
        assert (await ws.api.get("/events/")).status_code == 200


def test_the_fixtures_work_in_several_processes() -> None:
    checks = ["-n", "2", "-k", "test_the_fixtures and not processes", "-p", "no:cacheprovider", __file__]
    status, output = run_in_folder(sys.executable, "-m", "pytest", *checks)
    assert (status, "2 passed" in output) == (0, True), output


def test_the_client_works_in_process() -> None:
    with Mock.in_process() as mock, mock.workspace() as ws:
        assert ws.api.get("/events/").status_code == 200


def test_the_application_works_in_process() -> None:
    application = create_app(Settings())
    application.add_middleware(AddedHeader)
    paths = application.openapi()["paths"]

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.post("/api/v3/auth", json=CREDENTIALS)

    response = asyncio.run(ask())
    assert (response.status_code, response.headers["x-added"]) == (200, "yes")
    assert "/api/v3/events/{eid}" in paths
    assert application.routes


def run_in_folder(*command: str) -> tuple[int, str]:
    """Run a command in a folder of its own. Return the exit status and the output."""
    with tempfile.TemporaryDirectory() as folder:
        completed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return completed.returncode, completed.stdout + completed.stderr


def test_a_shell_gets_a_script_that_completes() -> None:
    status, output = run_in_folder(sys.executable, "-m", "mock_server", "completion", "bash")
    assert (status, "until-idle" in output) == (0, True), output


def test_the_smoke_profile_finds_nothing_broken(origin: str) -> None:
    command = shutil.which("contracts", path=str(Path(sys.executable).parent))
    assert command is not None
    target = ["--base-url", f"{origin}/api/v3", "--user", CREDENTIALS["username"]]
    status, output = run_in_folder(command, "run", *target, "--profile", "smoke", "--workers", "2")
    assert status == 0, output


def test_a_rule_is_checked_beside_a_users_own_tests(origin: str) -> None:
    target = ["--contracts-base-url", f"{origin}/api/v3", "--contracts-user", CREDENTIALS["username"]]
    plugin = ["pytest", "-p", "contracts.plugin", "--pyargs", "contracts.cases", "--contracts-rule", "BEV-07"]
    status, output = run_in_folder(sys.executable, "-m", *plugin, *target)
    assert status == 0, output
    assert re.search(r"\d+ passed", output), output
