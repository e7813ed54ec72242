"""Connection settings from the environment: no proxy is used for loopback, and errors name the variable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.settings import Settings
from tests.builders import START_TIME
from tests.mock_harness import running_server

UNUSED_PROXY = "http://127.0.0.1:9"
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
SERVER_COMMANDS = (
    "token",
    "workspace list",
    "workspace create --name mine",
    "workspace delete mine",
    "snapshot save state.json",
    "snapshot load state.json",
    "explain package pkg_555",
    "explain evaluation pkg_555",
    "explain event evt_abc123",
    "explain daily evt_abc123 2026-08-30",
    "conduct",
    "gotcha run G-13",
)
"""Every command that sends requests to a server, in an order in which all succeed."""


@pytest.fixture(autouse=True)
def no_network_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the connection settings of the machine that runs the tests."""
    for name in (*PROXY_VARIABLES, "ssl_cert_file", "ssl_cert_dir", "sslkeylogfile"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def server_port() -> Iterator[int]:
    settings = Settings(clock_mode="frozen", now=START_TIME)
    with running_server(app.create_workspace(settings), settings) as origin:
        yield int(origin.rpartition(":")[2])


def read_error(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """Return the one-line error of a command that fails."""
    with pytest.raises(SystemExit) as ended:
        main.main(command)
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, captured.err.count("\n")) == (2, "", 1)
    return captured.err.rstrip("\n")


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
def test_no_command_asks_a_server_on_loopback_through_a_proxy(
    variable: str,
    server_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, UNUSED_PROXY)
    monkeypatch.setenv("MOCK_SERVER_PORT", str(server_port))
    for command in SERVER_COMMANDS:
        main.main(command.split())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "localhost", "LOCALHOST", "[::1]"])
def test_every_address_of_loopback_is_asked_directly(
    host: str, server_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server_port}")
    error = read_error(capsys, "token", "--base-url", f"http://{host}:1")
    assert error.startswith(f"mock-server: cannot reach http://{host}:1/api/v3/auth; is the server running there? ")


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("http_proxy", "http://mock.example"),
        ("HTTP_PROXY", "http://mock.example"),
        ("https_proxy", "https://mock.example"),
        ("HTTPS_PROXY", "https://mock.example"),
    ],
)
def test_a_proxy_that_does_not_answer_is_named_instead_of_the_server(
    variable: str, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, UNUSED_PROXY)
    error = read_error(capsys, "token", "--base-url", url)
    assert error.startswith(f"mock-server: cannot reach {url}/api/v3/auth through the proxy set in {variable} ")


def test_a_refusal_by_a_proxy_says_that_there_is_one(
    server_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server_port}")
    error = read_error(capsys, "token", "--base-url", "http://mock.example/elsewhere")
    assert "http://mock.example/elsewhere/api/v3/auth answered 421 through the proxy set in http_proxy: " in error


@pytest.mark.parametrize(
    "value",
    ["socks5://proxy.example", "ftp://proxy.example", "http://", "http://[::1", "http://proxy.example:x", ":"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_variable_that_holds_no_proxy_is_named(
    scheme: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", value)
    error = read_error(capsys, "workspace", "list", "--base-url", f"{scheme}://mock.example")
    assert error.startswith(f"mock-server: {scheme}_proxy is not the URL of ")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "none/ca.pem"),
        ("SSL_CERT_FILE", "rubbish.pem"),
        ("SSL_CERT_DIR", "none"),
        ("SSLKEYLOGFILE", "none/keys.log"),
    ],
)
def test_a_variable_that_spoils_https_is_named(
    variable: str,
    value: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "rubbish.pem").write_text("no certificate")
    monkeypatch.setenv(variable, str(tmp_path / value))
    error = read_error(capsys, "token", "--base-url", "https://127.0.0.1:1")
    assert error.startswith(f"mock-server: {variable}={tmp_path / value} cannot be used: ")
    plain = read_error(capsys, "token", "--base-url", "http://127.0.0.1:1")
    assert "is the server running there?" in plain
