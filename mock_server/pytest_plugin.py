"""The pytest plugin, which pytest loads by the entry point `wavetank`. See docs/pytest.md.

Fixtures: `wavetank`, a server for the session, and `wavetank_workspace`, a new workspace on it for each test. The
plugin is loaded in every pytest session of the environment, so this module imports nothing but pytest; the client is
imported when a fixture is used first.
"""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from mock_server.client import Mock, Workspace

Result = TypeVar("Result")
NAME = "wavetank"
MARKER = (
    "wavetank(world, now, documentation, quirks, …): the workspace of the fixture wavetank_workspace; takes the "
    "options of Mock.workspace, and a folder of CSV files as world"
)
URL_VARIABLE, TOKEN_VARIABLE, PASSWORD_VARIABLE = "WAVETANK_URL", "WAVETANK_CONTROL_TOKEN", "WAVETANK_PASSWORD"
SAMPLE_WORLD = "sample"
JOURNAL_ENTRIES = 50
"""How many of the last requests a report shows."""
WORKSPACE = pytest.StashKey["Workspace"]()
SERVERS = pytest.StashKey[dict[Path, "Mock"]]()
"""The servers of this session whose world is a folder of CSV files."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that select a server."""
    group = parser.getgroup(NAME, "the mock server of the fixtures wavetank and wavetank_workspace")
    url_help = f"use the server at this address instead of starting one (variable: {URL_VARIABLE})"
    group.addoption("--wavetank-url", default=None, metavar="URL", help=url_help)
    token_help = f"control token of the server at that address (variable: {TOKEN_VARIABLE})"
    group.addoption("--wavetank-control-token", default=None, metavar="TOKEN", help=token_help)
    process_help = "run the server in the process of the tests, without a socket"
    group.addoption("--wavetank-in-process", action="store_true", help=process_help)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def wavetank(pytestconfig: pytest.Config) -> Iterator["Mock"]:
    """A client of a mock server: the one at --wavetank-url, else a new one in a process of its own."""
    from mock_server.client import Mock

    url = pytestconfig.getoption("wavetank_url") or os.environ.get(URL_VARIABLE)
    if pytestconfig.getoption("wavetank_in_process"):
        mock = Mock.in_process()
    elif url:
        token = pytestconfig.getoption("wavetank_control_token") or os.environ.get(TOKEN_VARIABLE) or None
        mock = Mock(url, control_token=token, password=os.environ.get(PASSWORD_VARIABLE) or None)
    else:
        mock = _attempt(Mock.start)
    with mock:
        _attempt(mock.health, source=f"; the address is that of --wavetank-url or {URL_VARIABLE}" if url else "")
        yield mock
        for other in pytestconfig.stash.get(SERVERS, {}).values():
            other.close()


@pytest.fixture
def wavetank_workspace(request: pytest.FixtureRequest, wavetank: "Mock") -> Iterator["Workspace"]:
    """A new workspace with a frozen clock, which is deleted after the test. The marker `wavetank` sets its options."""
    options = _read_markers(request.node)
    world = options.pop("world", SAMPLE_WORLD)
    if world != SAMPLE_WORLD:
        wavetank = _find_server(request.config, wavetank, Path(world))
    with _attempt(wavetank.workspace, **options) as workspace:
        request.node.stash[WORKSPACE] = workspace
        try:
            yield workspace
        finally:
            del request.node.stash[WORKSPACE]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Add the journal of the workspace to the report of a test that failed."""
    outcome = yield
    workspace = item.stash.get(WORKSPACE, None)
    if workspace is None:
        return
    report = outcome.get_result()
    if report.failed:
        from mock_server.client import journal_report

        report.sections.append(journal_report.describe(workspace, JOURNAL_ENTRIES))


def _read_markers(node: pytest.Item) -> dict[str, Any]:
    """Return the options of all markers; those of the test override those of its class and its module."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers(NAME))):
        if marker.args:
            raise _failure("the marker wavetank takes named arguments only, such as now=…")
        options |= marker.kwargs
    if options:
        _require_known(options)
    return options


def _require_known(options: dict[str, Any]) -> None:
    """Fail for an unknown option, and name the most similar one."""
    from mock_server.client.options import WorkspaceOptions
    from mock_server.flags import describe_unknown

    known = ["name", *WorkspaceOptions.__annotations__]
    for name in options.keys() - set(known):
        raise _failure(f"the marker wavetank: {describe_unknown(name, known)}")


def _find_server(config: pytest.Config, mock: "Mock", folder: Path) -> "Mock":
    """Return a server whose world is the folder. It is started when it is needed first."""
    from mock_server.client import Mock
    from mock_server.settings import Settings

    if mock.is_shared:
        raise _failure(f"world={folder} needs a server that the tests start, not one at an address")
    folder = (config.rootpath / folder).resolve()
    servers = config.stash.setdefault(SERVERS, {})
    if folder not in servers:
        if config.getoption("wavetank_in_process"):
            servers[folder] = _attempt(Mock.in_process, Settings(world_folder=folder))
        else:
            servers[folder] = _attempt(Mock.start, "--world", str(folder))
    return servers[folder]


def _attempt(function: Callable[..., Result], *arguments: Any, source: str = "", **options: Any) -> Result:
    """Call a function. If the server refuses it, cannot be reached or cannot start, fail with the reason only."""
    from mock_server.client import MockError

    try:
        return function(*arguments, **options)
    except MockError as error:
        reason = f"{error}{source}"
    raise _failure(reason)  # not while the error is handled: pytest would show both


def _failure(reason: str) -> BaseException:
    """Return a failure without a traceback, whose lines would be those of the plugin."""
    return pytest.fail.Exception(reason, pytrace=False)
