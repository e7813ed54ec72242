"""The operations of the control API that read and move the clock."""

import pytest

from mock_server.state.clock import WorkspaceClock
from tests.builders import a_workspace, a_world
from tests.example_requests import NEW_PACKAGE, SETTINGS, SETTINGS_PATH, a_client, sorted_error_fields
from tests.mock_harness import Client

NOON = "2026-09-01T12:00:00Z"
ADVANCE, IDLE = "/clock/advance", "/clock/run-until-idle"


@pytest.fixture
def client():
    return Client(a_workspace(a_world())).sign_in()


def read_clock(client):
    return client.control("GET", "/clock").json()


def test_the_clock_is_read(client):
    answer = client.control("GET", "/clock")
    assert (answer.status_code, answer.json()) == (200, {"now": NOON, "mode": "frozen", "speed": 1.0})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"now": "2026-09-02T00:00:00Z"}, {"now": "2026-09-02T00:00:00Z"}, id="a later time"),
        pytest.param({"now": NOON}, {"now": NOON}, id="the same time"),
        pytest.param({"now": "2026-09-02T00:00:00+02:00"}, {"now": "2026-09-01T22:00:00Z"}, id="another zone"),
        pytest.param({"now": "2026-09-01T12:00:00.9Z"}, {"now": NOON}, id="a fraction of a second"),
        pytest.param({"speed": 60}, {"speed": 60.0}, id="a speed"),
        pytest.param({"mode": "frozen"}, {"mode": "frozen"}, id="a mode"),
        pytest.param({}, {}, id="nothing"),
        pytest.param({"now": None, "mode": None, "speed": None}, {}, id="nulls"),
    ],
)
def test_the_clock_is_set_and_omitted_members_do_not_change(client, change, expected):
    before = read_clock(client)
    answer = client.control("PUT", "/clock", json=change)
    assert (answer.status_code, answer.json()) == (200, {**before, **expected})
    assert read_clock(client) == answer.json()


def test_a_running_clock_continues_from_the_time_that_was_set(client):
    client.control("PUT", "/clock", json={"now": "2026-09-02T00:00:00Z", "mode": "running", "speed": 0.000001})
    assert read_clock(client) == {"now": "2026-09-02T00:00:00Z", "mode": "running", "speed": 0.000001}
    client.control("PUT", "/clock", json={"mode": "frozen"})
    assert read_clock(client)["now"] == "2026-09-02T00:00:00Z"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"now": "2026-09-01T11:59:59Z"}, "now"),
        ({"now": "2036-09-10T12:00:00Z"}, "now"),
        ({"now": "2026-09-02T00:00:00"}, "now"),
        ({"now": "2026-09-02"}, "now"),
        ({"now": "tomorrow"}, "now"),
        ({"now": 1800000000}, "now"),
        ({"mode": "stopped"}, "mode"),
        ({"mode": "Running"}, "mode"),
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"speed": 1_000_001}, "speed"),
        ({"speed": "2"}, "speed"),
        ({"speed": True}, "speed"),
        ({"when": NOON}, "when"),
    ],
    ids=str,
)
def test_an_invalid_change_is_400_and_the_clock_does_not_change(client, change, field):
    """The clock cannot be set to an earlier time, nor more than 3,660 days ahead."""
    before = read_clock(client)
    answer = client.control("PUT", "/clock", json={"mode": "running", **change} if field == "now" else change)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert read_clock(client) == before


@pytest.mark.parametrize(
    ("span", "now"),
    [
        ({}, NOON),
        ({"seconds": 1}, "2026-09-01T12:00:01Z"),
        ({"minutes": 90}, "2026-09-01T13:30:00Z"),
        ({"hours": 36}, "2026-09-03T00:00:00Z"),
        ({"days": 30}, "2026-10-01T12:00:00Z"),
        ({"days": 1, "hours": 1, "minutes": 1, "seconds": 1}, "2026-09-02T13:01:01Z"),
        ({"days": 3660}, "2036-09-08T12:00:00Z"),
        ({"seconds": 3660 * 86_400}, "2036-09-08T12:00:00Z"),
        ({"seconds": 2.0}, "2026-09-01T12:00:02Z"),
    ],
    ids=str,
)
def test_the_clock_advances_by_the_sum_of_the_members(client, span, now):
    answer = client.control("POST", ADVANCE, json=span)
    assert (answer.status_code, answer.json()["now"], read_clock(client)["now"]) == (200, now, now)


@pytest.mark.parametrize(
    ("span", "field"),
    [
        ({"days": -1}, "days"),
        ({"seconds": -1}, "seconds"),
        ({"hours": -1, "days": 1}, "hours"),
        ({"days": 3661}, "days"),
        ({"days": 3660, "seconds": 1}, "days"),
        ({"hours": 3660 * 24 + 1}, "hours"),
        ({"seconds": 1.5}, "seconds"),
        ({"seconds": "1"}, "seconds"),
        ({"seconds": True}, "seconds"),
        ({"seconds": None}, "seconds"),
        ({"seconds": 10**40}, "seconds"),
        ({"weeks": 1}, "weeks"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("path", [ADVANCE, IDLE])
def test_an_invalid_duration_is_400_and_the_clock_does_not_change(client, path, span, field):
    answer = client.control("POST", path, json=span)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert read_clock(client)["now"] == NOON


def test_an_advance_needs_its_body(client):
    assert client.control("POST", ADVANCE).status_code == 400


def test_the_clock_stops_at_the_end_of_the_calendar():
    client = Client(a_workspace(a_world()))
    client.control("POST", "/reset", json={"now": "9998-12-31T00:00:00Z"})
    client.control("PUT", "/clock", json={"now": "9999-12-30T00:00:00Z"})
    for _ in range(2):
        assert client.control("POST", ADVANCE, json={"days": 10}).json()["now"] == "9999-12-31T23:59:59Z"
    assert client.control("GET", "/status").json()["next_due"] is None


def fired_jobs(answer):
    return [(job["kind"], job["due"], job["state"]) for job in answer.json()["fired"]]


def test_an_advance_lists_the_jobs_with_their_own_due_times():
    client = a_client()
    package = client.send("POST", "/package_builder/packages", json=NEW_PACKAGE).json()["id"]
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    answer = client.control("POST", ADVANCE, json={"days": 1})
    assert [job["subject"] for job in answer.json()["fired"]] == [package, "pkg_1", package, "platform"]
    assert fired_jobs(answer) == [
        ("package_stage", "2026-09-01T12:00:02Z", "done"),
        ("evaluation", "2026-09-01T12:00:02Z", "done"),
        ("package_stage", "2026-09-01T12:00:04Z", "done"),
        ("attribution_run", "2026-09-02T08:00:00Z", "done"),
    ]


def test_setting_the_clock_runs_due_jobs():
    client = a_client()
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("PUT", "/clock", json={"now": "2026-09-01T12:00:02Z"})
    assert [job["state"] for job in client.control("GET", "/jobs").json() if job["kind"] == "evaluation"] == ["done"]


def test_next_advances_to_the_next_job_and_runs_it():
    client = a_client()
    client.send("POST", "/package_builder/packages", json=NEW_PACKAGE)
    instants = [client.control("POST", "/clock/next").json()["now"] for _ in range(3)]
    assert instants == ["2026-09-01T12:00:02Z", "2026-09-01T12:00:04Z", "2026-09-02T08:00:00Z"]
    assert read_clock(client)["now"] == "2026-09-02T08:00:00Z"


def test_next_runs_all_jobs_that_are_due_at_the_same_time():
    client = a_client()
    for _ in range(3):
        client.send("POST", "/package_builder/packages", json=NEW_PACKAGE)
    assert len(client.control("POST", "/clock/next").json()["fired"]) == 3


def test_running_until_idle_ends_with_the_last_job(client):
    """Attribution runs and expiries are always pending, so they do not keep the workspace from being idle."""
    client.send("POST", "/package_builder/packages", json=NEW_PACKAGE)
    answer = client.control("POST", IDLE).json()
    assert (answer["now"], answer["idle"], answer["bound"]) == ("2026-09-01T12:00:04Z", True, "2026-09-02T12:00:00Z")
    assert read_clock(client)["now"] == "2026-09-01T12:00:04Z"
    assert client.send("GET", "/package_builder/packages/").json()[0]["status"] == "DONE"


def test_without_pending_jobs_the_clock_does_not_move(client):
    answer = client.control("POST", IDLE, json={"days": 30}).json()
    assert (answer["now"], answer["idle"], answer["fired"]) == (NOON, True, [])


@pytest.mark.parametrize(
    ("seconds", "now", "idle", "jobs"),
    [
        pytest.param(1, "2026-09-01T12:00:01Z", False, 0, id="before the first job"),
        pytest.param(3, "2026-09-01T12:00:03Z", False, 1, id="between two jobs"),
        pytest.param(4, "2026-09-01T12:00:04Z", True, 2, id="at the last job"),
        pytest.param(90, "2026-09-01T12:00:04Z", True, 2, id="after the last job"),
    ],
)
def test_running_until_idle_stops_at_the_bound(client, seconds, now, idle, jobs):
    client.send("POST", "/package_builder/packages", json=NEW_PACKAGE)
    answer = client.control("POST", IDLE, json={"seconds": seconds}).json()
    assert (answer["now"], answer["idle"], len(answer["fired"])) == (now, idle, jobs)
    assert read_clock(client)["now"] == now


def test_tokens_expire_by_the_workspaces_clock(client):
    """Rule: AUTH-06."""
    client.control("PUT", "/clock", json={"now": "2026-09-01T13:00:00Z"})
    assert client.send("GET", "/events/").status_code == 401


def test_jobs_that_fell_due_just_before_are_listed_as_fired():
    """On a running clock, a job may become due between two requests; the request that runs the job lists it."""
    seconds = [0.0]
    workspace = a_workspace(a_world())
    workspace.clock = WorkspaceClock(workspace.clock.now(), "running", 1.0, monotonic=lambda: seconds[0])
    client = Client(workspace).sign_in()
    assert client.send("POST", "/package_builder/packages", json=NEW_PACKAGE).status_code == 201
    seconds[0] = 30.0
    fired = client.control("POST", IDLE).json()["fired"]
    assert [job["kind"] for job in fired] == ["package_stage", "package_stage"]


def test_a_bound_of_zero_does_not_move_the_clock(client):
    assert client.control("POST", IDLE, json={"seconds": 0}).json()["bound"] == NOON
