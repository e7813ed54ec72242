"""The work of jobs grows in proportion to the events, packages and jobs, and pauses often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, TypeAlias

import pytest

from mock_server.control import clock
from mock_server.domain import purchase_columns
from mock_server.domain.faults import Effect, FaultRule, Faults, JobFault, Match
from mock_server.domain.models import Cluster, EvaluationSettings
from mock_server.domain.packages import PackageOrder
from mock_server.domain.pieces import PART_SIZE, PIECE_UNITS, Steps
from mock_server.operations import due_jobs, packages
from mock_server.state.workspace import Workspace
from mock_server.worlds.world import World
from tests.builders import START_TIME, a_call, a_package, a_purchase, a_workspace, a_world, an_event
from tests.counted_calls import run_counted

SIZE = 300
LARGE = 5_000
MAX_GROWTH = 2.3
"""How many times the calls there may be for twice the size."""
LATER = START_TIME + timedelta(hours=1)
SECOND = timedelta(seconds=1)
Work: TypeAlias = Callable[[int], Steps[Any]]


@cache
def a_world_with_events(size: int, *, are_columns: bool) -> World:
    """Return a world with events of one series, each with a purchase after the last run."""
    events = [an_event(f"evt_{number}", series="series_1") for number in range(1, size + 1)]
    purchases = [
        a_purchase("2026-08-31T10:00:00", event_id=event.id, customer_id=f"cus_{number}", number=number)
        for number, event in enumerate(events, 1)
    ]
    world = a_world(events, purchases)
    if are_columns:
        columns = {name: purchase_columns.build_columns(name, bought) for name, bought in world.sales.items()}
        world = replace(world, sales=columns)
    return world


def a_workspace_with_events(size: int, *, are_columns: bool = False) -> Workspace:
    """Return a workspace of this world."""
    workspace = a_workspace(a_world_with_events(size, are_columns=are_columns))
    list(workspace.store.results)  # computes the rows that are lazy
    return workspace


def perform_jobs(workspace: Workspace) -> Steps[Any]:
    return due_jobs.run_due_jobs.steps(workspace, LATER)


def build(size: int, *, are_columns: bool = False) -> Steps[Any]:
    workspace = a_workspace_with_events(size, are_columns=are_columns)
    packages.create_package(a_call(workspace), PackageOrder("All", ("evt_1",), "inclusive", 20, 100))
    return perform_jobs(workspace)


def build_columns(size: int) -> Steps[Any]:
    return build(size, are_columns=True)


def evaluate_series(size: int, *, are_columns: bool = False) -> Steps[Any]:
    workspace = a_workspace_with_events(size, are_columns=are_columns)
    cluster = Cluster("All", "All", tuple(f"cus_{number}" for number in range(1, size + 1)))
    package = a_package(
        event_ids=tuple(workspace.store.events.mapping()),
        settings=EvaluationSettings(30, "EVENT_SERIES"),
        clusters=(cluster,),
    )
    workspace.store.packages.put(package)
    workspace.schedule("evaluation", package.id, START_TIME + SECOND, package.revision)
    return perform_jobs(workspace)


def evaluate_series_columns(size: int) -> Steps[Any]:
    return evaluate_series(size, are_columns=True)


def attribute(size: int) -> Steps[Any]:
    workspace = a_workspace_with_events(size)
    workspace.schedule("attribution_run", "platform", START_TIME + SECOND)
    return perform_jobs(workspace)


def a_workspace_with_builds(size: int) -> Workspace:
    """Return a workspace with many packages whose builds begin at different times."""
    workspace = a_workspace()
    for number in range(size):
        package = a_package(id=f"pkg_{number}", number=number + 1, status="INITIALIZING", clusters=None)
        workspace.store.packages.put(package)
        workspace.schedule("package_stage", package.id, START_TIME + number * SECOND)
    return workspace


def run_until_idle(size: int) -> Steps[Any]:
    return clock.run_until_idle.steps(a_call(a_workspace_with_builds(size)), timedelta(hours=1))


def delay_builds(size: int) -> Steps[Any]:
    workspace = a_workspace_with_builds(size)
    effect = Effect(build=JobFault(extra_seconds=3_000))
    workspace.faults = Faults(1, (FaultRule("fault_1", Match(), effect),))
    return clock.run_until_idle.steps(a_call(workspace), timedelta(days=1))


def expire(size: int) -> Steps[Any]:
    workspace = a_workspace()
    for number in range(size):
        workspace.store.packages.put(a_package(id=f"pkg_{number}", number=number + 1))
        workspace.schedule("package_expiry", f"pkg_{number}", START_TIME + SECOND)
    return perform_jobs(workspace)


def merge(size: int) -> Steps[Any]:
    workspace = a_workspace_with_events(size)
    for number in range(1, size + 1):
        workspace.store.packages.put(a_package(id=f"pkg_{number}", number=number, event_ids=(f"evt_{number}",)))
    yield 1
    return packages.merge_packages(a_call(workspace), [f"pkg_{number}" for number in range(1, size + 1)])


LONG_WORKS: list[Work] = [build, build_columns, evaluate_series, evaluate_series_columns, attribute]
WORKS: list[Work] = [*LONG_WORKS, run_until_idle, delay_builds, expire, merge]


def count_calls(steps: Steps[Any]) -> list[int]:
    counted, _ = run_counted(steps)
    assert max(units for units, _ in counted) <= PIECE_UNITS
    return [calls for _, calls in counted]


@pytest.mark.parametrize("work", WORKS)
def test_twice_the_size_takes_twice_the_calls(work: Work) -> None:
    once, twice = (sum(count_calls(work(size))) for size in (SIZE, 2 * SIZE))
    assert once > SIZE
    assert twice <= MAX_GROWTH * once


@pytest.mark.parametrize("work", LONG_WORKS)
def test_a_step_is_short_however_many_events_there_are(work: Work) -> None:
    assert max(count_calls(work(LARGE))) <= 8 * PART_SIZE
