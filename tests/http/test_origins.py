"""Requests that a web page sends: DNS rebinding, and control requests from pages of another origin."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest

from mock_server import app
from mock_server.control import document as control_document
from mock_server.control import router as control
from mock_server.http.origins import MAX_ACCEPTED_HOSTS, HostCheck, parse_host_name
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.example_requests import EXAMPLES, a_client
from tests.http.raw_connection import RawResponse, connect
from tests.http.server_process import FROZEN, MISSING_MODULES, PARSERS, served
from tests.mock_harness import Client

SERVED = "http://127.0.0.1:8080"
"""The address of a served socket. An in-process client that uses it looks like a connection to that socket."""
LOOPBACK_NAMES = (
    "localhost", "localhost:8080", "LocalHost:1", "localhost.", "localhost.:8080", "mock.localhost", "a.b.localhost:9",
    "127.0.0.1", "127.0.0.1:8080", "127.1.2.3:80", "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]:80", "[::ffff:127.0.0.1]",
)  # fmt: skip
OTHER_NAMES = (
    "evil.example", "evil.example:8080", "localhost.evil.example", "evillocalhost", "127.0.0.1.evil.example", "mock",
    "0.0.0.0", "0.0.0.0:8080", "192.0.2.7", "[::]:8080", "[2001:db8::1]", "127.1", "2130706433", "[::1", "::1]", "[]",
    "", ":8080", " ", "localhost:80@evil.example", "evil.example#localhost", "localhost:80:80", "localhost:x", "*",
    "localhost, evil.example", "evil.example/localhost",
)  # fmt: skip
PUBLIC_PATHS = ("/openapi.yaml", "/openapi.json", "/.well-known/jwks.json", "/", "/nothing", "/w/none/api/v3/status/")
CONTROL_DOCUMENT = control_document.build_document((*control.WORKSPACE_ROUTERS, *control.SERVER_ROUTERS))
CONTROL_EXAMPLES: dict[str, Any] = json.loads(control_document.EXAMPLES.read_text(encoding="utf-8"))
FOREIGN_HEADERS = {
    "another site": {"origin": "http://evil.example"},
    "another port": {"origin": "http://127.0.0.1:5173"},
    "another name of loopback": {"origin": "http://localhost:8080"},
    "a prefix of ours": {"origin": "http://127.0.0.1:80801"},
    "no scheme": {"origin": "127.0.0.1:8080"},
    "another scheme": {"origin": "chrome-extension://127.0.0.1:8080"},
    "null": {"origin": "null"},
    "empty": {"origin": ""},
    "an empty Host's": {"origin": "http://"},
    "cross-site": {"sec-fetch-site": "cross-site"},
    "same-site": {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
    "an unknown relation": {"sec-fetch-site": "new-word"},
    "an embedded page": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    "a script": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"},
}
FORM_TYPES = {
    "text": {"content-type": "text/plain"},
    "text with a charset": {"content-type": "Text/Plain; charset=utf-8"},
    "text that claims to be JSON": {"content-type": "text/plain; application/json"},
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a form with files": {"content-type": "multipart/form-data; boundary=x"},
}


class Operation(NamedTuple):
    """An operation of the control API, with a valid request."""

    name: str
    method: str
    path: str
    body: Any

    def send(self, client: Client, headers: dict[str, str]) -> httpx2.Response:
        content = b"" if self.body is None else json.dumps(self.body).encode()
        content_type = {"content-type": "application/json"} if content else {}
        return client.send_raw(
            self.method, f"{SERVED}/_mock{self.path}", content=content, headers=content_type | headers
        )


def control_operations() -> Iterator[Operation]:
    yield Operation("document", "GET", "/openapi.json", None)
    for path, item in CONTROL_DOCUMENT["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            example = CONTROL_EXAMPLES[name]
            yield Operation(
                name, method.upper(), re.sub(r"\{\w+\}", "x", example.get("path", path)), example["request"]
            )


CONTROL_OPERATIONS = list(control_operations())


def read_state(client: Client) -> list[bytes]:
    paths = ("/snapshot", "/workspaces", "/journal", "/faults", "/checkpoints")
    return [client.control("GET", path).content for path in paths]


def refusal(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["x-request-id"]
    body = response.json()
    assert list(body) == ["message", "error_code", "error_subcode", "validation_errors"]
    return response.status_code, body["message"]


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a server whose state no test reads, unless it is refused."""
    return a_client()


@pytest.fixture(scope="module")
def client_with_cors() -> Client:
    return Client(a_workspace(), Settings(cors=True))


@pytest.mark.parametrize("name", LOOPBACK_NAMES)
def test_a_loopback_name_is_answered(client: Client, name: str) -> None:
    for path in ("/api/v3/status/", "/_mock/status", "/openapi.yaml"):
        assert client.send_raw("GET", SERVED + path, headers={"host": name}).status_code == 200


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_any_other_name_is_refused(client: Client, name: str) -> None:
    for path in ("/api/v3/status/", "/api/v3/partners/", "/_mock/snapshot", "/openapi.yaml"):
        answer = client.send_raw("GET", SERVED + path, headers={"host": name})
        assert refusal(answer) == (421, "error.request.misdirected")


def every_request() -> Iterator[tuple[str, str]]:
    yield from ((example.method, f"/api/v3{example.target}") for example in EXAMPLES)
    yield from ((operation.method, f"/_mock{operation.path}") for operation in CONTROL_OPERATIONS)
    yield from (("GET", path) for path in PUBLIC_PATHS)
    yield from (("OPTIONS", path) for path in PUBLIC_PATHS)


def test_every_path_of_both_apis_refuses_another_name() -> None:
    """In each workspace, whatever the other headers say. Nothing changes, and nothing is recorded."""
    client = a_client()
    assert client.control("POST", "/workspaces", json={"name": "other"}).status_code == 201
    before = read_state(client)
    for method, path in every_request():
        for prefix in ("", "/w/other"):
            for headers in ({}, {"origin": "http://evil.example"}, {"sec-fetch-site": "same-origin"}):
                answer = client.send_raw(
                    method, SERVED + prefix + path, headers={"host": "evil.example", **headers}, json={}
                )
                assert (path, answer.status_code, answer.headers.get("access-control-allow-origin")) == (
                    path,
                    421,
                    None,
                )
    assert read_state(client) == before


def test_a_client_in_the_same_process_may_use_any_name() -> None:
    client = a_client()
    for url in ("http://testserver", "http://mock", "http://evil.example"):
        assert client.send_raw("GET", f"{url}/_mock/status").status_code == 200


def test_two_host_headers_are_refused() -> None:
    headers = [("host", "localhost"), ("host", "localhost")]
    answer = a_client().send_raw("GET", f"{SERVED}/_mock/status", headers=headers)  # type: ignore[arg-type]
    assert refusal(answer) == (400, "error.request.invalid")


@pytest.mark.parametrize(
    ("settings", "name", "status"),
    [
        pytest.param(Settings(allowed_hosts=("mock.test",)), "mock.test:8080", 200, id="loopback: an allowed name"),
        pytest.param(Settings(allowed_hosts=("Mock.Test.",)), "MOCK.test.", 200, id="loopback: in another case"),
        pytest.param(Settings(allowed_hosts=("mock.test",)), "localhost", 200, id="loopback: still loopback"),
        pytest.param(Settings(allowed_hosts=("mock.test",)), "a.mock.test", 421, id="loopback: a name below it"),
        pytest.param(Settings(allowed_hosts=("a.test", "b.test")), "b.test", 200, id="loopback: two names"),
        pytest.param(Settings(allowed_hosts=("*",)), "evil.example", 200, id="loopback: all names"),
        pytest.param(Settings(host="0.0.0.0"), "evil.example", 200, id="beyond loopback: all names"),
        pytest.param(Settings(host="0.0.0.0", allowed_hosts=("mock",)), "mock:80", 200, id="beyond: an allowed name"),
        pytest.param(Settings(host="0.0.0.0", allowed_hosts=("mock",)), "localhost", 200, id="beyond: loopback"),
        pytest.param(Settings(host="0.0.0.0", allowed_hosts=("mock",)), "other", 421, id="beyond: another name"),
    ],
)
def test_further_names_can_be_allowed(settings: Settings, name: str, status: int) -> None:
    client = Client(a_workspace(), settings)
    for _ in range(2):
        assert client.send_raw("GET", f"{SERVED}/api/v3/status/", headers={"host": name}).status_code == status


def test_no_number_of_names_fills_the_memory() -> None:
    check = HostCheck()
    for number in range(3 * MAX_ACCEPTED_HOSTS):
        check.require({"server": ("127.0.0.1", 80)}, b"%d.localhost" % number)
        assert len(check.accepted) <= MAX_ACCEPTED_HOSTS + 1


@pytest.mark.parametrize("server", [None, ("/run/mock.sock", None), ("testserver", 80), ("192.0.2.7", 80)])
def test_only_loopback_addresses_are_checked(server: tuple[str, int | None] | None) -> None:
    HostCheck().require({"server": server}, b"evil.example")


@pytest.mark.parametrize(
    ("value", "name"), [("a:1", "a"), ("[::1]:1", "::1"), ("A.", "a"), ("a:b", None), ("[a]", None)]
)
def test_the_name_in_a_host_header(value: str, name: str | None) -> None:
    assert parse_host_name(value) == name


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: operation.name)
def test_a_page_of_another_origin_cannot_use_the_control_api(client: Client, operation: Operation) -> None:
    before = read_state(client)
    headers = {**FOREIGN_HEADERS, **({} if operation.method == "GET" else FORM_TYPES)}
    for name, values in headers.items():
        assert (name, refusal(operation.send(client, values))) == (name, (403, "error.auth.not_authorized"))
    assert read_state(client) == before


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
        {"origin": "HTTP://127.0.0.1:8080"},
        {"sec-fetch-site": "none"},
    ],
    ids=["another client", "our own page", "in capitals", "the address bar"],
)
def test_a_page_of_the_server_may_use_it(client: Client, operation: Operation, headers: dict[str, str]) -> None:
    assert operation.send(client, headers).status_code not in (403, 421)


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: operation.name)
def test_with_cors_every_page_may_use_it(client_with_cors: Client, operation: Operation) -> None:
    for headers in FOREIGN_HEADERS.values():
        assert operation.send(client_with_cors, headers).status_code not in (403, 421)


PREFLIGHT = {"origin": "http://page.example", "access-control-request-method": "PUT"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="allowed"),
        pytest.param({"host": "evil.example"}, 421, id="another host"),
        pytest.param({"access-control-request-method": "PATCH"}, 405, id="another method"),
        pytest.param({"access-control-request-private-network": "true"}, 405, id="a private network"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v3/events/evt_abc123", "/_mock/clock"])
def test_with_cors_a_refused_question_of_a_browser_gets_the_error_body(
    path: str, headers: dict[str, str], status: int
) -> None:
    client = Client(a_workspace(), Settings(cors=True)).sign_in()
    answer = client.send_raw("OPTIONS", SERVED + path, headers=PREFLIGHT | headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["message"].startswith("error.request.")
        assert answer.headers["x-request-id"]


def test_with_cors_a_refusal_by_the_parser_gets_the_error_body() -> None:
    with served(MISSING_MODULES[PARSERS[0]], (*FROZEN, "--cors")) as origin, connect(origin) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in PREFLIGHT.items())
        connection.send(f"OPTIONS /_mock/clock HTTP/1.1\r\nhost: [::1]\r\n{lines}x: {'x' * 40_000}\r\n\r\n".encode())
        response = connection.read_response()
        assert (response.status, response.json()["message"]) == (431, "error.request.headers_too_large")


def test_a_link_on_another_page_opens_a_page_but_changes_nothing() -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    client = a_client()
    assert client.send_raw("GET", f"{SERVED}/_mock/status", headers=link).status_code == 200
    assert client.send_raw("GET", f"{SERVED}/_mock/", headers=link).status_code != 403
    assert client.send_raw("POST", f"{SERVED}/_mock/reset", headers=link).status_code == 403
    assert client.send_raw("GET", f"{SERVED}/_mock/status", headers=link | {"origin": "null"}).status_code == 403


def test_a_page_of_another_origin_gets_no_token_from_the_platform() -> None:
    """A browser sends JSON, and the header with the token, only after a preflight request, which is refused."""
    client = a_client()
    client.headers = {}
    foreign = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    for example in EXAMPLES:
        preflight = client.send_raw("OPTIONS", f"{SERVED}/api/v3{example.path}", headers=foreign)
        assert preflight.status_code in (401, 405)
        assert "access-control-allow-headers" not in preflight.headers
        if example.template == "/status/":
            continue
        for headers in ({}, *FORM_TYPES.values()):
            answer = client.send_raw(
                example.method, f"{SERVED}/api/v3{example.target}", content=b"{}", headers=headers | foreign
            )
            assert answer.status_code in (400, 401, 415), example.operation
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("address", ["192.0.2.7", "::", "2001:db8::1"])
def test_plain_uvicorn_beyond_loopback_has_no_control_api_without_a_token(address: str) -> None:
    """Plain uvicorn does not pass its address to the application, so the address of the connection counts."""
    url = f"http://[{address}]:80" if ":" in address else f"http://{address}:80"
    assert Client(a_workspace()).send_raw("GET", f"{url}/_mock/status").status_code == 403
    headers = {"x-mock-control-token": "s3cret"}
    client = Client(a_workspace(), Settings(control_token="s3cret"))
    assert client.send_raw("GET", f"{url}/_mock/status", headers=headers).status_code == 200


def ask(origin: str, request: bytes) -> RawResponse:
    with connect(origin) as connection:
        connection.send(request)
        return connection.read_response()


@pytest.mark.parametrize("parser", PARSERS)
def test_the_server_itself_checks_the_name_and_the_origin(parser: str) -> None:
    with served(MISSING_MODULES[parser]) as origin:
        port = origin.rpartition(":")[2].encode()
        for path in (b"/_mock/snapshot", b"/api/v3/status/", b"/openapi.yaml"):
            for name in (b"evil.example", b"evil.example:" + port, b""):
                assert ask(origin, b"GET %s HTTP/1.1\r\nhost: %s\r\n\r\n" % (path, name)).status == 421
            assert ask(origin, b"GET http://evil.example%s HTTP/1.1\r\nhost: evil.example\r\n\r\n" % path).status == 421
            assert ask(origin, b"GET http://evil.example%s HTTP/1.1\r\nhost: localhost\r\n\r\n" % path).status == 200
            assert ask(origin, b"GET %s HTTP/1.0\r\n\r\n" % path).status == 200
        own = b"POST /_mock/reset HTTP/1.1\r\nhost: [::1]:%s\r\norigin: http://[::1]:%s\r\n\r\n" % (port, port)
        assert ask(origin, own).status == 200
        for foreign in (b"origin: null", b"origin:", b"sec-fetch-site: cross-site", b"content-type: text/plain"):
            head = b"POST /_mock/reset HTTP/1.1\r\nhost: localhost\r\n%s\r\n\r\n" % foreign
            assert ask(origin, head).status == 403


@pytest.mark.parametrize("parser", PARSERS)
def test_beyond_loopback_the_server_needs_its_token_and_takes_any_name(parser: str) -> None:
    flags = (*FROZEN, "--host", "0.0.0.0", "--control-token", "s3cret")
    with served(MISSING_MODULES[parser], flags) as origin:
        for name in (b"mock", b"evil.example", b"localhost"):
            assert ask(origin, b"GET /api/v3/status/ HTTP/1.1\r\nhost: %s\r\n\r\n" % name).status == 200
            for operation in CONTROL_OPERATIONS:
                line = f"{operation.method} /_mock{operation.path} HTTP/1.1\r\n".encode()
                status = ask(origin, b"%shost: %s\r\n\r\n" % (line, name)).status
                assert status == (200 if operation.name == "getHealth" else 403)
        token = b"GET /_mock/status HTTP/1.1\r\nhost: mock\r\nx-mock-control-token: s3cret\r\n\r\n"
        assert ask(origin, token).status == 200
        sign_in = b'{"username":"partner@acme.example","password":"wavetank"}'
        head = (
            b"POST /api/v3/auth HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        )
        assert ask(origin, head % len(sign_in) + sign_in).status == 401


def test_the_flag_names_hosts() -> None:
    arguments = app.settings_flags.read_environment({"MOCK_SERVER_ALLOWED_HOST": "mock.test, [2001:db8::1]"})
    assert arguments.allowed_hosts == ("mock.test", "2001:db8::1")
    for wrong in ("http://mock", "mock:80", "a/b", "[x"):
        with pytest.raises(SystemExit):
            app.settings_flags.read_environment({"MOCK_SERVER_ALLOWED_HOST": wrong})
