"""Listing and reading events, and the members that depend on the clock.

Rules: EVT-01, EVT-02, EVT-03, EVT-06, EVT-08.
"""

import pytest

from mock_server.domain.models import Prediction
from tests.builders import BETA, a_workspace, a_world, an_event, at
from tests.example_requests import DOCUMENT, a_client, advance_and_sign_in, sorted_error_fields
from tests.mock_harness import Client


def a_client_with_events(*events):
    return Client(a_workspace(a_world(events=list(events)))).sign_in()


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.fixture(scope="module")
def client_of_120_events():
    """Return a client with 120 events, starting with evt_000; each starts a year after the previous one."""
    return a_client_with_events(*(an_event(f"evt_{n:03}", start_date_time=at(f"{2027 + n}-01-01")) for n in range(120)))


@pytest.fixture(scope="module")
def client_of_five_events():
    return a_client_with_events(
        an_event("evt_b", title="Große Nacht", start_date_time=at("2026-11-30T23:59:59"), city="Köln"),
        an_event("evt_a", title="NACHTMUSIK", start_date_time=at("2026-12-01T00:00:00"), frontend_status="FLAGGED"),
        an_event("evt_d", title="Morgen", start_date_time=at("2026-12-01T23:59:59"), city="Köln", status="archived"),
        an_event("evt_c", title="Der Tag", start_date_time=at("2026-12-01T23:59:59"), frontend_status="HIDDEN"),
        an_event("evt_e", title="nächtlich 100%", start_date_time=at("2026-12-02T00:00:00"), city="Bern"),
    )


def ids(client, query=""):
    return [event["id"] for event in client.send("GET", f"/events/{query}").json()["items"]]


def read_page(client, query=""):
    body = client.send("GET", f"/events/{query}").json()
    return {name: value for name, value in body.items() if name != "items"}, [item["id"] for item in body["items"]]


def page_fields(number, limit, next_page, previous_page, total=120):
    pages = -(-total // limit)
    return {
        "total": total,
        "limit": limit,
        "page": number,
        "pages": pages,
        "nextPage": next_page,
        "prevPage": previous_page,
    }


@pytest.mark.parametrize(
    ("query", "numbers", "first", "last"),
    [
        pytest.param("", page_fields(1, 50, 2, None), 0, 50, id="the first 50 by default"),
        pytest.param("?page=2", page_fields(2, 50, 3, 1), 50, 100, id="in the middle"),
        pytest.param("?page=3", page_fields(3, 50, None, 2), 100, 120, id="the last"),
        pytest.param("?limit=120", page_fields(1, 120, None, None), 0, 120, id="all on one page"),
        pytest.param("?limit=500", page_fields(1, 500, None, None), 0, 120, id="the largest limit"),
        pytest.param("?limit=1&page=120", page_fields(120, 1, None, 119), 119, 120, id="one event per page"),
        pytest.param("?limit=60&page=2", page_fields(2, 60, None, 1), 60, 120, id="a full last page"),
        pytest.param("?page=4", page_fields(4, 50, None, 3), 120, 120, id="a page after the last"),
    ],
)
def test_a_page_says_where_it_stands(client_of_120_events, query, numbers, first, last):
    """Rule: EVT-01."""
    assert read_page(client_of_120_events, query) == (numbers, [f"evt_{n:03}" for n in range(first, last)])


@pytest.mark.parametrize("number", ["999", "9" * 30], ids=["999", "thirty digits"])
def test_far_past_the_end_a_page_is_empty_and_200(client_of_120_events, number):
    """Rule: EVT-01."""
    answer = client_of_120_events.send("GET", f"/events/?page={number}")
    assert (answer.status_code, answer.json()["items"], answer.json()["nextPage"]) == (200, [], None)


def test_pages_without_events():
    """Rule: EVT-01."""
    client = a_client()
    numbers, items = read_page(client, "?q=nothing")
    assert (numbers, items) == (page_fields(1, 50, None, None, total=0), [])


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=-1", "page=0", "page=-1"])
def test_a_page_out_of_bounds_is_400(client_of_120_events, query):
    """Rule: EVT-01."""
    answer = client_of_120_events.send("GET", f"/events/?{query}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [query.partition("=")[0]])


def test_pages_cover_each_event_once(client_of_120_events):
    """Rule: EVT-01."""
    collected = [event for number in range(1, 19) for event in ids(client_of_120_events, f"?limit=7&page={number}")]
    assert collected == [f"evt_{n:03}" for n in range(120)]


def test_events_stand_by_start_then_id(client_of_five_events):
    """Rule: EVT-01."""
    assert ids(client_of_five_events) == ["evt_b", "evt_a", "evt_c", "evt_d", "evt_e"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("?q=nacht", ["evt_b", "evt_a"], id="part of a title in any case"),
        pytest.param("?q=NÄCHT", ["evt_e"], id="an umlaut in any case"),
        pytest.param("?q=100%25", ["evt_e"], id="a percent sign is an ordinary character"),
        pytest.param("?q=.*", [], id="not a pattern"),
        pytest.param("?q=%20", ["evt_b", "evt_c", "evt_e"], id="a space"),
        pytest.param("?since=2026-12-01", ["evt_a", "evt_c", "evt_d", "evt_e"], id="since, including its day"),
        pytest.param("?until=2026-12-01", ["evt_b", "evt_a", "evt_c", "evt_d"], id="until, including its day"),
        pytest.param("?since=2026-12-01&until=2026-12-01", ["evt_a", "evt_c", "evt_d"], id="one day"),
        pytest.param("?city=K%C3%B6ln", ["evt_b", "evt_d"], id="a city"),
        pytest.param("?city=K%C3%B6ln&city=Bern", ["evt_b", "evt_d", "evt_e"], id="two cities"),
        pytest.param("?city=K%C3%B6ln&q=Morgen", ["evt_d"], id="filters together"),
        pytest.param("?city=k%C3%B6ln", [], id="a city in another case"),
        pytest.param("?frontend_status=FLAGGED", ["evt_a"], id="a frontend_status"),
        pytest.param("?frontend_status=FLAGGED&frontend_status=HIDDEN", ["evt_a", "evt_c"], id="two of them"),
        pytest.param("?search=NACHT&q=gro", ["evt_b"], id="search and q"),
        pytest.param("?status=archived", ["evt_d"], id="a status"),
        pytest.param("?status=ARCHIVED", [], id="a status in another case"),
        pytest.param("?status=", [], id="an empty status"),
        pytest.param("?simulated=true&flagged_to_top=true&q=Morgen", ["evt_d"], id="flags without an effect"),
        pytest.param("?include_archived=false&exclude_products=false&q=Morgen", ["evt_d"], id="more of them"),
        pytest.param("?vh=a&vh=b&campaigns=&marketing_campaign_status=x&q=Tag", ["evt_c"], id="texts without one"),
    ],
)
def test_filters_choose_events(client_of_five_events, query, expected):
    """Rule: EVT-01."""
    assert ids(client_of_five_events, query) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("frontend_status=flagged", "frontend_status.0"),
        ("frontend_status=HIDDEN&frontend_status=PAST", "frontend_status.1"),
        ("frontend_status=CANCELLED", "frontend_status.0"),
        ("frontend_status=HIDDEN,DEFAULT", "frontend_status.0"),
        ("city=Bern,Ulm", "city.0"),
        ("vh=a&vh=b%2Cc", "vh.1"),
        ("simulated=1", "simulated"),
        ("flagged_to_top=True", "flagged_to_top"),
        ("include_archived=", "include_archived"),
        ("exclude_products=no", "exclude_products"),
    ],
)
def test_a_filter_value_of_another_kind_is_400(client_of_five_events, query, field):
    """Rules: EVT-01, BASE-05, BASE-10."""
    answer = client_of_five_events.send("GET", f"/events/?{query}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


def test_a_comma_list_is_answered_with_the_right_form(client_of_five_events):
    """Rule: BASE-05, for texts and for enumerations."""
    for key, values in (("city", "Bern,Ulm"), ("frontend_status", "HIDDEN,DEFAULT")):
        (entry,) = client_of_five_events.send("GET", f"/events/?{key}={values}").json()["validation_errors"]
        assert entry["message"] == f"{key} takes one value per key, without commas: {key}=A&{key}=B"


def test_since_after_until_is_400(client_of_five_events):
    """Rule: EVT-01, as openapi.yaml documents it."""
    assert client_of_five_events.send("GET", "/events/?since=2026-12-02&until=2026-12-01").status_code == 400


def test_the_totals_count_what_the_filter_lets_through(client_of_five_events):
    """Rule: EVT-01."""
    numbers, items = read_page(client_of_five_events, "?city=K%C3%B6ln&limit=1&page=2")
    assert (numbers, items) == (page_fields(2, 1, None, 1, total=2), ["evt_d"])


def test_an_event_has_its_fields(client):
    """Rule: EVT-02."""
    expected = {
        "id": "evt_1",
        "title": "Concert evt_1",
        "start_date_time": "2026-12-01T19:00:00Z",
        "city": "München",
        "venue_name": "Olympiahalle",
        "hall_name": None,
        "capacity": 1000,
        "category": "concert",
        "special_ad_category": None,
        "predicted_sales_share": None,
        "status": "active",
        "frontend_status": "DEFAULT",
        "campaign_status": "IGNORED",
        "client_campaign_status": None,
        "campaign_optimisation_status": "OFF",
        "ad_campaign_optimisation_status": "OFF",
        "campaign_event_series": [],
        "benchmark": None,
        "currency": "EUR",
        "campaign_stop_time": None,
        "has_active_campaigns": False,
    }
    assert client.send("GET", "/events/evt_1").json() == expected
    assert client.send("GET", "/events/").json()["items"][0] == expected
    assert list(expected) == list(DOCUMENT["components"]["schemas"]["Event"]["properties"])


def test_an_unknown_event_is_404(client):
    """Rule: EVT-03."""
    answer = client.send("GET", "/events/evt_0")
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")
    assert answer.json()["validation_errors"] == []


def test_a_benchmark_says_how_the_prediction_compares_with_it():
    """Rule: EVT-02."""
    client = a_client_with_events(an_event(benchmark=Prediction(0.5, 0.75)))
    expected = {"prediction": {"value": 0.5, "benchmark": 0.75, "state": "below"}}
    assert client.send("GET", "/events/evt_1").json()["benchmark"] == expected


def test_the_quirk_leaves_out_what_only_the_older_documentation_has():
    """Rule: EVT-02, in the event and in the list."""
    client = a_client_with_events(an_event(benchmark=Prediction(0.5, 0.75)))
    older = client.send("GET", "/events/evt_1").json()
    client.control("PUT", "/quirks", json={"core_event_members": True})
    newer = client.send("GET", "/events/evt_1").json()
    assert older.keys() - newer.keys() == {"currency", "campaign_stop_time", "has_active_campaigns"}
    assert newer == {name: older[name] for name in newer} | {
        "benchmark": {"prediction": {"value": 0.5, "benchmark": 0.75}}
    }
    assert client.send("GET", "/events/").json()["items"] == [newer]


def test_cancelled_is_shown_and_filtered_by_under_its_quirk():
    """Rule: EVT-06."""
    client = a_client_with_events(an_event(frontend_status="CANCELLED"), an_event("evt_2"))
    assert client.send("GET", "/events/evt_1").json()["frontend_status"] == "DEFAULT"
    assert ids(client, "?frontend_status=DEFAULT") == ["evt_1", "evt_2"]
    client.control("PUT", "/quirks", json={"cancelled_frontend_status": True})
    assert client.send("GET", "/events/evt_1").json()["frontend_status"] == "CANCELLED"
    assert ids(client, "?frontend_status=DEFAULT") == ["evt_2"]
    assert ids(client, "?frontend_status=CANCELLED&frontend_status=HIDDEN") == ["evt_1"]


@pytest.mark.parametrize("status", ["FLAGGED", "HIDDEN", "DEFAULT"])
def test_a_frontend_status_that_was_set_is_read_and_stays(status):
    """Rules: EVT-06, EVT-08."""
    client = a_client_with_events(an_event(frontend_status="FLAGGED"), an_event("evt_2", frontend_status="HIDDEN"))
    answer = client.send("PUT", "/events/evt_1/setup_frontend_status", json={"frontend_status": status})
    assert (answer.status_code, answer.content) == (204, b"")
    advance_and_sign_in(client, days=200)
    assert client.send("GET", "/events/evt_1").json()["frontend_status"] == status
    assert client.send("GET", "/events/evt_2").json()["frontend_status"] == "HIDDEN"


@pytest.mark.parametrize(
    ("event", "body", "status"),
    [
        pytest.param("evt_1", {"frontend_status": "CANCELLED"}, 400, id="cancelled"),
        pytest.param("evt_1", {"frontend_status": "flagged"}, 400, id="another case"),
        pytest.param("evt_1", {}, 400, id="nothing"),
        pytest.param("evt_0", {"frontend_status": "HIDDEN"}, 404, id="an unknown event"),
        pytest.param("evt_beta", {"frontend_status": "HIDDEN"}, 404, id="another partner's event"),
    ],
)
def test_a_frontend_status_that_cannot_be_set_changes_nothing(event, body, status):
    """Rules: EVT-08, ERR-04, also under the quirk."""
    client = a_client_with_events(an_event(), an_event("evt_beta", partner_id=BETA))
    client.control("PUT", "/quirks", json={"cancelled_frontend_status": True})
    assert client.send("PUT", f"/events/{event}/setup_frontend_status", json=body).status_code == status
    assert ids(client, "?frontend_status=DEFAULT") == ["evt_1"]


@pytest.mark.parametrize(
    ("campaign", "stop", "active"),
    [
        pytest.param("RUNNING", None, True, id="running and never stopped"),
        pytest.param("RUNNING", "2026-09-01T12:00:01", True, id="running, to stop in a second"),
        pytest.param("RUNNING", "2026-09-01T12:00:00", False, id="running, stopped this second"),
        pytest.param("OPEN", None, False, id="open"),
        pytest.param("CLOSED", "2027-01-01", False, id="closed"),
        pytest.param("IGNORED", None, False, id="ignored"),
    ],
)
def test_campaigns_are_active_until_their_stop(campaign, stop, active):
    """Rule: EVT-06."""
    client = a_client_with_events(an_event(campaign_status=campaign, campaign_stop_time=stop and at(stop)))
    event = client.send("GET", "/events/evt_1").json()
    assert (event["has_active_campaigns"], event["campaign_stop_time"]) == (active, stop and f"{at(stop):%FT%TZ}")


def test_campaigns_stop_on_the_clock():
    """Rule: EVT-06; `campaign_status` does not change."""
    client = a_client_with_events(an_event(campaign_status="RUNNING", campaign_stop_time=at("2026-09-02T12:00:00")))
    assert client.send("GET", "/events/evt_1").json()["has_active_campaigns"]
    event = advance_and_sign_in(client, days=1).send("GET", "/events/evt_1").json()
    assert (event["campaign_status"], event["has_active_campaigns"]) == ("RUNNING", False)
