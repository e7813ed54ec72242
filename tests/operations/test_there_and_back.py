"""Going back and on again gives what there was the first time, whatever happened before and in between."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from mock_server import app
from mock_server.control import clock as control_time
from mock_server.control.snapshots import operations
from mock_server.domain.errors import PlatformError
from mock_server.domain.faults import Effect, Faults, Match, Mishap, Rule
from mock_server.domain.ingest import Entry
from mock_server.domain.sales_edit import StatedDay
from mock_server.operations import ingest, packages, run_due_jobs, sales_edit
from mock_server.operations.ingest import Summary
from mock_server.settings import Settings
from mock_server.state.quirks import Quirks
from mock_server.state.workspace import Call, Workspace
from tests.builders import ACME
from tests.driving import Driver, readings
from tests.operations.test_one_jump import STEP, a_busy_workspace

Step = tuple[str, int, int, int]


def _ingest(call: Call, eid: str, number: int) -> None:
    ingest.take(call, Summary(eid, date(2026, 8, 1), date(2026, 8, number % 28 + 1), [Entry("A", number, Decimal(7))]))


def _upload(call: Call, eid: str, number: int) -> None:
    sales_edit.upload_sales(call, eid, [StatedDay(1, date(2026, 8, number % 28 + 1), number, Decimal(number))])


def _regenerate(call: Call, eid: str, number: int) -> None:
    owned = list(call.store.packages)
    if owned:
        packages.regenerate_package(call, owned[number % len(owned)].id)


def _fault(call: Call, eid: str, number: int) -> None:
    effect = (
        Effect(evaluation=Mishap(fails=True)),
        Effect(build=Mishap(takes=number * 3600)),
        Effect(attribution_run="missed"),
        Effect(attribution_run="twice"),
        Effect(build=Mishap(fails=True)),
    )[number % 5]
    call.workspace.faults = Faults(1, (Rule("f", Match(share=0.5), effect, times=number),))


MORE = {
    "ingest": _ingest,
    "upload": _upload,
    "regenerate": _regenerate,
    "fault": _fault,
    "quirk": lambda call, eid, number: setattr(call.workspace, "quirks", Quirks(clear_sales_204=number % 2 == 0)),
    "revision": lambda call, eid, number: call.ids.revision(),
}
ALL: dict[str, Any] = {**STEP, **MORE}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(ALL)), st.integers(0, 3), st.integers(1, 60), st.integers(0, 5 * 1440)),
    min_size=4,
    max_size=14,
)
"""An operation, an event's place, a number, and how many minutes pass before the next."""


def live(workspace: Workspace, steps: Sequence[Step]) -> None:
    """Some operations of a partner, time passing after each; a refusal is a result like any other."""
    for kind, place, number, minutes in steps:
        call = Call(workspace, workspace.clock.now(), ACME, (ACME,))
        with suppress(PlatformError):
            ALL[kind](call, f"evt_{place + 1}", number)
        control_time.advance(Call(workspace, workspace.clock.now()), timedelta(minutes=minutes))


def here(workspace: Workspace) -> Call:
    """The workspace at its instant, caught up."""
    run_due_jobs.catch_up(workspace, workspace.clock.now())
    return Call(workspace, workspace.clock.now())


def saved(workspace: Workspace) -> bytes:
    return to_json(operations.save(here(workspace)))


def restored(workspace: Workspace, snapshot: bytes) -> Workspace:
    operations.restore(here(workspace), json.loads(snapshot))
    return workspace


def told(workspace: Workspace) -> list[tuple[str, int, bytes]]:
    """All that a partner can read, over HTTP."""

    async def ask() -> list[tuple[str, int, bytes]]:
        driver = Driver(app.create_app(Settings(), workspace))
        await driver.sign_in()
        return await readings(driver, workspace)

    return asyncio.run(ask())


def jobs(workspace: Workspace) -> list[object]:
    """Jobs over and pending, less the revisions that they are for: those are never given twice."""
    past = [(replace(job, generation=0), state) for job, state in workspace.jobs.past]
    return [*past, *(replace(job, generation=0) for job in workspace.jobs)]


def there_and_back(before: Sequence[Step], after: Sequence[Step]) -> None:
    workspace = a_busy_workspace()
    live(workspace, before)
    snapshot, then = saved(workspace), workspace.clock.now()
    control_time.advance(here(workspace), timedelta(hours=1))
    live(workspace, after)
    first, ended, done = told(workspace), workspace.clock.now(), jobs(workspace)
    assert all(status == 200 for _, status, _ in first)

    restored(workspace, snapshot)
    assert saved(workspace) == snapshot
    control_time.advance(here(workspace), timedelta(hours=1))
    live(workspace, after)
    assert (told(workspace), workspace.clock.now(), jobs(workspace)) == (first, ended, done)

    _rewound(workspace, then)
    assert saved(workspace) == snapshot
    control_time.advance(here(workspace), timedelta(hours=1))
    live(workspace, after)
    assert (told(workspace), workspace.clock.now(), jobs(workspace)) == (first, ended, done)

    elsewhere = restored(a_busy_workspace(), snapshot)
    assert saved(elsewhere) == snapshot
    control_time.advance(here(elsewhere), timedelta(hours=1))
    live(elsewhere, after)
    assert (told(elsewhere), elsewhere.clock.now(), jobs(elsewhere)) == (first, ended, done)


def _rewound(workspace: Workspace, then: Any) -> None:
    """Back to the restored instant, the first point of those that are kept."""
    assert operations.rewind(here(workspace), then).now == then


EVERYTHING: list[Step] = [(kind, place % 4, place * 7 + 3, 200) for place, kind in enumerate(sorted(ALL))]
BUSY: list[Step] = [
    ("package", 0, 3, 5),
    ("settings", 0, 9, 0),
    ("ingest", 1, 5, 0),
    ("fault", 0, 1, 0),
    ("package", 2, 2, 0),
    ("sale", 0, 5, 30),
    ("clear", 0, 1, 0),
    ("sale", 1, 31, 0),
]


def test_every_operation_before_and_after() -> None:
    there_and_back(EVERYTHING, EVERYTHING)


def test_with_a_build_an_evaluation_and_an_ingest_under_way() -> None:
    there_and_back(BUSY, [("defaults", 0, 3, 41 * 1440), ("regenerate", 0, 0, 10), ("settings", 0, 4, 10)])


@given(STEPS, STEPS)
@seed(4)
@settings(
    max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)
def test_there_and_back_over_random_histories(before: list[Step], after: list[Step]) -> None:
    there_and_back(before, after)


@pytest.mark.soak
@given(STEPS, STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_there_and_back_over_many_histories(before: list[Step], after: list[Step]) -> None:
    there_and_back(before, after)


def test_a_stale_evaluation_of_the_time_that_was_undone_is_never_published() -> None:
    """Rule: BEV-04. Its revision is not given again, though the jobs' numbers are."""
    workspace = a_busy_workspace()
    live(workspace, [("package", 0, 3, 5), ("settings", 0, 9, 5)])
    snapshot = saved(workspace)
    live(workspace, [("settings", 0, 7, 0)])
    undone = next(job for job in workspace.jobs if job.kind == "evaluation")
    restored(workspace, snapshot)
    live(workspace, [("settings", 0, 8, 0)])
    anew = next(job for job in workspace.jobs if job.kind == "evaluation")
    assert anew.number == undone.number
    assert anew.generation > undone.generation
    workspace.jobs.add(replace(undone, number=10**6))
    control_time.advance(here(workspace), timedelta(minutes=1))
    assert workspace.store.evaluations.mapping()[undone.subject].revision < undone.generation


def test_a_comparison_of_readings_notices_a_single_row() -> None:
    one, other = a_busy_workspace(), a_busy_workspace()
    assert told(one) == told(other)
    live(other, [("manual", 0, 1, 0)])
    assert told(one) != told(other)
