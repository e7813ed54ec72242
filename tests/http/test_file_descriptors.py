"""The number of connections fits the file descriptors of the process."""

import subprocess
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import listening
from mock_server.http.protocol.guard import MAX_EXCESS
from tests.http.raw_connection import STATUS_REQUEST, connect
from tests.http.server_process import FROZEN, MISSING_MODULES, start_server

STATUS = STATUS_REQUEST.replace(b"host: mock", b"host: localhost")
LOWERED = "at most 96 connections instead of 1000: the limit of file descriptors is too low (ulimit -n)"
FULL = "all %d connections are in use; others get 503"


@given(st.integers(1, 100_000), st.integers(0, 200), st.integers(300, 200_000))
def test_descriptors_suffice_for_all_connections(wanted: int, reserve: int, descriptors: int) -> None:
    """An event loop may accept the backlog twice before it has closed the first of them."""
    connections, backlog = listening.fit_capacity(wanted, reserve, descriptors)
    assert 1 <= connections <= wanted
    assert backlog >= 1
    assert connections + reserve + 2 * backlog + listening.SPARE_DESCRIPTORS <= descriptors
    assert connections == wanted or backlog == listening.SMALL_BACKLOG


def test_no_limit_lowers_nothing() -> None:
    assert listening.fit_capacity(5_000, MAX_EXCESS, None) == (5_000, listening.BACKLOG)


def stop(process: "subprocess.Popen[str]") -> list[str]:
    """Stop the server. Return the messages of its log, without time and level."""
    process.terminate()
    return [line.split(" ", 2)[2] for line in process.communicate(timeout=30)[1].splitlines()]


@pytest.mark.parametrize("name", MISSING_MODULES)
def test_health_is_answered_however_many_connect(name: str) -> None:
    """Silent connections took all 256 descriptors, and health was reset for as long as they stayed."""
    flags = (*FROZEN, "--head-timeout", "600")
    with start_server(MISSING_MODULES[name], flags, (256, 256)) as process, ExitStack() as opened:
        assert process.stdout is not None
        origin = process.stdout.readline().split()[1].removesuffix("/api/v3")
        for _ in range(40):
            for _ in range(7):
                opened.enter_context(connect(origin))
            with connect(origin) as connection:
                connection.send(STATUS)
                assert connection.read_response().status == 200
        assert stop(process)[:2] == [LOWERED, FULL % 96]


def test_the_soft_limit_is_raised() -> None:
    flags = (*FROZEN, "--max-connections", "150")
    with start_server((), flags, (64, 5_000)) as process, ExitStack() as opened:
        assert process.stdout is not None
        origin = process.stdout.readline().split()[1].removesuffix("/api/v3")
        for _ in range(150):
            connection = opened.enter_context(connect(origin))
            connection.send(STATUS)
            assert connection.read_response().status == 200
        assert stop(process) == []
