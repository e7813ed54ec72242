"""`mock-server health` checks the server of its own container, and says in one line what it found."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server import app
from mock_server.cli import health, http_client, main
from mock_server.settings import Settings
from mock_server.state import clock
from tests.builders import a_workspace
from tests.mock_harness import running_app


async def cannot_reach_the_store() -> bool:
    return False


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    settings = Settings(host="0.0.0.0", control_token="s3cret", allowed_hosts=("mock.test",))
    with running_app(app.create_app(settings, a_workspace(), is_ready=cannot_reach_the_store)) as origin:
        yield urlsplit(origin).port or 0


def run_health(*flags: str) -> int:
    try:
        main.main(["health", *flags])
    except SystemExit as exited:
        return int(exited.code or 0)
    return 0


def test_a_live_server_is_exit_status_0(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_health("--port", str(port)) == 0
    assert capsys.readouterr().out == f"live: http://127.0.0.1:{port}\n"


def test_the_port_and_the_address_are_those_of_the_environment(
    port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCK_SERVER_PORT", str(port))
    monkeypatch.setenv("MOCK_SERVER_HOST", "0.0.0.0")
    assert run_health() == 0
    assert capsys.readouterr().out == f"live: http://127.0.0.1:{port}\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_server_that_is_not_ready_is_exit_status_1(port: int, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_health("--host", host, "--port", str(port), "--ready") == 1
    output, error = capsys.readouterr()
    assert (output, error.count("\n")) == ("", 1)
    assert "answered 503" in error
    assert "cannot reach its store" in error


def test_a_server_that_starts_meanwhile_is_waited_for(
    port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not ready at the first two requests."""
    answers = iter([503, 503])
    pauses: list[str] = []
    send = http_client.send

    def answer(method: str, url: str, **options: Any) -> http_client.HttpResponse:
        status = next(answers, None)
        return send(method, url, **options) if status is None else http_client.HttpResponse(status, {}, b"{}")

    monkeypatch.setattr(http_client, "send", answer)
    monkeypatch.setattr(health, "_pause", lambda: pauses.append("pause"))
    monkeypatch.setattr(clock, "machine_seconds", lambda: 0.0)
    assert run_health("--base-url", f"http://127.0.0.1:{port}", "--wait", "60") == 0
    assert pauses == ["pause", "pause"]
    assert capsys.readouterr().out == f"live: http://127.0.0.1:{port}\n"


def test_waiting_ends_with_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 90, 30))
    monkeypatch.setattr(health, "_pause", lambda: None)
    monkeypatch.setattr(clock, "machine_seconds", lambda: next(times))
    assert run_health("--port", "1", "--wait", "60") == 1
    output, error = capsys.readouterr()
    assert (output, error.count("\n")) == ("", 1)
    assert error.endswith("; gave up after 60 s\n")


def test_a_server_that_does_not_answer_is_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_health("--port", "1") == 1
    output, error = capsys.readouterr()
    assert (output, error.count("\n")) == ("", 1)
    assert "cannot reach http://127.0.0.1:1/_mock/health" in error


def test_a_wrong_port_is_exit_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_health("--port", "70000") == 2
    assert "--port" in capsys.readouterr().err
