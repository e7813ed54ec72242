"""Explanations of the numbers in a cluster's row. Rules: BEV-03, BEV-04, BEV-06, BEV-07, BEV-08."""

from typing import Any

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.record_history import MAX_VERSIONS
from tests.builders import START_TIME
from tests.example_requests import (
    RESULT_PATH,
    SETTINGS_PATH,
    a_client,
    add_package,
    advance_and_sign_in,
    sorted_error_fields,
)
from tests.mock_harness import Client, error_fields

WINDOW, MODEL, EMAIL = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"
CLUSTERS = [{"tc": "Jazz", "customers": ["cus_a", "cus_b", "cus_c"]}, {"tc": "Rock", "customers": ["cus_d"]}]


def a_sale(at: str, customer: str = "cus_a", event: str = "evt_1", **changes: Any) -> dict[str, Any]:
    credit = dict.fromkeys(("fd", "meta", "external"), "campaign")
    return {"customer_id": customer, "event_id": event, "at": at, "tickets": 2, "revenue": 50.0, **credit, **changes}


SALES = [
    a_sale("2026-08-31T23:59:59Z"),
    a_sale("2026-09-01T00:00:00Z"),
    a_sale("2026-09-01T10:00:00Z", "cus_b", "evt_2", tickets=3),
    a_sale("2026-09-01T11:00:00Z", "cus_b", "4711"),
    a_sale("2026-09-01T11:30:00Z", "cus_stranger"),
    a_sale("2026-09-04T00:00:00Z", "cus_c"),
    a_sale("2026-09-03T00:00:00Z", "cus_d"),
]


@pytest.fixture
def client():
    """Return a client with a package of evt_1, which is in a series with evt_2, and of 4711, which is in no series."""
    client = a_client()
    client.send("POST", "/events/evt_1/series?event_series=evt_2")
    add_package(client, "pkg_9", clusters=CLUSTERS)
    client.control("POST", "/purchases", json={"purchases": SALES})
    return client


def save_settings(client: Client, **changes: Any) -> None:
    settings = {WINDOW: 3, MODEL: "EVENTS_FROM_PACKAGE", EMAIL: "2026-09-01", **changes}
    path = SETTINGS_PATH.replace("pkg_1", "pkg_9")
    assert client.send("PUT", path, json=settings, headers={"x-request-id": "save-1"}).status_code == 200


def explain(client: Client, query: str = "", package_id: str = "pkg_9"):
    answer = client.control("GET", f"/explain/evaluation/{package_id}{query}")
    assert answer.status_code == 200
    return answer.json()


def outcomes(explanation: Any) -> list[tuple[str, str, str | None, str | None]]:
    return [(item["at"], item["tc"], item["reason"], item["window_side"]) for item in explanation["purchases"]["items"]]


def test_before_any_settings_are_saved_there_is_nothing_to_explain(client):
    explanation = explain(client)
    assert (
        explanation["evaluation"],
        explanation["pending"],
        explanation["clusters"],
        explanation["outside_clusters"],
    ) == (None, None, [], None)
    assert explanation["purchases"]["total"] == 0


def test_saved_settings_are_pending_until_their_job_is_due(client):
    save_settings(client)
    explanation = explain(client)
    assert explanation["evaluation"] is None
    assert explanation["pending"]["due"] == "2026-09-01T12:00:02Z"
    assert explanation["pending"]["settings"][WINDOW] == 3
    assert explanation["pending"]["set_by"]["request_id"] == "save-1"
    advance_and_sign_in(client, seconds=2)
    explanation = explain(client)
    assert explanation["pending"] is None
    assert explanation["evaluation"]["evaluated_at"] == "2026-09-01T12:00:02Z"
    assert explanation["evaluation"]["set_by"]["job"] == "evaluation"


def test_each_purchase_of_a_customer_counts_or_states_why_not(client):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    explanation = explain(client)
    assert explanation["evaluation"]["window"] == {
        "start": "2026-09-01T00:00:00Z",
        "end": "2026-09-04T00:00:00Z",
        "starts_on": "email_sent_date",
    }
    assert explanation["evaluation"]["counted_events"] == ["evt_1"]
    assert outcomes(explanation) == [
        ("2026-09-01T00:00:00Z", "Jazz", None, None),
        ("2026-09-03T00:00:00Z", "Rock", "not_known_yet", None),
        ("2026-08-31T23:59:59Z", "Jazz", "outside_window", "before"),
        ("2026-09-04T00:00:00Z", "Jazz", "outside_window", "after"),
        ("2026-09-01T10:00:00Z", "Jazz", "other_event", None),
        ("2026-09-01T11:00:00Z", "Jazz", "other_event", None),
    ]
    assert [item["counted"] for item in explanation["purchases"]["items"]] == [True, False, False, False, False, False]
    assert explanation["outside_clusters"] == 1
    assert explanation["clusters"][0] == {
        "tc": "Jazz",
        "size": 3,
        "customers": 1,
        "items": 2,
        "purchase": 1,
        "conversion_rate": 1 / 3,
        "purchases": {"counted": 1, "outside_window": 2, "other_event": 2, "other_series": 0, "not_known_yet": 0},
    }
    assert explanation["evaluation"]["sales_changed_since"] is False


@pytest.mark.parametrize(
    ("model", "counted", "elsewhere"),
    [
        pytest.param("EVENT_SERIES", 2, {"4711": "other_series"}, id="the series"),
        pytest.param("ALL_PURCHASES", 3, {}, id="any event"),
    ],
)
def test_a_wider_model_counts_more_purchases(client, model, counted, elsewhere):
    save_settings(client, **{MODEL: model})
    advance_and_sign_in(client, seconds=2)
    explanation = explain(client, "?cluster=Jazz")
    assert explanation["clusters"][0]["purchases"]["counted"] == counted == explanation["clusters"][0]["purchase"]
    reasons = {item["event_id"]: item["reason"] for item in explanation["purchases"]["items"]}
    assert {event: reason for event, reason in reasons.items() if event == "4711" and reason} == elsewhere


def test_the_explanation_is_of_the_shown_result_not_of_newer_settings(client):
    """Rule: BEV-03: until the job ends, the previous result is shown and explained, with its own settings."""
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    shown = explain(client)
    save_settings(client, **{MODEL: "ALL_PURCHASES", WINDOW: 365})
    client.send("POST", "/events/evt_1/series")
    explanation = explain(client)
    assert explanation["pending"]["revision"] > explanation["evaluation"]["revision"]
    assert {**explanation, "pending": None} == shown


def test_the_series_is_the_one_at_completion(client):
    save_settings(client, **{MODEL: "EVENT_SERIES"})
    advance_and_sign_in(client, seconds=2)
    client.send("POST", "/events/evt_1/series?event_series=4711")
    explanation = explain(client)
    assert explanation["evaluation"]["counted_events"] == ["evt_1", "evt_2"]
    assert explanation["evaluation"]["sales_changed_since"] is False


def test_without_an_email_date_the_window_starts_on_the_day_of_creation(client):
    save_settings(client, **{EMAIL: None})
    advance_and_sign_in(client, seconds=2)
    window = explain(client)["evaluation"]["window"]
    assert (window["start"], window["starts_on"]) == ("2026-08-01T00:00:00Z", "created_at")


def test_a_purchase_at_completion_time_that_arrived_later_is_unknown(client):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    client.control("POST", "/purchases", json={"purchases": [a_sale("2026-09-01T12:00:02Z", "cus_d")]})
    explanation = explain(client, "?cluster=Rock")
    assert [item["reason"] for item in explanation["purchases"]["items"]] == ["not_known_yet", "not_known_yet"]
    assert explanation["evaluation"]["sales_changed_since"] is False


def test_cleared_sales_are_reported_as_deleted(client):
    """Rule: DRS-05: the published result does not change, but the purchases that it counted are deleted."""
    client.control("POST", "/purchases", json={"purchases": [a_sale("2026-09-01T09:00:00Z", origin="partner")]})
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    assert explain(client)["evaluation"]["sales_changed_since"] is False
    client.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    explanation = explain(client)
    assert explanation["evaluation"]["sales_changed_since"] is True
    assert (explanation["clusters"][0]["purchase"], explanation["clusters"][0]["purchases"]["counted"]) == (2, 1)


@pytest.mark.parametrize(
    ("query", "total", "expected"),
    [
        pytest.param("?reason=counted", 1, ["2026-09-01T00:00:00Z"], id="the counted purchases"),
        pytest.param(
            "?reason=other_event&cluster=Jazz", 2, ["2026-09-01T10:00:00Z", "2026-09-01T11:00:00Z"], id="both"
        ),
        pytest.param("?reason=other_series", 0, [], id="a reason that no purchase has"),
        pytest.param("?cluster=Rock", 1, ["2026-09-03T00:00:00Z"], id="a cluster"),
        pytest.param("?page=2&limit=4", 6, ["2026-09-01T10:00:00Z", "2026-09-01T11:00:00Z"], id="the second page"),
        pytest.param("?page=3&limit=4", 6, [], id="a page after the last"),
    ],
)
def test_purchases_are_filtered_and_paged(client, query, total, expected):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    page = explain(client, query)["purchases"]
    assert (page["total"], [item["at"] for item in page["items"]]) == (total, expected)


def test_a_page_states_its_position(client):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    page = explain(client, "?page=2&limit=4")["purchases"]
    assert {name: page[name] for name in ("limit", "page", "pages", "nextPage", "prevPage")} == {
        "limit": 4,
        "page": 2,
        "pages": 2,
        "nextPage": None,
        "prevPage": 1,
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("reason=bad", "reason", id="not a reason"),
        pytest.param("reason=", "reason", id="an empty reason"),
        pytest.param("page=0", "page", id="page 0"),
        pytest.param("limit=501", "limit", id="too many"),
        pytest.param("limit=1.0", "limit", id="not an integer"),
        pytest.param("tc=Jazz", "tc", id="another name"),
        pytest.param("cluster=a&cluster=b", "cluster", id="twice"),
    ],
)
def test_a_bad_query_is_400_and_names_the_field(client, query, field):
    answer = client.control("GET", f"/explain/evaluation/pkg_9?{query}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


@pytest.mark.parametrize(
    ("path", "field"),
    [
        pytest.param("pkg_0", "package_id", id="a package"),
        pytest.param("pkg_9?cluster=Blues", "cluster", id="a cluster"),
        pytest.param("pkg_9?cluster=", "cluster", id="an empty cluster"),
    ],
)
def test_an_unknown_id_is_404_and_named(client, path, field):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    answer = client.control("GET", f"/explain/evaluation/{path}")
    assert (answer.status_code, error_fields(answer)) == (404, [field])


def test_for_an_unknown_cluster_the_known_ones_are_named(client):
    answer = client.control("GET", "/explain/evaluation/pkg_9?cluster=Blues")
    assert (
        answer.json()["validation_errors"][0]["message"] == "pkg_9 has no cluster Blues; its clusters are: Jazz, Rock"
    )


def test_a_result_older_than_the_recorded_settings_says_so(client):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    for _ in range(MAX_VERSIONS + 1):
        save_settings(client)
    explanation = explain(client)
    assert (explanation["evaluation"]["settings"], explanation["evaluation"]["window"]) == (None, None)
    assert explanation["evaluation"]["sales_changed_since"] is None
    assert (explanation["clusters"][0]["purchase"], explanation["clusters"][0]["purchases"]) == (1, None)
    assert explanation["purchases"]["items"] == []


def test_after_a_failed_evaluation_no_job_is_pending(client):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    rule = {"effect": {"evaluation": {"fails": True}}}
    assert client.control("PUT", "/faults", json={"rules": [rule]}).status_code == 200
    save_settings(client, **{WINDOW: 9})
    advance_and_sign_in(client, seconds=2)
    explanation = explain(client)
    assert explanation["evaluation"]["settings"][WINDOW] == 3
    assert (explanation["pending"]["settings"][WINDOW], explanation["pending"]["due"]) == (9, None)


def test_an_initial_evaluation_is_explained():
    settings = Settings(now=START_TIME, clock_mode="frozen")
    explanation = explain(Client(app.create_workspace(settings), settings), "?limit=1", "pkg_555")
    result = explanation["evaluation"]
    assert result["set_by"]["kind"] == result["settings_set_by"]["kind"] == "world"
    assert explanation["evaluation"]["sales_changed_since"] is False
    for row in explanation["clusters"]:
        assert row["purchases"]["counted"] == row["purchase"] > 0


def test_the_row_equals_the_platforms(client):
    save_settings(client)
    advance_and_sign_in(client, seconds=2)
    shown = client.send("GET", RESULT_PATH.replace("pkg_1", "pkg_9")).json()
    explanation = explain(client)["clusters"]
    assert [{name: row[name] for name in shown[0]} for row in explanation] == shown
