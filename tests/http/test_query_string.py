"""How queries are read: repeated keys, unknown names and empty values. Rules: BASE-05, BASE-08, BASE-10."""

import pytest

from tests.builders import a_workspace, a_world, an_event
from tests.example_requests import (
    EXAMPLES,
    WITH_BODY,
    WRITES,
    a_client,
    example_id,
    read_everything,
    sorted_error_fields,
)
from tests.mock_harness import Client

MERGE = "/package_builder/packages/merge"
RESULTS = "/campaign_results/?partner_id=partner-id-acme"


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.fixture(scope="module")
def cities():
    places = {"evt_a": "A", "evt_b": "B", "evt_d": ""}
    return Client(a_workspace(a_world(events=[an_event(key, city=city) for key, city in places.items()]))).sign_in()


def find_event_ids(client, query):
    return [event["id"] for event in client.send("GET", f"/events/?{query}").json()["items"]]


@pytest.mark.parametrize(
    ("query", "events"),
    [
        pytest.param("city=A", ["evt_a"], id="one"),
        pytest.param("city=A&city=B", ["evt_a", "evt_b"], id="the key repeated"),
        pytest.param("city=A&city=A", ["evt_a"], id="one twice"),
        pytest.param("city=a", [], id="another case"),
        pytest.param("frontend_status=DEFAULT&frontend_status=HIDDEN", ["evt_a", "evt_b", "evt_d"], id="enum"),
    ],
)
def test_an_array_is_its_key_repeated(cities, query, events):
    """Rule: BASE-05."""
    assert find_event_ids(cities, query) == events


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        pytest.param("GET", "/events/?city[]=A", "city[]", id="city"),
        pytest.param("GET", "/events/?city%5B%5D=A", "city[]", id="city encoded"),
        pytest.param("GET", "/events/?city[0]=A", "city[0]", id="city with a place"),
        pytest.param("GET", "/events/?frontend_status[]=HIDDEN", "frontend_status[]", id="status"),
        pytest.param("POST", "/events/evt_1/series?event_series[]=evt_2", "event_series[]", id="series"),
        pytest.param("GET", "/events/?page[]=1", "page[]", id="a key that is not an array"),
    ],
)
def test_brackets_are_refused(client, method, path, field):
    """Rule: BASE-05."""
    answer = client.send(method, path)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


def test_brackets_do_not_stand_for_the_packages_to_merge(client):
    """Rule: BASE-05: the parameter with brackets is unknown, and the right one is missing."""
    answer = client.send("POST", f"{MERGE}?packages_ids[]=pkg_1&packages_ids[]=pkg_2")
    assert answer.status_code == 400
    assert set(sorted_error_fields(answer)) == {"packages_ids", "packages_ids[]"}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        pytest.param("/events/?city=A,B", "city.0", id="cities"),
        pytest.param("/events/?city=C&city=A%2CB", "city.1", id="cities with an encoded comma"),
        pytest.param("/events/?vh=A,B", "vh.0", id="vh"),
        pytest.param("/events/?frontend_status=HIDDEN,DEFAULT", "frontend_status.0", id="an enumeration"),
        pytest.param("/events/evt_1/series?event_series=evt_1,evt_2", "event_series.0", id="series"),
        pytest.param("/events/evt_1/series?event_series=evt_2&event_series=a%2Cb", "event_series.1", id="the second"),
        pytest.param(f"{MERGE}?packages_ids=pkg_1&packages_ids=pkg_2,pkg_3", "packages_ids.1", id="packages"),
    ],
)
def test_a_comma_list_is_refused_for_every_array(client, path, field):
    """Rule: BASE-05."""
    answer = client.send("GET" if path.startswith("/events/?") else "POST", path)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


def test_one_comma_list_is_not_two_packages(client):
    """Rule: BASE-05."""
    assert client.send("POST", f"{MERGE}?packages_ids=pkg_1,pkg_2").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        pytest.param("GET", "/events/?page=1&page=1", "page", id="page"),
        pytest.param("GET", "/events/?q=a&q=b", "q", id="q"),
        pytest.param("GET", "/events/?since=2026-01-01&since=", "since", id="since"),
        pytest.param("GET", f"{RESULTS}&eid=evt_1&eid=evt_1", "eid", id="eid"),
        pytest.param("GET", f"{RESULTS}&eid=evt_1&partner_id=partner-id-acme", "partner_id", id="partner_id"),
        pytest.param("GET", "/daily_revenue_summary/?event_id=evt_1&event_id=evt_2", "event_id", id="event_id"),
        pytest.param("DELETE", "/campaign_results/?id=cr_acme&id=cr_acme", "id", id="id"),
        pytest.param("PUT", "/partners/attribution_model?model=FD&model=FD", "model", id="model"),
    ],
)
def test_a_key_that_is_no_array_stands_once(client, method, path, field):
    """Rule: BASE-05."""
    before = read_everything(client)
    answer = client.send(method, path)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert read_everything(client) == before


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_an_unknown_query_parameter_is_refused_and_named(client, example):
    """Rule: BASE-08."""
    answer = client.send(example.method, example.with_query("colour=red"), **example.request_options)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["colour"])


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_an_unknown_body_field_is_refused_and_named(client, example):
    """Rule: BASE-08."""
    answer = client.send(example.method, example.target, json={**example.body, "colour": "red"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["colour"])


@pytest.mark.parametrize("example", WRITES, ids=example_id)
def test_a_write_that_is_refused_changes_nothing(client, example):
    """Rules: BASE-08, ERR-02. All reads return the same as before, even after the clock was advanced."""
    before = read_everything(client)
    answer = client.send(example.method, example.with_query("colour=red"), **example.request_options)
    assert answer.status_code == 400
    client.control("POST", "/clock/advance", json={"seconds": 3})
    assert read_everything(client) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", f"{RESULTS}&eid=", 404, id="an event id"),
        pytest.param("GET", f"{RESULTS}&eid", 404, id="an event id without an equals sign"),
        pytest.param("POST", f"{RESULTS}&eid=&purchase=1&revenue=1", 404, id="an event id to write to"),
        pytest.param("GET", "/daily_revenue_summary/?event_id=", 404, id="event_id"),
        pytest.param("DELETE", "/daily_revenue_summary/?event_id=", 404, id="event_id to clear"),
        pytest.param("DELETE", "/campaign_results/?id=", 404, id="a row's id"),
        pytest.param("POST", "/events/evt_1/series?event_series=", 404, id="an event of a series"),
        pytest.param("POST", f"{MERGE}?packages_ids=&packages_ids=pkg_1", 404, id="a package"),
        pytest.param("GET", "/campaign_results/?eid=evt_1&partner_id=", 403, id="the partner"),
        pytest.param("GET", "/events/?page=", 400, id="page"),
        pytest.param("GET", "/events/?limit=", 400, id="limit"),
        pytest.param("GET", "/events/evt_1/series?limit=", 400, id="limit of a series"),
        pytest.param("GET", "/events/?since=", 400, id="since"),
        pytest.param("GET", "/events/?until=", 400, id="until"),
        pytest.param("GET", "/daily_revenue_summary/?event_id=evt_1&start_date=", 400, id="start_date"),
        pytest.param("GET", "/daily_revenue_summary/?event_id=evt_1&end_date=", 400, id="end_date"),
        pytest.param("GET", "/daily_revenue_summary/?event_id=evt_1&currency=", 400, id="currency"),
        pytest.param("GET", "/events/?frontend_status=", 400, id="a status"),
        pytest.param("PUT", "/partners/attribution_model?model=", 400, id="a model"),
        pytest.param("POST", f"{RESULTS}&eid=evt_1&purchase=&revenue=1", 400, id="purchase"),
        pytest.param("POST", f"{RESULTS}&eid=evt_1&purchase=1&revenue=", 400, id="revenue"),
    ],
)
def test_an_empty_value_is_a_value(client, method, path, status):
    """Rule: BASE-10."""
    before = read_everything(client)
    assert client.send(method, path).status_code == status
    assert read_everything(client) == before


@pytest.mark.parametrize(
    ("query", "events"),
    [
        pytest.param("q=", [], id="a title"),
        pytest.param("city=&q=Concert", ["evt_d"], id="an empty city"),
        pytest.param("city=&city=A", ["evt_a", "evt_d"], id="an empty city and another one"),
    ],
)
def test_an_empty_filter_is_never_left_out(cities, query, events):
    """Rule: BASE-10."""
    assert find_event_ids(cities, query) == events


def test_an_empty_city_matches_nothing_where_every_event_has_one(client):
    """Rule: BASE-10."""
    assert find_event_ids(client, "city=") == []


@pytest.mark.parametrize(
    "query", ["q=%FF", "q=%ED%A0%80", "city=%C3", "%FF=1"], ids=["a byte", "a surrogate", "part of a letter", "a key"]
)
def test_a_query_that_is_not_utf_8_is_refused(client, query):
    """Rule: BASE-12."""
    assert client.send("GET", f"/events/?{query}").status_code == 400
