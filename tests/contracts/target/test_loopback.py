"""The suite's own client for loopback: it sends and returns exactly what httpx2 sends and returns."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import h11
import httpx2
import pytest

from contracts.target.client import TIMEOUT
from contracts.target.loopback import IDLE_SECONDS, LoopbackClient, LoopbackConnection
from contracts.target.loopback_messages import encode_request

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
USUAL_RESPONSES = {
    "a body": b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
    "an empty body": b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\nx-request-id: a\r\n\r\n",
    "no reason": b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n{}",
    "repeated headers": b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\ncontent-length: 2\r\n\r\n{}",
    "blanks around a value": b"HTTP/1.1 200 OK\r\nx-a: \t a  b \t\r\nx-b:\r\nx-c:c\r\ncontent-length: 2\r\n\r\n{}",
    "an end of the connection": b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\n{}",
    "a connection that is kept": b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}",
    "not modified, with a length": b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
    "a long body": b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b"a" * 300_000,
    "a compressed body that is none": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
}
UNUSUAL_RESPONSES = {
    "chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a body until the end of the connection": b"HTTP/1.1 200 OK\r\n\r\n{}",
    "an older version": b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    "an interim response": b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
    "a status line without a space": b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}",
    "ends of lines without a return": OK.replace(b"\r\n", b"\n"),
    "a folded header": b"HTTP/1.1 200 OK\r\nx-a: a\r\n  b\r\ncontent-length: 2\r\n\r\n{}",
    "a header in Latin-1": b"HTTP/1.1 200 OK\r\nx-a: \xe9\r\ncontent-length: 2\r\n\r\n{}",
    "two equal lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    "an option of the connection": b"HTTP/1.1 200 OK\r\nConnection: x-a\r\ncontent-length: 2\r\n\r\n{}",
    "another status": b"HTTP/1.1 600 What\r\ncontent-length: 2\r\n\r\n{}",
}
BROKEN_RESPONSES = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "half a body": b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}",
    "half a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}",
    "no HTTP": b"220 mail.example ESMTP\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a length that is no number": b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nx-a\r\ncontent-length: 2\r\n\r\n{}",
    "a blank before a colon": b"HTTP/1.1 200 OK\r\nx-a : b\r\ncontent-length: 2\r\n\r\n{}",
    "an unknown transfer encoding": b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n{}",
    "a change of protocol": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "a head without an end": b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 300_000,
}
REQUESTS: dict[str, tuple[str, str, Mapping[str, str] | Sequence[tuple[str, str]], bytes | None]] = {
    "a read": ("GET", "/events/?limit=3&q=%C3%A9", {"authorization": "Bearer a.b"}, None),
    "a write": ("POST", "/campaign_results/", {"Content-Type": "application/json"}, b'{"a":1}'),
    "an empty write": ("PUT", "/attribution_model/", {}, None),
    "a deletion": ("DELETE", "/campaign_results/cr_1", {}, None),
    "another method": ("HEAD", "/events/", {}, None),
    "a header twice": ("GET", "/", [("x-a", "1"), ("X-A", "2")], None),
    "another host": ("GET", "/", {"host": "platform.example"}, None),
    "an empty header": ("GET", "/", {"x-a": ""}, None),
    "a line feed in a header": ("GET", "/", {"x-a": "a\nb"}, None),
    "a blank before a header": ("GET", "/", {"x-a": " a"}, None),
    "chunks": ("POST", "/", {"transfer-encoding": "chunked"}, b"{}"),
    "an end of the connection": ("GET", "/", {"connection": "close"}, None),
}


@dataclass
class ScriptedServer:
    """Answers each request with the same bytes. It closes the connection after them unless `keeps`."""

    answer: bytes
    keeps: bool = False
    received: list[bytes] = field(default_factory=list)
    connections: int = 0
    origin: str = ""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):  # the client may have closed the connection
                while request := _receive_request(connection):
                    self.received.append(request)
                    connection.sendall(self.answer)
                    if not self.keeps:
                        break


def _receive_request(connection: socket.socket) -> bytes:
    """Return one request; less if the client has closed the connection."""
    received = b""
    while not _is_complete(received) and (data := connection.recv(65_536)):
        received += data
    return received


def _is_complete(received: bytes) -> bool:
    head, end_of_head, body = received.lower().partition(b"\r\n\r\n")
    if b"transfer-encoding" in head:
        return body.endswith(b"0\r\n\r\n")
    length = re.search(rb"content-length: ([0-9]+)", head)
    return bool(end_of_head) and len(body) >= int(length[1] if length else 0)


@contextmanager
def scripted_server(answer: bytes, *, keeps: bool = False) -> Iterator[ScriptedServer]:
    server = ScriptedServer(answer, keeps)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def get(http: httpx2.Client, origin: str) -> httpx2.Response:
    return http.send(http.build_request("GET", origin))


def outcome_of(http: httpx2.Client, request: httpx2.Request) -> object:
    """Return what the caller sees of an exchange: the response, or the error and its message."""
    try:
        response = http.send(request)
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        return type(error), str(error), error.request is request
    except h11.LocalProtocolError as error:
        return type(error), str(error)
    assert response.request is request
    return response.status_code, response.reason_phrase, response.headers.raw, response.content


def compare(answer: bytes, name: str) -> tuple[object, object, Sequence[bytes]]:
    """Return the outcomes of a request with the suite's client and with httpx2, and what the server received."""
    method, path, headers, content = REQUESTS[name]
    outcomes = []
    with scripted_server(answer) as server:
        for kind in (LoopbackClient, httpx2.Client):
            with kind(timeout=TIMEOUT, trust_env=False, verify=False) as http:
                request = http.build_request(method, f"{server.origin}{path}", headers=headers, content=content)
                outcomes.append(outcome_of(http, request))
    return outcomes[0], outcomes[1], server.received


@pytest.mark.parametrize("name", ["a read", "a write"])
@pytest.mark.parametrize(
    "answer", [pytest.param(each, id=name) for name, each in (USUAL_RESPONSES | UNUSUAL_RESPONSES).items()]
)
def test_a_response_is_what_httpx2_makes_of_it(answer: bytes, name: str) -> None:
    ours, theirs, received = compare(answer, name)
    assert ours == theirs
    assert len(received) == 2
    assert received[0] == received[1]


@pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in BROKEN_RESPONSES.items()])
def test_a_broken_response_is_the_error_that_httpx2_raises(answer: bytes) -> None:
    ours, theirs, _ = compare(answer, "a read")
    assert ours == theirs
    assert isinstance(theirs, tuple)
    assert isinstance(theirs[0], type)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_sent_byte_for_byte_as_httpx2_sends_it(name: str) -> None:
    ours, theirs, received = compare(OK, name)
    assert ours == theirs
    assert received[: len(received) // 2] == received[len(received) // 2 :]


@pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in USUAL_RESPONSES.items()])
def test_a_usual_response_needs_no_other_parser(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(LoopbackConnection, "_receive_with_h11")
    assert compare(answer, "a read")[0]


def test_a_connection_is_used_again() -> None:
    with scripted_server(OK, keeps=True) as server, LoopbackClient(timeout=TIMEOUT) as http:
        assert [get(http, server.origin).status_code for _ in range(5)] == [200] * 5
    assert server.connections == 1


@pytest.mark.parametrize("name", ["a body until the end of the connection", "chunks"])
def test_a_connection_is_used_again_after_an_unusual_response_only_if_that_has_an_end(name: str) -> None:
    keeps = name == "chunks"
    with scripted_server(UNUSUAL_RESPONSES[name], keeps=keeps) as server, LoopbackClient(timeout=TIMEOUT) as http:
        assert [get(http, server.origin).content for _ in range(3)] == [b"{}"] * 3
    assert server.connections == (1 if keeps else 3)


def test_a_connection_that_the_server_has_closed_is_not_used() -> None:
    with scripted_server(OK) as server, LoopbackClient(timeout=TIMEOUT) as http:
        for _ in range(3):
            assert get(http, server.origin).status_code == 200
            http._idle[_address_of(server)][0]._socket.settimeout(10)
            assert http._idle[_address_of(server)][0]._socket.recv(1, socket.MSG_PEEK) == b""
    assert server.connections == 3


def test_a_connection_that_was_idle_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server(OK, keeps=True) as server, LoopbackClient(timeout=TIMEOUT) as http:
        get(http, server.origin)
        http._idle[_address_of(server)][0]._idle_since -= IDLE_SECONDS + 1
        get(http, server.origin)
    assert server.connections == 2


def test_a_server_that_is_not_there_is_the_error_that_httpx2_raises() -> None:
    with scripted_server(OK) as server:
        pass
    outcomes = []
    for kind in (LoopbackClient, httpx2.Client):
        with kind(timeout=TIMEOUT, trust_env=False) as http:
            outcomes.append(outcome_of(http, http.build_request("GET", server.origin)))
    assert outcomes[0] == outcomes[1] == (httpx2.ConnectError, "[Errno 111] Connection refused", True)


def test_a_server_that_does_not_answer_is_the_error_that_httpx2_raises() -> None:
    outcomes = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for kind in (LoopbackClient, httpx2.Client):
            with kind(timeout=0.01, trust_env=False) as http:
                outcomes.append(outcome_of(http, http.build_request("GET", origin)))
    assert outcomes[0] == outcomes[1] == (httpx2.ReadTimeout, "timed out", True)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://platform.example/", "http://a:b@127.0.0.1/", "http://10.0.0.1/"]
)
def test_requests_to_other_servers_are_left_to_httpx2(url: str) -> None:
    assert encode_request(httpx2.Request("GET", url)) is None


def test_a_request_with_a_wrong_length_is_left_to_httpx2() -> None:
    request = httpx2.Request("POST", "http://127.0.0.1/", headers={"content-length": "3"}, content=b"{}")
    assert encode_request(request) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_requests_to_this_machine_are_not_left_to_httpx2(host: str) -> None:
    assert encode_request(httpx2.Request("GET", f"http://{host}:1/")) is not None


def test_hooks_see_requests_and_responses() -> None:
    seen: list[object] = []
    with scripted_server(OK) as server, LoopbackClient(timeout=TIMEOUT) as http:
        http.event_hooks = {"request": [seen.append], "response": [seen.append]}
        response = get(http, server.origin)
    assert seen == [response.request, response]


def _address_of(server: ScriptedServer) -> tuple[str, int]:
    return "127.0.0.1", int(server.origin.rpartition(":")[2])
