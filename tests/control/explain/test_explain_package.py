"""The cause of each field: a request, defaults, a job or the world. Rules: DEF-01, DEF-02, BEV-02, PKG-03."""

import pytest

from mock_server.state.record_history import MAX_VERSIONS
from tests.builders import ACME, BETA
from tests.example_requests import NEW_PACKAGE, SETTINGS, SETTINGS_PATH, a_client, add_package, advance_and_sign_in
from tests.mock_harness import Client, error_fields

DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
WINDOW, MODEL, EMAIL = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"


@pytest.fixture
def client():
    return a_client()


def read_fields(client: Client, package_id: str):
    answer = client.control("GET", f"/explain/package/{package_id}")
    assert answer.status_code == 200
    return answer.json()["fields"]


def read_cause(client: Client, package_id: str, name: str):
    return read_fields(client, package_id)[name]["set_by"]


def make_package(client: Client, request_id: str = "make-1") -> str:
    answer = client.send("POST", "/package_builder/packages", json=NEW_PACKAGE, headers={"x-request-id": request_id})
    package_id: str = answer.json()["id"]
    return package_id


def test_a_request_is_named_with_its_operation_its_id_and_its_time(client):
    package_id = make_package(client)
    explanation = read_fields(client, package_id)["title"]
    assert explanation["value"] == "Munich shows"
    assert explanation["set_by"] == {
        "kind": "request",
        "operation": "createPackage",
        "request": "POST /package_builder/packages",
        "request_id": "make-1",
        "job": None,
        "at": "2026-09-01T12:00:00Z",
        "revision": None,
        "description": "POST /package_builder/packages (createPackage, request make-1) at 2026-09-01T12:00:00Z",
    }


def test_a_new_package_without_posted_defaults_has_the_platforms_own(client):
    explanation = read_cause(client, make_package(client), WINDOW)
    assert (explanation["kind"], explanation["request_id"]) == ("platform", None)
    assert "no defaults had been posted" in explanation["description"]
    assert "request make-1" in explanation["description"]


def test_a_new_package_has_the_last_posted_defaults(client):
    for number in (1, 2):
        client.send("POST", DEFAULTS, json=SETTINGS, headers={"x-request-id": f"defaults-{number}"})
    package_id = make_package(client)
    client.send("POST", DEFAULTS, json={**SETTINGS, WINDOW: 7}, headers={"x-request-id": "defaults-3"})
    explanation = read_fields(client, package_id)
    for name in (WINDOW, MODEL):
        assert explanation[name]["value"] == SETTINGS[name]
        assert explanation[name]["set_by"]["kind"] == "defaults"
        assert explanation[name]["set_by"]["operation"] == "setBackhaulDefaults"
        assert explanation[name]["set_by"]["request_id"] == "defaults-2"
        assert "request make-1" in explanation[name]["set_by"]["description"]
    assert (explanation[EMAIL]["value"], explanation[EMAIL]["set_by"]["kind"]) == (None, "platform")


def test_the_defaults_of_another_partner_are_ignored(client):
    client.sign_in("agency@acme.example")
    client.send(
        "POST",
        f"/partners/{BETA}/backhaul_attribution_details",
        json=SETTINGS,
        headers={"X-Preferred-Partner-Id": BETA},
    )
    client.sign_in()
    assert read_cause(client, make_package(client), WINDOW)["kind"] == "platform"


def test_saved_settings_have_their_revision_even_unchanged_ones(client):
    revisions = []
    for number in (1, 2):
        client.send("PUT", SETTINGS_PATH, json=SETTINGS, headers={"x-request-id": f"save-{number}"})
        explanation = read_fields(client, "pkg_1")
        assert {explanation[name]["set_by"]["request_id"] for name in (WINDOW, MODEL, EMAIL)} == {f"save-{number}"}
        revisions.append(explanation[WINDOW]["set_by"]["revision"])
    assert explanation[WINDOW]["set_by"]["operation"] == "replaceEvaluationSettings"
    assert revisions[0] < revisions[1]
    assert explanation["title"]["set_by"]["operation"] == "addPackage"


def test_a_packages_status_names_the_job_that_set_it(client):
    package_id = make_package(client)
    assert read_cause(client, package_id, "status")["kind"] == "request"
    advance_and_sign_in(client, seconds=2)
    explanation = read_cause(client, package_id, "status")
    assert (explanation["kind"], explanation["job"], explanation["at"]) == (
        "job",
        "package_stage",
        "2026-09-01T12:00:02Z",
    )
    advance_and_sign_in(client, seconds=2)
    explanation = read_fields(client, package_id)
    assert {explanation[name]["set_by"]["at"] for name in ("status", "clusters", "tc_run_id")} == {
        "2026-09-01T12:00:04Z"
    }
    advance_and_sign_in(client, days=28)
    explanation = read_fields(client, package_id)
    assert (explanation["status"]["value"], explanation["status"]["set_by"]["job"]) == ("EXPIRED", "package_expiry")
    assert explanation["clusters"]["set_by"]["at"] == "2026-09-01T12:00:04Z"


def test_a_merge_is_the_cause_of_its_sources_merge_id(client):
    client.send(
        "POST",
        "/package_builder/packages/merge?packages_ids=pkg_1&packages_ids=pkg_2",
        headers={"x-request-id": "merge-1"},
    )
    explanation = read_fields(client, "pkg_1")
    assert (explanation["merge_id"]["set_by"]["request_id"], explanation["title"]["set_by"]["kind"]) == (
        "merge-1",
        "control",
    )


def test_settings_of_a_control_request_name_it(client):
    add_package(client, "pkg_given", settings={**SETTINGS, EMAIL: "2026-08-02"})
    explanation = read_fields(client, "pkg_given")
    assert {explanation[name]["set_by"]["kind"] for name in (WINDOW, MODEL, EMAIL)} == {"control"}
    assert explanation[WINDOW]["set_by"]["request"] == "POST /packages"


def test_the_control_api_explains_every_partners_packages(client):
    assert read_fields(client, "pkg_beta")["partner_id"]["value"] == BETA


def test_an_unknown_package_is_404_and_named(client):
    answer = client.control("GET", "/explain/package/pkg_0")
    assert (answer.status_code, answer.json()["message"]) == (404, "error.package.not_found")
    assert error_fields(answer) == ["package_id"]
    assert "pkg_0" in answer.text


def test_a_path_without_an_id_is_404(client):
    assert client.control("GET", "/explain/package/").status_code == 404
    assert client.control("GET", "/explain/bookings/pkg_1").status_code == 404


def test_a_reset_discards_the_packages_and_their_history(client):
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/reset")
    assert client.control("GET", "/explain/package/pkg_1").status_code == 404
    add_package(client)
    assert read_cause(client, "pkg_1", WINDOW)["kind"] == "platform"


def test_each_workspace_has_its_own_history(client):
    client.control("POST", "/workspaces", json={"name": "other"})
    other = client.for_workspace("other")
    add_package(other)
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    assert read_cause(other, "pkg_1", WINDOW)["kind"] == "platform"
    assert read_cause(client, "pkg_1", WINDOW)["kind"] == "request"


def test_older_changes_are_reported_as_no_longer_recorded(client):
    for _ in range(MAX_VERSIONS + 1):
        client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    explanation = read_fields(client, "pkg_1")
    cause = explanation["title"]["set_by"]
    assert (cause["kind"], cause["at"]) == ("no_longer_recorded", None)
    assert explanation[WINDOW]["set_by"]["kind"] == "request"


def test_a_rejected_request_is_not_a_cause(client):
    client.send("PUT", SETTINGS_PATH, json={**SETTINGS, WINDOW: 0}, headers={"x-request-id": "bad"})
    client.send("GET", SETTINGS_PATH, headers={"x-request-id": "look"})
    assert read_cause(client, "pkg_1", WINDOW)["kind"] == "platform"


def test_explaining_changes_nothing(client):
    paths = ("package/pkg_1", "evaluation/pkg_1", "event/evt_1", "daily/evt_1?date=2026-08-01")
    first = [client.control("GET", f"/explain/{path}").content for path in paths]
    assert [client.control("GET", f"/explain/{path}").content for path in paths] == first
