"""How long connections stay open, and how connections that a client abandons are handled. Rules: BASE-09, BASE-11."""

from collections.abc import Iterator

import pytest

from mock_server import app
from mock_server.server import build_config
from mock_server.settings import Settings
from tests import plain_http
from tests.http.raw_connection import NO_RESPONSE, STATUS_REQUEST, connect
from tests.http.server_process import FROZEN, MISSING_MODULES, PARSERS, served

CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
SIGN_IN = b"POST /api/v3/auth HTTP/1.1\r\nhost: [::1]\r\ncontent-type: application/json\r\n"
EXPECTING = b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n"
TOO_LONG = 2_000_000
DOCUMENT_REQUEST = b"GET /openapi.yaml HTTP/1.1\r\nhost: [::1]\r\n\r\n"


@pytest.fixture(scope="module", params=PARSERS)
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    with served(MISSING_MODULES[request.param]) as origin:
        yield origin


def test_an_idle_connection_stays_open_for_75_seconds() -> None:
    assert build_config(app.create_app(Settings()), Settings().keep_alive).timeout_keep_alive == 75


@pytest.mark.parametrize("name", PARSERS)
def test_the_time_for_an_idle_connection_can_be_set(name: str) -> None:
    """The server closes the connection after a second; with the default the test would run into its timeout."""
    with served(MISSING_MODULES[name], (*FROZEN, "--keep-alive", "1")) as origin, connect(origin) as connection:
        connection.send(STATUS_REQUEST)
        assert connection.read_response().status == 200
        assert connection.read_response() == NO_RESPONSE


@pytest.mark.parametrize("path", ["/api/v3/auth", "/_mock/reset", "/_mock/workspaces"])
def test_a_body_that_is_announced_as_too_large_is_refused_before_it_is_sent(origin: str, path: str) -> None:
    with connect(origin) as connection:
        connection.send(SIGN_IN.replace(b"/api/v3/auth", path.encode()) + EXPECTING % TOO_LONG)
        response = connection.read_response()
        assert (response.status, response.json()["message"]) == (413, "error.request.too_large")
        assert response.headers["connection"] == "close"
        assert connection.wait_for_end() == b""


@pytest.mark.parametrize("count", [1, 3, 21])
def test_a_client_that_ends_its_input_gets_all_responses(origin: str, count: int) -> None:
    with connect(origin) as connection:
        connection.send(STATUS_REQUEST * count)
        connection.end_input()
        assert [connection.read_response().status for _ in range(count)] == [200] * count
        assert connection.wait_for_end() == b""


def test_a_client_that_ends_its_input_within_a_body_is_closed(origin: str) -> None:
    with connect(origin) as connection:
        connection.send(SIGN_IN + b"content-length: 57\r\n\r\n{")
        connection.end_input()
        assert connection.wait_for_end() == b""


@pytest.mark.parametrize("start", [b"http://mock:8080", b"HTTP://mock"])
def test_a_request_may_name_the_whole_url(origin: str, start: bytes) -> None:
    with connect(origin) as connection:
        connection.send(STATUS_REQUEST.replace(b"GET /", b"GET " + start + b"/"))
        assert connection.read_response().status == 200
        connection.send(
            STATUS_REQUEST.replace(b"GET /api/v3/status/", b"GET " + start + b"/api/v3/events/?city=%C3%BC")
        )
        response = connection.read_response()
        assert (response.status, response.json()["message"]) == (401, "error.auth.token_invalid")


def test_a_client_that_does_not_wait_for_100_gets_the_413_too(origin: str) -> None:
    with connect(origin) as connection:
        connection.send(SIGN_IN + EXPECTING % TOO_LONG + b" " * TOO_LONG)
        assert connection.read_response().status == 413


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        pytest.param(b"POST /api/v3/package_builder/packages", 401, id="no token"),
        pytest.param(b"POST /_mock/nothing", 404, id="no such operation"),
        pytest.param(b"GET /api/v3/status/", 200, id="an operation that reads no body"),
    ],
)
def test_a_response_instead_of_100_ends_the_connection(origin: str, request_line: bytes, status: int) -> None:
    """The client may omit the body, so the server cannot know where the next request begins."""
    with connect(origin) as connection:
        connection.send(SIGN_IN.replace(b"POST /api/v3/auth", request_line) + EXPECTING % 57)
        response = connection.read_response()
        assert (response.status, response.headers["connection"]) == (status, "close")
        assert connection.wait_for_end() == b""


def test_a_body_within_the_limit_is_asked_for_and_the_connection_kept(origin: str) -> None:
    with connect(origin) as connection:
        for _ in range(2):
            connection.send(SIGN_IN + EXPECTING % len(CREDENTIALS))
            assert connection.read_response().status == 100
            connection.send(CREDENTIALS)
            assert "AccessToken" in connection.read_response().json()


LEFT_REQUESTS = {
    "in the request line": STATUS_REQUEST[:10],
    "in the headers": SIGN_IN,
    "before the body": SIGN_IN + b"content-length: 57\r\n\r\n",
    "in the body": SIGN_IN + b"content-length: 57\r\n\r\n" + CREDENTIALS[:20],
    "in a chunk": SIGN_IN + b"transfer-encoding: chunked\r\n\r\n39\r\n" + CREDENTIALS[:20],
    "in a body that is too large": SIGN_IN + b"content-length: 2000000\r\n\r\n" + b" " * 1_500_000,
    "in the body of a request that offers an upgrade": SIGN_IN
    + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 57\r\n\r\n"
    + CREDENTIALS[:20],
    "waiting for 100": SIGN_IN + EXPECTING % 57,
    "in the response": DOCUMENT_REQUEST,
    "in the first of many responses": DOCUMENT_REQUEST * 50,
    "in many responses before a body": DOCUMENT_REQUEST * 50 + SIGN_IN + b"content-length: 57\r\n\r\n",
    "in many responses before a refusal": DOCUMENT_REQUEST * 50 + b"GET /\xc3\xbc HTTP/1.1\r\n\r\n",
    "in a refusal": b"GET /\xc3\xbc HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("name", MISSING_MODULES)
def test_a_client_that_leaves_says_nothing_in_the_log(name: str) -> None:
    """`served` reads the log at the end."""
    with served(MISSING_MODULES[name]) as origin:
        for request in LEFT_REQUESTS.values():
            for reset in (False, True):
                with connect(origin) as connection:
                    connection.send(request)
                    connection.close(reset=reset)
                with connect(origin) as connection:
                    connection.send(STATUS_REQUEST + request)
                    assert connection.read_response().status == 200
                    connection.close(reset=reset)
        assert plain_http.get(f"{origin}/api/v3/status/").status_code == 200


FAULTS = [
    {"drip": {"bytes": 1, "milliseconds": 5}},
    {"latency": {"fixed": 20}},
    {"truncate": {"after": 5}},
    {"reset": True},
]


@pytest.mark.parametrize("name", MISSING_MODULES)
def test_a_client_that_leaves_during_a_fault_says_nothing_in_the_log(name: str) -> None:
    with served(MISSING_MODULES[name], ()) as origin:
        for effect in FAULTS:
            order = {"rules": [{"match": {"operation": "getStatus"}, "effect": effect}]}
            assert plain_http.put(f"{origin}/_mock/faults", json=order).status_code == 200
            for reset in (False, True):
                for count in (1, 20):
                    with connect(origin) as connection:
                        connection.send(STATUS_REQUEST * count)
                        connection.close(reset=reset)
        assert plain_http.delete(f"{origin}/_mock/faults").status_code == 204
        assert plain_http.get(f"{origin}/api/v3/status/").status_code == 200
