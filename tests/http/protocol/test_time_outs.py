"""A client that sends too slowly, or nothing, is disconnected. Time is virtual."""

import json
from typing import Any

import pytest

from mock_server.settings import ConnectionLimits
from tests.http.protocol.virtual_connection import CONNECTIONS, VirtualServer, pass_time, play
from tests.http.raw_connection import STATUS_REQUEST

HEAD = b"POST /api/v3/auth HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
LENGTH = b"content-length: 1000\r\n\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
DOCUMENT = b"GET /openapi.yaml HTTP/1.1\r\nhost: localhost\r\n\r\n"
parsers = pytest.mark.parametrize("parser", CONNECTIONS)


def read_error(received: bytes) -> Any:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"\r\nx-request-id: " in head
    assert b"\r\nconnection: close\r\n" in head
    return json.loads(body)


@parsers
@pytest.mark.parametrize("limit", [1, 10, 60])
def test_a_connection_on_which_nothing_is_sent_is_closed(parser: str, limit: int) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        await pass_time(limit)
        assert not client.transport.is_closed
        await pass_time(2)
        assert (client.transport.is_closed, client.received) == (True, b"")
        assert not server.state.connections

    play(parser, scenario, ConnectionLimits(head_seconds=limit))


@parsers
@pytest.mark.parametrize("size", [1, 10, len(HEAD) - 1, len(HEAD)])
@pytest.mark.parametrize("earlier", [0, 1])
def test_a_head_that_is_not_complete_in_time_is_408(parser: str, size: int, earlier: int) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        for _ in range(earlier):
            client.send(STATUS_REQUEST)
            await pass_time(5)
        answered = len(client.received)
        client.send(HEAD[:size])
        await pass_time(10)
        assert len(client.received) == answered
        await pass_time(2)
        assert client.received[answered:].startswith(b"HTTP/1.1 408 ")
        assert read_error(client.received[answered:])["validation_errors"][0]["field"] == "headers"
        await pass_time(5)
        assert client.transport.is_closed

    play(parser, scenario)


@parsers
def test_bytes_of_a_head_do_not_prolong_its_time(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        for index in range(12):
            if not client.status:
                client.send(HEAD[index : index + 1])
                await pass_time(1)
        assert client.status == 408

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("framing", [LENGTH, CHUNKED])
def test_a_pause_in_a_body_is_408(parser: str, framing: bytes) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(HEAD + framing)
        await pass_time(25)
        client.send(b"1\r\n{\r\n")
        await pass_time(30)
        assert client.received == b""
        await pass_time(2)
        assert client.status == 408
        assert read_error(client.received)["validation_errors"][0]["field"] == "body"
        await pass_time(5)
        assert client.transport.is_closed

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("target", [b"/api/v3/auth", b"/api/v3/nothing", b"/_mock/snapshot"])
def test_a_body_that_trickles_is_ended_after_five_minutes(parser: str, target: bytes) -> None:
    """If the request is answered before its body is complete, there is no second response."""

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(HEAD.replace(b"/api/v3/auth", target) + LENGTH)
        for _ in range(295):
            client.send(b" ")
            await pass_time(1)
        assert not client.transport.is_closed
        early = client.received
        for _ in range(10):
            if not client.transport.has_eof:
                client.send(b" ")
            await pass_time(1)
        assert client.transport.has_eof
        assert client.received.count(b"HTTP/1.1 ") == 1
        assert client.received == early or client.status == 408
        await pass_time(5)
        assert client.transport.is_closed

    play(parser, scenario)


@parsers
def test_a_client_that_waits_for_100_is_not_slow(parser: str) -> None:
    """It is the server that has not asked for the body."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await pass_time(400)
        await receive()

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(HEAD + b"expect: 100-continue\r\n" + LENGTH)
        await pass_time(399)
        assert client.received == b""
        await pass_time(2)
        assert client.received == b"HTTP/1.1 100 Continue\r\n\r\n" or client.status == 100

    play(parser, scenario, application=application)


@parsers
def test_an_idle_connection_is_closed_after_75_seconds(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        for _ in range(3):
            client.send(STATUS_REQUEST)
            await pass_time(75)
            assert not client.transport.is_closed
        await pass_time(2)
        assert client.transport.is_closed
        assert client.received.count(b"HTTP/1.1 200 ") == 3

    play(parser, scenario)


@parsers
def test_a_slow_response_is_not_cut(parser: str) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await pass_time(1_000)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(STATUS_REQUEST + HEAD)
        await pass_time(1_001)
        assert client.status == 204
        assert not client.transport.is_closed
        await pass_time(12)
        assert client.received.count(b"HTTP/1.1 ") == 1, "408 is passed to this application, which is slow too"

    play(parser, scenario, application=application)


@parsers
def test_a_client_that_takes_nothing_is_disconnected(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.transport.takes = False
        client.send(DOCUMENT * 20)
        await pass_time(29)
        assert not client.transport.is_closed
        assert client.received.count(b"HTTP/1.1 200 ") <= 2
        await pass_time(3)
        assert client.transport.was_aborted
        await pass_time(1)
        assert not server.state.tasks

    play(parser, scenario)


@parsers
def test_a_client_that_takes_a_little_is_not_disconnected(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.transport.takes = False
        client.send(DOCUMENT)
        for _ in range(100):
            await pass_time(1)
            client.transport.unsent -= 1
        assert not client.transport.is_closed

    play(parser, scenario)


@parsers
def test_no_timer_is_left_when_all_connections_are_closed(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(STATUS_REQUEST)
        await pass_time(1)
        client.transport.close()
        await pass_time(3)
        assert not server.loop._scheduled  # type: ignore[attr-defined]

    play(parser, scenario)
