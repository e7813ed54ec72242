"""Faults in the platform's own jobs. Rules: BEV-03, BEV-04, JOB-02, JOB-03, JOB-04, PKG-03, PKG-04, BEV-09."""

import pytest

from tests.builders import ACME, BETA
from tests.example_requests import NEW_PACKAGE, RESULT_PATH, ROWS_PATH, SETTINGS, SETTINGS_PATH, a_client

SALE = {
    "customer_id": "cus_1",
    "event_id": "evt_1",
    "tickets": 2,
    "revenue": 50,
    "fd": "campaign",
    "meta": "campaign",
    "external": "campaign",
}
PACKAGES = "/package_builder/packages"
MISSED_RUN = {"effect": {"attribution_run": "missed"}, "times": 1}
NARROW_SETTINGS = {"backhaul_evaluation_attribution_window": 1, "backhaul_evaluation_model": "ALL_PURCHASES"}


@pytest.fixture
def client():
    return a_client()


def put_rules(client, *rules):
    answer = client.control("PUT", "/faults", json={"rules": list(rules)})
    assert answer.status_code == 200, answer.text


def rule_counts(client):
    return [(rule["matched"], rule["applied"]) for rule in client.control("GET", "/faults").json()["rules"]]


def advance(client, **span):
    """Advance the clock and sign in again. Return the jobs that were run."""
    fired = client.control("POST", "/clock/advance", json=span).json()["fired"]
    client.sign_in()
    return [(job["kind"], job["due"]) for job in fired]


def job_states(client, kind):
    """Return how the jobs of a kind ended, the oldest first."""
    jobs = client.control("GET", "/jobs").json()
    return [job["state"] for job in jobs if job["kind"] == kind]


def add_sale(client, instant):
    order = {"purchases": [{**SALE, "at": instant}]}
    assert client.control("POST", "/purchases", json=order).status_code == 201


def automated_rows(client):
    rows = client.send("GET", ROWS_PATH).json()
    return [(row["created_at"], row["purchase"]) for row in rows[::-1] if row["source"] == "automated"]


def save_settings(client, settings=SETTINGS):
    assert client.send("PUT", SETTINGS_PATH, json=settings).status_code == 200


def read_result(client):
    return client.send("GET", RESULT_PATH).json()


def order_package(client):
    answer = client.send("POST", PACKAGES, json=NEW_PACKAGE)
    assert answer.status_code == 201
    return answer.json()["id"]


def read_package(client, package_id):
    return client.send("GET", f"{PACKAGES}/{package_id}").json()


def test_of_a_missed_run_the_next_takes_what_it_left(client):
    """Rules: JOB-03, JOB-04."""
    before = automated_rows(client)
    put_rules(client, MISSED_RUN)
    add_sale(client, "2026-09-01T13:00:00Z")
    assert advance(client, hours=20) == []
    assert automated_rows(client) == before
    add_sale(client, "2026-09-02T09:00:00Z")
    assert advance(client, days=1) == [("attribution_run", "2026-09-03T08:00:00Z")]
    assert automated_rows(client) == [*before, ("2026-09-03T08:00:00Z", 2)]
    assert job_states(client, "attribution_run") == ["missed", "done", "pending"]


def test_runs_can_be_missed_for_days(client):
    """Rule: JOB-04: the next run processes the sales of all missed runs, and later runs are not affected."""
    before = automated_rows(client)
    put_rules(client, {"effect": {"attribution_run": "missed"}, "until": "2026-09-05T00:00:00Z"})
    add_sale(client, "2026-09-01T13:00:00Z")
    fired = advance(client, days=6)
    assert fired == [("attribution_run", f"2026-09-0{day}T08:00:00Z") for day in (5, 6, 7)]
    assert automated_rows(client) == [*before, ("2026-09-05T08:00:00Z", 1)]
    assert rule_counts(client) == [(3, 3)]


def test_a_run_that_happens_twice_adds_nothing_the_second_time(client):
    """Rule: JOB-04."""
    before = automated_rows(client)
    put_rules(client, {"effect": {"attribution_run": "twice"}})
    add_sale(client, "2026-09-01T13:00:00Z")
    assert advance(client, days=2) == [("attribution_run", f"2026-09-0{day}T08:00:00Z") for day in (2, 3)]
    assert automated_rows(client) == [*before, ("2026-09-02T08:00:00Z", 1)]
    assert rule_counts(client) == [(2, 2)]
    assert client.control("GET", "/status").json()["next_due"] == "2026-09-04T08:00:00Z"


def test_the_second_run_alone_may_be_missed(client):
    put_rules(client, {"match": {"nth": 2}, "effect": {"attribution_run": "missed"}})
    assert [due[:10] for _, due in advance(client, days=3)] == ["2026-09-02", "2026-09-04"]


def test_a_failed_evaluation_publishes_nothing_and_the_one_before_it_stays(client):
    """Rule: BEV-03."""
    save_settings(client)
    advance(client, seconds=2)
    published = read_result(client)
    assert published
    put_rules(client, {"effect": {"evaluation": {"fails": True}}, "times": 1})
    save_settings(client, NARROW_SETTINGS)
    assert advance(client, hours=1) == []
    assert read_result(client) == published
    assert client.send("GET", SETTINGS_PATH).json()["backhaul_evaluation_attribution_window"] == 1
    assert job_states(client, "evaluation") == ["done", "failed"]
    save_settings(client, NARROW_SETTINGS)
    advance(client, seconds=2)
    assert read_result(client) != published


def test_of_a_first_evaluation_that_fails_there_is_no_result(client):
    """Rule: BEV-03."""
    put_rules(client, {"effect": {"evaluation": {"fails": True}}})
    save_settings(client)
    advance(client, hours=1)
    assert read_result(client) == []


def test_an_evaluation_can_take_longer_by_the_second(client):
    put_rules(client, {"effect": {"evaluation": {"extra_seconds": 600}}})
    save_settings(client)
    assert advance(client, seconds=601) == []
    assert read_result(client) == []
    assert advance(client, seconds=1) == [("evaluation", "2026-09-01T12:10:02Z")]
    assert read_result(client)
    assert rule_counts(client) == [(1, 1)]
    assert job_states(client, "evaluation") == ["delayed", "done"]


def test_newer_settings_supersede_an_evaluation_that_takes_longer(client):
    """Rule: BEV-04."""
    put_rules(client, {"effect": {"evaluation": {"extra_seconds": 600}}, "times": 1})
    save_settings(client, NARROW_SETTINGS)
    advance(client, seconds=10)
    save_settings(client)
    advance(client, seconds=2)
    published = read_result(client)
    assert published
    assert advance(client, hours=1) == []
    assert read_result(client) == published
    assert job_states(client, "evaluation") == ["delayed", "superseded", "done"]


def test_a_job_that_is_delayed_stays_so_when_the_rules_are_put_again_or_removed(client):
    late = {"effect": {"evaluation": {"extra_seconds": 60}}}
    put_rules(client, late)
    save_settings(client)
    advance(client, seconds=2)
    put_rules(client, late)
    assert advance(client, seconds=60) == [("evaluation", "2026-09-01T12:01:02Z")]
    save_settings(client)
    advance(client, seconds=2)
    assert client.control("DELETE", "/faults").status_code == 204
    assert advance(client, seconds=59) == []
    assert advance(client, seconds=1) == [("evaluation", "2026-09-01T12:02:04Z")]


def test_running_until_idle_waits_for_a_job_that_takes_longer(client):
    put_rules(client, {"effect": {"evaluation": {"extra_seconds": 600}}})
    save_settings(client)
    course = client.control("POST", "/clock/run-until-idle").json()
    assert (course["now"], course["idle"]) == ("2026-09-01T12:10:02Z", True)


def test_a_build_that_fails_ends_the_package(client):
    """Rules: PKG-03, PKG-04, BEV-09."""
    put_rules(client, {"effect": {"build": {"fails": True}}, "times": 1})
    package_id = order_package(client)
    statuses = [read_package(client, package_id)["status"]]
    for _ in range(3):
        advance(client, seconds=2)
        statuses.append(read_package(client, package_id)["status"])
    assert statuses == ["INITIALIZING", "INPROGRESS", "FAILED", "FAILED"]
    assert read_package(client, package_id)["content"] is None
    details = f"{PACKAGES}/{package_id}/backhaul_evaluation_details"
    assert client.send("PUT", details, json=SETTINGS).status_code == 409
    assert client.send("GET", details).status_code == 200
    advance(client, days=40)
    assert read_package(client, package_id)["status"] == "FAILED"
    assert job_states(client, "package_stage") == ["done", "failed"]


def test_the_next_build_is_not_struck(client):
    put_rules(client, {"effect": {"build": {"fails": True}}, "times": 1})
    order_package(client)
    second = order_package(client)
    advance(client, seconds=4)
    assert read_package(client, second)["status"] == "DONE"


def test_a_build_can_take_longer_by_the_second(client):
    put_rules(client, {"effect": {"build": {"extra_seconds": 60}}})
    package_id = order_package(client)
    advance(client, seconds=63)
    assert read_package(client, package_id)["status"] == "INPROGRESS"
    advance(client, seconds=1)
    assert read_package(client, package_id)["status"] == "DONE"
    assert rule_counts(client) == [(1, 1)]


@pytest.mark.parametrize(("partner", "status"), [(ACME, "FAILED"), (BETA, "DONE")])
def test_one_partners_builds_fail(client, partner, status):
    put_rules(client, {"match": {"partner": partner}, "effect": {"build": {"fails": True}}})
    package_id = order_package(client)
    advance(client, seconds=4)
    assert read_package(client, package_id)["status"] == status


def test_a_job_is_struck_by_its_own_instant_not_by_that_of_the_next_request(client):
    """One long move of the clock causes the same faults as many short ones."""
    put_rules(client, {"effect": {"evaluation": {"fails": True}}, "until": "2026-09-01T12:00:02Z"})
    save_settings(client)
    advance(client, hours=1)
    assert read_result(client)


def run_history(steps):
    """Run four builds and an evaluation within an hour, in this number of steps, and return what happened."""
    client = a_client()
    put_rules(
        client,
        {"match": {"nth": 2}, "effect": {"build": {"fails": True}}},
        {"match": {"fraction": 0.5}, "effect": {"build": {"extra_seconds": 30}}},
        {"effect": {"evaluation": {"extra_seconds": 5}}},
    )
    package_ids = [order_package(client) for _ in range(4)]
    save_settings(client)
    for seconds in steps:
        client.control("POST", "/clock/advance", json={"seconds": seconds})
    client.sign_in()
    jobs = [(job["kind"], job["due"], job["state"]) for job in client.control("GET", "/jobs").json()]
    return [read_package(client, each)["status"] for each in package_ids], jobs, read_result(client)


@pytest.mark.parametrize("steps", [[1] * 60 + [3540], [2, 2, 60, 3536]], ids=["seconds", "mixed"])
def test_one_long_jump_and_many_short_steps_give_the_same_history(steps):
    whole = run_history([3600])
    assert set(whole[0]) == {"DONE", "FAILED"}
    assert run_history(steps) == whole


def test_a_reset_forgets_what_befell_jobs(client):
    put_rules(client, {"effect": {"evaluation": {"extra_seconds": 600}}})
    save_settings(client)
    advance(client, seconds=2)
    client.control("POST", "/reset")
    assert client.workspace.faults.delayed_jobs == ()
    assert job_states(client, "evaluation") == []
