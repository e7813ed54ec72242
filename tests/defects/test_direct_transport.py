"""Transports without a socket return what a real server returns, and a run in this process restores its state."""

import os
import warnings
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import hypothesis
import pytest
import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server import app
from mock_server.settings import Settings
from tests.defects import direct_transport, forked_suite, schemathesis_in_process
from tests.defects.serve_defect import START_TIME

RawCall = tuple[str, str, bytes]
ComparableResponse = tuple[int, dict[str, str], bytes]
CALLS: list[RawCall] = [
    ("GET", "/api/v3/status/", b""),
    ("GET", "/api/v3/events/?q=%C3%A9&q=b", b""),
    ("HEAD", "/api/v3/status/", b""),
    ("OPTIONS", "/api/v3/status/", b""),
    ("POST", "/api/v3/auth", b"{"),
    ("POST", "/api/v3/auth", b'{"username": "partner@acme.example", "password": "no"}'),
]
JSON = {"content-type": "application/json"}
IGNORED_HEADERS = {"date", "server", "x-request-id", "connection", "content-length", "transfer-encoding"}
"""Headers that differ between two responses, or that describe the connection."""


async def broken_app(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError


async def silent_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Send no response."""


def correct_app() -> ASGIApp:
    return app.create_app(Settings(now=START_TIME))


def comparable(status: int, headers: list[tuple[str, str]], body: bytes) -> ComparableResponse:
    header_by_name = {name.lower(): value for name, value in headers}
    return status, {name: value for name, value in header_by_name.items() if name not in IGNORED_HEADERS}, body


def send_over_socket(application: ASGIApp, call: RawCall, monkeypatch: pytest.MonkeyPatch) -> ComparableResponse:
    monkeypatch.setattr(forked_suite, "build_app", lambda name: application)
    with forked_suite.running_deployment("") as origin:
        connection = HTTPConnection(origin.removeprefix("http://"), timeout=30)
        connection.request(*call, JSON)
        answer = connection.getresponse()
        response = comparable(answer.status, answer.getheaders(), answer.read())
        connection.close()
    return response


def send_by_httpx(application: ASGIApp, call: RawCall) -> ComparableResponse:
    method, target, content = call
    client = direct_transport.DirectClient(transport=direct_transport.DirectTransport(application))
    answer = client.request(method, f"http://127.0.0.1:9{target}", content=content, headers=JSON)
    return comparable(answer.status_code, answer.headers.multi_items(), answer.content)


def send_by_requests(application: ASGIApp, call: RawCall) -> ComparableResponse:
    method, target, content = call
    with requests.Session() as session:
        session.mount("http://", direct_transport.DirectAdapter(application))
        answer = session.request(method, f"http://127.0.0.1:9{target}", data=content, headers=JSON)
    return comparable(answer.status_code, list(answer.raw.headers.items()), answer.content)


DIRECT_SENDERS = [send_by_httpx, send_by_requests]
Sender = Callable[[ASGIApp, RawCall], ComparableResponse]


@pytest.mark.parametrize("call", CALLS)
def test_it_is_answered_as_over_a_socket(call: RawCall, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = send_over_socket(correct_app(), call, monkeypatch)
    assert [way(correct_app(), call) for way in DIRECT_SENDERS] == [expected, expected]


@pytest.mark.parametrize("served", [broken_app, silent_app])
def test_an_application_that_breaks_is_a_500_as_over_a_socket(served: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = send_over_socket(served, CALLS[0], monkeypatch)
    assert expected[0] == 500
    assert [way(served, CALLS[0]) for way in DIRECT_SENDERS] == [expected, expected]


def process_state() -> list[object]:
    seams = [getattr(owner, name) for owner, name in schemathesis_in_process.SEAMS]
    profile = hypothesis.settings.get_current_profile_name()
    return [dict(os.environ), Path.cwd(), profile, list(warnings.filters), *seams]


def test_a_run_in_this_process_leaves_it_as_it_was(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = process_state()
    output = os.open(tmp_path / "said", os.O_CREAT | os.O_WRONLY)

    def run() -> None:
        os.environ["WAVETANK_NOISE"] = "1"
        os.chdir(tmp_path)
        hypothesis.settings.load_profile("default")
        warnings.simplefilter("ignore")
        schemathesis_in_process.bypass_sockets(correct_app())
        direct_transport.connect_schemathesis(correct_app())
        os.dup2(output, 1)
        os.write(1, b"of the run")

    schemathesis_in_process.InProcessRun(run).wait()
    os.close(output)
    os.write(1, b"of this process")
    assert process_state() == before
    assert ((tmp_path / "said").read_text(), capfd.readouterr().out) == ("of the run", "of this process")
