"""A workspace can be rewound to a checkpoint, and the clock's moves record checkpoints."""

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.checkpoints import MAX_CHECKPOINTS
from mock_server.state.clock import WorkspaceClock
from mock_server.state.quirks import QUIRK_NAMES
from tests.builders import START_TIME
from tests.control.workspaces.test_workspaces import NEW_ROW_PATH, make_workspace
from tests.example_requests import ROWS_PATH, SETTINGS, SETTINGS_PATH, a_client, read_everything, sorted_error_fields
from tests.mock_harness import Client
from tests.state.test_clock import MachineTime

NOON = "2026-09-01T12:00:00Z"
CLOCK_MOVES = {
    "an instant": ("PUT", "/clock", {"now": "2026-09-02T12:00:00Z"}),
    "a length": ("POST", "/clock/advance", {"seconds": 30}),
    "the next job": ("POST", "/clock/next", None),
    "until idle": ("POST", "/clock/run-until-idle", None),
}


@pytest.fixture
def client():
    return a_client()


def read_checkpoints(client):
    return [(point["at"], point["reason"]) for point in client.control("GET", "/points").json()["checkpoints"]]


def rewind(client, to):
    return client.control("POST", "/rewind", json={"to": to})


def advance(client, **span):
    assert client.control("POST", "/clock/advance", json=span).status_code == 200


def test_the_first_checkpoint_is_at_the_start_time(client):
    assert client.control("GET", "/points").json() == {"now": NOON, "checkpoints": [{"at": NOON, "reason": "reset"}]}


@pytest.mark.parametrize("name", CLOCK_MOVES)
def test_the_state_before_each_clock_move_is_a_checkpoint(client, name):
    advance(client, minutes=1)
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    before = read_everything(client), client.control("GET", "/snapshot").content
    method, path, body = CLOCK_MOVES[name]
    assert client.control(method, path, json=body).status_code == 200
    client.send("POST", NEW_ROW_PATH)
    assert read_checkpoints(client)[-1] == ("2026-09-01T12:01:00Z", "clock_move")
    answer = rewind(client, "2026-09-01T12:01:00Z")
    assert (answer.status_code, answer.json()["now"]) == (200, "2026-09-01T12:01:00Z")
    assert (read_everything(client), client.control("GET", "/snapshot").content) == before


def test_only_clock_moves_save_a_checkpoint(client):
    advance(client, minutes=1)
    before = read_checkpoints(client)
    client.control("PUT", "/clock", json={"speed": 2.0, "mode": "frozen"})
    client.control("PUT", "/clock", json={"now": "2026-09-01T12:01:00Z"})
    assert client.control("PUT", "/clock", json={"now": "2020-01-01T00:00:00Z"}).status_code == 400
    assert client.control("POST", "/clock/advance", json={"days": 3660, "hours": 1}).status_code == 400
    client.control("GET", "/clock")
    client.send("GET", "/events/")
    assert read_checkpoints(client) == before


def test_it_restores_the_last_checkpoint_at_or_before_the_time_and_drops_later_ones(client):
    for _ in range(3):
        advance(client, minutes=10)
        assert client.send("POST", NEW_ROW_PATH).status_code == 201
    advance(client, minutes=10)
    ten, twenty, thirty = (f"2026-09-01T12:{minute}:00Z" for minute in (10, 20, 30))
    assert [at for at, _ in read_checkpoints(client)] == [NOON, NOON, ten, twenty, thirty]
    answer = rewind(client, "2026-09-01T12:29:59Z").json()
    assert answer["now"] == twenty
    assert [point["at"] for point in answer["checkpoints"]] == [NOON, NOON, ten, twenty]
    rows = [row["created_at"] for row in client.send("GET", ROWS_PATH).json()]
    assert [at for at in rows if at > NOON] == [twenty, ten]
    assert rewind(client, twenty).json() == answer


def test_changes_between_the_checkpoint_and_the_time_are_undone_too(client):
    before = client.send("GET", ROWS_PATH).json()
    advance(client, minutes=20)
    assert client.send("POST", NEW_ROW_PATH).status_code == 201
    assert rewind(client, "2026-09-01T12:20:00Z").json()["now"] == NOON
    assert client.send("GET", ROWS_PATH).json() == before


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("2026-09-01T11:59:59Z", "the first checkpoint is later, at 2026-09-01T12:00:00Z"),
        ("2026-09-01T13:00:01Z", "the time to return to must not be later than the clock's time, 2026-09-01T13:00:00Z"),
        ("yesterday", "RFC 3339"),
        ("2026-09-01", "RFC 3339"),
        (None, "RFC 3339"),
        (1_756_728_000, "RFC 3339"),
    ],
)
def test_an_invalid_time_or_one_without_a_checkpoint_is_400_and_changes_nothing(client, to, expected):
    advance(client, hours=1)
    before = read_checkpoints(client), client.control("GET", "/snapshot").content
    answer = rewind(client, to)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["to"])
    assert expected in answer.text
    assert (read_checkpoints(client), client.control("GET", "/snapshot").content) == before


@pytest.mark.parametrize(
    ("body", "field"), [({}, "to"), ({"to": NOON, "mode": "frozen"}, "mode"), ([], "body")], ids=str
)
def test_an_invalid_body_is_400(client, body, field):
    answer = client.control("POST", "/rewind", json=body)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


def test_a_reset_and_a_restore_drop_all_checkpoints_and_start_with_one(client):
    document = client.control("GET", "/snapshot").json()
    advance(client, days=1)
    client.control("POST", "/reset", json={"now": "2026-10-01T00:00:00Z"})
    assert read_checkpoints(client) == [("2026-10-01T00:00:00Z", "reset")]
    advance(client, days=1)
    assert client.control("PUT", "/snapshot", json=document).status_code == 200
    assert read_checkpoints(client) == [(NOON, "restore")]
    advance(client, days=1)
    assert rewind(client, NOON).json()["now"] == NOON


def test_the_checkpoint_of_a_reset_has_the_mode_of_the_reset():
    client = Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME)))
    client.control("POST", "/reset", json={"mode": "running"})
    client.control("PUT", "/clock", json={"mode": "frozen", "now": "2026-09-05T00:00:00Z"})
    rewind(client, NOON)
    assert client.control("GET", "/clock").json()["mode"] == "running"


def test_the_last_32_checkpoints_are_kept_and_the_first_always(client):
    for _ in range(40):
        advance(client, minutes=1)
    checkpoints = read_checkpoints(client)
    assert len(checkpoints) == MAX_CHECKPOINTS
    assert checkpoints[0] == (NOON, "reset")
    assert checkpoints[1][0] == "2026-09-01T12:09:00Z"
    assert rewind(client, "2026-09-01T12:08:59Z").json()["now"] == NOON


def test_a_token_stays_valid_until_a_reset(client):
    """Rule: AUTH-06."""
    early = dict(client.headers)
    advance(client, minutes=59)
    late = dict(client.sign_in().headers)
    advance(client, minutes=30)
    for headers, status in ((early, 401), (late, 200)):
        client.headers = headers
        assert client.send("GET", "/events/").status_code == status
    rewind(client, NOON)
    for headers in (early, late):
        client.headers = headers
        assert client.send("GET", "/events/").status_code == 200


def test_quirks_faults_and_limits_are_restored_too(client):
    client.workspace.limits = None
    advance(client, minutes=1)
    client.control("PUT", "/quirks", json=dict.fromkeys(QUIRK_NAMES, True))
    client.control("PUT", "/faults", json={"rules": [{"effect": {"status": 503}}]})
    assert client.send("GET", "/events/").status_code == 503
    rewind(client, NOON)
    assert client.send("GET", "/events/").status_code == 200
    assert client.control("GET", "/status").json()["quirks"] == ["clear_sales_204"]
    assert client.control("GET", "/faults").json()["rules"] == []


def test_the_journal_is_not_rewound(client):
    before = [entry["number"] for entry in client.control("GET", "/journal").json()]
    advance(client, minutes=1)
    client.send("GET", "/events/")
    rewind(client, NOON)
    client.send("GET", "/events/")
    numbers = [entry["number"] for entry in client.control("GET", "/journal").json()]
    assert numbers == [*before, before[-1] + 1, before[-1] + 2]


def test_a_running_clock_continues_from_the_checkpoint():
    machine = MachineTime()
    workspace = app.create_workspace(Settings(now=START_TIME), _running_clock(machine))
    client = Client(workspace).sign_in()
    machine.advance(10)
    advance(client, hours=1)
    machine.advance(5)
    assert rewind(client, "2026-09-01T13:00:00Z").json()["now"] == "2026-09-01T12:00:10Z"
    machine.advance(7)
    assert client.control("GET", "/clock").json()["now"] == "2026-09-01T12:00:17Z"


def _running_clock(machine):
    return WorkspaceClock(START_TIME, "running", 1.0, machine)


def test_a_rewind_of_one_workspace_does_not_change_another(client):
    make_workspace(client, name="x")
    workspace_client = client.for_workspace("x").sign_in()
    advance(workspace_client, days=1)
    workspace_client.send("POST", NEW_ROW_PATH)
    before = read_everything(workspace_client), read_checkpoints(workspace_client)
    advance(client, days=2)
    rewind(client, NOON)
    assert (read_everything(workspace_client), read_checkpoints(workspace_client)) == before
