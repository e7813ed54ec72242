"""The exchanges of a run are recorded as HAR 1.2, without secrets, whatever the target answers."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contracts.pytest_plugin.har_recording import join_parts
from contracts.target.exchange_log import ExchangeLog
from tests.contracts.har_schema import validate_har

BASE = "https://staging.example/api/v3"


def answer(request: httpx2.Request) -> httpx2.Response:
    if request.url.path.endswith("/lost"):
        raise httpx2.ConnectError("connection refused", request=request)
    if request.url.path.endswith("/garbled"):
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"no gzip"))
    if request.url.path.endswith("/auth"):
        tokens = {"AccessToken": "hidden-token", "IdToken": "hidden-id", "RefreshToken": "hidden-refresh"}
        return httpx2.Response(200, json=tokens, headers={"set-cookie": "session=hidden-cookie"})
    if request.url.path.endswith("/moved"):
        return httpx2.Response(307, headers={"location": "/api/v3/there/"})
    return httpx2.Response(200, text=f"{'x' * 5_000}\u2028\x85")


def record(folder: Path, *requests: httpx2.Request) -> dict[str, Any]:
    """Send the requests, and return the HAR file that results."""
    log = ExchangeLog(folder / "run.har.part-main")
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        log.follow(http)
        for request in requests:
            try:
                http.send(request)
            except httpx2.HTTPError:
                continue
    log.close()
    join_parts(folder / "run.har")
    document: dict[str, Any] = json.loads((folder / "run.har").read_text(encoding="utf-8"))
    validate_har(document)
    return document


def entries_of(document: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [
        (each["request"]["method"], each["request"]["url"].removeprefix(BASE), each["response"]["status"])
        for each in document["log"]["entries"]
    ]


def test_every_exchange_is_recorded(tmp_path: Path) -> None:
    document = record(
        tmp_path,
        httpx2.Request("GET", f"{BASE}/events/?city=A&city=B"),
        httpx2.Request("GET", f"{BASE}/lost"),
        httpx2.Request("GET", f"{BASE}/garbled"),
        httpx2.Request("GET", f"{BASE}/moved"),
        httpx2.Request("POST", f"{BASE}/rows", json={"purchase": 1}),
        httpx2.Request("GET", f"{BASE}/lost"),
    )
    assert sorted(entries_of(document)) == sorted(
        [
            ("GET", "/events/?city=A&city=B", 200),
            ("GET", "/lost", 0),
            ("GET", "/garbled", 200),
            ("GET", "/moved", 307),
            ("POST", "/rows", 200),
            ("GET", "/lost", 0),
        ]
    )
    by_path = {each["request"]["url"].removeprefix(BASE).partition("?")[0]: each for each in document["log"]["entries"]}
    assert [pair["value"] for pair in by_path["/events/"]["request"]["queryString"]] == ["A", "B"]
    assert by_path["/moved"]["response"]["redirectURL"] == "/api/v3/there/"
    assert by_path["/rows"]["request"]["postData"] == {"mimeType": "application/json", "text": '{"purchase": 1}'}
    assert by_path["/rows"]["response"]["content"]["comment"].startswith("truncated")


def test_no_secret_is_recorded(tmp_path: Path) -> None:
    sign_in = httpx2.Request("POST", f"{BASE}/auth", json={"username": "ana", "password": "hidden-password"})
    read = httpx2.Request("GET", f"{BASE}/events/", headers={"authorization": "Bearer hidden-token"})
    document = record(tmp_path, sign_in, read)
    assert len(document["log"]["entries"]) == 2
    assert "hidden" not in (tmp_path / "run.har").read_text(encoding="utf-8")


def test_an_answer_that_cannot_be_decoded_fails_as_without_the_log(tmp_path: Path) -> None:
    log = ExchangeLog(tmp_path / "run.har.part-main")
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        log.follow(http)
        with pytest.raises(httpx2.DecodingError):
            http.get(f"{BASE}/garbled")
    log.close()


def test_the_files_of_all_processes_are_joined_in_the_order_of_time(tmp_path: Path) -> None:
    for process, start in (("gw0", "2026-03-02T10:00:02.000Z"), ("gw1", "2026-03-02T10:00:01.000Z")):
        log = ExchangeLog(tmp_path / f"run.har.part-{process}")
        log.add(httpx2.Request("GET", f"{BASE}/{process}"), None, start, 0.5)
        log.close()
    join_parts(tmp_path / "run.har")
    document = json.loads((tmp_path / "run.har").read_text(encoding="utf-8"))
    validate_har(document)
    assert [url for _, url, _ in entries_of(document)] == ["/gw1", "/gw0"]
    assert [file.name for file in tmp_path.iterdir()] == ["run.har"]
    assert document["log"]["entries"][0]["time"] == 500
