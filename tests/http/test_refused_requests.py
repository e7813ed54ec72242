"""A request that an HTTP parser refuses is handled like any other error: body, id and journal.

Rules: ERR-01, ERR-02, BASE-06.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests import plain_http
from tests.http.raw_connection import STATUS_REQUEST, RawResponse, connect
from tests.http.server_process import MISSING_MODULES, PARSERS, served

HOST = b"host: [::1]\r\n"
JSON = b"content-type: application/json\r\n"
LONG = b"a" * 33_000
EVENTS = b"GET /api/v3/events/"
SIGN_IN = b"POST /api/v3/auth HTTP/1.1\r\n" + HOST + JSON
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
REFUSED = {
    "UTF-8 in the query": (400, "url", EVENTS + "?city=München HTTP/1.1\r\n".encode() + HOST + b"\r\n"),
    "UTF-8 in the path": (400, "url", EVENTS + "München HTTP/1.1\r\n".encode() + HOST + b"\r\n"),
    "Latin-1 in the query": (400, "url", EVENTS + "?city=München HTTP/1.1\r\n".encode("latin-1") + HOST + b"\r\n"),
    "a space in the query": (400, "url", EVENTS + b"?city=New York HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a control character in the path": (400, "url", EVENTS + b"\x01 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a URL of 33,000 characters": (414, "url", EVENTS + b"?q=" + LONG + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a URL of 1,000,000 characters": (414, "url", EVENTS + b"?q=" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n"),
    "a URL without an end": (414, "url", EVENTS + b"?q=" + b"a" * 1_000_000),
    "a header of 33,000 characters": (431, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a: " + LONG + b"\r\n\r\n"),
    "many headers": (431, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 20_000 + b"\r\n"),
    "more than 100 headers": (431, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 100 + b"\r\n"),
    "headers without an end": (431, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 200_000),
    "a space in a header's name": (400, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a b: c\r\n\r\n"),
    "a header without a colon": (400, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a\r\n\r\n"),
    "a null character in a header": (400, "headers", EVENTS + b" HTTP/1.1\r\n" + HOST + b"a: \x00\r\n\r\n"),
    "two lengths": (400, "content-length", SIGN_IN + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} "),
    "a length that is no number": (400, "content-length", SIGN_IN + b"content-length: two\r\n\r\n{}"),
    "a chunk size that is no number": (400, "body", SIGN_IN + CHUNKED + b"ZZ\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than its size": (400, "body", SIGN_IN + CHUNKED + b"1\r\n{}\r\n0\r\n\r\n"),
    "a bad chunk where no body is read": (400, "body", STATUS_REQUEST[:-2] + CHUNKED + b"ZZ\r\n"),
    "a bad chunk to the control API": (
        400,
        "body",
        b"POST /_mock/reset HTTP/1.1\r\n" + HOST + JSON + CHUNKED + b"ZZ\r\n",
    ),
    "another transfer coding": (400, "transfer-encoding", SIGN_IN + b"transfer-encoding: gzip\r\n\r\n{}"),
    "no HTTP version": (400, "request", b"GET /api/v3/status/ FTP/1.1\r\n\r\n"),
    "no HTTP at all": (400, "request", b"\x00\x01\x02\r\n\r\n"),
    "TLS": (400, "request", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500),
}
"""The status, the field and the request; both parsers refuse it in the same way."""
HINTS = {
    "UTF-8 in the query": "URL-encode the URL as UTF-8: 'ü' is %C3%BC",
    "UTF-8 in the path": "URL-encode the URL as UTF-8: 'ü' is %C3%BC",
    "Latin-1 in the query": "URL-encode the URL as UTF-8: 'ü' is %C3%BC",
    "a space in the query": "URL-encode the URL as UTF-8: ' ' is %20",
    "a control character in the path": "URL-encode the URL as UTF-8: '\\x01' is %01",
    "TLS": "this is a TLS handshake, but the server speaks plain HTTP: use http:// instead of https://",
}


@pytest.fixture(scope="module", params=PARSERS)
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    with served(MISSING_MODULES[request.param]) as origin:
        yield origin


def refuse(origin: str, request: bytes) -> RawResponse:
    """Send a request, and return the response; the server then closes the connection."""
    with connect(origin) as connection:
        connection.send(request)
        response = connection.read_response()
        assert connection.wait_for_end() == b""
        return response


def last_entry(origin: str) -> dict[str, Any]:
    entry: dict[str, Any] = plain_http.get(f"{origin}/_mock/journal").json()[-1]
    return entry


def problems(response: RawResponse) -> list[dict[str, str]]:
    errors: list[dict[str, str]] = response.json()["validation_errors"]
    return errors


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_gets_the_error_body_an_id_and_a_line_in_the_journal(origin: str, name: str) -> None:
    status, field, request = REFUSED[name]
    response = refuse(origin, request)
    assert (response.status, response.headers["content-type"]) == (status, "application/json")
    assert list(response.json()) == ["message", "error_code", "error_subcode", "validation_errors"]
    assert {problem["field"] for problem in problems(response)} == {field}
    assert [problem["message"] for problem in problems(response)[1:]] == ([HINTS[name]] if name in HINTS else [])
    assert re.fullmatch(r"req-1-\d{8}", response.headers["x-request-id"])
    entry = last_entry(origin)
    assert entry["response"]["status"] == status
    assert entry["response"]["body"]["json"] == response.json()
    assert ["x-request-id", response.headers["x-request-id"]] in entry["response"]["headers"]


def test_empty_lines_without_an_end_are_refused(origin: str) -> None:
    """httptools skips the empty lines, and h11 reads them as an empty head."""
    assert refuse(origin, b"\r\n" * 200_000).status in (400, 431)


@pytest.mark.parametrize("name", ["UTF-8 in the query", "Latin-1 in the query", "a space in the query"])
def test_the_journal_has_the_refused_url_encoded(origin: str, name: str) -> None:
    refuse(origin, REFUSED[name][2])
    entry = last_entry(origin)
    assert (entry["method"], entry["path"], entry["operation"]) == ("GET", "/api/v3/events/", "listEvents")
    assert entry["query"][0][0] == "city"
    assert (entry["query"] == [["city", "München"]]) is (name == "UTF-8 in the query")


@pytest.mark.parametrize(
    "name", [name for name, (status, _, request) in REFUSED.items() if status > 400 and EVENTS in request]
)
def test_the_journal_keeps_only_the_beginning_of_a_head_that_is_too_large(origin: str, name: str) -> None:
    refuse(origin, REFUSED[name][2])
    entry = last_entry(origin)
    assert entry["path"] == "/api/v3/events/"
    assert len(json.dumps([entry["query"], entry["request"]["headers"]])) < 64 * 1024


def test_a_head_in_many_parts_is_refused_as_a_whole_one(origin: str) -> None:
    request = REFUSED["a URL of 33,000 characters"][2]
    with connect(origin) as connection:
        connection.send(STATUS_REQUEST + request[:10_000])
        assert connection.read_response().status == 200
        connection.send(request[10_000:])
        assert connection.read_response().status == 414


def test_a_head_just_below_the_limit_is_answered(origin: str) -> None:
    """The limit is 32 KiB for the URL and the headers together."""
    url = b"/api/v3/status/?q=" + b"a" * 15_000
    headers = HOST + b"b: " + b"b" * 17_600 + b"\r\n"
    with connect(origin) as connection:
        connection.send(b"GET " + url + b" HTTP/1.1\r\n" + headers + b"\r\n")
        assert connection.read_response().status in (200, 400)
        connection.send(STATUS_REQUEST)
        assert connection.read_response().status == 200


def test_a_refusal_in_a_body_that_the_server_waits_for_is_answered(origin: str) -> None:
    with connect(origin) as connection:
        connection.send(STATUS_REQUEST + SIGN_IN + CHUNKED + b"1\r\n{\r\n")
        assert connection.read_response().status == 200
        connection.send(b"ZZ\r\n")
        response = connection.read_response()
        assert (response.status, problems(response)[0]["field"]) == (400, "body")
        assert connection.wait_for_end() == b""
    assert last_entry(origin)["response"]["status"] == 400


def test_a_refusal_in_a_body_after_the_response_closes_the_connection(origin: str) -> None:
    with connect(origin) as connection:
        connection.send(STATUS_REQUEST[:-2] + CHUNKED)
        assert connection.read_response().status == 200
        connection.send(b"ZZ\r\n")
        assert connection.wait_for_end() == b""


def test_requests_before_a_refused_one_are_answered_first(origin: str) -> None:
    with connect(origin) as connection:
        connection.send(STATUS_REQUEST * 3 + REFUSED["UTF-8 in the query"][2])
        assert [connection.read_response().status for _ in range(4)] == [200, 200, 200, 400]
        assert connection.wait_for_end() == b""


def test_a_refused_request_uses_a_connection_that_was_used_before(origin: str) -> None:
    with connect(origin) as connection:
        connection.split_here()
        connection.send(REFUSED["a null character in a header"][2])
        assert connection.read_response().status == 400


def test_a_refused_head_request_has_no_body(origin: str) -> None:
    with connect(origin) as connection:
        connection.send("HEAD /api/v3/München HTTP/1.1\r\n\r\n".encode())
        response = connection.read_response(has_body=False)
        assert response.status == 400
        assert int(response.headers["content-length"]) > 0
        assert connection.wait_for_end() == b""
    assert last_entry(origin)["method"] == "HEAD"


def test_a_secret_in_a_broken_header_is_neither_answered_nor_recorded(origin: str) -> None:
    response = refuse(origin, EVENTS + b" HTTP/1.1\r\n" + HOST + b"authorization: Bearer canary\x00\r\n\r\n")
    assert b"canary" not in response.body
    assert "canary" not in plain_http.get(f"{origin}/_mock/journal").text


def test_a_client_that_is_still_sending_gets_the_response(origin: str) -> None:
    """A server that closes the connection at once would reset it, and the response would be lost."""
    with connect(origin) as connection:
        connection.send(EVENTS + b"?q=" + LONG)
        for _ in range(200):
            connection.send(LONG)
        assert connection.read_response().status == 414


def test_a_request_that_is_refused_goes_to_the_default_workspace(origin: str) -> None:
    refuse(origin, "GET /w/none/api/v3/München HTTP/1.1\r\n\r\n".encode())
    entry = last_entry(origin)
    assert (entry["path"], entry["response"]["status"]) == ("/w/none/api/v3/M%C3%BCnchen", 400)


def test_the_journal_of_refused_requests_can_be_verified_and_exported(origin: str) -> None:
    refuse(origin, REFUSED["TLS"][2])
    assert plain_http.get(f"{origin}/_mock/journal.har").status_code == 200
    assert plain_http.get(f"{origin}/_mock/conduct").status_code == 200
    order = {"expectations": [{"operation": "listEvents", "status": 400}]}
    assert plain_http.post(f"{origin}/_mock/journal/verify", json=order).status_code == 200


def test_cors_headers_are_sent_with_a_refusal() -> None:
    with served(flags=("--cors",)) as origin:
        head = EVENTS + b" HTTP/1.1\r\n" + HOST + b"origin: http://page.example\r\n"
        response = refuse(origin, head + b"a: " + LONG + b"\r\n\r\n")
        assert (response.status, response.headers["access-control-allow-origin"]) == (431, "*")
