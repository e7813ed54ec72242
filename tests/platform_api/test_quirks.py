"""What each quirk changes when it is on. Rules: BASE-08, CR-01, CR-03, CR-04, DEF-01, DRS-05, PART-03."""

from dataclasses import asdict

import pytest

from mock_server.state.quirks import QUIRK_NAMES, Quirks
from tests.builders import ACME, BETA
from tests.example_requests import (
    EXAMPLES,
    ROWS_PATH,
    WITH_BODY,
    a_client,
    example_id,
    read_everything,
    sorted_error_fields,
)

DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
BODY = {"backhaul_evaluation_attribution_window": 7, "backhaul_evaluation_model": "EVENT_SERIES"}
SUMMARY = "/daily_revenue_summary/?event_id=evt_1"
OLDER = asdict(Quirks(clear_sales_204=True))
"""The quirks of the older documentation, which are a workspace's default."""
HEADERS = {"X-Preferred-Partner-Id": ACME}
ROW_OPERATIONS = [
    pytest.param("GET", ROWS_PATH, 200, id="reading"),
    pytest.param("POST", f"{ROWS_PATH}&purchase=1&revenue=1", 201, id="posting"),
    pytest.param("DELETE", "/campaign_results/?id=cr_acme", 204, id="deleting"),
]


def a_client_with_quirk(name, username="partner@acme.example"):
    client = a_client(username)
    assert client.control("PUT", "/quirks", json={name: True}).json() == OLDER | {name: True}
    return client


def test_a_new_workspace_has_those_of_the_older_documentation():
    assert a_client().workspace.quirks == Quirks(clear_sales_204=True)
    assert a_client().control("GET", "/quirks").json() == OLDER


@pytest.mark.parametrize(("method", "path", "status"), ROW_OPERATIONS)
def test_campaign_results_are_for_admins_alone_under_the_newer_documentation(method, path, status):
    """Quirk: `campaign_results_admin_only`."""
    assert a_client().send(method, path).status_code == status
    client = a_client_with_quirk("campaign_results_admin_only")
    answer = client.send(method, path)
    assert (answer.status_code, answer.json()["message"]) == (403, "error.auth.not_authorized")
    client.control("PUT", "/quirks", json={})
    assert [row["id"] for row in client.send("GET", ROWS_PATH).json()][1:] == ["cr_acme"]
    admin = a_client_with_quirk("campaign_results_admin_only", "admin@platform.example")
    assert admin.send(method, path, headers=HEADERS).status_code == status


def test_the_rows_stay_readable_in_daily_revenue():
    """Quirk: `campaign_results_admin_only`, which concerns only `/campaign_results/`."""
    rows = a_client_with_quirk("campaign_results_admin_only").send("GET", SUMMARY).json()["manual_adjustments"]
    assert [row["id"] for row in rows][1:] == ["cr_acme"]


def test_the_204_quirk_changes_the_clearing_status():
    """Quirk: `clear_sales_204`, which is on in the older documentation."""
    client = a_client()
    client.control("PUT", "/quirks", json={"clear_sales_204": False})
    assert client.send("DELETE", SUMMARY).status_code == 200
    client = a_client()
    answer = client.send("DELETE", SUMMARY)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [row["source"] for row in client.send("GET", ROWS_PATH).json()] == ["automated"]


def test_the_numeric_partner_id_quirk_changes_the_id():
    """Quirk: `numeric_client_id`. The header and the paths still use the partner id."""
    off = a_client().send("GET", "/partners/").json()
    client = a_client_with_quirk("numeric_client_id", "agency@acme.example")
    records = [
        client.send("GET", "/partners/", headers={"X-Preferred-Partner-Id": each}).json() for each in (ACME, BETA)
    ]
    assert all(type(record["id"]) is int for record in records)
    assert records[0]["id"] != records[1]["id"]
    assert {**records[0], "id": ACME} == off
    assert client.send("GET", DEFAULTS, headers=HEADERS).status_code == 200
    assert client.send("GET", "/partners/", headers=HEADERS).json() == records[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_unknown_query_parameters_are_ignored(example):
    """Quirk: `ignore_unknown`. The response equals that of the request without the unknown names."""
    plain = example.send(a_client())
    answer = a_client_with_quirk("ignore_unknown").send(
        example.method, example.with_query("colour=red"), **example.request_options
    )
    if example.operation in ("signIn",):
        assert (answer.status_code, plain.status_code) == (200, 200)
    else:
        assert (answer.status_code, answer.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_unknown_body_fields_are_ignored(example):
    """Quirk: `ignore_unknown`."""
    plain = example.send(a_client()).status_code
    client = a_client_with_quirk("ignore_unknown")
    assert client.send(example.method, example.target, json={**example.body, "colour": "red"}).status_code == plain


def test_what_is_known_is_still_judged():
    """Quirk: `ignore_unknown`, which turns off only the rule about unknown names."""
    client = a_client_with_quirk("ignore_unknown")
    before = read_everything(client)
    for path in ("/events/?page=0&colour=red", "/events/?page=1&page=2", "/events/?city[]=A"):
        assert client.send("GET", path).status_code == 400
    answer = client.send("PUT", "/events/evt_1/attribution_model", json={"Model": "FD"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["model"])
    assert read_everything(client) == before


@pytest.mark.parametrize("date", ["2026-09-01", "nonsense", 7], ids=str)
def test_the_quirk_drops_an_email_date_in_defaults(date):
    """Quirk: `email_date_in_defaults_ignored`."""
    refused = a_client().send("POST", DEFAULTS, json={**BODY, "email_sent_date": date})
    assert (refused.status_code, sorted_error_fields(refused)) == (400, ["email_sent_date"])
    client = a_client_with_quirk("email_date_in_defaults_ignored")
    answer = client.send("POST", DEFAULTS, json={**BODY, "email_sent_date": date})
    assert (answer.status_code, answer.json()) == (200, BODY)
    assert client.send("GET", DEFAULTS).json() == BODY


def test_an_email_date_of_null_counts_as_left_out_with_and_without_the_quirk():
    """Rule: DEF-01."""
    for client in (a_client(), a_client_with_quirk("email_date_in_defaults_ignored")):
        answer = client.send("POST", DEFAULTS, json={**BODY, "email_sent_date": None})
        assert (answer.status_code, answer.json()) == (200, BODY)


def test_the_quirk_for_csv_customer_lists_changes_the_format():
    """Quirk customer_list_csv."""
    path = "/package_builder/packages/pkg_1/Jazz/customer_list"
    assert a_client().send("GET", path).json() == ["cus_1"]
    answer = a_client_with_quirk("customer_list_csv").send("GET", path)
    assert (answer.headers["content-type"], answer.text) == ("text/csv; charset=utf-8", "customer_id\r\ncus_1\r\n")
    assert answer.headers["content-disposition"] == 'attachment; filename="customers_Jazz.csv"'


def test_other_fields_of_the_defaults_are_still_refused():
    """Quirk: `email_date_in_defaults_ignored`, which concerns only this field."""
    client = a_client_with_quirk("email_date_in_defaults_ignored")
    assert sorted_error_fields(client.send("POST", DEFAULTS, json={**BODY, "colour": 1})) == ["colour"]


@pytest.mark.parametrize("name", [name for name in QUIRK_NAMES if name != "ignore_unknown"])
def test_no_other_quirk_lets_unknown_fields_pass(name):
    """Rule: BASE-08."""
    assert a_client_with_quirk(name).send("GET", "/events/?colour=red").status_code == 400


@pytest.mark.parametrize("name", QUIRK_NAMES)
def test_a_quirk_can_be_turned_off_again(name):
    client = a_client_with_quirk(name)
    assert client.control("PUT", "/quirks", json={name: False}).json() == OLDER | {name: False}
    assert client.send("GET", ROWS_PATH).status_code == 200
    assert client.send("GET", "/partners/").json()["id"] == ACME


def test_ignoring_unknown_names_passes_over_them_however_they_are_written():
    """Rule: BASE-08."""
    client = a_client()
    client.control("PUT", "/quirks", json={"ignore_unknown": True})
    assert client.send("GET", "/events/?utm=1&utm=2&filter[x]=1").status_code == 200
    assert client.send("GET", "/events/?city[]=A").status_code == 400


def test_ignoring_unknown_names_is_the_platforms_side_and_not_the_control_apis():
    """If unknown names were ignored here, a misspelt quirk would turn all quirks off."""
    client = a_client()
    client.control("PUT", "/quirks", json={"ignore_unknown": True})
    refused = client.control("PUT", "/quirks", json={"ignore_unknwon": True})
    assert (refused.status_code, sorted_error_fields(refused)) == (400, ["ignore_unknwon"])
    assert client.control("GET", "/quirks").json()["ignore_unknown"] is True
