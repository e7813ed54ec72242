"""The requests that the console sends for its own pages: marked in the journal, and passed over elsewhere."""

from typing import Any

import pytest

from tests.example_requests import a_client
from tests.mock_harness import Client

CONSOLE = {"X-Mock-Console": "1"}


@pytest.fixture
def client() -> Client:
    """A client that has sent a request for the console, then two of its own."""
    client = a_client()
    client.control("DELETE", "/journal")
    client.send("GET", "/events/", headers=CONSOLE)
    client.send("GET", "/events/", headers={"X-Other": "x-mock-console"})
    client.send("GET", "/nothing")
    return client


def read(client: Client, query: str = "") -> list[tuple[str, bool]]:
    entries: list[dict[str, Any]] = client.control("GET", f"/journal{query}").json()
    return [(entry["path"].removeprefix("/api/v3"), entry["console"]) for entry in entries]


def test_the_journal_marks_them_and_selects_by_the_mark(client: Client) -> None:
    own, others = [("/events/", True)], [("/events/", False), ("/nothing", False)]
    assert read(client) == own + others
    assert read(client, "?console=true") == own
    assert read(client, "?console=false&limit=2") == others
    assert client.control("GET", "/journal?console=1").status_code == 400


def test_a_verification_does_not_count_them(client: Client) -> None:
    first = client.control("GET", "/journal").json()[0]["number"]
    order = {"expectations": [{"operation": "listEvents", "count": 1}]}
    result = client.control("POST", "/journal/verify", json=order).json()
    assert (result["verified"], result["checked"], result["discarded"]) == (True, 2, first - 1)


def test_the_client_checks_pass_over_them_even_with_many_headers(client: Client) -> None:
    many = {f"x-{number}": "" for number in range(60)}
    for headers in (CONSOLE, {**many, **CONSOLE}):
        for _ in range(3):
            client.send("GET", "/nothing", headers=headers)
    report = client.control("GET", "/conduct").json()
    assert (report["checked"], report["findings"]) == (2, [])
    for _ in range(3):
        client.send("GET", "/nothing")
    assert client.control("GET", "/conduct").json()["findings"] != []


def test_fault_rules_neither_strike_nor_count_them(client: Client) -> None:
    client.control("POST", "/faults", json={"match": {"nth": 2}, "effect": {"status": 503}})
    sent = [CONSOLE, {}, CONSOLE, {}, CONSOLE]
    assert [client.send("GET", "/events/", headers=each).status_code for each in sent] == [200, 200, 200, 503, 200]
    assert client.control("GET", "/faults").json()["rules"][0]["matched"] == 2


def test_the_stream_names_them(client: Client) -> None:
    text = client.control("GET", "/stream").text
    assert text.count("event: request") == 0
    last = next(line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: "))
    client.send("GET", "/events/", headers=CONSOLE)
    text = client.control("GET", "/stream", headers={"Last-Event-ID": last}).text
    assert '"console":true' in text
