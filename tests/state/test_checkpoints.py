"""A checkpoint is a copy of a workspace's whole state, which later changes do not affect."""

from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.faults import Effect, FaultRule, Faults, Match
from mock_server.domain.lifecycles import TIMINGS
from mock_server.domain.limits import Limits
from mock_server.state import checkpoints
from mock_server.state.checkpoints import (
    EXCLUDED_FIELDS,
    MAX_CHECKPOINTS,
    MAX_DAILY,
    MAX_HOURLY,
    Checkpoint,
    CheckpointedState,
    Checkpoints,
)
from mock_server.state.clock import LAST_INSTANT
from mock_server.state.ids import IdGenerator
from mock_server.state.job_queue import JobQueue
from mock_server.state.purchase_store import CustomerStore, PurchaseStore
from mock_server.state.quirks import Quirks
from mock_server.state.snapshot import Records
from mock_server.state.store import RecordTable, Store
from mock_server.state.workspace import Workspace
from tests.builders import SIGNING_KEY, START_TIME, a_customer, a_purchase, a_workspace, a_world, an_event
from tests.operations.test_time_step_independence import dump_state, perform_step

LATER = START_TIME + timedelta(days=1)
FAULTS = Faults(1, (FaultRule("f1", Match(), Effect(status=503)),))


def change_everything(workspace: Workspace) -> None:
    """Change each part of a workspace's state."""
    for kind in ("package", "model", "defaults", "sale", "manual", "series"):
        perform_step(workspace, (kind, 0, 5, 0))
    perform_step(workspace, ("delete", 0, 0, 0))
    workspace.store.sales.add(a_purchase(START_TIME, number=9))
    workspace.store.customers.put(a_customer("cus_new"))
    workspace.store.last_run = None
    workspace.follow("newer")
    workspace.quirks = Quirks(numeric_client_id=True)
    workspace.limits = Limits(1, 1, 1)
    workspace.admit_request("reads", "p", START_TIME)
    workspace.timing = TIMINGS["faithful"]
    workspace.faults = FAULTS
    workspace.created_at = LATER
    workspace.ids.seed = 9
    workspace.jobs.pop_due(LATER + timedelta(days=9))
    workspace.clock.set(LATER, "running", 9.0)


def checkpoint_state(workspace: Workspace) -> tuple[object, ...]:
    """Return the state of a workspace in a form that can be compared."""
    clock = workspace.clock.mode, workspace.clock.speed, workspace.created_at, workspace.timing
    rules = (
        workspace.documentation,
        workspace.quirks,
        workspace.faults,
        workspace.limits,
        {key: list(at) for key, at in workspace.recent_requests.items()},
    )
    return (clock, rules, workspace.ids.seed, list(workspace.jobs.past), _without_revisions(dump_state(workspace)))


def _without_revisions(text: bytes) -> bytes:
    """Return the state without its last line. That line is the last revision, which a rewind does not restore."""
    return text.rpartition(b"\n")[0]


def a_workspace_with_sales() -> Workspace:
    sales = [a_purchase(number=place, revenue=Decimal(place)) for place in range(1, 4)]
    return a_workspace(a_world([an_event(f"evt_{place}") for place in range(1, 5)], sales))


def test_going_back_restores_each_part_of_the_state() -> None:
    workspace = a_workspace_with_sales()
    perform_step(workspace, ("package", 0, 3, 0))
    before = checkpoint_state(workspace)
    point = checkpoints.capture(workspace, START_TIME)
    change_everything(workspace)
    assert all(one != other for one, other in zip(checkpoint_state(workspace), before, strict=True))
    checkpoints.restore(workspace, point)
    assert checkpoint_state(workspace) == before
    assert workspace.clock.now() == START_TIME


def test_a_point_can_be_gone_back_to_again() -> None:
    workspace = a_workspace_with_sales()
    point, before = checkpoints.capture(workspace, START_TIME), checkpoint_state(workspace)
    for _ in range(3):
        change_everything(workspace)
        checkpoints.restore(workspace, point)
        assert checkpoint_state(workspace) == before


def test_revisions_tokens_and_requests_are_never_numbered_again() -> None:
    """Rules: BEV-04, BASE-06."""
    workspace = a_workspace_with_sales()
    point = checkpoints.capture(workspace, START_TIME)
    used = (
        workspace.ids.next_revision(),
        workspace.ids.next_number("token"),
        workspace.ids.new_request_id(),
        workspace.epoch,
    )
    checkpoints.restore(workspace, point)
    assert workspace.ids.next_revision() > used[0]
    assert workspace.ids.next_number("token") > used[1]
    assert workspace.ids.new_request_id() > used[2]
    assert workspace.epoch == used[3]


def test_ids_after_going_back_are_those_of_the_first_time() -> None:
    workspace = a_workspace_with_sales()
    point = checkpoints.capture(workspace, START_TIME)
    first = workspace.ids.new("pkg"), workspace.ids.next_number("cr")
    checkpoints.restore(workspace, point)
    assert (workspace.ids.new("pkg"), workspace.ids.next_number("cr")) == first


def test_values_cached_from_later_sales_are_dropped() -> None:
    """After a rewind, the number of changes to an event's sales may be the same although the sales differ."""
    workspace = a_workspace_with_sales()
    point = checkpoints.capture(workspace, START_TIME)
    workspace.store.sales.add(a_purchase(START_TIME, number=9))
    revision = workspace.store.sales.revision("evt_1")
    workspace.revenue_days_cache["evt_1"] = ((revision, 4, "FD"), ())
    checkpoints.restore(workspace, point)
    workspace.store.sales.add(a_purchase(START_TIME, number=9, revenue=Decimal(7)))
    assert workspace.store.sales.revision("evt_1") == revision
    assert "evt_1" not in workspace.revenue_days_cache


def test_the_last_points_are_kept_and_the_first_one_always() -> None:
    workspace = a_workspace_with_sales()
    instants = [START_TIME + timedelta(minutes=minute) for minute in range(1, 2 * MAX_CHECKPOINTS)]
    for instant in instants:
        workspace.checkpoints.record_before_move(workspace, instant)
    checkpoint_times = [each.checkpoint.now for each in workspace.checkpoints]
    assert checkpoint_times == [START_TIME, *instants[1 - MAX_CHECKPOINTS :]]
    assert [each.reason for each in workspace.checkpoints][:2] == ["reset", "clock_move"]


def record_hours(workspace: Workspace, count: int) -> list[datetime]:
    """Take the checkpoints of the next hours. Return their times."""
    hours = [workspace.checkpoints.next_hourly + timedelta(hours=hour) for hour in range(count)]
    for hour in hours:
        workspace.checkpoints.record_hourly(workspace, hour)
    return hours


def hourly_times(workspace: Workspace) -> list[datetime]:
    return [each.checkpoint.now for each in workspace.checkpoints if each.reason == "hourly"]


@pytest.mark.parametrize("count", [1, 8, 9, 20, 24 * 10])
def test_of_the_hours_the_latest_and_the_last_of_each_day_are_kept(count: int) -> None:
    workspace = a_workspace_with_sales()
    hours = record_hours(workspace, count)
    older = hours[:-MAX_HOURLY]
    days = sorted({hour.date() for hour in older})[-MAX_DAILY:]
    expected = [max(hour for hour in older if hour.date() == day) for day in days]
    assert hourly_times(workspace) == expected + hours[-MAX_HOURLY:]


@given(st.lists(st.tuples(st.sampled_from(["hour", "move"]), st.integers(1, 40)), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_neither_hours_nor_moves_push_the_others_out(steps: list[tuple[str, int]]) -> None:
    """One more checkpoint pushes out at most one of each kind, and moves always have half of the room."""
    workspace = a_workspace_with_sales()
    for kind, count in steps:
        for _ in range(count):
            before = {each.checkpoint.now for each in workspace.checkpoints}
            hour = workspace.checkpoints.next_hourly
            if kind == "hour":
                record_hours(workspace, 1)
            else:
                workspace.checkpoints.record_before_move(workspace, hour - timedelta(minutes=1))
                workspace.checkpoints.continue_from(hour)
            kept = [each.checkpoint.now for each in workspace.checkpoints]
            assert len(before - set(kept)) <= 2
            assert kept == sorted(kept)
            assert kept[0] == START_TIME
            assert len(kept) <= MAX_CHECKPOINTS
            assert len(hourly_times(workspace)) <= MAX_HOURLY + MAX_DAILY < MAX_CHECKPOINTS // 2


def test_there_is_no_hour_after_the_end_of_the_calendar() -> None:
    workspace = a_workspace_with_sales()
    workspace.checkpoints.continue_from(LAST_INSTANT)
    assert workspace.checkpoints.next_hourly > LAST_INSTANT


def test_of_two_checkpoints_at_one_time_the_later_is_kept() -> None:
    workspace = a_workspace_with_sales()
    for speed in (2.0, 3.0):
        workspace.clock.set(speed=speed)
        workspace.checkpoints.record_before_move(workspace, LATER)
    assert [each.checkpoint.speed for each in workspace.checkpoints] == [1.0, 3.0]


def test_the_last_point_by_an_instant_is_found_and_later_ones_can_be_forgotten() -> None:
    workspace = a_workspace_with_sales()
    workspace.checkpoints.record_before_move(workspace, LATER)
    checkpoints = [
        workspace.checkpoints.latest_at(at)
        for at in (LATER, LATER - timedelta(seconds=1), START_TIME - timedelta(seconds=1))
    ]
    assert [point and point.now for point in checkpoints] == [LATER, START_TIME, None]
    workspace.checkpoints.drop_after(START_TIME)
    assert [each.checkpoint.now for each in workspace.checkpoints] == [START_TIME]


def test_each_part_of_a_workspace_is_checkpointed_or_excluded() -> None:
    """Add a new attribute either to the checkpoint, with code that copies it, or to the excluded fields."""
    workspace = Workspace("new", a_workspace().clock, lambda seed, birth: a_world(), TIMINGS["quick"], SIGNING_KEY)
    workspace.reset(a_world(), 1, START_TIME)
    checkpointed, excluded = set(get_type_hints(CheckpointedState)), set(EXCLUDED_FIELDS)
    assert set(vars(workspace)) == checkpointed | excluded
    assert not checkpointed & excluded
    parts_of_clock_and_ids = {"now", "mode", "speed", "seed", "counts"}
    assert {field.name for field in fields(Checkpoint)} - parts_of_clock_and_ids == checkpointed - {"clock", "ids"}


STORE_FIELDS = {"last_run", "initial_last_purchase", "restored_at", "last_cause_number", "run_causes"}
FIELDS_BY_PART: dict[object, set[str]] = {
    IdGenerator(1): {"seed", "counts", "last_revision", "request_numbers"},
    JobQueue(): {"_pending", "_heap", "_foreground", "_latest_by_subject", "past", "changed"},
    RecordTable(str): {
        "_key",
        "_keeps_history",
        "_grouped_by",
        "_records",
        "_groups",
        "_owned_groups",
        "_pending",
        "_pending_in_group",
        "_is_shared",
        "history",
        "changed",
    },
    PurchaseStore({}): {"_world", "_overrides", "_added", "_merged", "_owned", "_revisions", "changed"},
    CustomerStore({}): {"_world", "added", "changed"},
    Checkpoints(): {"_stored", "next_hourly"},
}


def test_every_part_is_copied_field_by_field() -> None:
    """If this test fails, copy the new field in its class, and add it to `FIELDS_BY_PART`."""
    assert {type(part): set(vars(part)) for part in FIELDS_BY_PART} == {
        type(part): names for part, names in FIELDS_BY_PART.items()
    }
    store = vars(Store(a_world()))
    copied = {name for name, part in store.items() if isinstance(part, RecordTable | PurchaseStore | CustomerStore)}
    assert set(store) - copied == STORE_FIELDS
    assert copied | {"last_run"} == {field.name for field in fields(Records)}


def test_no_collection_of_a_table_is_shared_with_a_copy_once_it_has_changed() -> None:
    workspace = a_workspace_with_sales()
    change_everything(workspace)
    one, other = workspace.store, workspace.store.copy()
    for name, part in vars(one).items():
        if isinstance(part, RecordTable):
            part._own()
            part.history._own()
            assert part.history._present is not getattr(other, name).history._present
            assert part.history._deleted is not getattr(other, name).history._deleted
        if isinstance(part, RecordTable | PurchaseStore | CustomerStore):
            mutable = [
                key
                for key, value in vars(part).items()
                if isinstance(value, dict | list) and key not in ("_world", "_grouped_by")
            ]
            assert mutable
            for key in mutable:
                assert getattr(part, key) is not getattr(getattr(other, name), key), (name, key)
    jobs = workspace.jobs.copy()
    mutable = vars(jobs).keys() - {"changed"}  # None unless a database keeps the workspace
    assert all(getattr(jobs, key) is not getattr(workspace.jobs, key) for key in mutable)
