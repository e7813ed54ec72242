"""Explanations after a rewind, in a fork, and after a snapshot was restored."""

from typing import Any

import pytest

from tests.builders import ACME
from tests.example_requests import SETTINGS, SETTINGS_PATH, a_client, advance_and_sign_in
from tests.mock_harness import Client

PATHS = ("package/pkg_1", "evaluation/pkg_1", "event/evt_1", "daily/evt_1?date=2026-08-01")


@pytest.fixture
def client():
    """Return a client that saved settings, had them evaluated, saved others, and created and deleted a row."""
    client = a_client()
    save_settings(client, "save-1")
    advance_and_sign_in(client, seconds=2)
    row = client.send("POST", f"/campaign_results/?eid=evt_1&partner_id={ACME}&purchase=1&revenue=1").json()
    client.send("DELETE", f"/campaign_results/?id={row['id']}", headers={"x-request-id": "delete-1"})
    save_settings(client, "save-2", backhaul_evaluation_attribution_window=7)
    return client


def save_settings(client: Client, request_id: str, **changes: Any) -> None:
    answer = client.send("PUT", SETTINGS_PATH, json={**SETTINGS, **changes}, headers={"x-request-id": request_id})
    assert answer.status_code == 200


def explain_all(client: Client) -> list[Any]:
    answers = [client.control("GET", f"/explain/{path}") for path in PATHS]
    assert [answer.status_code for answer in answers] == [200] * len(PATHS)
    return [answer.json() for answer in answers]


def test_a_rewind_discards_later_causes(client):
    before = explain_all(client)
    now = before[0]["now"]
    advance_and_sign_in(client, days=1)
    save_settings(client, "save-3")
    assert explain_all(client) != before
    assert client.control("POST", "/rewind", json={"to": now}).status_code == 200
    assert explain_all(client) == before


def test_changes_after_a_rewind_are_explained_as_usual(client):
    now = explain_all(client)[0]["now"]
    advance_and_sign_in(client, days=1)
    client.control("POST", "/rewind", json={"to": now})
    save_settings(client, "save-4")
    advance_and_sign_in(client, seconds=2)
    explanation = explain_all(client)[1]["evaluation"]
    assert (explanation["settings_set_by"]["request_id"], explanation["sales_changed_since"]) == ("save-4", False)


def test_a_fork_has_the_earlier_causes_and_then_its_own(client):
    before = explain_all(client)
    assert client.control("POST", "/fork", json={"name": "fork"}).status_code == 201
    fork = client.for_workspace("fork").sign_in()
    assert explain_all(fork) == before
    save_settings(fork, "save-5")
    assert explain_all(client) == before
    assert explain_all(fork)[0]["fields"]["email_sent_date"]["set_by"]["request_id"] == "save-5"


def test_after_a_restore_every_cause_is_the_snapshot(client):
    before = explain_all(client)
    snapshot = client.control("GET", "/snapshot").content
    kind = {"content-type": "application/json"}
    assert client.control("PUT", "/snapshot", content=snapshot, headers=kind).status_code == 200
    package, evaluation, event, daily = explain_all(client)
    assert {field["set_by"]["kind"] for field in package["fields"].values()} == {"snapshot"}
    assert (event["deleted_rows"], event["runs_without_a_row"]) == ([], [])
    assert [item["row"] for item in event["rows"]["items"]] == [item["row"] for item in before[2]["rows"]["items"]]
    assert {item["run"] for item in event["rows"]["items"]} == {None}
    assert (daily["total"], daily["split"]) == (before[3]["total"], before[3]["split"])
    assert evaluation["pending"]["settings"] == before[1]["pending"]["settings"]


def test_after_a_restore_a_result_of_replaced_settings_is_not_explained(client):
    snapshot = client.control("GET", "/snapshot").content
    client.control("PUT", "/snapshot", content=snapshot, headers={"content-type": "application/json"})
    explanation = explain_all(client)[1]
    assert (explanation["evaluation"]["settings"], explanation["evaluation"]["sales_changed_since"]) == (None, None)
    assert explanation["clusters"][0]["purchases"] is None


def test_a_result_of_the_restored_settings_is_explained_by_them(client):
    advance_and_sign_in(client, seconds=2)
    before = explain_all(client)[1]
    snapshot = client.control("GET", "/snapshot").content
    client.control("PUT", "/snapshot", content=snapshot, headers={"content-type": "application/json"})
    explanation = explain_all(client)[1]
    assert explanation["evaluation"]["settings"] == before["evaluation"]["settings"]
    assert (explanation["clusters"], explanation["purchases"]) == (before["clusters"], before["purchases"])
