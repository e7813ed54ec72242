"""Faults as a client sees them over a real connection. Rules: BASE-06, BASE-11."""

import json
import socket
from collections.abc import Iterator
from typing import NamedTuple

import httpx2
import pytest

from tests import plain_http
from tests.http.server_process import MISSING_MODULES, served

STATUS_REQUEST = b"GET /api/v3/status/ HTTP/1.1\r\nhost: [::1]\r\n\r\n"
NEW_ROW_REQUEST = (
    b"POST /api/v3/campaign_results/?eid=evt_p7q2rw&partner_id=partner-id-acme&purchase=12&revenue=540.5 HTTP/1.1\r\n"
    b"host: [::1]\r\ncontent-length: 0\r\nauthorization: Bearer "
)


class ReceivedBytes(NamedTuple):
    """The chunks received on a connection until it ended, and whether it ended with a reset."""

    chunks: list[bytes]
    was_reset: bool

    @property
    def head(self) -> bytes:
        return b"".join(self.chunks).partition(b"\r\n\r\n")[0].lower()

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks).partition(b"\r\n\r\n")[2]


@pytest.fixture(scope="module", params=MISSING_MODULES)
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    with served(MISSING_MODULES[request.param]) as origin:
        yield origin


@pytest.fixture(autouse=True)
def clear_faults(origin: str) -> Iterator[None]:
    yield
    assert plain_http.delete(f"{origin}/_mock/faults").status_code == 204


def put_fault(origin: str, effect: object, **match: object) -> None:
    order = {"rules": [{"match": match, "effect": effect}]}
    answer = plain_http.put(f"{origin}/_mock/faults", json=order)
    assert answer.status_code == 200, answer.text


def send_raw(origin: str, request: bytes = STATUS_REQUEST) -> ReceivedBytes:
    """Send a request, and read until the connection ends."""
    host, _, port = origin.removeprefix("http://").partition(":")
    chunks: list[bytes] = []
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        try:
            while chunk := connection.recv(65_536):
                chunks.append(chunk)
        except ConnectionResetError:
            return ReceivedBytes(chunks, True)
    return ReceivedBytes(chunks, False)


def sign_in(origin: str) -> bytes:
    order = {"username": "partner@acme.example", "password": "wavetank"}
    answer = plain_http.post(f"{origin}/api/v3/auth", json=order)
    return answer.json()["AccessToken"].encode()


def count_rows(origin: str, access_token: bytes) -> int:
    path = "/api/v3/campaign_results/?eid=evt_p7q2rw&partner_id=partner-id-acme"
    return len(plain_http.get(origin + path, headers={"authorization": f"Bearer {access_token.decode()}"}).json())


def test_a_reset_comes_before_any_byte_of_an_answer(origin):
    put_fault(origin, {"reset": True})
    assert send_raw(origin) == ReceivedBytes([], True)
    with pytest.raises(httpx2.ReadError):
        plain_http.get(f"{origin}/api/v3/status/")


def test_a_request_whose_connection_is_reset_has_done_nothing(origin):
    bearer = sign_in(origin)
    before = count_rows(origin, bearer)
    put_fault(origin, {"reset": True}, method="POST")
    assert send_raw(origin, NEW_ROW_REQUEST + bearer + b"\r\n\r\n").was_reset
    assert count_rows(origin, bearer) == before


@pytest.mark.parametrize(("after", "body"), [(0, b""), (5, b'{"sta'), (15, b'{"status":"ok"'), (99, b'{"status":"ok"')])
def test_a_truncated_answer_promises_more_than_comes(origin, after, body):
    put_fault(origin, {"truncate": {"after": after}})
    answer = send_raw(origin)
    assert (answer.body, answer.was_reset) == (body, False)
    assert b"content-length: 15" in answer.head
    assert b"x-request-id: " in answer.head
    with pytest.raises(httpx2.RemoteProtocolError):
        plain_http.get(f"{origin}/api/v3/status/")


@pytest.mark.parametrize("path", ["/events/", "/nothing", "/auth"])
def test_a_refusal_is_truncated_as_well(origin, path):
    put_fault(origin, {"truncate": {"after": 20}})
    answer = send_raw(origin, f"GET /api/v3{path} HTTP/1.1\r\nhost: [::1]\r\n\r\n".encode())
    assert (len(answer.body), answer.was_reset) == (20, False)


def test_a_post_whose_answer_is_cut_off_has_been_done_and_a_retry_does_it_again(origin):
    bearer = sign_in(origin)
    before = count_rows(origin, bearer)
    put_fault(origin, {"truncate": {"after": 10}}, method="POST", nth=1)
    request = NEW_ROW_REQUEST + bearer + b"\r\nconnection: close\r\n\r\n"
    first, second = send_raw(origin, request), send_raw(origin, request)
    assert (len(first.body), json.loads(second.body)["purchase"]) == (10, 12)
    assert count_rows(origin, bearer) == before + 2


def test_a_malformed_answer_is_whole_and_keeps_its_connection(origin):
    put_fault(origin, {"malformed": True}, nth=1)
    with httpx2.Client(base_url=origin, verify=False) as client:
        spoilt, good = client.get("/api/v3/status/"), client.get("/api/v3/status/")
    assert (spoilt.status_code, spoilt.content) == (200, b'{"status":"ok",')
    assert good.json() == {"status": "ok"}


def test_a_dripping_answer_is_whole_at_last(origin):
    put_fault(origin, {"drip": {"bytes": 1, "milliseconds": 600_000}})
    assert plain_http.get(f"{origin}/api/v3/status/").json() == {"status": "ok"}


def test_where_the_clock_is_running_a_drip_comes_in_pieces(origin):
    put_fault(origin, {"drip": {"bytes": 8, "milliseconds": 30}}, nth=1)
    assert plain_http.put(f"{origin}/_mock/clock", json={"mode": "running"}).status_code == 200
    try:
        answer = send_raw(origin, STATUS_REQUEST.replace(b"host", b"connection: close\r\nhost"))
    finally:
        assert plain_http.put(f"{origin}/_mock/clock", json={"mode": "frozen"}).status_code == 200
    assert answer.body == b'{"status":"ok"}'
    assert len(answer.chunks) >= 2


def test_a_status_keeps_its_connection(origin):
    put_fault(origin, {"status": 503}, nth=2)
    with httpx2.Client(base_url=origin, verify=False) as client:
        answers = [client.get("/api/v3/status/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["access-control-allow-origin"] == "*"


def test_a_body_that_was_not_read_does_not_spoil_the_next_request(origin):
    """The fault responds before the body is read, and then the connection is used for another request."""
    put_fault(origin, {"status": 503}, nth=1)
    with httpx2.Client(base_url=origin, verify=False) as client:
        large = client.post("/api/v3/package_builder/packages", content=b"x" * 500_000)
        assert (large.status_code, client.get("/api/v3/status/").status_code) == (503, 200)
