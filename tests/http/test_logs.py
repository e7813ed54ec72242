"""The log in both formats, and the access log: one line a request, without secrets."""

import json
import logging
import re
import subprocess
from collections.abc import Iterator

import pytest

from mock_server.http import logs
from mock_server.http.observer import Destination, Observation
from mock_server.settings import Settings
from tests import plain_http
from tests.builders import a_workspace
from tests.cli.test_server_stop import read_origin
from tests.example_requests import an_anonymous_client
from tests.http.server_process import FROZEN, start_server
from tests.mock_harness import Client

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
ACCESS = Settings(access_log=True)
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    logger = logging.getLogger(logs.LOGGER)
    handlers, level = logger.handlers, logs.access_log.level
    yield
    logger.handlers = handlers
    logs.access_log.setLevel(level)


def a_client(settings: Settings = ACCESS) -> Client:
    return Client(an_anonymous_client().workspace, settings)


def read_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_request_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", access=True)
    client = a_client().sign_in()
    capsys.readouterr()
    answer = client.send("GET", "/events/?limit=1", headers={"traceparent": TRACEPARENT})
    (line,) = read_lines(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("time")))
    assert float(str(line.pop("milliseconds"))) >= 0
    assert line == {
        "level": "INFO",
        "message": "GET /api/v3/events/?limit=1 200",
        "method": "GET",
        "path": "/api/v3/events/",
        "query": "limit=1",
        "status": 200,
        "operation": "listEvents",
        "workspace": "test",
        "request_id": answer.headers["x-request-id"],
        "trace_id": TRACE,
    }


def test_a_request_is_one_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text", access=True)
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "x"})
    client.for_workspace("x").send("GET", "/events/none", headers={"x-request-id": "mine"})
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(
        r"\S+Z INFO GET /w/x/api/v3/events/none 401 milliseconds=[\d.]+ operation=getEvent workspace=x request_id=mine",
        last,
    )


def test_without_the_switch_no_request_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text", access=False)
    a_client(Settings()).send("GET", "/status/")
    assert capsys.readouterr().err == ""


SECRETS = (
    ("GET", f"/api/v3/events/?token={TOKEN}"),
    ("GET", "/api/v3/events/?password=canary"),
    ("GET", "/api/v3/events/?pass%77ord=canary"),
    ("GET", f"/api/v3/events/?q={TOKEN}"),
    ("GET", f"/api/v3/events/{TOKEN}"),
    ("GET", f"/api/v3/events/{TOKEN.replace('e', '%65')}"),
    ("GET", f"/{TOKEN}/nothing?session=canary"),
    ("GET", "/w/none/api/v3/events/?api_key=canary"),
)


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize(("method", "path"), SECRETS)
def test_no_secret_is_logged(log_format: str, method: str, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(log_format, access=True)
    headers = {"authorization": f"Bearer {TOKEN}", "referer": f"http://x/?t={TOKEN}", "cookie": "canary"}
    a_client().send_raw(method, path, headers=headers)
    logged = capsys.readouterr().err
    assert logged.count("\n") == 1
    for secret in ("canary", TOKEN, TOKEN.rpartition(".")[2]):
        assert secret not in logged


def test_the_password_of_a_sign_in_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", access=True)
    client = a_client()
    client.sign_in()
    logged = capsys.readouterr().err
    assert "wavetank" not in logged
    assert client.headers["Authorization"].removeprefix("Bearer ") not in logged


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mred", "a\u2028b", "a\x85b", "a\x00b", "\u202eb"])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_text_of_a_client_breaks_a_line(log_format: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(log_format, access=True)
    scope = {"method": "GET", "path": text, "raw_path": text.encode(), "query_string": b"", "headers": []}
    logs.AccessLog().observe(Observation(scope, Destination(text, None), 200, "", 0.1))
    logged = capsys.readouterr().err
    assert logged.count("\n") == len(logged.splitlines()) == 1
    assert "\x1b" not in logged


def test_a_long_target_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", access=True)
    a_client().send_raw("GET", f"/api/v3/{'x' * 9_000}?{'y' * 9_000}")
    (line,) = read_lines(capsys)
    assert (len(str(line["path"])), len(str(line["query"]))) == (logs.MAX_TEXT, logs.MAX_TEXT)


class BrokenClock:
    """A clock that fails, as an error in the mock itself does."""

    def now(self) -> None:
        raise ZeroDivisionError(f"cannot divide {TOKEN}")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_error_of_the_mock_names_the_workspace_and_the_request(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(log_format, access=False)
    client = Client(a_workspace(), Settings())
    client.workspace.clock = BrokenClock()  # type: ignore[assignment]
    answer = client.send("GET", "/status/", headers={"x-request-id": "mine"})
    logged = capsys.readouterr().err
    assert answer.status_code == 500
    assert TOKEN not in logged
    assert "ZeroDivisionError: cannot divide …" in logged
    if log_format == "json":
        (line,) = map(json.loads, logged.splitlines())
        assert (line["workspace"], line["request_id"], line["level"]) == ("test", "mine", "ERROR")
        assert line["traceback"].startswith("Traceback")
    else:
        assert "ERROR GET /api/v3/status/ failed workspace=test request_id=mine\nTraceback" in logged


def test_configuring_again_replaces_the_format(capsys: pytest.CaptureFixture[str]) -> None:
    for log_format in ("json", "text", "json"):
        logs.configure(log_format, access=True)
    a_client().send("GET", "/status/")
    assert len(read_lines(capsys)) == 1


def test_the_server_logs_in_the_chosen_format() -> None:
    with start_server(flags=(*FROZEN, "--log", "json", "--access-log")) as process:
        process_lines = _serve_two_requests(process)
    assert [(line["status"], line["operation"]) for line in process_lines] == [(200, "getStatus"), (404, None)]


def _serve_two_requests(process: "subprocess.Popen[str]") -> list[dict[str, object]]:
    origin = read_origin(process)
    for path in ("/api/v3/status/", "/nothing"):
        plain_http.get(f"{origin}{path}")
    process.terminate()
    _, log = process.communicate(timeout=30)
    return [json.loads(line) for line in log.splitlines()]
