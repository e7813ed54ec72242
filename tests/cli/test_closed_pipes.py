"""Commands whose output has no reader, as in `mock-server … | head -c 0`: they end quietly, with their own status.

So do commands that are started without an output, as by `>&-`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests import plain_http
from tests.builders import START_TIME
from tests.mock_harness import running_server

COMMAND = str(Path(sys.executable).parent / "mock-server")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A server with a client check finding and a workspace to delete."""
    settings = Settings(clock_mode="frozen", now=START_TIME)
    with running_server(app.create_workspace(settings), settings) as address:
        user = {"username": "partner@acme.example", "password": "wavetank"}
        token = plain_http.post(f"{address}/api/v3/auth", json=user).json()["AccessToken"]
        plain_http.get(f"{address}/api/v3/events/?city[]=Berlin", headers={"authorization": f"Bearer {token}"})
        plain_http.post(f"{address}/_mock/workspaces", json={"name": "old"})
        yield address


def run_without_reader(
    *arguments: str, folder: Path, both_streams: bool = False, **environment: str
) -> tuple[int, str]:
    """Run a command whose output goes to a pipe that nobody reads, and its errors too if `both_streams`.

    Return its status and errors.
    """
    reader, writer = os.pipe()
    os.close(reader)
    try:
        completed = subprocess.run(
            [COMMAND, *arguments],
            stdout=writer,
            stderr=writer if both_streams else subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, **environment},
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    return completed.returncode, completed.stderr or ""


OUTPUTS = {
    "--help": 0,
    "serve --port 0": 0,
    "token": 0,
    "world export world": 0,
    "workspace list": 0,
    "snapshot save -": 0,
    "explain package pkg_555": 0,
    "conduct": 1,
    "gotcha list": 0,
}
"""Commands that write in different ways, and their status."""
MORE_OUTPUTS = {
    "--version": 0,
    "serve --help": 0,
    "workspace create": 0,
    "workspace delete old": 0,
    "snapshot save state.json": 0,
    "explain evaluation pkg_555": 0,
    "explain event evt_abc123": 0,
    "explain daily evt_abc123 2026-08-30": 0,
    "gotcha run G-13": 0,
}
"""Commands that write as one of the others does."""


@pytest.mark.parametrize(
    ("command", "status"),
    [*OUTPUTS.items(), *(pytest.param(*each, marks=pytest.mark.soak) for each in MORE_OUTPUTS.items())],
)
def test_a_command_whose_output_nobody_reads_ends_quietly(
    command: str, status: int, origin: str, tmp_path: Path
) -> None:
    port = origin.rpartition(":")[2]
    assert run_without_reader(*command.split(), folder=tmp_path, MOCK_SERVER_PORT=port) == (status, "")


@pytest.mark.parametrize("command", ["serve --port none", "token", "snapshot load none.json", "no-such-command"])
def test_a_command_whose_error_nobody_reads_keeps_its_status(command: str, tmp_path: Path) -> None:
    environment = {"MOCK_SERVER_BASE_URL": "http://127.0.0.1:1", "MOCK_SERVER_PORT": "tcp://10.0.0.1:8080"}
    assert run_without_reader(*command.split(), folder=tmp_path, both_streams=True, **environment) == (2, "")


CONFIGURE_SERVER = """
from mock_server import app, server
from mock_server.cli import output
from mock_server.settings import Settings

with output.end_quietly():
    server.build_config(app.create_app(Settings()))
"""


def run_without_output(*command: str, redirection: str, **environment: str) -> tuple[int, str]:
    """Run a command without its standard output, and perhaps its errors. Return its status and errors."""
    shell_command = ["sh", "-c", f'exec "$0" "$@" {redirection}', *command]
    completed = subprocess.run(
        shell_command, stderr=subprocess.PIPE, env={**os.environ, **environment}, text=True, check=False
    )
    return completed.returncode, completed.stderr


ALL_CLOSED = "<&- >&- 2>&-"


@pytest.mark.parametrize(
    ("command", "redirection"),
    [
        *(("token", redirection) for redirection in (">&-", ">&- 2>&-", ALL_CLOSED)),
        *((command, ALL_CLOSED) for command in ("--version", "workspace list", "snapshot save -", "gotcha run G-13")),
        *(
            pytest.param(command, redirection, marks=pytest.mark.soak)
            for command in ("--version", "workspace list", "snapshot save -", "gotcha run G-13")
            for redirection in (">&-", ">&- 2>&-")
        ),
    ],
)
def test_a_command_without_an_output_ends_quietly(command: str, redirection: str, origin: str) -> None:
    port = origin.rpartition(":")[2]
    assert run_without_output(COMMAND, *command.split(), redirection=redirection, MOCK_SERVER_PORT=port) == (0, "")


def test_a_server_can_be_configured_without_an_output() -> None:
    assert run_without_output(sys.executable, "-c", CONFIGURE_SERVER, redirection=">&-") == (0, "")
