"""The bodies of all clients together are bounded until their requests are answered. Time is virtual."""

import pytest

from mock_server import app
from mock_server.http import request_body
from mock_server.settings import Settings
from tests.http.protocol.virtual_connection import CONNECTIONS, VirtualServer, pass_time, play

HEAD = b"POST /api/v3/auth HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
FRAMINGS = {"length": b"content-length: 1000057\r\n\r\n", "chunks": b"transfer-encoding: chunked\r\n\r\n"}
CHUNK = b"186a0\r\n" + b" " * 100_000 + b"\r\n"
parsers = pytest.mark.parametrize("parser", CONNECTIONS)


@parsers
@pytest.mark.parametrize("framing", FRAMINGS)
def test_clients_that_do_not_complete_their_bodies_are_refused_in_the_end(
    parser: str, framing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "MAX_HELD_BYTES", 1_000_000)
    part = CHUNK if framing == "chunks" else b" " * 100_000

    async def scenario(server: VirtualServer) -> None:
        clients = [server.connect() for _ in range(5)]
        for client in clients:
            client.send(HEAD + FRAMINGS[framing])
            for _ in range(4):
                await pass_time(0.1)
                if not client.connection.ignores_input:
                    client.send(part)
                assert request_body.HELD_BODIES.size <= 1_000_000
        await pass_time(0.1)
        assert [client.status for client in clients] == [0, 0, 503, 503, 503]
        for client in clients[:2]:
            client.transport.abort()
        await pass_time(1)
        assert request_body.HELD_BODIES.size == 0

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("framing", FRAMINGS)
def test_bodies_of_answered_requests_do_not_count(parser: str, framing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "MAX_HELD_BYTES", 1_100_000)
    part, end = b" " * 100_000, CREDENTIALS
    if framing == "chunks":
        part, end = CHUNK, b"39\r\n" + CREDENTIALS + b"\r\n0\r\n\r\n"

    async def scenario(server: VirtualServer) -> None:
        client = server.connect()
        for _ in range(3):
            client.send(HEAD + FRAMINGS[framing])
            for sent in (*[part] * 9, b"" if framing == "chunks" else part, end):
                await pass_time(0.1)
                if sent:
                    client.send(sent)
            await pass_time(0.1)
            assert request_body.HELD_BODIES.size == 0
        assert client.received.count(b"HTTP/1.1 200 ") == 3

    play(parser, scenario)


@parsers
@pytest.mark.parametrize("framing", FRAMINGS)
def test_bodies_that_wait_for_their_turn_count(parser: str, framing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "MAX_HELD_BYTES", 2_500_000)
    workspace = app.create_workspace(Settings())
    parts = [CHUNK] * 10 + [b"39\r\n" + CREDENTIALS + b"\r\n0\r\n\r\n"]
    if framing == "length":
        parts = [b" " * 100_000] * 10 + [CREDENTIALS]

    async def scenario(server: VirtualServer) -> None:
        clients = [server.connect() for _ in range(4)]
        for client in clients:
            client.send(HEAD + FRAMINGS[framing] + parts[0])
        await pass_time(0.1)
        workspace.turn.hold()
        for client in clients:
            for part in parts[1:]:
                await pass_time(0.1)
                if not client.connection.ignores_input:
                    client.send(part)
            assert request_body.HELD_BODIES.size <= 2_500_000
        assert [client.status for client in clients] == [0, 0, 503, 503]
        assert request_body.HELD_BODIES.size == 2_000_114
        clients[0].transport.leave()
        workspace.turn.release()
        await pass_time(0.1)
        assert clients[1].status == 200
        assert request_body.HELD_BODIES.size == 0

    play(parser, scenario, application=app.create_app(Settings(), workspace))
