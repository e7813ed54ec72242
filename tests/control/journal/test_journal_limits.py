"""How many entries the journal of each workspace keeps, and what remains after a reset, a restore and a fork."""

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.request_journal import Journal
from tests.builders import START_TIME, a_workspace
from tests.example_requests import ROWS_PATH, SETTINGS, SETTINGS_PATH, a_client, an_anonymous_client
from tests.mock_harness import Client, error_fields


@pytest.fixture
def client():
    """Return a client that is signed in, with an empty journal."""
    signed_in = a_client()
    signed_in.control("DELETE", "/journal")
    return signed_in


@pytest.fixture
def client_with_entries(client):
    """Return a client whose journal contains two entries, one minute apart."""
    client.send("GET", "/events/")
    client.control("POST", "/clock/advance", json={"minutes": 1})
    client.send("POST", f"{ROWS_PATH}&purchase=1&revenue=1")
    return client


def read_journal(client):
    answer = client.control("GET", "/journal")
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_client_with_journal(size):
    workspace = a_workspace()
    workspace.journal = Journal(size)
    client = Client(workspace).sign_in()
    for number in range(5):
        client.send("GET", f"/events/?page={number + 1}")
    return client


def test_only_the_latest_entries_are_kept():
    client = a_client_with_journal(3)
    assert [entry["number"] for entry in read_journal(client)] == [4, 5, 6]
    expected = {"expectations": [{"operation": "signIn"}]}
    report = client.control("POST", "/journal/verify", json=expected).json()
    assert (report["verified"], report["checked"], report["discarded"]) == (False, 3, 3)


def test_without_a_journal_the_response_says_so():
    client = a_client_with_journal(0)
    for method, path, body in (("GET", "/journal", None), ("GET", "/journal.har", None), ("GET", "/conduct", None)):
        answer = client.control(method, path, json=body)
        assert (answer.status_code, error_fields(answer)) == (400, ["journal"])
    assert client.control("DELETE", "/journal").status_code == 204


def test_a_server_keeps_the_number_in_its_settings():
    settings = Settings(now=START_TIME, clock_mode="frozen", journal_capacity=2)
    client = Client(app.create_workspace(settings), settings)
    client.control("POST", "/workspaces", json={"name": "as-the-server"})
    client.control("POST", "/workspaces", json={"name": "own", "journal": 1})
    for within, numbers in (
        (client, [2, 3]),
        (client.for_workspace("as-the-server"), [2, 3]),
        (client.for_workspace("own"), [3]),
    ):
        for _ in range(3):
            within.send("GET", "/status/")
        assert [entry["number"] for entry in read_journal(within)] == numbers


@pytest.mark.parametrize("given", [-1, 100_001, "1000", 1.5, True])
def test_an_invalid_number_of_entries_is_rejected(given):
    answer = an_anonymous_client().control("POST", "/workspaces", json={"name": "x", "journal": given})
    assert (answer.status_code, error_fields(answer)) == (400, ["journal"])


def test_each_workspace_has_its_own(client):
    client.control("POST", "/workspaces", json={"name": "x"})
    other = client.for_workspace("x")
    other.send_raw("GET", "/w/x/api/v3/status/")
    assert [(entry["number"], entry["path"]) for entry in read_journal(other)] == [(1, "/api/v3/status/")]
    assert read_journal(client) == []


def test_requests_to_unknown_workspaces_are_not_recorded(client):
    assert client.send_raw("GET", "/w/nobody/api/v3/status/").status_code == 404
    assert read_journal(client) == []


def record_session():
    client = an_anonymous_client()
    client.sign_in()
    client.send("GET", "/events/")
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/clock/advance", json={"seconds": 7})
    client.send("GET", "/events", headers={"host": "other:1"})
    client.send("GET", "/partners/", headers={"Authorization": "Bearer x"})
    return client


def test_two_runs_on_a_frozen_clock_have_identical_journals():
    one, other = record_session(), record_session()
    assert one.control("GET", "/journal").content == other.control("GET", "/journal").content


def test_a_restore_and_a_rewind_do_not_change_the_journal(client_with_entries):
    snapshot = client_with_entries.control("GET", "/snapshot").json()
    before = client_with_entries.control("GET", "/journal").content
    for method, path, body in (
        ("PUT", "/snapshot", snapshot),
        ("POST", "/rewind", {"to": "2026-09-01T12:01:00Z"}),
    ):
        answer = client_with_entries.control(method, path, json=body)
        assert answer.is_success, answer.text
        assert client_with_entries.control("GET", "/journal").content == before
    assert "journal" not in snapshot


def test_a_fork_begins_with_an_empty_one(client_with_entries):
    answer = client_with_entries.control("POST", "/fork", json={"name": "fork"})
    assert answer.is_success, answer.text
    assert read_journal(client_with_entries.for_workspace("fork")) == []
    assert len(read_journal(client_with_entries)) == 2
