"""How events are put into series, and how series are read. Rules: EVT-04, EVT-05."""

import pytest

from tests.builders import BETA, a_workspace, a_world, an_event, at
from tests.example_requests import a_client, read_everything, sorted_error_fields
from tests.mock_harness import Client

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def client():
    """Return a client with five events of its partner and one of another. Events with later letters start earlier."""
    events = [an_event(name, start_date_time=at(f"2026-12-{20 - place}")) for place, name in enumerate(NAMES)]
    return Client(a_workspace(a_world(events=[*events, an_event("theirs", partner_id=BETA)]))).sign_in()


def post_series(client, eid, *others):
    query = "&".join(f"event_series={name}" for name in others)
    return client.send("POST", f"/events/{eid}/series?{query}")


def read_all_series(client):
    """Return the series of each event, after checking that both ways to read it agree."""
    others_by_event = {name: client.send("GET", f"/events/{name}/series").json() for name in NAMES}
    assert others_by_event == {
        name: client.send("GET", f"/events/{name}").json()["campaign_event_series"] for name in NAMES
    }
    return {name: "".join(others) for name, others in others_by_event.items() if others}


def test_at_first_an_event_stands_alone(client):
    """Rule: EVT-04: a series is returned without the event itself."""
    answer = client.send("GET", "/events/a/series")
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_series_is_stored_and_symmetric(client):
    """Rule: EVT-04. Ids are ordered by the start of the events."""
    answer = post_series(client, "a", "b", "c")
    assert (answer.status_code, answer.content) == (204, b"")
    assert read_all_series(client) == {"a": "cb", "b": "ca", "c": "ba"}


def test_membership_is_transitive(client):
    """Rule: EVT-04: each named event is in a series with all the others."""
    post_series(client, "b", "a", "c", "d")
    assert read_all_series(client) == {"a": "dcb", "b": "dca", "c": "dba", "d": "cba"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", ["d", "c", "b"]), ("?limit=2", ["d", "c"]), ("?limit=1", ["d"]), ("?limit=1000", ["d", "c", "b"])],
    ids=["all", "two", "one", "the greatest"],
)
def test_a_limit_cuts_the_answer(client, query, expected):
    """Rule: EVT-04."""
    post_series(client, "a", "b", "c", "d")
    assert client.send("GET", f"/events/a/series{query}").json() == expected


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "1.0"])
def test_a_limit_out_of_bounds_is_400(client, limit):
    """Rule: EVT-04."""
    answer = client.send("GET", f"/events/a/series?limit={limit}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["limit"])


def test_posting_again_replaces(client):
    """Rules: EVT-04, EVT-05: an event that is no longer named leaves the series."""
    post_series(client, "a", "b", "c")
    post_series(client, "a", "d")
    assert read_all_series(client) == {"a": "d", "d": "a"}


def test_a_post_without_event_series_empties_the_series(client):
    """Rules: EVT-04, EVT-05: no event is named, so all members leave."""
    post_series(client, "a", "b", "c")
    assert client.send("POST", "/events/a/series").status_code == 204
    assert read_all_series(client) == {}


def test_a_named_event_leaves_its_former_series_whose_others_stay_together(client):
    """Rule: EVT-05."""
    post_series(client, "a", "b", "c")
    post_series(client, "d", "a")
    assert read_all_series(client) == {"a": "d", "d": "a", "b": "c", "c": "b"}


def test_a_series_of_which_one_is_left_is_none(client):
    """Rule: EVT-05."""
    post_series(client, "a", "b")
    post_series(client, "c", "b")
    assert read_all_series(client) == {"b": "c", "c": "b"}


def test_two_series_stay_apart(client):
    """Rule: EVT-05: two series stay separate even if the same event created both."""
    post_series(client, "a", "b", "c")
    post_series(client, "d", "a")
    post_series(client, "b", "c", "e")
    assert read_all_series(client) == {"a": "d", "d": "a", "b": "ec", "c": "eb", "e": "cb"}


@pytest.mark.parametrize("named", [("a", "b"), ("b", "b"), ("b", "a", "b", "a")], ids=["itself", "twice", "both"])
def test_naming_itself_or_one_twice_makes_no_difference(client, named):
    """Rule: EVT-05."""
    assert post_series(client, "a", *named).status_code == 204
    assert read_all_series(client) == {"a": "b", "b": "a"}


def test_naming_itself_alone_empties_the_series(client):
    """Rule: EVT-05."""
    post_series(client, "a", "b")
    assert post_series(client, "a", "a").status_code == 204
    assert read_all_series(client) == {}


@pytest.mark.parametrize("unknown", ["nothing", "theirs", ""], ids=["unknown", "another partner's", "empty"])
def test_an_unknown_event_is_404_and_nothing_changes(client, unknown):
    """Rules: EVT-04, ERR-04."""
    post_series(client, "a", "b")
    answer = post_series(client, "a", "c", unknown)
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")
    assert read_all_series(client) == {"a": "b", "b": "a"}


def test_the_other_partner_sees_no_series_of_ours(client):
    """Rules: EVT-04, PART-01."""
    post_series(client, "a", "b")
    agency = Client(client.workspace).sign_in("agency@acme.example")
    answer = agency.send("GET", "/events/theirs/series", headers={"X-Preferred-Partner-Id": BETA})
    assert answer.json() == []


def test_a_body_makes_no_series():
    """Rule: EVT-04: ids are read from the query, and a body is ignored."""
    client = a_client()
    before = read_everything(client)
    assert client.send("POST", "/events/evt_1/series", json={"event_series": ["evt_2"]}).status_code == 204
    assert read_everything(client) == before
