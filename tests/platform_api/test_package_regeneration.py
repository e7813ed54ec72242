"""Regenerating a package that has expired or failed. Rules: PKG-11, PKG-12, PKG-13."""

from dataclasses import replace

import pytest

from tests.builders import ACME, BETA
from tests.example_requests import (
    NEW_PACKAGE,
    SETTINGS,
    a_client,
    add_package,
    advance_and_sign_in,
    read_everything,
    sorted_error_fields,
)

PACKAGES = "/package_builder/packages"
DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
EXPIRY_SPAN = {"days": 28}


def order_package(client):
    return client.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]


def regenerate(client, package_id="pkg_1", **options):
    return client.send("POST", f"{PACKAGES}/{package_id}/regenerate", **options)


def read_package(client, package_id="pkg_1", path_suffix=""):
    return client.send("GET", f"{PACKAGES}/{package_id}{path_suffix}").json()


def a_client_after_expiry():
    """Return a client whose packages `pkg_1` and `pkg_2` have expired."""
    return advance_and_sign_in(a_client(), **EXPIRY_SPAN)


def set_package_status(client, status):
    """Set the status of `pkg_1`, and remove its content unless the status is EXPIRED."""
    store = client.workspace.store
    changed = replace(store.packages.get("pkg_1"), status=status)
    store.packages.put(changed if status == "EXPIRED" else replace(changed, clusters=None, tc_run_id=None))


def test_an_expired_package_begins_again():
    """Rule: PKG-11."""
    client = a_client_after_expiry()
    before = read_package(client)
    assert before["status"] == "EXPIRED"
    answer = regenerate(client)
    del before["content"]
    assert (answer.status_code, answer.json()) == (200, {**before, "status": "INITIALIZING"})
    course = []
    for _ in range(5):
        package = read_package(client)
        course.append((package["status"], package["content"] is None))
        client.control("POST", "/clock/advance", json={"seconds": 1})
    going = [("INITIALIZING", True), ("INITIALIZING", True), ("INPROGRESS", True), ("INPROGRESS", True)]
    assert course == [*going, ("DONE", False)]


def test_a_failed_package_begins_again():
    """Rule: PKG-11."""
    client = a_client()
    set_package_status(client, "FAILED")
    assert regenerate(client).json()["status"] == "INITIALIZING"
    client.control("POST", "/clock/run-until-idle")
    assert read_package(client)["status"] == "DONE"


@pytest.mark.parametrize("status", ["INITIALIZING", "INPROGRESS", "DONE"])
def test_any_other_package_is_409_and_changes_in_nothing(status):
    """Rule: PKG-12."""
    client = a_client()
    if status != "DONE":
        set_package_status(client, status)
    before = read_everything(client)
    refused = regenerate(client)
    assert (refused.status_code, refused.json()["message"]) == (409, "error.package.not_ready")
    (entry,) = refused.json()["validation_errors"]
    assert (entry["code"], entry["field"]) == ("state", "package_id")
    assert entry["message"] == f"the package is {status}; it must be EXPIRED or FAILED"
    assert read_everything(client) == before


def test_a_second_request_is_refused_until_it_has_expired_again():
    """Rules: PKG-12, PKG-13."""
    client = a_client_after_expiry()
    assert regenerate(client).status_code == 200
    assert regenerate(client).status_code == 409
    client.control("POST", "/clock/run-until-idle")
    assert regenerate(client).status_code == 409
    client = advance_and_sign_in(client, days=27, hours=23, minutes=59, seconds=59)
    assert (read_package(client)["status"], regenerate(client).status_code) == ("DONE", 409)
    client = advance_and_sign_in(client, seconds=1)
    assert (read_package(client)["status"], regenerate(client).status_code) == ("EXPIRED", 200)


@pytest.mark.parametrize("package_id", ["pkg_beta", "pkg_none", "%2F", "merge"])
def test_a_package_of_another_or_of_nobody_is_404(package_id):
    """Rules: PKG-12, ERR-04: the responses are equal."""
    client = a_client_after_expiry()
    refused = regenerate(client, package_id)
    assert (refused.status_code, refused.json()["message"]) == (404, "error.package.not_found")
    assert refused.content == regenerate(client, "pkg_nothing").content
    agency = client.sign_in("agency@acme.example")
    path = f"{PACKAGES}/pkg_beta"
    assert agency.send("GET", path, headers={"X-Preferred-Partner-Id": BETA}).json()["status"] == "EXPIRED"


def test_it_takes_no_query_and_passes_over_a_body():
    """Rules: BASE-08, BASE-11."""
    client = a_client_after_expiry()
    refused = client.send("POST", f"{PACKAGES}/pkg_1/regenerate?force=true")
    assert (refused.status_code, sorted_error_fields(refused)) == (400, ["force"])
    assert read_package(client)["status"] == "EXPIRED"
    assert regenerate(client, content=b"{").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_405(method):
    """Rule: BASE-09."""
    refused = a_client().send(method, f"{PACKAGES}/pkg_1/regenerate")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_what_a_package_is_stays_and_its_run_is_another():
    """Rule: PKG-13."""
    client = a_client()
    package_id = order_package(client)
    client.control("POST", "/clock/run-until-idle")
    client = advance_and_sign_in(client, **EXPIRY_SPAN)
    before = read_package(client, package_id)
    regenerate(client, package_id)
    client.control("POST", "/clock/run-until-idle")
    after = read_package(client, package_id)
    assert after["content"]["clusters"] == before["content"]["clusters"]
    assert after["content"]["tc_run_id"] != before["content"]["tc_run_id"]
    assert {**after, "content": None, "status": "EXPIRED"} == {**before, "content": None}


def test_its_settings_are_its_own_whatever_the_defaults_are():
    """Rules: PKG-13, DEF-02."""
    client = a_client()
    saved = {**SETTINGS, "email_sent_date": "2026-08-20"}
    client.send("PUT", f"{PACKAGES}/pkg_1/backhaul_evaluation_details", json=saved)
    client = advance_and_sign_in(client, **EXPIRY_SPAN)
    client.send("POST", DEFAULTS, json={**SETTINGS, "backhaul_evaluation_attribution_window": 99})
    regenerate(client)
    client.control("POST", "/clock/run-until-idle")
    assert read_package(client, path_suffix="/backhaul_evaluation_details") == saved


def test_its_last_result_stays_and_no_other_is_started():
    """Rule: PKG-13."""
    client = a_client()
    client.send("PUT", f"{PACKAGES}/pkg_1/backhaul_evaluation_details", json=SETTINGS)
    client = advance_and_sign_in(client, **EXPIRY_SPAN)
    last = read_package(client, path_suffix="/backhaul_evaluation")
    assert [row["tc"] for row in last] == ["Jazz"]
    regenerate(client)
    assert read_package(client, path_suffix="/backhaul_evaluation") == last
    jobs = [job["kind"] for job in client.control("GET", "/jobs").json() if job["state"] == "pending"]
    assert "evaluation" not in jobs
    client.control("POST", "/clock/run-until-idle")
    assert read_package(client, path_suffix="/backhaul_evaluation") == last


def test_an_evaluation_that_is_under_way_comes_to_nothing():
    """Rule: PKG-13: while the package is being built, there are no clusters to count."""
    client = advance_and_sign_in(a_client(), days=27, hours=23, minutes=59, seconds=59)
    path = f"{PACKAGES}/pkg_1/backhaul_evaluation_details"
    assert client.send("PUT", path, json=SETTINGS).status_code == 200
    client.control("POST", "/clock/advance", json={"seconds": 1})
    assert regenerate(client).status_code == 200
    client.control("POST", "/clock/run-until-idle")
    assert (read_package(client)["status"], read_package(client, path_suffix="/backhaul_evaluation")) == ("DONE", [])
    assert client.send("PUT", path, json=SETTINGS).status_code == 200
    client.control("POST", "/clock/run-until-idle")
    assert len(read_package(client, path_suffix="/backhaul_evaluation")) == 1


def test_a_merged_source_keeps_its_merge_id():
    """Rule: PKG-13."""
    client = a_client()
    whole = client.send("POST", f"{PACKAGES}/merge?packages_ids=pkg_1&packages_ids=pkg_2").json()["id"]
    client = advance_and_sign_in(client, **EXPIRY_SPAN)
    assert regenerate(client).json()["merge_id"] == whole


def test_one_jump_and_many_steps_end_alike():
    """Rules: JOB-04, PKG-13."""
    ends = []
    for steps in ([2_000_000], [3, 1, 86_400, 1_913_596]):
        client = a_client_after_expiry()
        regenerate(client)
        for seconds in steps:
            client.control("POST", "/clock/advance", json={"seconds": seconds})
        ends.append(read_package(client.sign_in()))
    assert ends[0] == ends[1]


def test_a_reset_forgets_it():
    client = a_client_after_expiry()
    regenerate(client)
    client.control("POST", "/reset", json={})
    client.sign_in()
    assert client.send("GET", f"{PACKAGES}/").json() == []
    add_package(client)
    assert regenerate(client).status_code == 409
