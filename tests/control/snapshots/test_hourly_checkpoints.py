"""On a running clock, the first request after each full hour takes a checkpoint of that hour."""

import itertools
from datetime import timedelta

import pytest

from mock_server.state.checkpoints import MIN_REAL_SECONDS
from mock_server.state.clock import WorkspaceClock
from tests.builders import START_TIME
from tests.control.snapshots.test_rewind import advance, read_checkpoints, rewind
from tests.control.workspaces.test_workspaces import NEW_ROW_PATH
from tests.example_requests import ROWS_PATH, SETTINGS, SETTINGS_PATH, an_anonymous_client, read_everything
from tests.mock_harness import Client
from tests.state.test_clock import MachineTime

HOUR = 3600


@pytest.fixture
def machine():
    return MachineTime()


@pytest.fixture
def client(machine):
    return a_running_client(machine).sign_in()


def a_running_client(machine, mode="running", speed=1.0):
    """Return a client of the small world, whose clock goes with the machine's time."""
    workspace = an_anonymous_client().workspace
    workspace.clock = WorkspaceClock(START_TIME, mode, speed, monotonic=machine)
    return Client(workspace, seconds=machine)


def read_hourly(client):
    return [at for at, reason in read_checkpoints(client) if reason == "hourly"]


@pytest.mark.parametrize("method", ["GET", "PUT"], ids=["a read", "a write"])
def test_the_first_request_after_an_hour_takes_the_checkpoint_of_that_hour(client, machine, method):
    machine.advance(HOUR - 1)
    assert client.send("GET", SETTINGS_PATH).status_code == 200
    assert read_hourly(client) == []
    machine.advance(2)
    client.send(method, SETTINGS_PATH, json=SETTINGS if method == "PUT" else None)
    assert read_hourly(client) == ["2026-09-01T13:00:00Z"]


def test_only_one_is_taken_in_an_hour(client, machine):
    for _ in range(12):
        machine.advance(HOUR // 4)
        client.send("GET", "/events/")
    assert read_hourly(client) == ["2026-09-01T13:00:00Z", "2026-09-01T14:00:00Z", "2026-09-01T15:00:00Z"]


def test_after_a_night_it_is_the_state_of_the_evening(client, machine):
    """The jobs of the night are performed again after the rewind, so nothing of the evening is lost."""
    machine.advance(HOUR // 2)
    assert client.send("POST", NEW_ROW_PATH).status_code == 201
    machine.advance(15 * HOUR)
    client.sign_in()
    morning = client.send("GET", ROWS_PATH).json()
    assert read_hourly(client) == ["2026-09-01T13:00:00Z"]
    assert client.send("POST", NEW_ROW_PATH).status_code == 201
    assert rewind(client, "2026-09-01T23:00:00Z").json()["now"] == "2026-09-01T13:00:00Z"
    evening = client.send("GET", ROWS_PATH).json()
    assert next(row["created_at"] for row in evening if row["source"] == "manual") == "2026-09-01T12:30:00Z"
    machine.advance(14 * HOUR + HOUR // 2)
    client.sign_in()
    assert client.send("GET", ROWS_PATH).json() == morning


def test_jobs_that_were_due_before_the_hour_are_in_its_checkpoint(client, machine):
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    machine.advance(2 * HOUR)
    client.sign_in()
    before = read_everything(client)
    pending = client.workspace.jobs.next_due()
    rewind(client, "2026-09-01T13:00:00Z")
    assert read_everything(client) == before
    assert client.workspace.jobs.next_due() == pending


def test_hours_that_a_clock_move_passes_over_have_no_checkpoint(client, machine):
    advance(client, hours=30)
    client.sign_in().send("GET", "/events/")
    assert read_hourly(client) == []
    machine.advance(HOUR)
    client.sign_in()
    assert read_hourly(client) == ["2026-09-02T19:00:00Z"]


def test_a_frozen_clock_has_none(machine):
    client = a_running_client(machine, "frozen")
    for _ in range(5):
        advance(client, hours=3)
        machine.advance(HOUR)
        client.send("GET", "/status/")
        client.sign_in()
    assert read_hourly(client) == []


def test_after_a_rewind_the_hour_is_taken_again(client, machine):
    for _ in range(2):
        machine.advance(HOUR)
        client.sign_in()
    rewind(client, "2026-09-01T13:00:00Z")
    assert read_hourly(client) == ["2026-09-01T13:00:00Z"]
    machine.advance(HOUR)
    assert read_hourly(client) == ["2026-09-01T13:00:00Z", "2026-09-01T14:00:00Z"]


def test_a_fast_clock_takes_at_most_one_a_minute_of_real_time(machine):
    speed = 100_000.0
    client = a_running_client(machine, speed=speed)
    requests = 40
    for _ in range(requests):
        machine.advance(MIN_REAL_SECONDS / 4)
        client.send("GET", "/status/")
        client.control("GET", "/clock")
    taken = [each.checkpoint.now for each in client.workspace.checkpoints if each.reason == "hourly"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(taken)]
    assert len(gaps) > 2
    assert min(gaps) >= timedelta(seconds=speed * MIN_REAL_SECONDS) - timedelta(hours=1)


def test_health_requests_take_none(client, machine):
    machine.advance(HOUR)
    assert client.send("GET", "/status/").status_code == 200
    assert [each.reason for each in client.workspace.checkpoints] == ["reset"]
