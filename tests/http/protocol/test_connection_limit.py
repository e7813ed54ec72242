"""The number of connections is limited, and health is answered even then. Time is virtual."""

import json
import logging

import pytest

from mock_server.http.protocol import guard
from mock_server.settings import ConnectionLimits
from tests.http.protocol.virtual_connection import CONNECTIONS, VirtualServer, pass_time, play
from tests.http.raw_connection import STATUS_REQUEST

EVENTS = STATUS_REQUEST.replace(b"status", b"events")
DOCUMENT = b"GET /openapi.yaml HTTP/1.1\r\nhost: localhost\r\n\r\n"
LIMIT = 20
LIMITS = ConnectionLimits(connections=LIMIT)
parsers = pytest.mark.parametrize("parser", CONNECTIONS)


@parsers
@pytest.mark.parametrize("path", [b"/api/v3/status/", b"/w/any/api/v3/status/?a=b"])
def test_health_is_answered_and_any_other_request_is_503(parser: str, path: bytes) -> None:
    async def scenario(server: VirtualServer) -> None:
        held = [server.connect() for _ in range(LIMIT)]
        health, other = server.connect(), server.connect()
        health.send(STATUS_REQUEST.replace(b"/api/v3/status/", path))
        other.send(EVENTS)
        await pass_time(0.5)
        assert health.status in (200, 400, 404)
        assert other.status == 503
        head, _, body = other.received.partition(b"\r\n\r\n")
        assert b"\r\nx-request-id: " in head
        assert json.loads(body)["validation_errors"][0]["field"] == "connection"
        await pass_time(4)
        assert (health.transport.is_closed, other.transport.is_closed) == (True, True)
        assert not any(client.transport.is_closed for client in held)

    play(parser, scenario, LIMITS)


@parsers
@pytest.mark.parametrize("sent", [b"", b"GET /api", EVENTS, EVENTS[:-2] + b"content-length: 9\r\n\r\n"])
def test_no_flood_opens_more_than_the_reserve_or_keeps_health_from_being_answered(parser: str, sent: bytes) -> None:
    async def scenario(server: VirtualServer) -> None:
        for _ in range(LIMIT):
            server.connect()
        for _ in range(5):
            for _ in range(100):
                client = server.connect()
                if sent and not client.transport.is_closed:
                    client.send(sent)
            health = server.connect()
            health.send(STATUS_REQUEST)
            await pass_time(0.1)
            assert len(server.state.connections) <= LIMIT + guard.MAX_EXCESS
            assert health.status == 200

    play(parser, scenario, LIMITS)


@parsers
def test_a_silent_connection_in_excess_is_told_503(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        for _ in range(LIMIT):
            server.connect()
        client = server.connect()
        await pass_time(4)
        assert (client.status, client.transport.is_closed) == (503, True)

    play(parser, scenario, LIMITS)


@parsers
def test_a_connection_within_the_limit_is_usable_again_when_others_leave(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        held = [server.connect() for _ in range(LIMIT)]
        held.pop().transport.close()
        await pass_time(0.1)
        client = server.connect()
        client.send(DOCUMENT)
        await pass_time(0.1)
        assert client.status == 200

    play(parser, scenario, LIMITS)


@parsers
def test_the_log_says_once_when_it_is_full_and_when_it_is_well_again(
    parser: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(server: VirtualServer) -> None:
        for _ in range(3):
            for _ in range(LIMIT + 5):
                server.connect()
            await pass_time(14)
            assert not server.state.connections

    with caplog.at_level(logging.WARNING, "mock_server"):
        play(parser, scenario, LIMITS)
    assert [record.getMessage() for record in caplog.records] == [
        "all 20 connections are in use; others get 503",
        "connections are available again; 5 were in excess",
    ]


@parsers
def test_responses_that_nobody_takes_are_bounded(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients of the largest ones are disconnected."""
    monkeypatch.setattr(guard, "MAX_UNSENT_BYTES", 1_000_000)

    async def scenario(server: VirtualServer) -> None:
        clients = [server.connect() for _ in range(LIMIT)]
        for client in clients:
            client.transport.takes = False
            client.send(DOCUMENT)
        small = clients[0]
        await pass_time(0.1)
        small.transport.unsent = 10
        await pass_time(2)
        assert 0 < sum(client.transport.unsent for client in clients) <= 1_000_000
        assert not small.transport.is_closed

    play(parser, scenario, LIMITS)
