"""Which purchases make up the revenue of a day. Rules: DRS-02, LAM-03, LAM-04."""

from typing import Any

import pytest

from tests.builders import BETA
from tests.example_requests import a_client, advance_and_sign_in
from tests.mock_harness import Client, error_fields

DAY = "2026-08-30"


def a_sale(at: str, fd: str, meta: str, external: str) -> dict[str, Any]:
    credit = {"fd": fd, "meta": meta, "external": external}
    return {"customer_id": "cus_1", "event_id": "evt_1", "at": at, "tickets": 2, "revenue": 10.25, **credit}


SALES = [
    a_sale("2026-08-29T23:59:59Z", "campaign", "campaign", "campaign"),
    a_sale("2026-08-30T00:00:00Z", "campaign", "organic", "external"),
    a_sale("2026-08-30T12:00:00Z", "organic", "organic", "campaign"),
    a_sale("2026-08-30T23:59:59Z", "external", "organic", "campaign"),
    a_sale("2026-08-31T00:00:00Z", "campaign", "campaign", "campaign"),
]


@pytest.fixture
def client():
    client = a_client()
    assert client.control("POST", "/purchases", json={"purchases": SALES}).status_code == 201
    return client


def explain(client: Client, query: str = f"?date={DAY}", event_id: str = "evt_1"):
    answer = client.control("GET", f"/explain/daily/{event_id}{query}")
    assert answer.status_code == 200
    return answer.json()


def read_daily_revenue(client: Client, day: str = DAY):
    answer = client.send("GET", f"/daily_revenue_summary/?event_id=evt_1&start_date={day}&end_date={day}")
    return answer.json()["daily"]


@pytest.mark.parametrize("model", ["FD", "META", "EXTERNAL"])
def test_the_total_and_its_split_equal_the_summary_under_each_model(client, model):
    client.send("PUT", "/events/evt_1/attribution_model", json={"model": model})
    explanation, (day,) = explain(client), read_daily_revenue(client)
    assert explanation["attribution_model"]["value"] == model
    assert explanation["total"] == {"revenue": day["revenue"], "purchases": day["purchases"]}
    assert explanation["split"][model] == {whom: day[whom] for whom in ("campaign", "organic", "external")}


def test_each_purchase_states_the_source_that_each_model_credits(client):
    page = explain(client)["purchases"]
    assert [
        (sale["at"], sale["fd"], sale["meta"], sale["external"], sale["credited_to"]) for sale in page["items"]
    ] == [
        ("2026-08-30T00:00:00Z", "campaign", "organic", "external", "campaign"),
        ("2026-08-30T12:00:00Z", "organic", "organic", "campaign", "organic"),
        ("2026-08-30T23:59:59Z", "external", "organic", "campaign", "external"),
    ]
    assert {sale["event_id"] for sale in page["items"]} == {"evt_1"}


def test_the_cause_of_the_model_is_stated(client):
    assert explain(client)["attribution_model"]["set_by"]["kind"] == "world"
    client.send("PUT", "/events/evt_1/attribution_model", json={"model": "META"}, headers={"x-request-id": "model-1"})
    explanation = explain(client)["attribution_model"]["set_by"]
    assert (explanation["kind"], explanation["operation"], explanation["request_id"]) == (
        "request",
        "setEventAttributionModel",
        "model-1",
    )


def test_a_day_without_sales_has_a_total_of_zero(client):
    explanation = explain(client, "?date=2026-02-01")
    assert (explanation["total"], explanation["purchases"]["total"], explanation["not_known_yet"]) == (
        {"revenue": 0, "purchases": 0},
        0,
        0,
    )
    assert read_daily_revenue(client, "2026-02-01") == []


def test_several_days_are_explained_together(client):
    explanation = explain(client, "?date=2026-08-29&until=2026-08-30")
    assert (explanation["date"], explanation["until"]) == ("2026-08-29", "2026-08-30")
    assert explanation["total"] == {"revenue": 41, "purchases": 4}
    assert explanation["split"]["META"]["campaign"] == {"revenue": 10.25, "purchases": 1}
    assert explanation["purchases"]["total"] == 4
    assert explain(client, "?date=2026-08-31&until=2026-08-30")["purchases"]["total"] == 0


def test_future_sales_are_counted_and_not_shown(client):
    client.control("POST", "/purchases", json={"purchases": [a_sale("2026-09-01T18:00:00Z", *["organic"] * 3)]})
    explanation = explain(client, "?date=2026-09-01")
    assert (explanation["purchases"]["total"], explanation["not_known_yet"]) == (0, 1)
    advance_and_sign_in(client, hours=6)
    explanation = explain(client, "?date=2026-09-01")
    assert (explanation["purchases"]["total"], explanation["not_known_yet"]) == (1, 0)


def test_purchases_are_paged(client):
    pages = [explain(client, f"?date={DAY}&limit=2&page={page}")["purchases"] for page in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [2, 1, 0]
    assert {page["total"] for page in pages} == {3}


def test_the_currency_is_the_partners(client):
    explanation = explain(client, event_id="evt_beta")
    assert (explanation["currency"], client.workspace.store.events.mapping()["evt_beta"].partner_id) == ("GBP", BETA)


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        pytest.param(f"evt_0?date={DAY}", 404, "event_id", id="no such event"),
        pytest.param("evt_1", 400, "date", id="no date"),
        pytest.param("evt_1?date=", 400, "date", id="an empty day"),
        pytest.param("evt_1?date=2026-02-30", 400, "date", id="a day that does not exist"),
        pytest.param("evt_1?date=2026-08-30T00:00:00Z", 400, "date", id="an instant"),
        pytest.param(f"evt_1?date={DAY}&model=FD", 400, "model", id="an unknown parameter"),
    ],
)
def test_an_invalid_request_is_rejected_by_field(client, path, status, field):
    answer = client.control("GET", f"/explain/daily/{path}")
    assert (answer.status_code, error_fields(answer)) == (status, [field])
