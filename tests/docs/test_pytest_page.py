"""The page on pytest: its tests pass in a session of their own, and its program prints what the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

from mock_server.client import AsyncMock, AsyncWorkspace, Mock, Workspace
from mock_server.client.options import WorkspaceOptions
from tests.docs import pages

PAGE = pages.read_page("pytest")
BLOCKS = [(match[1], match[2]) for match in pages.BLOCK.finditer(PAGE)]
TESTS = [body for kind, body in BLOCKS if kind == "python" and "def test_" in body]
MAX_FIRST_LINES = 8
FAILING = "import pytest\n\npytestmark = pytest.mark.xfail(strict=True, raises=AssertionError)\n\n"


def drop_moves(body: str) -> str:
    """Return the test without the line that moves the clock."""
    kept = [line for line in body.splitlines(keepends=True) if ".clock.advance(" not in line]
    assert len(kept) == len(body.splitlines()) - 1
    return "".join(kept)


def run(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAVETANK_")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, *arguments]
    completed = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_the_tests_of_the_page_pass_and_the_first_ones_fail_if_the_clock_is_not_moved(tmp_path: Path) -> None:
    for number, body in enumerate(TESTS):
        (tmp_path / f"test_{number}.py").write_text(body, encoding="utf-8")
    for number, body in enumerate(TESTS[:2]):
        (tmp_path / f"test_frozen_{number}.py").write_text(FAILING + drop_moves(body), encoding="utf-8")
    plugins = ("-p", "mock_server.pytest_plugin", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider")
    printed = run(tmp_path, "-m", "pytest", "-W", "error", "--strict-markers", *plugins)
    assert f"{sum(body.count('def test_') for body in TESTS)} passed, 2 xfailed" in printed


def test_the_first_test_is_short() -> None:
    assert len(TESTS[0].splitlines()) <= MAX_FIRST_LINES
    assert "clock.advance" in TESTS[0]


def test_the_program_prints_what_the_page_shows(tmp_path: Path) -> None:
    ((position, program),) = [
        (position, body) for position, (kind, body) in enumerate(BLOCKS) if kind == "python" and "def test_" not in body
    ]
    with pages.documented_server() as address:
        printed = run(tmp_path, "-c", program.replace(pages.DOCUMENTED_ADDRESS, address))
    assert printed == BLOCKS[position + 1][1]


def test_the_page_names_each_method_and_each_option() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)`[^|]*\| (.*) \|$", PAGE, re.M))
    workspace = Mock("http://127.0.0.1").default
    parts = {"mock": Mock, "ws": Workspace} | {
        f"ws.{name}": type(part) for name, part in vars(workspace).items() if not name.startswith("_")
    }
    rows["ws.documentation"] = rows["ws.quirks"]
    for name, part in parts.items():
        methods = {each for each in dir(part) if not each.startswith("_")}
        named = set(re.findall(r"`(\w+)`", rows[name]))
        elsewhere = set(re.findall(r"`?(?:mock|ws|Mock|wavetank)\.(\w+)", PAGE)) | {"as_async"}
        assert methods - named - elsewhere - OBVIOUS == set(), name
    options = {name for row in re.findall(r"^\| (`.*?`) \|", PAGE, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert set(WorkspaceOptions.__annotations__) - options == set()


OBVIOUS = {"name", "url", "control_url", "close", "is_shared", "start", "in_process"}
"""What a reader expects, or finds in the text."""


def test_both_clients_have_the_same_methods() -> None:
    for blocking, awaiting in ((Mock, AsyncMock), (Workspace, AsyncWorkspace)):
        names = [{each for each in dir(kind) if not each.startswith("_")} for kind in (blocking, awaiting)]
        assert names[0] ^ names[1] <= {"is_shared", "as_async"}
