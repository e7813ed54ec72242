"""A fork is a copy of a workspace; afterwards, the two workspaces do not affect each other."""

import asyncio
import random  # noqa: TID251 - seeded, and of this test alone
from datetime import timedelta

import pytest

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock
from mock_server.state.quirks import Quirks
from tests.asgi_driver import Driver, read_all_targets
from tests.builders import ACME, START_TIME, a_workspace
from tests.control.workspaces.test_workspaces import NEW_ROW_PATH, make_workspace, workspace_names
from tests.example_requests import ROWS_PATH, a_client, an_anonymous_client, read_everything, sorted_error_fields
from tests.mock_harness import Client
from tests.operations.test_time_step_independence import a_busy_workspace
from tests.state.test_clock import MachineTime

NOON = "2026-09-01T12:00:00Z"


@pytest.fixture
def client():
    return a_client()


def make_fork(client, name="x", **more):
    answer = client.control("POST", "/fork", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return client.for_workspace(name)


def test_a_fork_has_its_origins_state_and_its_own_address(client):
    client.send("POST", NEW_ROW_PATH)
    client.control("PUT", "/quirks", json={"clear_sales_204": True})
    client.control("POST", "/clock/advance", json={"minutes": 5})
    answer = client.control("POST", "/fork", json={"name": "x", "ttl_seconds": 60})
    assert answer.status_code == 201
    body, status = answer.json(), client.control("GET", "/status").json()
    assert {name: body[name] for name in ("name", "base_path", "control_path", "ttl_seconds")} == {
        "name": "x",
        "base_path": "/w/x/api/v3",
        "control_path": "/w/x/_mock",
        "ttl_seconds": 60,
    }
    assert {name: body[name] for name in status} == {**status, "workspace": "x"}
    fork_client = client.for_workspace("x").sign_in()
    assert read_everything(fork_client) == read_everything(client)
    assert fork_client.control("GET", "/snapshot").content == client.control("GET", "/snapshot").content
    assert fork_client.control("GET", "/jobs").content == client.control("GET", "/jobs").content


def test_tokens_of_origin_and_fork_are_not_interchangeable(client):
    """Rule: AUTH-04."""
    fork_client = make_fork(client)
    fork_client.headers = dict(client.headers)
    assert fork_client.send("GET", "/events/").status_code == 401
    client.headers = dict(fork_client.sign_in().headers)
    assert client.send("GET", "/events/").status_code == 401


def test_changes_in_one_do_not_appear_in_the_other(client):
    fork_client = make_fork(client).sign_in()
    before = (
        read_everything(client),
        client.control("GET", "/snapshot").content,
        client.control("GET", "/points").json(),
    )
    fork_client.send("POST", NEW_ROW_PATH)
    fork_client.control("PUT", "/faults", json={"rules": [{"effect": {"status": 503}, "times": 1}]})
    fork_client.control("POST", "/clock/advance", json={"days": 3})
    fork_client.control("POST", "/reset")
    assert (
        read_everything(client),
        client.control("GET", "/snapshot").content,
        client.control("GET", "/points").json(),
    ) == before


def test_later_ids_are_the_same_in_both(client):
    fork_client = make_fork(client).sign_in()
    one, other = (each.send("POST", NEW_ROW_PATH).json() for each in (client, fork_client))
    assert one["id"] == other["id"]
    assert client.send("GET", ROWS_PATH).json() == fork_client.send("GET", ROWS_PATH).json()


def test_a_fork_can_be_rewound_to_before_it_was_created(client):
    client.control("POST", "/clock/advance", json={"days": 1})
    fork_client = make_fork(client)
    assert fork_client.control("POST", "/rewind", json={"to": NOON}).json()["now"] == NOON
    assert client.control("GET", "/clock").json()["now"] == "2026-09-02T12:00:00Z"


def test_the_clock_of_a_fork_starts_at_the_same_time_and_is_independent():
    machine = MachineTime()
    workspace = app.create_workspace(Settings(now=START_TIME), WorkspaceClock(START_TIME, "running", 2.0, machine))
    client = Client(workspace)
    machine.advance(10)
    fork_client = make_fork(client)
    clock = fork_client.control("GET", "/clock").json()
    assert (clock["mode"], clock["speed"]) == ("running", 2.0)
    assert abs(_clock_time(clock) - (START_TIME + timedelta(seconds=20))) < timedelta(seconds=5)
    fork_client.control("PUT", "/clock", json={"mode": "frozen"})
    assert client.control("GET", "/clock").json()["mode"] == "running"


def _clock_time(clock):
    return type(START_TIME).fromisoformat(clock["now"])


def test_a_reset_of_a_fork_goes_back_to_the_start_of_its_origin():
    origin = a_workspace(now=START_TIME)
    origin.initial_quirks = Quirks(ignore_unknown=True)
    client = Client(origin)
    client.control("PUT", "/clock", json={"mode": "running", "speed": 5.0})
    status = make_fork(client).control("POST", "/reset").json()
    assert (status["created_at"], status["quirks"]) == (NOON, ["ignore_unknown"])
    assert status["clock"] == {"now": NOON, "mode": "frozen", "speed": 1.0}


def test_a_fork_and_a_created_workspace_can_be_forked(client):
    make_workspace(client, name="made")
    client.for_workspace("made").control("POST", "/clock/advance", json={"days": 2})
    first = make_fork(client.for_workspace("made"), "first")
    make_fork(first, "second")
    assert workspace_names(client) == ["test", "made", "first", "second"]
    assert client.for_workspace("second").control("GET", "/clock").json()["now"] == "2026-09-03T12:00:00Z"


def test_the_defaults_are_a_generated_name_and_a_ttl_of_an_hour(client):
    answers = [client.control("POST", "/fork", **options).json() for options in ({}, {"json": {}})]
    assert [(each["name"], each["ttl_seconds"]) for each in answers] == [("w1", 3600), ("w2", 3600)]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": "a/b"}, ["name"]),
        ({"name": "default"}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"name": "a", "ttl_seconds": 0}, ["ttl_seconds"]),
        ({"name": "a", "ttl_seconds": "60"}, ["ttl_seconds"]),
        ({"name": "a", "seed": 3}, ["seed"]),
        ([], ["body"]),
    ],
    ids=str,
)
def test_an_invalid_request_is_400_names_the_field_and_creates_nothing(client, body, fields):
    answer = client.control("POST", "/fork", json=body)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, fields)
    assert workspace_names(client) == ["test"]


def test_a_name_in_use_and_one_workspace_too_many_are_409():
    client = Client(a_workspace(), Settings(max_workspaces=1))
    make_fork(client)
    for name in ("x", "y"):
        answer = client.control("POST", "/fork", json={"name": name})
        assert (answer.status_code, answer.json()["message"]) == (409, "error.workspace.conflict")
    assert client.control("POST", "/fork", json={"name": "test"}).status_code == 409
    assert workspace_names(client) == ["test", "x"]


def test_an_idle_fork_is_deleted():
    machine = MachineTime()
    client = Client(an_anonymous_client().workspace, seconds=machine)
    make_fork(client, ttl_seconds=60)
    machine.advance(61)
    assert workspace_names(client) == ["test"]


PACKAGES = "/api/v3/package_builder/packages"


def _package_order(number, event):
    return {
        "num_packages": number % 4 + 1,
        "n_top_events": 2,
        "event_ids": [event],
        "package_title": f"Package {number}",
        "targeting_mode": "lookalike",
    }


def _random_sale(chance, number, event):
    return {
        "customer_id": f"cus_{number}",
        "event_id": event,
        "at": "2026-08-30T10:00:00Z",
        "tickets": 1,
        "revenue": number,
        "fd": "campaign",
        "meta": "organic",
        "external": "external",
        "origin": chance.choice(("feed", "partner")),
    }


def _random_write(chance):
    """Return a random write of a partner, or a random move of the clock."""
    number, event = chance.randint(1, 60), f"evt_{chance.randint(1, 4)}"
    settings = {
        "backhaul_evaluation_attribution_window": number,
        "backhaul_evaluation_model": chance.choice(("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")),
    }
    rows = f"/api/v3/campaign_results/?eid={event}&partner_id={ACME}"
    sale = _random_sale(chance, number, event)
    return chance.choice(
        [
            ("POST", PACKAGES, _package_order(number, event)),
            ("PUT", f"{PACKAGES}/$package/backhaul_evaluation_details", settings),
            ("POST", f"/api/v3/partners/{ACME}/backhaul_attribution_details", settings),
            ("POST", f"{rows}&purchase={number}&revenue={number}", None),
            ("PUT", f"/api/v3/events/{event}/attribution_model", {"model": chance.choice(("FD", "META", "EXTERNAL"))}),
            ("POST", f"/api/v3/events/{event}/series?event_series=evt_{number % 4 + 1}", None),
            ("DELETE", f"/api/v3/daily_revenue_summary/?event_id={event}", None),
            ("POST", "/_mock/clock/advance", {"minutes": number * 30}),
            ("POST", "/_mock/clock/next", None),
            ("POST", "/_mock/purchases", {"purchases": [sale]}),
            ("PUT", "/_mock/faults", {"rules": [{"effect": {"status": 503}, "match": {"fraction": 0.2}, "times": 2}]}),
        ]
    )


class RandomWriter:
    """A client that sends random writes and records the responses."""

    def __init__(self, driver, seed):
        self.driver, self.chance, self.answers, self.packages = driver, random.Random(seed), [], ["none"]

    async def write_next(self):
        method, target, body = _random_write(self.chance)
        target = target.replace("$package", self.packages[self.chance.randrange(len(self.packages))])
        answer = await self.driver.request(method, target, body)
        if method == "POST" and target == PACKAGES and answer.status == 201:
            self.packages.append(answer.json()["id"])
        self.answers.append((method, target, answer.status, answer.content))


async def _drive_two_forks(seed, steps, turns):
    """Send random writes to a workspace and its fork, in the order that `turns` gives. Return the responses of both."""
    workspace = a_busy_workspace()
    server = app.create_app(Settings(), workspace)
    origin = Driver(server)
    await origin.sign_in()
    common_writer = RandomWriter(origin, seed)
    for _ in range(10):
        await common_writer.write_next()
    await origin.request("POST", "/_mock/fork", {"name": "x"})
    fork = Driver(server, "/w/x")
    await origin.request("DELETE", "/_mock/faults")
    await fork.request("DELETE", "/_mock/faults")
    await fork.sign_in()
    writers = [RandomWriter(origin, f"{seed} one"), RandomWriter(fork, f"{seed} other")]
    for writer in writers:
        writer.packages = list(common_writer.packages)
    for turn in turns(steps):
        await writers[turn].write_next()
    results = []
    for writer in writers:
        await writer.driver.request("DELETE", "/_mock/faults")
        await writer.driver.sign_in()
        results.append((writer.answers, await read_all_targets(writer.driver, workspace)))
    return results


def _shuffled_turns(seed):
    def turns(steps):
        order = [0] * steps + [1] * steps
        random.Random(seed).shuffle(order)
        return order

    return turns


def _check_forks_never_touch(seed, steps):
    interleaved = asyncio.run(_drive_two_forks(seed, steps, _shuffled_turns(seed)))
    one_first = asyncio.run(_drive_two_forks(seed, steps, lambda steps: [0] * steps + [1] * steps))
    other_first = asyncio.run(_drive_two_forks(seed, steps, lambda steps: [1] * steps + [0] * steps))
    assert interleaved == one_first == other_first
    assert interleaved[0] != interleaved[1]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_two_forks_are_independent_in_any_interleaving(seed):
    _check_forks_never_touch(seed, 40)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(50))
def test_many_pairs_of_forks_are_independent(seed):
    _check_forks_never_touch(seed, 120)
