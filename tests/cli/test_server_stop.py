"""`mock-server serve` ends in the same way on SIGTERM and on Ctrl-C."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from mock_server import app
from mock_server.server import build_config
from mock_server.settings import Settings
from tests import plain_http
from tests.http.raw_connection import STATUS_REQUEST, RawConnection, connect
from tests.http.server_process import FROZEN, MISSING_MODULES, start_server

INCOMPLETE_REQUEST = (
    b"POST /api/v3/auth HTTP/1.1\r\nhost: [::1]\r\ncontent-type: application/json\r\ncontent-length: 57\r\n\r\n"
)
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'


PARSERS = ["as it comes", "with neither"]
STOPS = [("as it comes", signal.SIGTERM), ("as it comes", signal.SIGINT), ("with neither", signal.SIGINT)]
INTERRUPTED = [("a body", signal.SIGTERM), ("a fault", signal.SIGINT)]
"""What is tried with each parser; `make soak` tries both with both signals."""


@pytest.fixture(params=PARSERS)
def process(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[str]"]:
    with start_server(MISSING_MODULES[request.param]) as process:
        yield process
        process.kill()


@pytest.fixture(params=PARSERS)
def impatient_process(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[str]"]:
    """A server that interrupts requests after a second, so that the tests of this wait for less than five."""
    with start_server(MISSING_MODULES[request.param], (*FROZEN, "--shutdown-timeout", "1")) as process:
        yield process
        process.kill()


def read_origin(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[1].removesuffix("/api/v3")


def stop(process: "subprocess.Popen[str]", by: signal.Signals) -> tuple[int, str]:
    """Stop the server; return its exit status and its log."""
    process.send_signal(by)
    _, log = process.communicate(timeout=30)
    return process.returncode, log


@pytest.mark.parametrize(("process", "by"), STOPS, indirect=["process"])
def test_a_stop_is_quiet_and_successful(process: "subprocess.Popen[str]", by: signal.Signals) -> None:
    read_origin(process)
    assert stop(process, by) == (0, "")


def test_a_stop_closes_idle_connections(process: "subprocess.Popen[str]") -> None:
    with connect(read_origin(process)) as connection:
        connection.split_here()
        process.terminate()
        assert connection.wait_for_end() == b""
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


def test_a_request_that_is_complete_in_time_is_answered(process: "subprocess.Popen[str]") -> None:
    origin = read_origin(process)
    with connect(origin) as connection, connect(origin) as idle:
        idle.split_here()
        begin_request(connection)
        process.terminate()
        assert idle.wait_for_end() == b"", "the server is stopping"
        connection.send(CREDENTIALS)
        assert "AccessToken" in connection.read_response().json()
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


def begin_request(connection: RawConnection) -> None:
    """Send a request without its body; the server has read it when this returns."""
    connection.send(STATUS_REQUEST + INCOMPLETE_REQUEST)
    assert connection.read_response().status == 200


def test_a_request_that_is_never_complete_does_not_stop_the_stop(impatient_process: "subprocess.Popen[str]") -> None:
    with connect(read_origin(impatient_process)) as connection:
        begin_request(connection)
        assert stop(impatient_process, signal.SIGTERM) == (0, "")


@pytest.mark.parametrize(
    ("waits_for", "by"),
    [
        pytest.param(waits_for, by, marks=() if (waits_for, by) in INTERRUPTED else pytest.mark.soak)
        for waits_for in ("a body", "a fault")
        for by in (signal.SIGTERM, signal.SIGINT)
    ],
)
def test_a_request_that_is_interrupted_gets_an_error_body(
    impatient_process: "subprocess.Popen[str]", by: signal.Signals, waits_for: str
) -> None:
    """Rules: ERR-01, BASE-06."""
    origin = read_origin(impatient_process)
    with connect(origin) as connection:
        begin_request(connection)
        if waits_for == "a fault":
            effect = {"latency": {"fixed": 60_000}}
            plain_http.put(
                f"{origin}/_mock/faults", json={"rules": [{"match": {"operation": "signIn"}, "effect": effect}]}
            )
            plain_http.put(f"{origin}/_mock/clock", json={"mode": "running"})
            connection.send(CREDENTIALS + INCOMPLETE_REQUEST)
            assert "AccessToken" in connection.read_response().json()
            connection.send(CREDENTIALS)
        impatient_process.send_signal(by)
        response = connection.read_response()
        assert (response.status, response.headers["connection"]) == (503, "close")
        assert response.json()["validation_errors"][0]["message"] == "the server is stopping"
        assert "x-request-id" in response.headers
    assert impatient_process.communicate(timeout=30)[1] == ""
    assert impatient_process.returncode == 0


def test_the_time_for_requests_that_have_begun_is_a_setting() -> None:
    assert [build_config(app.create_app(), shutdown_timeout=limit).timeout_graceful_shutdown for limit in (1, 60)] == [
        1,
        60,
    ]
    assert build_config(app.create_app()).timeout_graceful_shutdown == Settings().shutdown_timeout == 5
