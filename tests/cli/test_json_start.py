"""`serve --json --stop-with-stdin`, with which a program starts a server and lets it end with itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mock_server import app, server
from mock_server.settings import Settings
from tests import plain_http
from tests.ending_process import EndingProcess

SERVE = (sys.executable, "-m", "mock_server", "serve", "--port", "0", "--json", "--stop-with-stdin")
PARENT = """
import subprocess, sys
server = subprocess.Popen({serve!r}, stdin=subprocess.PIPE)
server.wait()
"""
"""A program that starts a server, which writes to the program's own standard output."""


def build_body(**settings: Any) -> dict[str, Any]:
    """Return what is printed for these settings."""
    chosen = Settings(**settings)
    opened = app.open_state(chosen)
    users = [user.username for user in opened.workspace.store.users]
    return server.start_body(chosen, opened, users, [("127.0.0.1", 8080)])


def test_one_line_of_json_is_printed_and_the_server_ends_with_its_standard_input(tmp_path: Path) -> None:
    saved = tmp_path / "tank.json"
    pipe = subprocess.PIPE
    command = [*SERVE, "--save-on-exit", str(saved)]
    with EndingProcess(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        start = json.loads(process.stdout.readline())
        assert plain_http.get(f"{start['platform_url']}/status/").status_code == 200
        credentials = {"username": start["users"][0], "password": start["password"]}
        assert plain_http.post(f"{start['platform_url']}/auth", json=credentials).status_code == 200
        assert plain_http.get(f"{start['control_url']}/status").json()["version"] == start["version"]
        assert start["url"] == f"http://127.0.0.1:{start['port']}"
        assert start["addresses"] == [f"127.0.0.1:{start['port']}"]
        output, log = process.communicate(timeout=60)  # closes the standard input
    assert (process.returncode, output) == (0, "")
    assert log == f"Saved     the state of the default workspace to {saved}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_server_ends_if_the_program_that_started_it_is_killed() -> None:
    command = [sys.executable, "-c", PARENT.format(serve=SERVE)]
    with EndingProcess(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        start = json.loads(parent.stdout.readline())
        parent.kill()
        assert parent.communicate(timeout=60)[0] == "", "the output ends when the server has ended"
    with pytest.raises(httpx2.ConnectError):
        plain_http.get(start["url"])


def test_a_chosen_password_and_a_control_token_are_not_printed() -> None:
    body = build_body(sample_password="canary", control_token="canary")
    assert (body["password"], body["control_access"]) == (None, "token")
    assert "canary" not in json.dumps(body)


@pytest.mark.parametrize(
    ("settings", "password", "access", "has_users"),
    [
        pytest.param({}, "wavetank", "open", True, id="on loopback"),
        pytest.param({"host": "0.0.0.0"}, None, "closed", False, id="beyond loopback"),
        pytest.param({"host": "0.0.0.0", "control_token": "t"}, None, "token", False, id="with a token"),
    ],
)
def test_the_body_says_what_a_client_needs(
    settings: dict[str, Any], password: str | None, access: str, has_users: bool
) -> None:
    body = build_body(**settings)
    assert (body["password"], body["control_access"], bool(body["users"])) == (password, access, has_users)
    assert body["state"].startswith("in memory")
    assert (body["not_applied"], body["workers"]) == ([], 1)


def test_the_body_names_the_database_and_what_was_not_applied(tmp_path: Path) -> None:
    for seed, expected in ((1, []), (7, ["--seed"])):
        settings = Settings(data=tmp_path / "tank.db", seed=seed)
        opened = app.open_state(settings)
        body = server.start_body(settings, opened, [], [("127.0.0.1", 8080)])
        assert opened.stored is not None
        opened.stored.database.close()
        assert "tank.db" in body["state"]
        assert body["not_applied"] == expected
