"""Where an event's rows come from, and why deleted rows do not return. Rules: CR-03, CR-04, JOB-03, JOB-04, LAM-01."""

from typing import Any

import pytest

from tests.builders import ACME
from tests.example_requests import a_client, advance_and_sign_in
from tests.mock_harness import Client, error_fields

MODEL_PATH = "/events/evt_1/attribution_model"


@pytest.fixture
def client():
    return a_client()


def a_sale(at: str, fd: str = "campaign", **changes: Any) -> dict[str, Any]:
    credit = {"fd": fd, "meta": "organic", "external": "external"}
    return {"customer_id": "cus_1", "event_id": "evt_1", "at": at, "tickets": 2, "revenue": 50.0, **credit, **changes}


def add_sales(client: Client, *sales: dict[str, Any]) -> None:
    assert client.control("POST", "/purchases", json={"purchases": list(sales)}).status_code == 201


def explain(client: Client, query: str = "", event_id: str = "evt_1"):
    answer = client.control("GET", f"/explain/event/{event_id}{query}")
    assert answer.status_code == 200
    return answer.json()


def row_items(explanation: Any) -> list[Any]:
    items: list[Any] = explanation["rows"]["items"]
    return items


def delete_row(client: Client, row_id: str) -> None:
    answer = client.send("DELETE", f"/campaign_results/?id={row_id}", headers={"x-request-id": "delete-1"})
    assert answer.status_code == 204


def test_rows_are_those_of_the_platform_newest_first(client):
    shown = client.send("GET", f"/campaign_results/?eid=evt_1&partner_id={ACME}").json()
    assert [item["row"] for item in row_items(explain(client))] == shown
    assert len(shown) == 2


def test_a_manual_row_names_its_request(client):
    client.send(
        "POST",
        f"/campaign_results/?eid=evt_1&partner_id={ACME}&purchase=12&revenue=540",
        headers={"x-request-id": "enter-1"},
    )
    newest = row_items(explain(client))[0]
    assert (newest["set_by"]["kind"], newest["set_by"]["operation"]) == ("request", "createCampaignResult")
    assert (newest["set_by"]["request_id"], newest["run"]) == ("enter-1", None)


def test_the_initial_row_explains_all_its_purchases(client):
    automated = row_items(explain(client))[0]
    assert automated["set_by"]["kind"] == "world"
    run = automated["run"]
    assert (run["previous_run"], run["examined"], run["counted"], run["sales_changed_since"]) == (None, 2, 1, False)
    assert [(sale["at"], sale["credited_to"], sale["counted"]) for sale in run["purchases"]] == [
        ("2026-08-01T10:00:00Z", "campaign", True),
        ("2026-08-03T10:00:00Z", "organic", False),
    ]


def test_an_automated_row_lists_the_examined_and_the_counted_purchases(client):
    add_sales(
        client,
        a_sale("2026-09-01T11:00:00Z", "organic"),
        a_sale("2026-09-02T07:00:00Z"),
        a_sale("2026-09-02T08:00:00Z"),
        a_sale("2026-09-02T08:00:01Z"),
    )
    advance_and_sign_in(client, days=1)
    newest = row_items(explain(client))[0]
    assert (newest["set_by"]["kind"], newest["set_by"]["job"]) == ("run", "attribution_run")
    run = newest["run"]
    assert (run["due"], run["previous_run"]) == ("2026-09-02T08:00:00Z", "2026-09-01T08:00:00Z")
    assert (run["attribution_model"], run["examined"], run["counted"]) == ("FD", 3, 2)
    assert newest["row"]["purchase"] == 2
    assert [sale["counted"] for sale in run["purchases"]] == [True, True, False]


def test_a_run_is_explained_with_the_model_of_its_time(client):
    add_sales(client, a_sale("2026-09-02T07:00:00Z"))
    advance_and_sign_in(client, days=1)
    client.send("PUT", MODEL_PATH, json={"model": "META"}, headers={"x-request-id": "model-1"})
    explanation = explain(client)
    assert explanation["attribution_model"]["value"] == "META"
    assert explanation["attribution_model"]["set_by"]["request_id"] == "model-1"
    assert row_items(explanation)[0]["run"]["attribution_model"] == "FD"
    assert row_items(explanation)[0]["run"]["purchases"][0]["credited_to"] == "campaign"


def test_a_deleted_automated_row_states_its_deletion_and_why_it_does_not_return(client):
    """Gotcha: G-18."""
    add_sales(client, a_sale("2026-09-02T07:00:00Z"))
    advance_and_sign_in(client, days=1)
    row = row_items(explain(client))[0]["row"]
    delete_row(client, row["id"])
    advance_and_sign_in(client, days=2)
    (deleted,) = explain(client)["deleted_rows"]
    assert deleted["row"] == row
    assert (deleted["set_by"]["kind"], deleted["set_by"]["at"]) == ("run", "2026-09-02T08:00:00Z")
    assert (deleted["deleted_by"]["operation"], deleted["deleted_by"]["request_id"]) == (
        "deleteCampaignResult",
        "delete-1",
    )
    assert "no later run appends it again" in deleted["reason"]


def test_clearing_sales_is_the_cause_of_deleted_manual_rows(client):
    """Gotcha: G-20."""
    client.send("DELETE", "/daily_revenue_summary/?event_id=evt_1", headers={"x-request-id": "clear-1"})
    (deleted,) = explain(client)["deleted_rows"]
    assert (deleted["row"]["source"], deleted["deleted_by"]["operation"]) == ("manual", "clearSales")


def test_a_row_states_that_its_sales_were_cleared(client):
    add_sales(client, a_sale("2026-09-02T07:00:00Z", origin="partner"))
    advance_and_sign_in(client, days=1)
    client.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    run = row_items(explain(client))[0]["run"]
    assert (run["sales_changed_since"], run["examined"]) == (True, 0)


def test_a_run_without_a_row_states_why(client):
    add_sales(client, a_sale("2026-09-02T07:00:00Z", "organic"), a_sale("2026-09-03T07:00:00Z"))
    advance_and_sign_in(client, days=1)
    client.send("PUT", MODEL_PATH, json={"model": "EXTERNAL"})
    advance_and_sign_in(client, days=2)
    runs = [(run["due"], run["examined"], run["attribution_model"]) for run in explain(client)["runs_without_a_row"]]
    assert runs == [("2026-09-03T08:00:00Z", 1, "EXTERNAL"), ("2026-09-02T08:00:00Z", 1, "FD")]


def test_a_missed_run_is_listed_and_the_next_one_examines_its_purchases(client):
    add_sales(client, a_sale("2026-09-02T07:00:00Z"), a_sale("2026-09-03T07:00:00Z"))
    rule = {"effect": {"attribution_run": "missed"}, "times": 1}
    assert client.control("PUT", "/faults", json={"rules": [rule]}).status_code == 200
    advance_and_sign_in(client, days=2)
    explanation = explain(client)
    (missed,) = explanation["runs_without_a_row"]
    assert (missed["due"], missed["examined"]) == ("2026-09-02T08:00:00Z", 0)
    assert "missed" in missed["reason"]
    run = row_items(explanation)[0]["run"]
    assert (run["due"], run["previous_run"], run["counted"]) == ("2026-09-03T08:00:00Z", "2026-09-01T08:00:00Z", 2)


def test_a_run_that_is_started_twice_is_listed_once(client):
    add_sales(client, a_sale("2026-09-02T07:00:00Z"))
    rule = {"effect": {"attribution_run": "twice"}, "times": 1}
    assert client.control("PUT", "/faults", json={"rules": [rule]}).status_code == 200
    advance_and_sign_in(client, days=1)
    explanation = explain(client)
    assert row_items(explanation)[0]["run"]["counted"] == row_items(explanation)[0]["row"]["purchase"] == 1
    assert explanation["runs_without_a_row"] == []


@pytest.mark.parametrize(
    ("query", "most"),
    [
        pytest.param("", 20, id="twenty by default"),
        pytest.param("?purchases=0", 0, id="none"),
        pytest.param("?purchases=25", 25, id="all"),
    ],
)
def test_the_number_of_listed_purchases_can_be_set_and_all_are_counted(client, query, most):
    add_sales(client, *[a_sale(f"2026-09-02T07:00:{second:02}Z") for second in range(25)])
    advance_and_sign_in(client, days=1)
    run = row_items(explain(client, query))[0]["run"]
    assert (len(run["purchases"]), run["examined"], run["counted"]) == (most, 25, 25)


def test_one_row_can_be_selected_even_a_deleted_one(client):
    delete_row(client, "cr_acme")
    explanation = explain(client, "?row=cr_acme")
    assert (explanation["rows"]["total"], [deleted["row"]["id"] for deleted in explanation["deleted_rows"]]) == (
        0,
        ["cr_acme"],
    )
    automated = row_items(explain(client))[0]["row"]["id"]
    explanation = explain(client, f"?row={automated}")
    assert ([item["row"]["id"] for item in row_items(explanation)], explanation["deleted_rows"]) == ([automated], [])


def test_rows_are_paged(client):
    first, second = explain(client, "?limit=1"), explain(client, "?limit=1&page=2")
    assert (first["rows"]["total"], first["rows"]["nextPage"], second["rows"]["prevPage"]) == (2, 2, 1)
    assert row_items(first) + row_items(second) == row_items(explain(client))


def test_only_the_events_own_rows_are_explained(client):
    explanation = explain(client, event_id="evt_beta")
    assert [item["row"]["id"] for item in row_items(explanation)] == ["cr_beta"]
    assert explain(client, event_id="evt_2")["rows"]["total"] == 0


def test_the_series_has_its_cause(client):
    client.send("POST", "/events/evt_1/series?event_series=evt_2", headers={"x-request-id": "series-1"})
    for event_id in ("evt_1", "evt_2"):
        assert explain(client, event_id=event_id)["series"]["set_by"]["request_id"] == "series-1"
    assert explain(client, event_id="4711")["series"]["set_by"]["kind"] == "world"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        pytest.param("evt_0", 404, "event_id", id="no such event"),
        pytest.param("evt_1?row=cr_0", 404, "row", id="no such row"),
        pytest.param("evt_2?row=cr_acme", 404, "row", id="a row of another event"),
        pytest.param("evt_1?purchases=501", 400, "purchases", id="too many purchases"),
        pytest.param("evt_1?purchases=", 400, "purchases", id="an empty number"),
        pytest.param("evt_1?eid=evt_1", 400, "eid", id="an unknown parameter"),
    ],
)
def test_an_invalid_request_is_rejected_by_field(client, path, status, field):
    answer = client.control("GET", f"/explain/event/{path}")
    assert (answer.status_code, error_fields(answer)) == (status, [field])


def test_a_reset_discards_deleted_rows_and_runs(client):
    add_sales(client, a_sale("2026-09-02T07:00:00Z", "organic"))
    delete_row(client, "cr_acme")
    advance_and_sign_in(client, days=1)
    client.control("POST", "/reset")
    explanation = explain(client)
    assert (explanation["deleted_rows"], explanation["runs_without_a_row"]) == ([], [])
    assert len(row_items(explanation)) == 2
