"""Which partner a request acts for, and the defaults of new records. Rules: PART-01 to PART-06, DEF-01, DEF-02."""

import pytest

from tests.builders import ACME, BETA, a_user, a_workspace, a_world
from tests.example_requests import (
    NEW_PACKAGE,
    RESULT_PATH,
    SETTINGS,
    SETTINGS_PATH,
    WITH_TOKEN,
    a_client,
    advance_and_sign_in,
    example_id,
    read_everything,
    sorted_error_fields,
)
from tests.mock_harness import Client

DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
PACKAGES = "/package_builder/packages"
PARTNER_HEADER = "X-Preferred-Partner-Id"
MODEL_DEFAULT = "/partners/attribution_model"
FIRST_DEFAULTS = {"backhaul_evaluation_attribution_window": 30, "backhaul_evaluation_model": "EVENTS_FROM_PACKAGE"}


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.fixture(scope="module")
def agency():
    return a_client("agency@acme.example")


@pytest.fixture(scope="module")
def admin():
    return a_client("admin@platform.example")


def a_client_of_groups(*groups):
    return Client(a_workspace(a_world(users=[a_user(groups=groups)]))).sign_in()


def test_the_partners_record_has_its_fields(client):
    """Rule: PART-03."""
    assert client.send("GET", "/partners/").json() == {
        "id": ACME,
        "name": "Acme",
        "domain": "acme.example",
        "currency": "EUR",
        "vertical": "live_entertainment",
        "demand_prediction": True,
        "campaign_recommendations": True,
        "status": "active",
        "pricing_tier": "growth",
        "campaign_pricing_model": "CPA",
        "ner_active": False,
        "attribution_model_default": "FD",
    }


@pytest.mark.parametrize(("partner", "currency", "event"), [(ACME, "EUR", "evt_1"), (BETA, "GBP", "evt_beta")])
def test_the_header_scopes_each_read(agency, partner, currency, event):
    """Rule: PART-01."""
    headers = {PARTNER_HEADER: partner}
    assert agency.send("GET", "/partners/", headers=headers).json()["currency"] == currency
    items = agency.send("GET", "/events/", headers=headers).json()["items"]
    assert event in [item["id"] for item in items]
    assert len(items) == (3 if partner == ACME else 1)


def test_the_header_scopes_each_write():
    """Rule: PART-01."""
    agency = a_client("agency@acme.example")
    agency.send("PUT", f"{MODEL_DEFAULT}?model=META", headers={PARTNER_HEADER: BETA})
    models = [
        agency.send("GET", "/partners/", headers={PARTNER_HEADER: partner}).json()["attribution_model_default"]
        for partner in (ACME, BETA)
    ]
    assert models == ["FD", "META"]


@pytest.mark.parametrize(
    "value", [BETA, "partner-id-nobody", "", "PARTNER-ID-ACME", f"{ACME},{BETA}", "fd-admin", "*", b"\xff"]
)
@pytest.mark.parametrize("example", WITH_TOKEN[:4], ids=example_id)
def test_a_partner_that_is_not_the_users_is_403(client, example, value):
    """Rule: PART-01."""
    answer = client.send(example.method, example.target, headers=[(PARTNER_HEADER, value)])
    assert (answer.status_code, answer.json()["message"]) == (403, "error.auth.not_authorized")


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_the_header_twice_is_400(client, example):
    """Rule: PART-01, even if both headers are equal."""
    answer = client.send(example.method, example.path, headers=[(PARTNER_HEADER, ACME), (PARTNER_HEADER, ACME)])
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [PARTNER_HEADER])


def test_a_user_of_one_partner_may_leave_the_header_out(client):
    """Rule: PART-02."""
    alone, with_header = (client.send("GET", "/events/", headers=headers) for headers in ({}, {PARTNER_HEADER: ACME}))
    assert (alone.status_code, alone.content) == (200, with_header.content)


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_a_user_of_several_partners_has_to_name_one(agency, example):
    """Rule: PART-02."""
    answer = agency.send(example.method, example.path)
    assert (answer.status_code, answer.json()["message"]) == (403, "error.auth.not_authorized")


@pytest.mark.parametrize("partner", [ACME, BETA])
def test_an_admin_may_name_any_partner(admin, partner):
    """Rule: PART-01."""
    assert admin.send("GET", "/partners/", headers={PARTNER_HEADER: partner}).json()["id"] == partner


@pytest.mark.parametrize(
    "headers", [{}, {PARTNER_HEADER: "partner-id-nobody"}, {PARTNER_HEADER: ""}, {PARTNER_HEADER: "fd-admin"}]
)
def test_an_admin_has_to_name_a_partner_that_exists(admin, headers):
    """Rules: PART-01, PART-06."""
    assert admin.send("GET", "/partners/", headers=headers).status_code == 403
    assert admin.send("GET", "/nothing", headers=headers).status_code == 403


def test_an_admin_who_has_one_partner_too_still_names_one():
    """Rule: PART-01."""
    client = a_client_of_groups(ACME, "fd-admin")
    assert client.send("GET", "/partners/").status_code == 403
    assert client.send("GET", "/partners/", headers={PARTNER_HEADER: BETA}).status_code == 200


@pytest.mark.parametrize(
    "groups",
    [(), ("external-user",), ("back-office-admin",), ("webapp-access-group-7",), ("fd-",), ("fdx",), ("partner-id-",)],
    ids=lambda groups: ", ".join(groups) or "none",
)
@pytest.mark.parametrize("headers", [{}, {PARTNER_HEADER: ACME}], ids=["no header", "a header"])
def test_a_user_without_a_partner_is_403_everywhere(groups, headers):
    """Rule: PART-06."""
    client = a_client_of_groups(*groups)
    assert {example.send(client).status_code for example in WITH_TOKEN} == {403}
    for path in ("/events/", "/nothing", "/events"):
        assert client.send("GET", path, headers=headers).status_code == 403


def test_a_user_without_a_partner_may_read_the_status_and_sign_in():
    """Rule: PART-06."""
    client = a_client_of_groups("external-user")
    assert client.send("GET", "/status/").status_code == 200
    assert client.send("GET", "/auth").status_code == 405


def test_special_groups_beside_a_partner_make_no_difference():
    """Rules: PART-02, AUTH-03."""
    client = a_client_of_groups(ACME, "external-user", "webapp-access-group-7", "back-office-admin")
    assert client.send("GET", "/partners/").json()["id"] == ACME


def test_the_header_makes_no_difference_where_no_token_is_needed(client):
    """Rule: PART-06."""
    two = [(PARTNER_HEADER, "x"), (PARTNER_HEADER, "y")]
    assert client.send("GET", "/status/", headers=two).status_code == 200
    order = {"username": "partner@acme.example", "password": "wavetank"}
    assert client.send("POST", "/auth", headers=two, json=order).status_code == 200


@pytest.mark.parametrize("partner", [BETA, "partner-id-nobody", "ACME"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/partners/{}/backhaul_attribution_details"),
        ("POST", "/partners/{}/backhaul_attribution_details"),
        ("GET", "/campaign_results/?eid=evt_1&partner_id={}"),
        ("POST", "/campaign_results/?eid=evt_1&purchase=1&revenue=1&partner_id={}"),
    ],
)
def test_a_partner_id_that_is_not_the_scoped_one_is_403(method, path, partner):
    """Rule: PART-04, also for an agency that may act for the other partner."""
    agency, headers = a_client("agency@acme.example"), {PARTNER_HEADER: ACME}
    before = agency.send("GET", "/campaign_results/?eid=evt_1&partner_id=partner-id-acme", headers=headers).content
    body = {"json": FIRST_DEFAULTS} if "details" in path and method == "POST" else {}
    assert agency.send(method, path.format(partner), headers=headers, **body).status_code == 403
    after = agency.send("GET", "/campaign_results/?eid=evt_1&partner_id=partner-id-acme", headers=headers).content
    assert after == before


def add_event_and_read_model(client, event_id):
    order = {"partner_id": ACME, "id": event_id, "title": "New", "start_date_time": "2026-12-24T19:00:00Z"}
    assert client.control("POST", "/events", json=order).status_code == 201
    return client.send("GET", f"/events/{event_id}/attribution_model").json()["model"]


def test_the_default_model_reaches_events_created_later_and_no_others():
    """Rule: PART-05."""
    client = a_client()
    answer = client.send("PUT", f"{MODEL_DEFAULT}?model=META")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.send("GET", "/partners/").json()["attribution_model_default"] == "META"
    assert client.send("GET", "/events/evt_1/attribution_model").json() == {"model": "FD"}
    assert add_event_and_read_model(client, "evt_new") == "META"
    client.send("PUT", f"{MODEL_DEFAULT}?model=EXTERNAL")
    assert client.send("GET", "/events/evt_new/attribution_model").json() == {"model": "META"}


@pytest.mark.parametrize("query", ["", "?model=fd", "?model=", "?model=OTHER", "?model=FD&model=META", "?Model=FD"])
def test_another_default_model_is_refused(client, query):
    """Rule: PART-05."""
    before = read_everything(client)
    assert client.send("PUT", f"{MODEL_DEFAULT}{query}").status_code == 400
    assert read_everything(client) == before


def test_the_model_stands_in_the_query_and_not_in_a_body(client):
    """Rule: PART-05."""
    assert client.send("PUT", MODEL_DEFAULT, json={"model": "META"}).status_code == 400


def test_the_first_defaults_are_30_days_of_the_packages_events(client):
    """Rule: DEF-01."""
    answer = client.send("GET", DEFAULTS)
    assert (answer.status_code, answer.json()) == (200, FIRST_DEFAULTS)


def test_defaults_are_stored_by_post_and_answered():
    """Rule: DEF-01."""
    client = a_client()
    answer = client.send("POST", DEFAULTS, json=SETTINGS)
    assert (answer.status_code, answer.json()) == (200, SETTINGS)
    assert client.send("GET", DEFAULTS).json() == SETTINGS


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param({**FIRST_DEFAULTS, "email_sent_date": "2026-09-01"}, ["email_sent_date"], id="an email date"),
        pytest.param({"backhaul_evaluation_attribution_window": 7}, ["backhaul_evaluation_model"], id="no model"),
        pytest.param({**FIRST_DEFAULTS, "backhaul_evaluation_attribution_window": 0}, None, id="0 days"),
        pytest.param({**FIRST_DEFAULTS, "backhaul_evaluation_attribution_window": 366}, None, id="366 days"),
        pytest.param({**FIRST_DEFAULTS, "backhaul_evaluation_attribution_window": "30"}, None, id="a text"),
        pytest.param({**FIRST_DEFAULTS, "backhaul_evaluation_model": "all_purchases"}, None, id="another case"),
        pytest.param({**FIRST_DEFAULTS, "backhaul_evaluation_model": None}, None, id="null"),
    ],
)
def test_other_defaults_are_refused_and_change_nothing(client, body, fields):
    """Rule: DEF-01."""
    before = read_everything(client)
    answer = client.send("POST", DEFAULTS, json=body)
    assert answer.status_code == 400
    assert fields is None or sorted_error_fields(answer) == fields
    assert read_everything(client) == before


def read_settings(client, package_id):
    return client.send("GET", f"{PACKAGES}/{package_id}/backhaul_evaluation_details").json()


def test_a_new_package_starts_with_the_defaults_of_its_moment():
    """Rule: DEF-02: existing packages, whatever their status, do not change with the defaults."""
    client = a_client()
    first = client.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]
    advance_and_sign_in(client, seconds=2)
    second = client.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]
    client.send("POST", DEFAULTS, json=SETTINGS)
    third = client.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]
    merged = client.send("POST", f"{PACKAGES}/merge?packages_ids=pkg_1&packages_ids=pkg_2").json()["id"]
    expected = {
        first: {**FIRST_DEFAULTS, "email_sent_date": None},
        second: {**FIRST_DEFAULTS, "email_sent_date": None},
        "pkg_1": {**FIRST_DEFAULTS, "email_sent_date": None},
        third: {**SETTINGS, "email_sent_date": None},
        merged: {**SETTINGS, "email_sent_date": None},
    }
    assert {key: read_settings(client, key) for key in expected} == expected
    advance_and_sign_in(client, days=30)
    assert {key: read_settings(client, key) for key in expected} == expected


def test_a_change_of_the_defaults_starts_no_evaluation():
    """Rule: DEF-02."""
    client = a_client()
    client.send("PUT", SETTINGS_PATH, json={**FIRST_DEFAULTS, "email_sent_date": "2026-08-01"})
    advance_and_sign_in(client, seconds=2)
    before = client.send("GET", RESULT_PATH).content
    jobs = client.control("GET", "/jobs").json()
    client.send("POST", DEFAULTS, json=SETTINGS)
    assert client.control("GET", "/jobs").json() == jobs
    advance_and_sign_in(client, days=1)
    assert client.send("GET", RESULT_PATH).content == before


def test_one_partners_defaults_are_not_anothers():
    """Rules: DEF-01, PART-01."""
    agency = a_client("agency@acme.example")
    agency.send("POST", DEFAULTS, json=SETTINGS, headers={PARTNER_HEADER: ACME})
    theirs = agency.send("GET", f"/partners/{BETA}/backhaul_attribution_details", headers={PARTNER_HEADER: BETA})
    assert theirs.json() == FIRST_DEFAULTS
