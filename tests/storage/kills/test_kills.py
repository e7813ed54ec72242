"""The short form of the killed runs, and `make soak`'s long form of more than 200 kills."""

import shutil
from functools import partial

import pytest

from tests.measured import Row
from tests.storage import postgres_cluster
from tests.storage.kills import run
from tests.storage.kills.leg import MIN_IN_FLIGHT, Leg, run_leg
from tests.storage.kills.processes import CommandProcess, ForkedProcess
from tests.storage.postgres_cluster import PostgresCluster

EARLY_ANSWERS = "from mock_server.storage import postgres; postgres.SETTINGS += ' -c synchronous_commit=off'"
"""A planted bug: requests are answered before their commit is on the disk."""
WRITES = 20
"""How many writes are acknowledged before each kill, on average."""
MUST_CHECK = {"results", "ids", "clock", "runs", "sales", "jobs", "tokens", "answers", "agreement"}
"""What even a short leg contains enough of to be checked."""


def assert_nothing_was_lost(row: Row) -> None:
    assert row["faults"] == []
    assert row["least_in_flight"] >= MIN_IN_FLIGHT
    assert row["acknowledged_writes"] >= row["kills"]
    assert {name for name in MUST_CHECK if not row["checked"][name]} == set()


def test_sqlite_keeps_what_it_acknowledged_when_the_server_is_killed() -> None:
    assert_nothing_was_lost(run_leg(Leg("sqlite", 1, 3, 0, WRITES, ForkedProcess), None))


@pytest.mark.parametrize(
    "leg",
    [Leg("postgres-1", 1, 1, 1, WRITES, ForkedProcess), Leg("postgres-3", 1, 1, 0, WRITES, ForkedProcess)],
    ids=lambda leg: leg.store,
)
def test_postgresql_keeps_what_was_acknowledged_when_a_server_or_it_is_killed(
    leg: Leg, cluster: PostgresCluster
) -> None:
    assert_nothing_was_lost(run_leg(leg, cluster))


@pytest.mark.soak
@pytest.mark.parametrize("leg", run.list_legs(), ids=lambda leg: f"{leg.store} {leg.seed}")
def test_nothing_is_lost_in_two_hundred_kills(leg: Leg) -> None:
    if reason := leg.store != "sqlite" and postgres_cluster.missing_reason():
        pytest.skip(reason)
    assert_nothing_was_lost(run.run_and_record(leg))


def test_the_long_form_kills_often_enough() -> None:
    legs = run.list_legs()
    assert sum(leg.kills for leg in legs) >= 200
    assert sum(leg.kills * leg.writes for leg in legs) >= 20_000


@pytest.mark.soak
def test_a_leg_finds_servers_that_answer_before_the_commit(cluster: PostgresCluster) -> None:
    faults = run_leg(
        Leg("postgres-1", 2, kills=0, database_kills=2, launch=partial(CommandProcess, patch=EARLY_ANSWERS)), cluster
    )["faults"]
    assert faults
    shutil.rmtree(faults.pop().removeprefix("see "))
    assert faults
