"""The journal's bounds: how many it keeps, of which workspace, and what a reset, a restore and a fork do to it."""

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.request_journal import Journal
from tests.api.examples import ROWS, SETTINGS, SETTINGS_PATH, a_client, a_visitor
from tests.builders import BIRTH, a_workspace
from tests.served import Client, errors_of


@pytest.fixture
def client():
    """Signed in; the journal is empty."""
    signed_in = a_client()
    signed_in.control("DELETE", "/journal")
    return signed_in


@pytest.fixture
def filled(client):
    """Two entries, a minute apart."""
    client.send("GET", "/events/")
    client.control("POST", "/clock/advance", json={"minutes": 1})
    client.send("POST", f"{ROWS}&purchase=1&revenue=1")
    return client


def journal(client):
    answer = client.control("GET", "/journal")
    assert answer.status_code == 200, answer.text
    return answer.json()


def kept(most):
    workspace = a_workspace()
    workspace.journal = Journal(most)
    client = Client(workspace).sign_in()
    for number in range(5):
        client.send("GET", f"/events/?page={number + 1}")
    return client


def test_only_the_last_ones_are_kept():
    client = kept(3)
    assert [entry["number"] for entry in journal(client)] == [4, 5, 6]
    expected = {"expectations": [{"operation": "signIn"}]}
    told = client.control("POST", "/journal/verify", json=expected).json()
    assert (told["verified"], told["judged"], told["forgotten"]) == (False, 3, 3)


def test_without_a_journal_the_answer_says_so():
    client = kept(0)
    for method, path, body in (("GET", "/journal", None), ("GET", "/journal.har", None), ("GET", "/conduct", None)):
        answer = client.control(method, path, json=body)
        assert (answer.status_code, errors_of(answer)) == (400, ["journal"])
    assert client.control("DELETE", "/journal").status_code == 204


def test_a_server_keeps_as_many_as_its_settings_say():
    settings = Settings(now=BIRTH, clock="frozen", journal=2)
    client = Client(app.create_workspace(settings), settings)
    client.control("POST", "/workspaces", json={"name": "as-the-server"})
    client.control("POST", "/workspaces", json={"name": "own", "journal": 1})
    for within, numbers in ((client, [2, 3]), (client.within("as-the-server"), [2, 3]), (client.within("own"), [3])):
        for _ in range(3):
            within.send("GET", "/status/")
        assert [entry["number"] for entry in journal(within)] == numbers


@pytest.mark.parametrize("given", [-1, 100_001, "1000", 1.5, True])
def test_a_workspace_keeps_a_number_of_entries_that_makes_sense(given):
    answer = a_visitor().control("POST", "/workspaces", json={"name": "x", "journal": given})
    assert (answer.status_code, errors_of(answer)) == (400, ["journal"])


def test_each_workspace_has_its_own(client):
    client.control("POST", "/workspaces", json={"name": "x"})
    other = client.within("x")
    other.raw("GET", "/w/x/api/v3/status/")
    assert [(entry["number"], entry["path"]) for entry in journal(other)] == [(1, "/api/v3/status/")]
    assert journal(client) == []


def test_a_request_to_no_workspace_is_nobodys(client):
    assert client.raw("GET", "/w/nobody/api/v3/status/").status_code == 404
    assert journal(client) == []


def walk():
    client = a_visitor()
    client.sign_in()
    client.send("GET", "/events/")
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/clock/advance", json={"seconds": 7})
    client.send("GET", "/events", headers={"host": "other:1"})
    client.send("GET", "/partners/", headers={"Authorization": "Bearer x"})
    return client


def test_two_runs_on_a_frozen_clock_read_the_same_byte_for_byte():
    one, other = walk(), walk()
    assert one.control("GET", "/journal").content == other.control("GET", "/journal").content


def test_a_restore_and_a_rewind_change_the_world_and_not_what_was_asked(filled):
    taken = filled.control("GET", "/snapshot").json()
    before = filled.control("GET", "/journal").content
    for method, path, body in (
        ("PUT", "/snapshot", taken),
        ("POST", "/rewind", {"to": "2026-09-01T12:01:00Z"}),
    ):
        answer = filled.control(method, path, json=body)
        assert answer.is_success, answer.text
        assert filled.control("GET", "/journal").content == before
    assert "journal" not in taken


def test_a_fork_begins_with_an_empty_one(filled):
    answer = filled.control("POST", "/fork", json={"name": "fork"})
    assert answer.is_success, answer.text
    assert journal(filled.within("fork")) == []
    assert len(journal(filled)) == 2
