"""How much of what a client sends is read, parsed and kept, however it is divided. Rule: BASE-09."""

import asyncio
import itertools
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.http.protocol.client_transport import MAX_DISCARDED_BYTES
from mock_server.http.protocol.with_httptools import MAX_WAITING, MIN_BODY_PART, HttptoolsConnection
from mock_server.settings import ConnectionLimits
from tests.http.protocol.virtual_connection import CONNECTIONS, VirtualClient, VirtualServer, pass_time, play
from tests.http.raw_connection import STATUS_REQUEST

HEAD = b"POST /api/v3/auth HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
SIGN_IN = HEAD + b'content-length: 57\r\n\r\n{"username":"partner@acme.example","password":"wavetank"}'
REQUESTS = {
    "no body": (STATUS_REQUEST, 200),
    "a body": (SIGN_IN, 200),
    "an empty body": (HEAD + b"content-length: 0\r\n\r\n", 400),
    "chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\nx: y\r\n\r\n", 400),
    "ends of heads in a body": (HEAD + b"content-length: 40\r\n\r\n" + b"\r\n\r\n" * 10, 400),
    "an answer before the body": (HEAD.replace(b"auth", b"nothing") + b"content-length: 9\r\n\r\n" + b" " * 9, 401),
    "an upgrade": (STATUS_REQUEST[:-2] + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n", 200),
    "a body over 32 KiB": (HEAD + b"content-length: 40000\r\n\r\n" + b" " * 40_000, 400),
}
SHORTEST = b"GET / HTTP/1.1\r\nhost:\r\n\r\n"
parsers = pytest.mark.parametrize("parser", CONNECTIONS)


def read_statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


async def send_divided(client: VirtualClient, data: bytes, sizes: list[int]) -> int:
    """Send the data in parts whose sizes repeat, while the server reads. Return how many bytes were sent."""
    position = 0
    for size in itertools.cycle(sizes):
        if not client.transport.is_reading_now:
            await pass_time(1)
        is_open = client.transport.is_reading_now and not client.transport.is_closed
        if position >= len(data) or not is_open or client.connection.ignores_input:
            break
        client.send(data[position : position + size])
        position += size
        await pass_time(0)
    await pass_time(1)
    return position


@parsers
@settings(deadline=None, max_examples=40)
@given(
    names=st.lists(st.sampled_from(sorted(REQUESTS)), min_size=1, max_size=30),
    sizes=st.lists(st.sampled_from([1, 2, 3, 50, 300, 5_000, 70_000]), min_size=1, max_size=4).filter(
        lambda sizes: max(sizes) > 40
    ),
)
def test_requests_are_answered_in_their_order_however_they_are_divided(
    parser: str, names: list[str], sizes: list[int]
) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        await send_divided(client, b"".join(REQUESTS[name][0] for name in names), sizes)
        assert read_statuses(client.received) == [REQUESTS[name][1] for name in names]

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("request_bytes", [STATUS_REQUEST, SIGN_IN, SHORTEST])
@pytest.mark.parametrize("count", [50, 5_000])
def test_few_requests_are_parsed_ahead_while_responses_are_not_taken(
    parser: str, request_bytes: bytes, count: int
) -> None:
    begun = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal begun
        begun += 1
        await receive()
        await asyncio.Event().wait()

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        await send_divided(client, request_bytes * count, [262_144])
        connection = client.connection
        assert begun == 1
        assert not client.transport.is_reading_now
        if isinstance(connection, HttptoolsConnection):
            assert len(connection.pipeline) <= MAX_WAITING + MIN_BODY_PART // len(SHORTEST)
        for task in server.state.tasks:
            task.cancel()

    play(parser, scenario, application=application)


@parsers
def test_no_more_is_read_while_responses_are_not_taken(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.transport.takes = False
        document = STATUS_REQUEST.replace(b"/api/v3/status/", b"/openapi.yaml")
        assert await send_divided(client, document * 10_000, [65_536]) <= 65_536
        assert read_statuses(client.received) == [200]

    play(parser, scenario)


@parsers
@settings(deadline=None, max_examples=40)
@given(
    padding=st.integers(1, 3_000),
    in_line=st.booleans(),
    earlier=st.booleans(),
    sizes=st.lists(st.sampled_from([7, 100, 1_000, 5_000]), min_size=1, max_size=3),
)
def test_a_head_is_refused_exactly_above_the_limit(
    parser: str, padding: int, in_line: bool, earlier: bool, sizes: list[int]
) -> None:
    limit, padding_bytes = 2_048, b"a" * padding
    line = b"GET /api/v3/status/%s HTTP/1.1\r\n" % (b"?" + padding_bytes if in_line else b"")
    head = line + b"host: localhost\r\na: %s\r\n" % (b"b" if in_line else padding_bytes)

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        await send_divided(client, (STATUS_REQUEST if earlier else b"") + head + b"\r\n", sizes)
        status = read_statuses(client.received)[-1]
        refused = 414 if len(line) > limit else 431
        assert status == (refused if len(head) > limit else 400 if in_line else 200)

    play(parser, scenario, ConnectionLimits(head_bytes=limit))


ENDLESS = {
    "a URL": (b"GET /", b"a"),
    "a query": (b"GET /?", b"%41"),
    "a header": (b"GET / HTTP/1.1\r\na: ", b"b"),
    "a header's name": (b"GET / HTTP/1.1\r\n", b"a"),
    "headers": (b"GET / HTTP/1.1\r\n", b"a: b\r\n"),
    "a chunk extension": (HEAD + b"transfer-encoding: chunked\r\n\r\n1;", b"a"),
    "a trailer": (HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\na: ", b"b"),
    "trailers": (HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    "a trailer after the response": (STATUS_REQUEST[:-2] + b"transfer-encoding: chunked\r\n\r\n0\r\na: ", b"b"),
}


@parsers
@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("size", [100, 5_000, 100_000, 262_144])
@pytest.mark.parametrize("earlier", [0, 1])
def test_what_never_ends_is_refused_within_a_part_of_the_limit(parser: str, name: str, size: int, earlier: int) -> None:
    start, repeated = ENDLESS[name]

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        data = STATUS_REQUEST * earlier + start + repeated * (1_000_000 // len(repeated))
        sent = await send_divided(client, data, [size])
        assert sent <= 2 * 32 * 1024 + 2 * size
        statuses = read_statuses(client.received)
        assert statuses[:earlier] == [200] * earlier
        assert statuses[earlier:] == [200] or statuses[-1] in (400, 414, 431)
        await pass_time(5)
        assert client.transport.is_closed

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("target", [b"/api/v3/auth", b"/api/v3/nothing", b"/_mock/reset"])
@pytest.mark.parametrize("framing", [b"content-length: 2147483648\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n"])
def test_the_rest_of_a_refused_body_is_read_only_so_far(parser: str, target: bytes, framing: bytes) -> None:
    """Many clients read the response only after sending the whole body, so a part of it is read."""
    part = b" " * 262_144
    if b"chunked" in framing:
        part = b"40000\r\n" + part + b"\r\n"
    most = MAX_DISCARDED_BYTES + 2 * 1024 * 1024

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send((HEAD + framing).replace(b"/api/v3/auth", target))
        sent = 0
        while not client.transport.is_closed and sent < 2 * most:
            await pass_time(0)
            if client.transport.is_reading_now:
                client.send(part)
                sent += len(part)
        assert client.status in (401, 413)
        assert sent <= most

    play(parser, scenario)


@parsers
def test_a_client_may_read_the_response_to_a_refused_body_only_after_sending_it(parser: str) -> None:
    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(HEAD + b"content-length: 8388608\r\n\r\n")
        for _ in range(32):
            await pass_time(0.5)
            client.send(b" " * 262_144)
        assert client.status == 413
        assert b"\r\nconnection: close\r\n" in client.received
        assert client.transport.has_eof
        await pass_time(5)
        assert client.transport.is_closed

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_response_to_a_client_that_has_just_left_is_dropped(
    parser: str, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """An event loop may close the socket before it reports the loss of the connection; then writing raises."""

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        client.send(STATUS_REQUEST * count)
        client.transport.leave()
        await pass_time(1)
        client.connection.connection_lost(None)
        await pass_time(1)
        assert not server.state.tasks
        assert client.received == b""

    with caplog.at_level(logging.DEBUG):
        play(parser, scenario)
    assert [record for record in caplog.records if record.name != "asyncio"] == []
