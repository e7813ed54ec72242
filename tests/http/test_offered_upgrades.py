"""A request that offers to switch to another protocol is answered as if it contained no offer. Rule: BASE-09."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from mock_server import app
from mock_server.server import build_config
from mock_server.settings import Settings
from tests import plain_http
from tests.example_requests import EXAMPLES, FILES, Example, example_id
from tests.http.raw_connection import STATUS_REQUEST, RawResponse, connect
from tests.http.server_process import MISSING_MODULES, PARSERS, served

OFFERS = {
    "h2c": b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n",
    "TLS": b"connection: upgrade\r\nupgrade: TLS/1.0\r\n",
    "websocket": b"connection: keep-alive, Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "two protocols": b"connection: upgrade\r\nupgrade: h2c, TLS/1.0\r\n",
}
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
UNKNOWN_MEMBER = b'{"surely_unknown":1}'


class Served(NamedTuple):
    """Run a server, and yield it with the header of a signed-in user."""

    origin: str
    authorization: bytes


@pytest.fixture(scope="module", params=PARSERS)
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(MISSING_MODULES[request.param]) as origin:
        tokens = plain_http.post(
            f"{origin}/api/v3/auth", content=CREDENTIALS, headers={"content-type": "application/json"}
        )
        yield Served(origin, b"authorization: Bearer %s\r\n" % tokens.json()["AccessToken"].encode())


def request_head(line: str, body: bytes, *headers: bytes, media_type: str = "application/json") -> bytes:
    framing = b"content-length: %d\r\n" % len(body)
    head = f"{line} HTTP/1.1\r\nhost: [::1]\r\ncontent-type: {media_type}\r\n".encode()
    return b"".join((head, framing, *headers, b"\r\n"))


def send(server: Served, *segments: bytes) -> RawResponse:
    """Send the segments of one request; the server has read each of them before the next is sent."""
    with connect(server.origin) as connection:
        head, *rest = segments
        connection.send(STATUS_REQUEST + head)
        assert connection.read_response().status == 200
        for segment in rest:
            connection.send(segment)
        response = connection.read_response()
        connection.send(STATUS_REQUEST)
        assert connection.read_response().status == 200, "the connection can be used again"
    return response


def without_id(response: RawResponse) -> RawResponse:
    return replace(response, headers={**response.headers, "x-request-id": ""})


@pytest.mark.parametrize("offer", OFFERS)
def test_the_body_is_read_in_one_segment(server: Served, offer: str) -> None:
    head = request_head("POST /api/v3/auth", CREDENTIALS, OFFERS[offer])
    with connect(server.origin) as connection:
        connection.send(head + CREDENTIALS + STATUS_REQUEST)
        assert "AccessToken" in connection.read_response().json()
        assert connection.read_response().status == 200


@pytest.mark.parametrize("offer", OFFERS)
def test_the_body_is_read_in_a_second_segment(server: Served, offer: str) -> None:
    head = request_head("POST /api/v3/auth", CREDENTIALS, OFFERS[offer])
    assert "AccessToken" in send(server, head, CREDENTIALS).json()


@pytest.mark.parametrize("offer", OFFERS)
def test_the_head_may_come_in_two_segments(server: Served, offer: str) -> None:
    head = request_head("POST /api/v3/auth", CREDENTIALS, OFFERS[offer])
    middle = head.index(b"upgrade:") + 3
    assert "AccessToken" in send(server, head[:middle], head[middle:] + CREDENTIALS).json()


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("segments", [1, 2])
def test_a_chunked_body_is_read(server: Served, offer: str, segments: int) -> None:
    head = request_head("POST /api/v3/auth", CREDENTIALS, OFFERS[offer])
    head = re.sub(rb"content-length: \d+", b"transfer-encoding: chunked", head)
    body = b"9\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (CREDENTIALS[:9], len(CREDENTIALS) - 9, CREDENTIALS[9:])
    response = send(server, head + body) if segments == 1 else send(server, head, body)
    assert "AccessToken" in response.json()


@pytest.mark.parametrize("offer", OFFERS)
def test_a_request_without_a_body_is_answered(server: Served, offer: str) -> None:
    head = STATUS_REQUEST[:-2] + OFFERS[offer] + b"\r\n"
    assert without_id(send(server, head)) == without_id(send(server, STATUS_REQUEST))


def test_offers_may_be_pipelined(server: Served) -> None:
    request = request_head("POST /api/v3/auth", CREDENTIALS, OFFERS["h2c"]) + CREDENTIALS
    with connect(server.origin) as connection:
        connection.send(request * 3)
        assert ["AccessToken" in connection.read_response().json() for _ in range(3)] == [True] * 3


def control_operations(origin: str) -> list[tuple[str, str]]:
    """Return the request lines of the control API's operations that read a body."""
    document: dict[str, Any] = plain_http.get(f"{origin}/_mock/openapi.json").json()
    operations = [
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if "requestBody" in item[method]
    ]
    return [(method, "/_mock" + re.sub(r"\{\w+\}", "x", path).removeprefix("/_mock")) for method, path in operations]


def test_every_operation_reads_the_body(server: Served) -> None:
    """An unknown member is refused by name, except in a snapshot or a report, whose format is checked first."""
    operations = [(example.method, f"/api/v3{example.target}") for example in EXAMPLES if example.body is not None]
    operations += control_operations(server.origin)
    assert len(operations) > 20
    for method, target in operations:
        head = request_head(f"{method} {target}", UNKNOWN_MEMBER, server.authorization)
        plain = send(server, head, UNKNOWN_MEMBER)
        offered = send(server, head[:-2] + OFFERS["h2c"] + b"\r\n", UNKNOWN_MEMBER)
        assert (target, plain.status) == (target, 400)
        assert b"surely_unknown" in plain.body or target in ("/_mock/snapshot", "/_mock/reports")
        assert (target, without_id(offered)) == (target, without_id(plain))


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.operation in FILES], ids=example_id)
def test_every_upload_is_read(server: Served, example: Example) -> None:
    file = b"surely,unknown\r\n1,2\r\n"
    head = request_head(f"{example.method} /api/v3{example.target}", file, server.authorization, media_type="text/csv")
    plain, offered = send(server, head, file), send(server, head[:-2] + OFFERS["h2c"] + b"\r\n", file)
    assert without_id(offered) == without_id(plain)
    assert b"file is required" not in plain.body


def test_a_reset_acts_on_its_body(server: Served) -> None:
    """Without its body, the same request would have a different effect."""
    body = json.dumps({"seed": 7}).encode()
    head = request_head("POST /_mock/reset", body, OFFERS["websocket"])
    assert send(server, head, body).status == 200
    assert plain_http.get(f"{server.origin}/_mock/status").json()["seed"] == 7
    assert plain_http.post(f"{server.origin}/_mock/reset").status_code == 200


def test_the_journal_has_the_offer(server: Served) -> None:
    send(server, STATUS_REQUEST[:-2] + OFFERS["h2c"] + b"\r\n")
    entry = plain_http.get(f"{server.origin}/_mock/journal").json()[-2]
    assert ["upgrade", "h2c"] in entry["request"]["headers"]


def test_no_websocket_library_is_used_where_one_is_installed() -> None:
    config = build_config(app.create_app(Settings()))
    config.load()
    assert config.ws_protocol_class is None
