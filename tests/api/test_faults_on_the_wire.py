"""What faults look like to a client at the other end of a real connection. Rules: BASE-06, BASE-11."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest

PARTS = {
    "as it comes": (),
    "without httptools": ("httptools",),
    "without uvloop": ("uvloop",),
    "with neither": ("httptools", "uvloop"),
}
"""What of uvicorn's faster parts is not installed: the server runs with and without."""
START = """
import sys
sys.modules.update(dict.fromkeys({missing!r}))
from mock_server.cli.main import main
main(["serve", "--port", "0", "--clock", "frozen", "--now", "2026-09-01T12:00:00Z"])
"""
STATUS = b"GET /api/v3/status/ HTTP/1.1\r\nhost: mock\r\n\r\n"
ROW = (
    b"POST /api/v3/campaign_results/?eid=evt_p7q2rw&partner_id=partner-id-acme&purchase=12&revenue=540.5 HTTP/1.1\r\n"
    b"host: mock\r\ncontent-length: 0\r\nauthorization: Bearer "
)


class Heard(NamedTuple):
    """What came over a connection until it ended, in the chunks in which it was read, and whether by a reset."""

    chunks: list[bytes]
    reset: bool

    @property
    def head(self) -> bytes:
        return b"".join(self.chunks).partition(b"\r\n\r\n")[0].lower()

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks).partition(b"\r\n\r\n")[2]


@pytest.fixture(scope="module", params=PARTS)
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    script = START.format(missing=PARTS[request.param])
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        try:
            yield running.stdout.readline().split()[1].removesuffix("/api/v3")
        finally:
            running.terminate()
        assert running.stderr.read() == "", "nothing is said of a connection that a fault has broken"


@pytest.fixture(autouse=True)
def clear(origin: str) -> Iterator[None]:
    yield
    assert httpx.delete(f"{origin}/_mock/faults").status_code == 204


def put(origin: str, effect: object, **match: object) -> None:
    order = {"rules": [{"match": match, "effect": effect}]}
    answer = httpx.put(f"{origin}/_mock/faults", json=order)
    assert answer.status_code == 200, answer.text


def heard(origin: str, request: bytes = STATUS) -> Heard:
    """Send a request and read until the other side has nothing more to say."""
    host, _, port = origin.removeprefix("http://").partition(":")
    chunks: list[bytes] = []
    with socket.create_connection((host, int(port)), timeout=10) as connected:
        connected.sendall(request)
        try:
            while chunk := connected.recv(65_536):
                chunks.append(chunk)
        except ConnectionResetError:
            return Heard(chunks, True)
    return Heard(chunks, False)


def token(origin: str) -> bytes:
    order = {"username": "partner@acme.example", "password": "wavetank"}
    answer = httpx.post(f"{origin}/api/v3/auth", json=order)
    return answer.json()["AccessToken"].encode()


def rows(origin: str, bearer: bytes) -> int:
    path = "/api/v3/campaign_results/?eid=evt_p7q2rw&partner_id=partner-id-acme"
    return len(httpx.get(origin + path, headers={"authorization": f"Bearer {bearer.decode()}"}).json())


def test_a_reset_comes_before_any_byte_of_an_answer(origin):
    put(origin, {"reset": True})
    assert heard(origin) == Heard([], True)
    with pytest.raises(httpx.ReadError):
        httpx.get(f"{origin}/api/v3/status/")


def test_a_request_whose_connection_is_reset_has_done_nothing(origin):
    bearer = token(origin)
    before = rows(origin, bearer)
    put(origin, {"reset": True}, method="POST")
    assert heard(origin, ROW + bearer + b"\r\n\r\n").reset
    assert rows(origin, bearer) == before


@pytest.mark.parametrize(("after", "body"), [(0, b""), (5, b'{"sta'), (15, b'{"status":"ok"'), (99, b'{"status":"ok"')])
def test_a_truncated_answer_promises_more_than_comes(origin, after, body):
    put(origin, {"truncate": {"after": after}})
    answer = heard(origin)
    assert (answer.body, answer.reset) == (body, False)
    assert b"content-length: 15" in answer.head
    assert b"x-request-id: " in answer.head
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{origin}/api/v3/status/")


@pytest.mark.parametrize("path", ["/events/", "/nothing", "/auth"])
def test_a_refusal_is_truncated_as_well(origin, path):
    put(origin, {"truncate": {"after": 20}})
    answer = heard(origin, f"GET /api/v3{path} HTTP/1.1\r\nhost: mock\r\n\r\n".encode())
    assert (len(answer.body), answer.reset) == (20, False)


def test_a_post_whose_answer_is_cut_off_has_been_done_and_a_retry_does_it_again(origin):
    bearer = token(origin)
    before = rows(origin, bearer)
    put(origin, {"truncate": {"after": 10}}, method="POST", nth=1)
    request = ROW + bearer + b"\r\nconnection: close\r\n\r\n"
    first, second = heard(origin, request), heard(origin, request)
    assert (len(first.body), json.loads(second.body)["purchase"]) == (10, 12)
    assert rows(origin, bearer) == before + 2


def test_a_malformed_answer_is_whole_and_keeps_its_connection(origin):
    put(origin, {"malformed": True}, nth=1)
    with httpx.Client(base_url=origin) as client:
        spoilt, good = client.get("/api/v3/status/"), client.get("/api/v3/status/")
    assert (spoilt.status_code, spoilt.content) == (200, b'{"status":"ok",')
    assert good.json() == {"status": "ok"}


def test_a_dripping_answer_is_whole_at_last(origin):
    put(origin, {"drip": {"bytes": 1, "milliseconds": 600_000}})
    assert httpx.get(f"{origin}/api/v3/status/").json() == {"status": "ok"}


def test_where_the_clock_is_running_a_drip_comes_in_pieces(origin):
    put(origin, {"drip": {"bytes": 8, "milliseconds": 30}}, nth=1)
    assert httpx.put(f"{origin}/_mock/clock", json={"mode": "running"}).status_code == 200
    try:
        answer = heard(origin, STATUS.replace(b"host", b"connection: close\r\nhost"))
    finally:
        assert httpx.put(f"{origin}/_mock/clock", json={"mode": "frozen"}).status_code == 200
    assert answer.body == b'{"status":"ok"}'
    assert len(answer.chunks) >= 2


def test_a_status_keeps_its_connection(origin):
    put(origin, {"status": 503}, nth=2)
    with httpx.Client(base_url=origin) as client:
        answers = [client.get("/api/v3/status/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["access-control-allow-origin"] == "*"


def test_a_body_that_was_not_read_does_not_spoil_the_next_request(origin):
    """The fault answers before the body is read, and the connection goes on."""
    put(origin, {"status": 503}, nth=1)
    with httpx.Client(base_url=origin) as client:
        large = client.post("/api/v3/package_builder/packages", content=b"x" * 500_000)
        assert (large.status_code, client.get("/api/v3/status/").status_code) == (503, 200)
