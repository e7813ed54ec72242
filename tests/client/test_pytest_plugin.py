"""The pytest plugin: its fixtures, its marker and its report, in sessions of their own."""

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mock_server.app import create_workspace
from mock_server.client import Mock
from mock_server.pytest_plugin import PASSWORD_VARIABLE, TOKEN_VARIABLE, URL_VARIABLE
from mock_server.settings import Settings
from mock_server.worlds import csv_files, sample
from tests.client import plugin_sessions
from tests.client.recording import START
from tests.mock_harness import running_server

VARIABLES = (URL_VARIABLE, TOKEN_VARIABLE, PASSWORD_VARIABLE, "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER")


@dataclass(frozen=True)
class Session:
    """A session of pytest: what it printed, and the outcome of each test by its name."""

    text: str
    outcomes: dict[str, str]


PLUGINS = ("-p", "mock_server.pytest_plugin", "-p", "anyio.pytest_plugin")


def run_session(folder: Path, sources: dict[str, str], *flags: str, is_autoloading: bool = False) -> Session:
    """Run tests in a folder, with warnings as errors and strict markers.

    Unless plugins are loaded by their entry points, only the needed ones are, which is faster.
    """
    for name, source in sources.items():
        (folder / f"test_{name}.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -W error", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--junitxml", "junit.xml", *flags]
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    if not is_autoloading:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        command += PLUGINS
    completed = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    cases = ElementTree.parse(folder / "junit.xml").getroot().iter("testcase")
    outcomes = {case.attrib["name"]: "".join(part.tag for part in case) or "passed" for case in cases}
    return Session(completed.stdout + completed.stderr, outcomes)


@pytest.fixture(scope="module")
def in_process(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session with all the tests, whose server needs no socket."""
    folder = tmp_path_factory.mktemp("session")
    csv_files.write(sample.build_sample(1, START.date()), folder / "our-world")
    names = ("USE", "MARKERS", "WORLDS", "REPORTS", "CLASSES", "COROUTINES")
    sources = {name.lower(): getattr(plugin_sessions, name) for name in names}
    return run_session(folder, sources, "--wavetank-in-process")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("test_time_passes", id="time passes, and tokens are renewed"),
        pytest.param("test_another_workspace_is_new", id="each test has a workspace of its own"),
        pytest.param("test_module", id="the marker of a module"),
        pytest.param("test_module_and_function", id="the marker of a test overrides it"),
        pytest.param("test_ours", id="a world of CSV files"),
        pytest.param("test_sample", id="the sample beside it"),
        pytest.param("test_unittest", id="a class of unittest"),
        pytest.param("test_plain", id="a class of pytest"),
        pytest.param("test_awaited", id="a coroutine that awaits the client"),
        pytest.param("test_blocking", id="a coroutine that does not"),
    ],
)
def test_a_users_test_passes(in_process: Session, name: str) -> None:
    assert in_process.outcomes[name] == "passed", in_process.text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("test_wrong_name", "did you mean documentation?"),
        ("test_wrong_position", "takes named arguments only"),
        ("test_none", "no-such-folder"),
    ],
)
def test_a_marker_that_is_wrong_says_what_is_wrong(in_process: Session, name: str, message: str) -> None:
    assert in_process.outcomes[name] == "error"
    assert message in in_process.text
    assert "mock_server/pytest_plugin.py" not in in_process.text


def test_a_failure_shows_the_journal_and_a_success_does_not(in_process: Session) -> None:
    outcomes = [in_process.outcomes[f"test_journal[{works}]"] for works in (True, False)]
    assert outcomes == ["passed", "failure"]
    assert in_process.text.count("wavetank: journal of http://wavetank.invalid/w/") == 1
    assert "has no socket: give your own client the ASGI application wavetank.app" in in_process.text
    assert "1 2026-09-01T12:00:00Z 200 POST /api/v3/auth signIn" in in_process.text
    assert "404 GET /api/v3/events/evt_nobody getEvent" in in_process.text
    assert "    error.event.not_found" in in_process.text
    assert "2026-09-01T12:00:00+00:00 is the time of its clock" in in_process.text


def test_a_server_at_an_address_is_used_and_left_as_it_was(tmp_path: Path) -> None:
    settings = Settings(control_token="secret")
    with running_server(create_workspace(settings), settings) as origin:
        flags = ("--wavetank-url", f"{origin}/api/v3", "--wavetank-control-token", "secret")
        session = run_session(tmp_path, {"use": plugin_sessions.USE}, *flags)
        assert set(session.outcomes.values()) == {"passed"}, session.text
        with Mock(origin, control_token="secret") as looking:
            assert [each["name"] for each in looking.list_workspaces()] == ["default"]


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="needs pytest-xdist, as `contracts` does")
def test_a_process_of_xdist_starts_a_server_and_reports_the_journal(tmp_path: Path) -> None:
    sources = {"use": plugin_sessions.USE, "reports": plugin_sessions.REPORTS}
    session = run_session(tmp_path, sources, "-p", "xdist.plugin", "-n", "1")
    assert list(session.outcomes.values()).count("passed") == 3, session.text
    assert session.text.count("wavetank: journal of http://127.0.0.1:") == 1


def test_the_plugin_imports_nothing_but_pytest() -> None:
    program = "import sys, pytest; before = set(sys.modules); import mock_server.pytest_plugin; "
    program += "print(*(set(sys.modules) - before))"
    imported = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert set(imported.split()) == {"mock_server", "mock_server.pytest_plugin"}


def test_a_session_that_uses_no_fixture_does_not_import_the_client(tmp_path: Path) -> None:
    session = run_session(tmp_path, {"unused": plugin_sessions.UNUSED}, is_autoloading=True)
    assert session.outcomes == {"test_modules": "passed"}, session.text
