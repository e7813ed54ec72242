"""Reading the journal costs what the response shows, and a response is bounded."""

from functools import partial

import pytest

from mock_server.control.journal import queries
from mock_server.control.journal.schemas import JournalQuery
from mock_server.domain import redaction
from mock_server.state.request_journal import MAX_PART_BYTES
from mock_server.state.workspace import OperationCall
from tests.builders import START_TIME
from tests.example_requests import a_client
from tests.mock_harness import error_fields


@pytest.fixture
def client():
    """Return a client that is signed in and has sent five further requests: numbers 2 to 6."""
    signed_in = a_client()
    for page in range(5):
        signed_in.send("GET", f"/events/?page={page + 1}")
    return signed_in


def numbers(client, query=""):
    return [entry["number"] for entry in client.control("GET", f"/journal{query}").json()]


@pytest.mark.parametrize("path", ["/journal", "/journal.har"])
def test_only_what_is_shown_is_masked(client, monkeypatch, path):
    masked = []
    mask_query = redaction.mask_query
    monkeypatch.setattr(redaction, "mask_query", lambda query: masked.append(query) or mask_query(query))
    client.control("GET", f"{path}?limit=1")
    client.control("GET", f"{path}?operation=listEvents&after=4&before=6")
    assert masked == [b"page=5", b"page=4"]


def test_a_journal_is_read_backwards_page_by_page(client, monkeypatch):
    size = client.workspace.journal.size // 6
    monkeypatch.setattr(queries, "MAX_PAGE_BYTES", 3 * size)
    pages, before = [], ""
    while page := numbers(client, before):
        pages.append(page)
        before = f"?before={page[0]}"
    assert [number for page in reversed(pages) for number in page] == [1, 2, 3, 4, 5, 6]
    assert len(pages) in (2, 3)


def test_an_entry_larger_than_a_page_is_shown_alone(client, monkeypatch):
    monkeypatch.setattr(queries, "MAX_PAGE_BYTES", 1)
    assert numbers(client) == [6]
    assert numbers(client, "?before=6") == [5]


def test_a_verification_counts_what_it_did_not_examine_as_discarded(client, monkeypatch):
    monkeypatch.setattr(queries, "MAX_EXAMINED_BYTES", 1)
    report = client.control("POST", "/journal/verify", json={"expectations": [{"operation": "signIn"}]}).json()
    assert (report["verified"], report["checked"], report["discarded"]) == (False, 1, 5)


def test_a_response_with_the_largest_entries_is_bounded(client):
    """600 entries of 17 KiB are 10 MiB."""
    client.control("DELETE", "/journal")
    for index in range(600):
        client.send("GET", f"/events/?q={index}{'x' * 20_000}", headers={"x": "y" * 20_000})
    read = client.control("GET", "/journal")
    assert 400 < len(read.json()) < 600
    assert len(read.content) < 2 * queries.MAX_PAGE_BYTES


@pytest.mark.parametrize("before", ["0", "-1", "x"])
def test_an_invalid_number_is_rejected(client, before):
    answer = client.control("GET", f"/journal?before={before}")
    assert (answer.status_code, error_fields(answer)) == (400, ["before"])


def test_a_long_path_query_and_headers_are_cut_and_marked(client):
    token = client.headers["Authorization"].removeprefix("Bearer ")
    filler = "x" * (MAX_PART_BYTES - 100)
    client.send("GET", f"/events/{filler}{'y' * 10_000}")
    client.send("GET", f"/events/?q={filler}.{token}")
    client.send("GET", "/events/", headers={"x": f"{filler}.{token}"})
    client.send("GET", "/events/")
    in_path, in_query, in_header, short = client.control("GET", "/journal?after=6").json()
    assert [entry["truncated"] for entry in (in_path, in_query, in_header, short)] == [True, True, True, False]
    assert (len(in_path["path"]), in_path["operation"]) == (MAX_PART_BYTES, None)
    for entry in (in_query, in_header):
        assert "eyJ" not in str(entry)
        assert "…" in str(entry)


def test_other_workspaces_act_while_a_large_journal_is_read(client):
    """Each step converts one exchange, and says how large it is."""
    for index in range(200):
        client.send("GET", f"/events/?q={index}{'x' * 8_000}", headers={"x": "y" * 8_000})
    for read in (queries.list_exchanges, partial(queries.select_exchanges.steps, query=JournalQuery())):
        steps = getattr(read, "steps", read)(OperationCall(client.workspace, START_TIME))
        units = list(steps)
        assert len(units) - len(client.workspace.journal) in (0, 1)  # one more where the exchanges are selected
        assert sum(units) >= 0.9 * client.workspace.journal.size / queries.BYTES_PER_UNIT
