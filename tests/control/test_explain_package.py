"""What set each field of a package: request, defaults, job, world. Rules: DEF-01, DEF-02, BEV-02, PKG-03."""

import pytest

from mock_server.state.record_history import MOST
from tests.api.examples import NEW_PACKAGE, SETTINGS, SETTINGS_PATH, a_client, a_package, later
from tests.builders import ACME, BETA
from tests.served import Client, errors_of

DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
WINDOW, MODEL, EMAIL = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"


@pytest.fixture
def client():
    return a_client()


def fields(client: Client, package_id: str):
    answer = client.control("GET", f"/explain/package/{package_id}")
    assert answer.status_code == 200
    return answer.json()["fields"]


def by(client: Client, package_id: str, name: str):
    return fields(client, package_id)[name]["set_by"]


def made(client: Client, request_id: str = "make-1") -> str:
    answer = client.send("POST", "/package_builder/packages", json=NEW_PACKAGE, headers={"x-request-id": request_id})
    package_id: str = answer.json()["id"]
    return package_id


def test_what_a_request_made_is_told_with_its_operation_its_id_and_its_instant(client):
    package_id = made(client)
    told = fields(client, package_id)["title"]
    assert told["value"] == "Munich shows"
    assert told["set_by"] == {
        "how": "request",
        "operation": "createPackage",
        "request": "POST /package_builder/packages",
        "request_id": "make-1",
        "job": None,
        "at": "2026-09-01T12:00:00Z",
        "revision": None,
        "says": "POST /package_builder/packages (createPackage, request make-1) at 2026-09-01T12:00:00Z",
    }


def test_a_new_package_without_posted_defaults_has_the_platforms_own(client):
    told = by(client, made(client), WINDOW)
    assert (told["how"], told["request_id"]) == ("platform", None)
    assert "no defaults had been posted" in told["says"]
    assert "request make-1" in told["says"]


def test_a_new_package_has_the_defaults_of_the_last_post_before_it(client):
    for number in (1, 2):
        client.send("POST", DEFAULTS, json=SETTINGS, headers={"x-request-id": f"defaults-{number}"})
    package_id = made(client)
    client.send("POST", DEFAULTS, json={**SETTINGS, WINDOW: 7}, headers={"x-request-id": "defaults-3"})
    told = fields(client, package_id)
    for name in (WINDOW, MODEL):
        assert told[name]["value"] == SETTINGS[name]
        assert told[name]["set_by"]["how"] == "defaults"
        assert told[name]["set_by"]["operation"] == "setBackhaulDefaults"
        assert told[name]["set_by"]["request_id"] == "defaults-2"
        assert "request make-1" in told[name]["set_by"]["says"]
    assert (told[EMAIL]["value"], told[EMAIL]["set_by"]["how"]) == (None, "platform")


def test_the_defaults_of_another_partner_are_not_told(client):
    client.sign_in("agency@acme.example")
    client.send(
        "POST",
        f"/partners/{BETA}/backhaul_attribution_details",
        json=SETTINGS,
        headers={"X-Preferred-Partner-Id": BETA},
    )
    client.sign_in()
    assert by(client, made(client), WINDOW)["how"] == "platform"


def test_saved_settings_are_told_with_their_revision_the_unchanged_ones_too(client):
    revisions = []
    for number in (1, 2):
        client.send("PUT", SETTINGS_PATH, json=SETTINGS, headers={"x-request-id": f"save-{number}"})
        told = fields(client, "pkg_1")
        assert {told[name]["set_by"]["request_id"] for name in (WINDOW, MODEL, EMAIL)} == {f"save-{number}"}
        revisions.append(told[WINDOW]["set_by"]["revision"])
    assert told[WINDOW]["set_by"]["operation"] == "replaceEvaluationSettings"
    assert revisions[0] < revisions[1]
    assert told["title"]["set_by"]["operation"] == "addPackage"


def test_a_packages_status_is_told_with_the_job_that_set_it(client):
    package_id = made(client)
    assert by(client, package_id, "status")["how"] == "request"
    later(client, seconds=2)
    told = by(client, package_id, "status")
    assert (told["how"], told["job"], told["at"]) == ("job", "package_stage", "2026-09-01T12:00:02Z")
    later(client, seconds=2)
    told = fields(client, package_id)
    assert {told[name]["set_by"]["at"] for name in ("status", "clusters", "tc_run_id")} == {"2026-09-01T12:00:04Z"}
    later(client, days=28)
    told = fields(client, package_id)
    assert (told["status"]["value"], told["status"]["set_by"]["job"]) == ("EXPIRED", "package_expiry")
    assert told["clusters"]["set_by"]["at"] == "2026-09-01T12:00:04Z"


def test_a_merge_is_told_in_its_sources(client):
    client.send(
        "POST",
        "/package_builder/packages/merge?packages_ids=pkg_1&packages_ids=pkg_2",
        headers={"x-request-id": "merge-1"},
    )
    told = fields(client, "pkg_1")
    assert (told["merge_id"]["set_by"]["request_id"], told["title"]["set_by"]["how"]) == ("merge-1", "control")


def test_settings_that_the_control_api_gave_are_its_own_doing(client):
    a_package(client, "pkg_given", settings={**SETTINGS, EMAIL: "2026-08-02"})
    told = fields(client, "pkg_given")
    assert {told[name]["set_by"]["how"] for name in (WINDOW, MODEL, EMAIL)} == {"control"}
    assert told[WINDOW]["set_by"]["request"] == "POST /packages"


def test_the_control_api_explains_every_partners_packages(client):
    assert fields(client, "pkg_beta")["partner_id"]["value"] == BETA


def test_a_package_that_is_not_there_is_404_and_named(client):
    answer = client.control("GET", "/explain/package/pkg_0")
    assert (answer.status_code, answer.json()["message"]) == (404, "error.package.not_found")
    assert errors_of(answer) == ["package_id"]
    assert "pkg_0" in answer.text


def test_a_package_without_an_id_is_no_path(client):
    assert client.control("GET", "/explain/package/").status_code == 404
    assert client.control("GET", "/explain/bookings/pkg_1").status_code == 404


def test_a_reset_forgets_the_packages_and_their_past(client):
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/reset")
    assert client.control("GET", "/explain/package/pkg_1").status_code == 404
    a_package(client)
    assert by(client, "pkg_1", WINDOW)["how"] == "platform"


def test_another_workspace_has_a_past_of_its_own(client):
    client.control("POST", "/workspaces", json={"name": "other"})
    other = client.within("other")
    a_package(other)
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    assert by(other, "pkg_1", WINDOW)["how"] == "platform"
    assert by(client, "pkg_1", WINDOW)["how"] == "request"


def test_what_was_set_before_the_last_hundred_changes_is_said_to_be_forgotten(client):
    for _ in range(MOST + 1):
        client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    told = fields(client, "pkg_1")
    assert (told["title"]["set_by"]["how"], told["title"]["set_by"]["at"]) == ("forgotten", None)
    assert told[WINDOW]["set_by"]["how"] == "request"


def test_a_request_that_is_refused_sets_nothing(client):
    client.send("PUT", SETTINGS_PATH, json={**SETTINGS, WINDOW: 0}, headers={"x-request-id": "bad"})
    client.send("GET", SETTINGS_PATH, headers={"x-request-id": "look"})
    assert by(client, "pkg_1", WINDOW)["how"] == "platform"


def test_explaining_changes_nothing(client):
    paths = ("package/pkg_1", "evaluation/pkg_1", "event/evt_1", "daily/evt_1?date=2026-08-01")
    first = [client.control("GET", f"/explain/{path}").content for path in paths]
    assert [client.control("GET", f"/explain/{path}").content for path in paths] == first
