"""Purchases, packages and events can be added to a workspace as test data."""

import pytest

from tests.builders import ACME, BETA
from tests.example_requests import SETTINGS, a_client, read_everything, sorted_error_fields

CREDITS = dict.fromkeys(("fd", "meta", "external"), "campaign")
SALE = {"customer_id": "cus_1", "event_id": "evt_1", "at": "2026-08-10T00:00:00Z", "tickets": 1, "revenue": 9.99}
SALE |= CREDITS
PACKAGE = {"partner_id": ACME, "title": "Arranged", "event_ids": ["evt_1"], "clusters": []}
EVENT = {"partner_id": ACME, "title": "Arranged", "start_date_time": "2026-12-24T18:00:00Z"}
SUMMARY = "/daily_revenue_summary/?event_id=evt_1&start_date=2026-08-10&end_date=2026-08-10"


@pytest.fixture
def client():
    return a_client()


def add_sales(client, *changes):
    return client.control("POST", "/purchases", json={"purchases": [{**SALE, **change} for change in changes]})


def test_sales_are_added_and_counted(client):
    answer = add_sales(client, {}, {"customer_id": "somebody new", "revenue": 0.01}, {"event_id": 4711})
    assert (answer.status_code, answer.json()) == (201, {"added": 3})
    assert [(day["revenue"], day["purchases"]) for day in client.send("GET", SUMMARY).json()["daily"]] == [(10.0, 2)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"event_id": "nothing"}, "event_id"),
        ({"event_id": True}, "event_id"),
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": "a\tb"}, "customer_id"),
        ({"customer_id": 7}, "customer_id"),
        ({"at": "2026-08-10"}, "at"),
        ({"at": "2026-08-10T00:00:00"}, "at"),
        ({"at": "2026-02-30T00:00:00Z"}, "at"),
        ({"tickets": 0}, "tickets"),
        ({"tickets": 1.5}, "tickets"),
        ({"tickets": "1"}, "tickets"),
        ({"tickets": True}, "tickets"),
        ({"revenue": 10**12}, "revenue"),
        ({"revenue": None}, "revenue"),
        ({"revenue": "nine"}, "revenue"),
        ({"fd": "meta"}, "fd"),
        ({"meta": None}, "meta"),
        ({"external": "Campaign"}, "external"),
        ({"origin": "elsewhere"}, "origin"),
        ({"price": 1}, "price"),
    ],
    ids=str,
)
def test_if_one_sale_is_invalid_none_is_added_and_it_is_named(client, change, field):
    before = read_everything(client)
    answer = add_sales(client, {}, {"customer_id": "somebody new"}, change)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [f"purchases.2.{field}"])
    assert read_everything(client) == before


def test_each_bad_field_of_each_bad_sale_is_named(client):
    bad = {"tickets": 0, "fd": "x"}
    answer = add_sales(client, bad, {}, {"at": "x"})
    assert sorted_error_fields(answer) == ["purchases.0.fd", "purchases.0.tickets", "purchases.2.at"]


def test_each_unknown_event_is_named(client):
    answer = add_sales(client, {"event_id": "x"}, {}, {"event_id": "y"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["purchases.0.event_id", "purchases.2.event_id"])


def test_revenue_is_a_number(client):
    """The control document declares it as a number."""
    answer = add_sales(client, {"revenue": "9.99"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["purchases.0.revenue"])


@pytest.mark.parametrize("body", [{}, {"purchases": []}, {"purchases": {}}, {"purchases": [None]}, []], ids=str)
def test_an_invalid_list_of_sales_is_400(client, body):
    assert client.control("POST", "/purchases", json=body).status_code == 400


def test_a_customer_of_one_partner_cannot_buy_from_another(client):
    answer = add_sales(client, {"event_id": "evt_beta"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["purchases.0.customer_id"])


def test_a_new_customer_of_one_partner_cannot_buy_from_another_in_the_same_request(client):
    """Two purchases that are rejected in two requests are also rejected in one."""
    before = read_everything(client)
    answer = add_sales(client, {"customer_id": "new"}, {"customer_id": "new", "event_id": "evt_beta"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["purchases.1.customer_id"])
    assert read_everything(client) == before


def test_a_package_is_done_at_once_with_its_clusters(client):
    clusters = [{"tc": "Jazz & Soul", "customers": ["x", "y"]}, {"tc": "Rest", "label": "The rest", "customers": []}]
    order = {**PACKAGE, "id": "pkg_mine", "clusters": clusters, "created_at": "2026-08-15T10:00:00Z"}
    answer = client.control("POST", "/packages", json=order)
    package = answer.json()
    assert answer.status_code == 201
    assert (package["id"], package["status"], package["created_at"]) == ("pkg_mine", "DONE", "2026-08-15T10:00:00Z")
    assert package["content"]["clusters"] == [
        {"tc": "Jazz & Soul", "label": "Jazz & Soul", "customers": 2, "size_share": 1.0},
        {"tc": "Rest", "label": "The rest", "customers": 0, "size_share": 0.0},
    ]
    assert client.send("GET", "/package_builder/packages/pkg_mine").json() == package


def test_a_package_gets_an_id_and_starts_now(client):
    package = client.control("POST", "/packages", json=PACKAGE).json()
    assert package["id"].startswith("pkg_")
    assert (package["created_at"], package["targeting_mode"]) == ("2026-09-01T12:00:00Z", "lookalike")


def test_a_package_expires_28_days_from_now_whenever_it_was_created(client):
    """Rule: PKG-03: an added package counts as built at the current time."""
    client.control("POST", "/packages", json={**PACKAGE, "id": "pkg_old", "created_at": "2020-01-01T00:00:00Z"})
    due = [job["due"] for job in client.control("GET", "/jobs").json() if job["subject"] == "pkg_old"]
    assert due == ["2026-09-29T12:00:00Z"]


@pytest.mark.parametrize("date", [None, "2026-08-20"])
def test_a_package_has_the_settings_that_are_given_and_is_not_evaluated(client, date):
    order = {**PACKAGE, "id": "pkg_mine", "settings": {**SETTINGS, "email_sent_date": date}}
    assert client.control("POST", "/packages", json=order).status_code == 201
    path = "/package_builder/packages/pkg_mine/backhaul_evaluation"
    assert client.send("GET", f"{path}_details").json() == {**SETTINGS, "email_sent_date": date}
    client.control("POST", "/clock/advance", json={"minutes": 1})
    assert client.send("GET", path).json() == []


def test_a_package_without_settings_has_the_partners_defaults(client):
    """Rule: DEF-02."""
    client.send("POST", f"/partners/{ACME}/backhaul_attribution_details", json=SETTINGS)
    client.control("POST", "/packages", json={**PACKAGE, "id": "pkg_mine"})
    read = client.send("GET", "/package_builder/packages/pkg_mine/backhaul_evaluation_details").json()
    assert read == {**SETTINGS, "email_sent_date": None}


def two_clusters(tc, other, customer, other_customer):
    return [{"tc": tc, "customers": [customer]}, {"tc": other, "customers": [other_customer]}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"partner_id": "nobody"}, None),
        ({"id": "pkg_1"}, "id"),
        ({"id": "mine"}, "id"),
        ({"title": ""}, "title"),
        ({"event_ids": []}, "event_ids"),
        ({"event_ids": ["nothing"]}, "event_ids"),
        ({"event_ids": ["evt_beta"]}, "event_ids"),
        ({"event_ids": ["evt_1", "evt_1"]}, "event_ids"),
        ({"clusters": two_clusters("A", "A", "x", "y")}, "clusters"),
        ({"clusters": two_clusters("A", "B", "x", "x")}, "clusters"),
        ({"clusters": [{"tc": "A", "customers": ["cus_beta"]}]}, "clusters.0.customers"),
        ({"targeting_mode": "all"}, "targeting_mode"),
        ({"created_at": "2026-08-15"}, "created_at"),
        ({"settings": {}}, None),
        ({"status": "FAILED"}, "status"),
    ],
    ids=str,
)
def test_an_invalid_package_is_rejected_and_not_added(client, change, field):
    """Rules: PKG-02 (events are distinct), PKG-04 (clusters share no customer)."""
    before = read_everything(client)
    answer = client.control("POST", "/packages", json={**PACKAGE, **change})
    assert answer.status_code == (404 if "partner_id" in change else 400)
    assert field is None or sorted_error_fields(answer) == [field]
    assert read_everything(client) == before


def test_an_event_is_added_with_the_partners_default_model(client):
    """Rule: PART-05."""
    client.send("PUT", "/partners/attribution_model?model=EXTERNAL")
    answer = client.control("POST", "/events", json=EVENT)
    event = answer.json()
    assert answer.status_code == 201
    assert event["id"].startswith("evt_")
    assert client.send("GET", f"/events/{event['id']}").json() == event
    assert client.send("GET", f"/events/{event['id']}/attribution_model").json() == {"model": "EXTERNAL"}


def test_an_event_has_the_given_values(client):
    """Rule: EVT-02."""
    given = {
        "id": "mine",
        "city": "Köln",
        "venue_name": "Philharmonie",
        "hall_name": "Großer Saal",
        "capacity": 2000,
        "category": "classical",
        "special_ad_category": "CREDIT",
        "predicted_sales_share": 0.25,
        "status": "postponed",
        "frontend_status": "HIDDEN",
        "campaign_status": "RUNNING",
        "client_campaign_status": "PAUSED",
        "campaign_optimisation_status": "ON",
        "ad_campaign_optimisation_status": "ON",
        "campaign_stop_time": "2026-12-01T00:00:00Z",
    }
    benchmark = {"prediction": {"value": 1.5, "benchmark": 0.5}}
    order = {**EVENT, **given, "benchmark": benchmark, "attribution_model": "META", "series": ["evt_1", 4711]}
    event = client.control("POST", "/events", json=order).json()
    assert {name: event[name] for name in given} == given
    assert event["benchmark"] == {"prediction": {"value": 1.5, "benchmark": 0.5, "state": "above"}}
    assert event["campaign_event_series"] == ["evt_1", "4711"]
    assert client.send("GET", "/events/evt_1/series").json() == ["4711", "mine"]
    assert client.send("GET", "/events/mine/attribution_model").json() == {"model": "META"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"partner_id": "nobody"}, None),
        ({"id": "evt_1"}, "id"),
        ({"id": "evt_beta"}, "id"),
        ({"id": ""}, "id"),
        ({"title": ""}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"start_date_time": "2026-12-24"}, "start_date_time"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": 2**53 + 1}, "capacity"),
        ({"predicted_sales_share": 1.1}, "predicted_sales_share"),
        ({"status": "ACTIVE"}, "status"),
        ({"status": ""}, "status"),
        ({"campaign_status": "ACTIVE"}, "campaign_status"),
        ({"client_campaign_status": "OPEN"}, "client_campaign_status"),
        ({"frontend_status": "CANCELLED"}, "frontend_status"),
        ({"special_ad_category": ""}, "special_ad_category"),
        ({"benchmark": 0.82}, "benchmark"),
        ({"benchmark": {"prediction": {"value": 0.82}}}, "benchmark.prediction.benchmark"),
        ({"benchmark": {"prediction": {"value": 1, "benchmark": 1, "state": "at"}}}, "benchmark.prediction.state"),
        ({"id": "venues"}, "id"),
        ({"id": "statistics"}, "id"),
        ({"id": "flagged"}, "id"),
        ({"series": ["nothing"]}, "series"),
        ({"series": ["evt_beta"]}, "series"),
        ({"frontend_status": "PAST"}, "frontend_status"),
        ({"attribution_model": "fd"}, "attribution_model"),
    ],
    ids=str,
)
def test_an_invalid_event_is_rejected_and_not_added(client, change, field):
    before = read_everything(client)
    answer = client.control("POST", "/events", json={**EVENT, **change})
    assert answer.status_code == (404 if "partner_id" in change else 400)
    assert field is None or sorted_error_fields(answer) == [field]
    assert read_everything(client) == before


def test_data_added_for_another_partner_belongs_to_it(client):
    """Rule: ERR-04."""
    event = client.control("POST", "/events", json={**EVENT, "partner_id": BETA}).json()["id"]
    assert client.send("GET", f"/events/{event}").status_code == 404


def test_events_added_one_by_one_share_a_series(client):
    """Rule: EVT-04 (membership is transitive)."""
    for key, series in (("evt_a", []), ("evt_b", ["evt_a"]), ("evt_c", ["evt_a"])):
        assert client.control("POST", "/events", json={**EVENT, "id": key, "series": series}).status_code == 201
    assert sorted(client.send("GET", "/events/evt_a/series").json()) == ["evt_b", "evt_c"]
    assert sorted(client.send("GET", "/events/evt_b/series").json()) == ["evt_a", "evt_c"]


def test_a_rejected_event_uses_no_id():
    """A rejected request changes nothing, not even the id of the next event."""
    refused, plain = a_client(), a_client()
    assert refused.control("POST", "/events", json={**EVENT, "series": ["nope"]}).status_code == 400
    ids = [one.control("POST", "/events", json=EVENT).json()["id"] for one in (refused, plain)]
    assert ids[0] == ids[1]
