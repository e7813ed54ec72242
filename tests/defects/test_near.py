"""The ways into an application without a socket answer as a server does, and a run in this process leaves it alone."""

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
from tests.defects import engines, forks, near
from tests.defects.deploy import BORN

Call = tuple[str, str, bytes]
Told = tuple[int, dict[str, str], bytes]
CALLS: list[Call] = [
    ("GET", "/api/v3/status/", b""),
    ("GET", "/api/v3/events/?q=%C3%A9&q=b", b""),
    ("HEAD", "/api/v3/status/", b""),
    ("OPTIONS", "/api/v3/status/", b""),
    ("POST", "/api/v3/auth", b"{"),
    ("POST", "/api/v3/auth", b'{"username": "partner@acme.example", "password": "no"}'),
]
JSON = {"content-type": "application/json"}
LEFT_OUT = {"date", "server", "x-request-id", "connection", "content-length", "transfer-encoding"}
"""What differs from answer to answer, and what belongs to a connection."""


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """It says nothing."""


def right() -> ASGIApp:
    return app.create_app(Settings(now=BORN))


def told(status: int, headers: list[tuple[str, str]], body: bytes) -> Told:
    named = {name.lower(): value for name, value in headers}
    return status, {name: value for name, value in named.items() if name not in LEFT_OUT}, body


def over_a_socket(served: ASGIApp, call: Call, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(forks, "application", lambda name: served)
    with forks.deployed("") as origin:
        connection = HTTPConnection(origin.removeprefix("http://"), timeout=30)
        connection.request(*call, JSON)
        answer = connection.getresponse()
        found = told(answer.status, answer.getheaders(), answer.read())
        connection.close()
    return found


def by_httpx(served: ASGIApp, call: Call) -> Told:
    method, target, content = call
    client = near.Near(transport=near.Straight(served))
    answer = client.request(method, f"http://127.0.0.1:9{target}", content=content, headers=JSON)
    return told(answer.status_code, answer.headers.multi_items(), answer.content)


def by_requests(served: ASGIApp, call: Call) -> Told:
    method, target, content = call
    with requests.Session() as session:
        session.mount("http://", near.Adapter(served))
        answer = session.request(method, f"http://127.0.0.1:9{target}", data=content, headers=JSON)
    return told(answer.status_code, list(answer.raw.headers.items()), answer.content)


WAYS = [by_httpx, by_requests]
Way = Callable[[ASGIApp, Call], Told]


@pytest.mark.parametrize("call", CALLS)
def test_it_is_answered_as_over_a_socket(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = over_a_socket(right(), call, monkeypatch)
    assert [way(right(), call) for way in WAYS] == [expected, expected]


@pytest.mark.parametrize("served", [broken, silent])
def test_an_application_that_breaks_is_a_500_as_over_a_socket(served: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = over_a_socket(served, CALLS[0], monkeypatch)
    assert expected[0] == 500
    assert [way(served, CALLS[0]) for way in WAYS] == [expected, expected]


def state() -> list[object]:
    ways = [getattr(owner, name) for owner, name in engines.SEAMS]
    profile = hypothesis.settings.get_current_profile_name()
    return [dict(os.environ), Path.cwd(), profile, list(warnings.filters), *ways]


def test_a_run_in_this_process_leaves_it_as_it_was(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = state()
    said = os.open(tmp_path / "said", os.O_CREAT | os.O_WRONLY)

    def run() -> None:
        os.environ["WAVETANK_NOISE"] = "1"
        os.chdir(tmp_path)
        hypothesis.settings.load_profile("default")
        warnings.simplefilter("ignore")
        engines.beside(right())
        near.engine(right())
        os.dup2(said, 1)
        os.write(1, b"of the run")

    engines.Here(run).wait()
    os.close(said)
    os.write(1, b"of this process")
    assert state() == before
    assert ((tmp_path / "said").read_text(), capfd.readouterr().out) == ("of the run", "of this process")
