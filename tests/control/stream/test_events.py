"""The events of a stream: what each kind shows, and how a client resumes after one that it has received."""

import json

import pytest

from mock_server.control.stream import hub
from mock_server.control.stream.changes import MAX_EVENTS
from mock_server.control.stream.events import parse_cursor
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.control.stream.frames import Frame, read, read_after
from tests.example_requests import SETTINGS, SETTINGS_PATH, a_client
from tests.mock_harness import Client

CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
RULE = {"id": "f", "match": {"operation": "listEvents"}, "effect": {"status": 503}}
JOB_MEMBERS = {"kind", "subject", "due", "state", "generation", "number"}


@pytest.fixture
def client() -> Client:
    return a_client()


def of_kind(kind: str, frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame.kind == kind]


def test_a_stream_begins_with_the_clock_and_a_place_to_resume_from(client: Client) -> None:
    (first,) = read(client)
    assert (first.kind, first.data) == ("clock", client.control("GET", "/clock").json())
    assert parse_cursor(first.id.encode()) is not None


def test_a_request_is_shown_as_in_the_journal(client: Client) -> None:
    (event,) = read_after(client, lambda: client.send("GET", "/events/evt_none?a=b"))
    entry = client.control("GET", "/journal").json()[-1]
    shared = event.data.keys() & entry.keys() - {"query"}
    assert {name: event.data[name] for name in shared} == {name: entry[name] for name in shared}
    assert event.data["status"] == entry["response"]["status"] == 400
    assert (event.kind, event.data["query"], event.data["near_miss"]) == ("request", "a=b", False)


def test_a_request_for_an_unknown_path_is_a_near_miss(client: Client) -> None:
    (event,) = read_after(client, lambda: client.send("GET", "/event/"))
    assert (event.data["operation"], event.data["near_miss"]) == (None, True)


def test_control_requests_and_the_stream_itself_are_not_shown(client: Client) -> None:
    assert read_after(client, lambda: client.control("GET", "/status")) == []


def test_no_event_contains_a_secret(client: Client) -> None:
    token = client.headers["Authorization"].partition(" ")[2]
    secrets = (token, "wavetank", "hunter2")

    def act() -> None:
        client.send("POST", "/auth", json=CREDENTIALS)
        client.send("GET", f"/events/{token}?password=hunter2&x={token}")
        client.send("GET", "/nothing?pass%77ord=hunter2")

    text = json.dumps(read_after(client, act))
    assert [secret for secret in secrets if secret in text] == []


def test_a_long_path_is_cut(client: Client) -> None:
    (event,) = read_after(client, lambda: client.send("GET", f"/{'x' * 3000}?{'y' * 3000}"))
    assert (len(event.data["path"]), len(event.data["query"])) == (500, 500)


def test_jobs_are_shown_when_they_are_scheduled_and_when_they_end(client: Client) -> None:
    def act() -> None:
        client.send("PUT", SETTINGS_PATH, json=SETTINGS)
        client.send("PUT", SETTINGS_PATH, json=SETTINGS)
        client.control("POST", "/clock/advance", json={"seconds": 2})

    jobs = [frame.data for frame in of_kind("job", read_after(client, act))]
    assert [set(job) for job in jobs] == [JOB_MEMBERS] * 4
    first, second = jobs[0]["number"], jobs[1]["number"]
    assert [(job["number"], job["state"]) for job in jobs] == [
        (first, "pending"),
        (second, "pending"),
        (first, "superseded"),
        (second, "done"),
    ]


def test_a_client_that_resumes_after_any_event_misses_nothing_and_gets_nothing_twice(client: Client) -> None:
    start = read(client)[-1].id
    for _ in range(3):
        client.send("GET", "/events/")
        client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/clock/next")
    expected = read(client, start)
    assert len(expected) > 10
    for index, frame in enumerate(expected[:-1]):
        assert read(client, frame.id) == expected[index + 1 :]


def test_after_a_resume_a_client_learns_that_the_fault_rules_changed(client: Client) -> None:
    changed = read_after(client, lambda: client.control("POST", "/faults", json=RULE))
    assert [frame.data for frame in changed] == [{"rule": None, "change": "changed", "applied": 0}]
    assert read_after(client, lambda: client.control("GET", "/faults")) == []


def test_more_events_than_a_page_can_show_are_counted(client: Client) -> None:
    def act() -> None:
        for path in ["/events/"] * MAX_EVENTS + ["/nothing"]:
            client.send("GET", path)
        client.send("DELETE", "/nothing")
        client.send("POST", "/auth", json={})

    (event,) = read_after(client, act)
    statuses = {"2xx": MAX_EVENTS, "4xx": 3}
    counted = {"requests": MAX_EVENTS + 3, "writes": 1, "statuses": statuses, "jobs": {}}
    assert (event.kind, event.data) == ("counts", counted)
    assert read(client, event.id)[:-1] == []


def test_a_client_that_has_missed_what_is_no_longer_kept_gets_a_gap() -> None:
    workspace = a_workspace()
    workspace.journal.capacity = 5
    client = Client(workspace).sign_in()
    start = read(client)[-1].id
    for _ in range(7):
        client.send("GET", "/events/")
    gap, clock = read(client, start)
    assert (gap.kind, gap.data["reason"], clock.kind) == ("gap", "dropped", "clock")
    assert [frame.kind for frame in read(client, clock.id)] == ["clock"]


def test_a_client_that_has_missed_more_than_is_sent_again_gets_a_gap(client: Client) -> None:
    start = read(client)[-1].id
    for _ in range(hub.MAX_RESUMED + 1):
        client.workspace.journal.add_numbered(
            client.workspace.journal.last_number + 1, next(client.workspace.journal.newest_records())[1]
        )
    assert [frame.data.get("reason") for frame in read(client, start)] == ["dropped", None]


def test_more_jobs_than_are_kept_are_a_gap(client: Client) -> None:
    frames = read_after(client, lambda: client.control("POST", "/clock/advance", json={"days": 300}))
    assert [(frame.kind, frame.data.get("reason")) for frame in frames] == [("gap", "dropped")]


def test_a_reset_is_a_gap_for_a_client_that_resumes(client: Client) -> None:
    frames = read_after(client, lambda: client.control("POST", "/reset"))
    assert [(frame.kind, frame.data) for frame in frames] == [("gap", {"reason": "reset", "events": None})]


@pytest.mark.parametrize(
    "sent", ["", "x", "1-2-3", "1-2-3-4-5-6-7", "-1-2-3-4-5", "1-2-3-4-5-x", "9" * 400, "é", "0-1-1-1-1-1"]
)
def test_an_event_that_this_server_never_sent_is_a_gap(client: Client, sent: str) -> None:
    answer = client.control("GET", "/stream", headers=[("last-event-id", sent.encode())])
    assert b"event: gap" in answer.content


def test_an_event_from_before_a_restart_is_a_gap() -> None:
    """In memory, a restart resets the state, and numbers repeat."""
    before = a_client()
    place = before.control("GET", "/stream").text
    sent = place.partition("id: ")[2].partition("\n")[0]
    start, rest = sent.split("-", 1)
    assert [frame.data.get("reason") for frame in read(a_client(), f"{int(start) - 1}-{rest}")] == ["reset", None]


def test_an_event_after_all_is_a_gap(client: Client) -> None:
    parts = read(client)[-1].id.split("-")
    for index in (2, 3):
        later = [*parts[:index], str(int(parts[index]) + 10), *parts[index + 1 :]]
        assert read(client, "-".join(later))[0].kind == "gap"


def test_a_client_resumes_where_numbers_of_jobs_were_left_out(client: Client) -> None:
    """A snapshot sets the last number of a job. There are far more numbers than jobs then."""
    snapshot = client.control("GET", "/snapshot").json()
    snapshot["counters"]["#job"] = 2**53
    client.control("PUT", "/snapshot", json=snapshot)
    parts = read(client)[-1].id.split("-")
    jobs = of_kind("job", read(client, "-".join([*parts[:3], "0", *parts[4:]])))
    assert [frame.data["number"] for frame in jobs] == sorted(job["number"] for job in snapshot["jobs"]["pending"])


def test_a_workspace_has_a_stream_of_its_own(client: Client) -> None:
    client.control("POST", "/workspaces", json={"name": "other"})
    other = client.for_workspace("other")
    assert read_after(client, lambda: other.send("GET", "/status/")) == []
    assert [frame.data["path"] for frame in read_after(other, lambda: other.send("GET", "/status/"))] == [
        "/api/v3/status/"
    ]


def test_without_a_journal_the_stream_shows_everything_else() -> None:
    workspace = a_workspace()
    workspace.journal.capacity = 0
    client = Client(workspace).sign_in()
    frames = read_after(client, lambda: client.control("POST", "/clock/next"))
    assert {frame.kind for frame in frames} == {"job"}


def test_beyond_loopback_the_stream_needs_the_control_token() -> None:
    client = Client(a_workspace(), Settings(host="0.0.0.0", control_token="s3cret"))
    assert client.control("GET", "/stream").status_code == 403
    assert client.control("GET", "/stream", headers={"x-mock-control-token": "s3cret"}).status_code == 200


def test_a_page_of_another_origin_cannot_read_the_stream(client: Client) -> None:
    assert client.control("GET", "/stream", headers={"origin": "http://evil.example"}).status_code == 403
