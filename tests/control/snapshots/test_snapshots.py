"""A snapshot is the complete state of a workspace, in one document."""

import json
from datetime import datetime, timedelta

import pytest

from mock_server import app
from mock_server.control.snapshots.schemas import MAX_SNAPSHOT_BYTES
from mock_server.domain.limits import Limits
from mock_server.settings import Settings
from mock_server.state import snapshot
from mock_server.state.clock import machine_now
from mock_server.state.quirks import QUIRK_NAMES
from tests.builders import ACME, BETA, START_TIME, a_user, a_workspace, a_world
from tests.control.workspaces.test_workspaces import NEW_ROW_PATH, make_workspace
from tests.example_requests import (
    NEW_PACKAGE,
    ROWS_PATH,
    SETTINGS,
    SETTINGS_PATH,
    a_client,
    an_anonymous_client,
    read_everything,
    sorted_error_fields,
)
from tests.mock_harness import Client
from tests.operations.test_replay_after_restore import EACH_OPERATION_ONCE, perform_steps
from tests.operations.test_time_step_independence import a_busy_workspace

SNAPSHOT_PATH = "/snapshot"
FAULT_RULES = {
    "seed": 3,
    "rules": [
        {"id": "late", "match": {"nth": [2, 5]}, "effect": {"latency": {"uniform": {"min": 1, "max": 9}}}},
        {"effect": {"status": 503}, "match": {"path": "/none"}, "times": 2, "until": "2027-01-01T00:00:00Z"},
        {"effect": {"drip": {"bytes": 3, "milliseconds": 5}}, "match": {"path": "/none", "fraction": 0.5}},
        {"effect": {"evaluation": {"extra_seconds": 60}}},
    ],
}


@pytest.fixture
def client():
    return a_client()


def save_snapshot(client):
    answer = client.control("GET", SNAPSHOT_PATH)
    assert answer.status_code == 200, answer.text
    return answer


def restore_snapshot(client, document, **query):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = {"content-type": "application/json"}
    return client.control("PUT", SNAPSHOT_PATH, params=query, content=content, headers=headers)


def a_client_with_full_state():
    """Return a client of a world with every kind of record, with pending jobs, faults, limits and quirks."""
    workspace = a_busy_workspace()
    perform_steps(workspace, [step for step in EACH_OPERATION_ONCE if step[0] not in ("clear", "fault")])
    perform_steps(workspace, [("package", 0, 4, 0), ("ingest", 0, 9, 0), ("sale", 1, 31, 0), ("sale", 0, 38, 0)])
    client = Client(workspace).sign_in()
    workspace.store.users.put(a_user(username="mfa@acme.example", mfa_token="123456"))
    client.send("POST", "/auth", json={"username": "mfa@acme.example", "password": "wavetank"})
    ready = next(package for package in workspace.store.packages if package.status == "DONE")
    client.send("PUT", f"/package_builder/packages/{ready.id}/backhaul_evaluation_details", json=SETTINGS)
    assert client.control("PUT", "/faults", json=FAULT_RULES).status_code == 200
    make_workspace(client, name="limited", rate_limits={"reads": 1000})
    workspace.limits = app.Settings().limits
    client.send("GET", "/events/")
    return client


def test_a_snapshot_identifies_its_world_and_has_the_whole_state(client):
    document = save_snapshot(client).json()
    assert list(document) == [
        "format",
        "version",
        "world",
        "clock",
        "timing",
        "counters",
        "quirks",
        "faults",
        "limits",
        "jobs",
        "records",
        "documentation",
    ]
    assert (document["format"], document["version"]) == ("wavetank-snapshot", 1)
    assert {**document["world"], "digest": "…"} == {
        "seed": 1,
        "created_at": "2026-09-01T12:00:00Z",
        "source": "csv",
        "digest": "…",
    }
    assert document["clock"] == {"now": "2026-09-01T12:00:00Z", "mode": "frozen", "speed": 1.0}
    assert {row["id"] for row in document["records"]["results"]} >= {"cr_acme", "cr_beta"}
    assert {row["id"] for row in document["records"]["packages"]} >= {"pkg_1", "pkg_2", "pkg_beta"}


def test_taking_a_snapshot_changes_nothing():
    """Taking a snapshot neither computes pending results nor changes the order of records."""
    client, other = (Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME))) for _ in range(2))
    first = save_snapshot(client).content
    assert client.workspace.store.results._pending
    client.sign_in().send("GET", "/package_builder/packages/")
    client.send("GET", f"/campaign_results/?eid=evt_abc123&partner_id={ACME}")
    assert save_snapshot(client).content == save_snapshot(other).content == first


def test_a_restored_workspace_has_the_same_content_and_snapshot(client):
    client.send("POST", NEW_ROW_PATH)
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    before, shown = save_snapshot(client).content, read_everything(client)
    client.control("POST", "/clock/advance", json={"days": 40})
    client.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    client.control("PUT", "/quirks", json=dict.fromkeys(QUIRK_NAMES, True))
    assert read_everything(client) != shown
    answer = restore_snapshot(client, before)
    assert (answer.status_code, answer.json()) == (200, client.control("GET", "/status").json())
    assert answer.json()["clock"]["now"] == "2026-09-01T12:00:00Z"
    assert (read_everything(client), save_snapshot(client).content) == (shown, before)


def test_every_part_is_restored(client):
    client = a_client_with_full_state()
    before = save_snapshot(client).content
    document = json.loads(before)
    for kind, records in document["records"].items():
        assert records, f"the snapshot has no {kind}"
    assert document["jobs"]["pending"]
    assert document["faults"]["rules"]
    clock = client.control("GET", "/clock").json()
    faults = client.control("GET", "/faults").json()
    client.control("POST", "/reset")
    client.control("DELETE", "/faults")
    assert restore_snapshot(client, before).status_code == 200
    assert save_snapshot(client).content == before
    assert client.control("GET", "/clock").json() == clock
    assert client.control("GET", "/faults").json() == faults


def test_it_can_be_restored_on_another_server_and_in_another_workspace_of_the_same_world(client):
    client.send("POST", NEW_ROW_PATH)
    document = save_snapshot(client).content
    elsewhere = an_anonymous_client()
    make_workspace(elsewhere, name="x")
    for target in (elsewhere, elsewhere.for_workspace("x")):
        assert restore_snapshot(target, document).status_code == 200
        assert save_snapshot(target).content == document
        assert target.sign_in().send("GET", ROWS_PATH).content == client.send("GET", ROWS_PATH).content


def test_a_sample_world_can_be_restored_on_a_server_with_another_start_and_seed():
    one = Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME, seed=5)))
    document = save_snapshot(one).content
    other = Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME + timedelta(days=400))))
    assert restore_snapshot(other, document).status_code == 200
    status = other.control("GET", "/status").json()
    assert (status["seed"], status["created_at"]) == (5, "2026-09-01T12:00:00Z")
    assert save_snapshot(other).content == document
    rows = f"/campaign_results/?eid=evt_abc123&partner_id={ACME}"
    assert other.sign_in().send("GET", rows).content == one.sign_in().send("GET", rows).content


def test_it_contains_only_changed_passwords_and_can_be_restored_where_passwords_differ():
    settings = [Settings(clock_mode="frozen", now=START_TIME, sample_password=word) for word in ("canary", "another")]
    one, other = (Client(app.create_workspace(each), each) for each in settings)
    document = save_snapshot(one)
    assert "canary" not in document.text
    assert restore_snapshot(other, document.content).status_code == 200
    assert other.sign_in(password="another").headers
    assert save_snapshot(other).content == document.content


def test_a_password_that_was_changed_stays_changed():
    workspace = a_workspace(a_world(users=[a_user(must_change_password=True)]))
    client = Client(workspace)
    sign_in = client.send("POST", "/auth", json={"username": "partner@acme.example", "password": "wavetank"}).json()
    pending = save_snapshot(client).content
    answer = {"Session": sign_in["Session"], "new_password": "another one"}
    assert client.send("PUT", "/auth/challenge/new-password", json=answer).status_code == 200
    changed = save_snapshot(client).content
    restore_snapshot(client, pending)
    assert client.send("PUT", "/auth/challenge/new-password", json=answer).status_code == 200
    restore_snapshot(client, changed)
    assert client.sign_in(password="another one").headers


def test_tokens_stay_valid_after_a_restore_and_serials_are_unique(client):
    """Rules: AUTH-04, AUTH-06. Tokens issued after the snapshot stay valid too, but a reset invalidates them all."""
    document, early = save_snapshot(client).content, dict(client.headers)
    client.control("POST", "/clock/advance", json={"minutes": 59})
    late = dict(client.sign_in().headers)
    client.control("POST", "/clock/advance", json={"minutes": 2})
    assert [_events_status(client, token) for token in (early, late)] == [401, 200]
    restore_snapshot(client, document)
    assert [_events_status(client, token) for token in (early, late)] == [200, 200]
    assert client.sign_in().headers not in (early, late)
    client.control("POST", "/reset")
    assert [_events_status(client, token) for token in (early, late)] == [401, 401]


def _events_status(client, headers):
    client.headers = headers
    return client.send("GET", "/events/").status_code


def test_after_a_restore_a_revoked_token_is_invalid_and_a_later_one_valid(client):
    old = dict(client.headers)
    client.control("PUT", "/faults", json={"rules": [{"effect": {"token": "revoked"}}]})
    document = save_snapshot(client).content
    elsewhere = Client(an_anonymous_client().workspace)
    assert restore_snapshot(elsewhere, document).status_code == 200
    elsewhere.sign_in()
    assert elsewhere.send("GET", "/events/").status_code == 200
    client.control("DELETE", "/faults")
    restore_snapshot(client, document)
    assert _events_status(client, old) == 401
    assert client.sign_in().send("GET", "/events/").status_code == 200


def test_the_jobs_up_to_the_machines_time_are_performed_on_request():
    start_time = machine_now() - timedelta(days=3)
    client = Client(app.create_workspace(Settings(clock_mode="frozen", now=start_time)))
    document, runs = save_snapshot(client).json(), jobs_performed(client, "attribution_run")
    answer = restore_snapshot(client, document, resume_from="machine")
    assert (answer.status_code, runs) == (200, 0)
    assert timedelta(days=3) <= datetime.fromisoformat(answer.json()["clock"]["now"]) - start_time < timedelta(days=4)
    assert answer.json()["clock"]["mode"] == "frozen"
    assert jobs_performed(client, "attribution_run") in (3, 4)
    points = client.control("GET", "/points").json()["checkpoints"]
    assert [point["reason"] for point in points] == ["restore", "clock_move"]


def jobs_performed(client, kind):
    jobs = client.control("GET", "/jobs").json()
    return sum(job["kind"] == kind and job["state"] == "done" for job in jobs)


@pytest.mark.parametrize(
    "distance",
    [pytest.param(timedelta(hours=-1), id="later than now"), pytest.param(timedelta(days=3661), id="too long ago")],
)
def test_a_snapshot_that_the_machines_time_cannot_follow_is_400_and_changes_nothing(distance):
    client = Client(app.create_workspace(Settings(clock_mode="frozen", now=machine_now() - distance)))
    document = save_snapshot(client).content
    client.sign_in().send("POST", f"/campaign_results/?eid=evt_abc123&partner_id={ACME}&purchase=1&revenue=1")
    before = save_snapshot(client).content
    answer = restore_snapshot(client, document, resume_from="machine")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["resume_from"])
    assert save_snapshot(client).content == before
    assert restore_snapshot(client, document, resume_from="snapshot").status_code == 200


def test_an_unknown_time_to_resume_from_is_400(client):
    answer = restore_snapshot(client, save_snapshot(client).content, resume_from="yesterday")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["resume_from"])


def test_a_reset_after_a_restore_uses_the_snapshots_start_time_and_the_workspaces_settings():
    client = Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME)))
    other = Client(app.create_workspace(Settings(clock_mode="running", now=START_TIME + timedelta(days=9), seed=8)))
    other.control("PUT", "/documentation", json={"documentation": "newer"})
    restore_snapshot(client, save_snapshot(other).content)
    restored = client.control("GET", "/status").json()
    assert (restored["clock"]["mode"], restored["documentation"]) == ("running", "newer")
    status = client.control("POST", "/reset").json()
    assert (status["seed"], status["created_at"]) == (8, "2026-09-10T12:00:00Z")
    assert (status["documentation"], status["quirks"]) == ("older", ["clear_sales_204"])
    assert status["clock"] == {"now": "2026-09-10T12:00:00Z", "mode": "frozen", "speed": 1.0}


def test_a_reset_after_a_restore_has_the_workspaces_own_limits_and_timing():
    client = Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME)))
    other = Client(
        app.create_workspace(Settings(clock_mode="frozen", now=START_TIME, timing="faithful", limits=Limits(9, 9, 9)))
    )
    first = client.control("GET", "/snapshot").json()
    restore_snapshot(client, save_snapshot(other).content)
    make_workspace(client, name="later")
    client.control("POST", "/reset")
    for workspace in (client, client.for_workspace("later")):
        snapshot = workspace.control("GET", "/snapshot").json()
        assert (snapshot["limits"], snapshot["timing"]) == (first["limits"], first["timing"])


def test_a_restore_of_one_workspace_does_not_change_another(client):
    make_workspace(client, name="x")
    document, workspace_client = save_snapshot(client).content, client.for_workspace("x").sign_in()
    workspace_client.send("POST", NEW_ROW_PATH)
    before = read_everything(workspace_client)
    client.control("POST", "/clock/advance", json={"days": 3})
    restore_snapshot(client, document)
    assert read_everything(workspace_client) == before


def test_later_ids_are_the_same_as_before(client):
    document = save_snapshot(client).content
    first = client.send("POST", NEW_ROW_PATH).json()["id"], _order_package(client)
    restore_snapshot(client, document)
    assert (client.send("POST", NEW_ROW_PATH).json()["id"], _order_package(client)) == first


def _order_package(client):
    return client.send("POST", "/package_builder/packages", json=NEW_PACKAGE).json()["id"]


def test_an_older_snapshot_without_an_optional_member_is_read(client):
    document = save_snapshot(client).json()
    for job in document["jobs"]["pending"]:
        del job["generation"]
    assert restore_snapshot(client, document).status_code == 200


def test_it_may_be_larger_than_the_platforms_bodies_up_to_its_own_limit(client):
    document = save_snapshot(client).json()
    padded = json.dumps(document) + " " * (2 * 1024 * 1024)
    assert restore_snapshot(client, padded.encode()).status_code == 200
    answer = restore_snapshot(client, b" " * (MAX_SNAPSHOT_BYTES + 1))
    assert (answer.status_code, sorted_error_fields(answer)) == (413, ["body"])
    assert client.control("PUT", "/quirks", content=b" " * (2 * 1024 * 1024)).status_code == 413


def test_another_media_type_and_a_missing_body_are_rejected(client):
    assert client.control("PUT", SNAPSHOT_PATH, content=save_snapshot(client).content).status_code == 415
    assert client.control("PUT", SNAPSHOT_PATH).status_code == 400
    assert client.control("DELETE", SNAPSHOT_PATH).status_code == 405


def test_the_digest_covers_users_customers_and_sales_but_no_password(client):
    def digest(**changes):
        return save_snapshot(Client(a_workspace(a_world(**changes)))).json()["world"]["digest"]

    assert digest() == digest()
    assert digest(users=[a_user()]) == digest(users=[a_user(password="another")])
    assert digest(users=[a_user()]) != digest(users=[a_user(groups=(BETA,))])
    assert digest() != save_snapshot(client).json()["world"]["digest"]


def test_sales_are_saved_as_a_difference_from_the_world(client):
    row = {
        "customer_id": "cus_new",
        "event_id": "evt_1",
        "at": "2026-08-02T10:00:00Z",
        "tickets": 1,
        "revenue": 9.5,
        "fd": "campaign",
        "meta": "organic",
        "external": "external",
        "origin": "partner",
    }
    client.control("POST", "/purchases", json={"purchases": [row]})
    [change] = save_snapshot(client).json()["records"]["sales"]
    assert (change["event_id"], change["dropped"]) == ("evt_1", [])
    assert [(each["number"], each["customer_id"], each["revenue"]) for each in change["added"]] == [
        (3, "cus_new", "9.5")
    ]
    client.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    assert save_snapshot(client).json()["records"]["sales"] == []


def test_the_version_is_the_one_that_is_documented():
    assert snapshot.VERSION == 1


def test_marks_of_jobs_that_are_not_pending_are_dropped() -> None:
    """Otherwise, a snapshot could make the server keep any number of them."""
    mock = a_client_with_full_state()
    saved = save_snapshot(mock).json()
    number = saved["jobs"]["pending"][0]["number"]
    saved["faults"]["delayed_jobs"] = [*range(10**6, 10**6 + 50), number]
    assert restore_snapshot(mock, saved).status_code == 200
    assert save_snapshot(mock).json()["faults"]["delayed_jobs"] == [number]
