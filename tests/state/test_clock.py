"""A workspace's clock: running, frozen, set, and at the end of the calendar. Rules: BASE-12, BASE-13."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state import clock
from mock_server.state.clock import LAST_INSTANT, MAX_SPEED, WorkspaceClock
from tests.builders import at

NOON = at("2026-09-01T12:00:00")


class MachineTime:
    """The machine's time in seconds, which a test advances."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def machine() -> MachineTime:
    return MachineTime()


def noon_plus(**span: float) -> datetime:
    return NOON + timedelta(**span)


def test_a_running_clock_goes_with_the_machine(machine):
    running = WorkspaceClock(NOON, monotonic=machine)
    assert running.now() == NOON
    machine.advance(90)
    assert running.now() == noon_plus(seconds=90)


def test_a_clock_at_a_speed_goes_so_many_times_as_fast(machine):
    fast = WorkspaceClock(NOON, speed=3600.0, monotonic=machine)
    machine.advance(24)
    assert fast.now() == noon_plus(days=1)


def test_a_clock_may_go_slower_than_the_machine(machine):
    slow = WorkspaceClock(NOON, speed=0.5, monotonic=machine)
    machine.advance(60)
    assert slow.now() == noon_plus(seconds=30)


def test_a_frozen_clock_stands(machine):
    frozen = WorkspaceClock(NOON, "frozen", monotonic=machine)
    machine.advance(10**6)
    assert frozen.now() == NOON


@pytest.mark.parametrize(("passed", "read"), [(0.5, 0), (0.999, 0), (1.0, 1), (1.999, 1), (59.75, 59)])
def test_an_instant_is_cut_to_the_second_not_rounded(machine, passed, read):
    """Rule: BASE-13."""
    running = WorkspaceClock(NOON, monotonic=machine)
    machine.advance(passed)
    assert running.now() == noon_plus(seconds=read)


def test_a_frozen_instant_is_cut_to_the_second():
    """Rule: BASE-13."""
    assert WorkspaceClock(NOON.replace(microsecond=999_999), "frozen").now() == NOON


def test_a_fraction_of_a_second_is_not_lost_when_the_clock_is_frozen_and_runs_again(machine):
    """Rule: BASE-13: only readings of the clock are truncated, not the clock itself."""
    running = WorkspaceClock(NOON, monotonic=machine)
    machine.advance(0.75)
    running.set(mode="frozen")
    machine.advance(50)
    running.set(mode="running")
    machine.advance(0.25)
    assert running.now() == noon_plus(seconds=1)


def test_setting_the_instant_moves_the_clock_and_leaves_it_running(machine):
    running = WorkspaceClock(NOON, monotonic=machine)
    machine.advance(5)
    running.set(noon_plus(days=14))
    assert running.now() == noon_plus(days=14)
    machine.advance(5)
    assert running.now() == noon_plus(days=14, seconds=5)
    assert (running.mode, running.speed) == ("running", 1.0)


def test_setting_the_instant_leaves_a_frozen_clock_frozen(machine):
    frozen = WorkspaceClock(NOON, "frozen", monotonic=machine)
    frozen.set(noon_plus(days=14))
    machine.advance(5)
    assert frozen.now() == noon_plus(days=14)
    assert frozen.mode == "frozen"


def test_a_clock_that_is_frozen_stands_where_it_was(machine):
    running = WorkspaceClock(NOON, monotonic=machine)
    machine.advance(10)
    running.set(mode="frozen")
    machine.advance(10)
    assert running.now() == noon_plus(seconds=10)


def test_a_clock_that_runs_again_does_not_catch_up_what_it_stood(machine):
    frozen = WorkspaceClock(NOON, "frozen", monotonic=machine)
    machine.advance(1_000)
    frozen.set(mode="running")
    machine.advance(2)
    assert frozen.now() == noon_plus(seconds=2)


def test_another_speed_holds_from_now_on(machine):
    running = WorkspaceClock(NOON, monotonic=machine)
    machine.advance(10)
    running.set(speed=100.0)
    assert running.now() == noon_plus(seconds=10)
    machine.advance(1)
    assert running.now() == noon_plus(seconds=110)


def test_setting_nothing_changes_nothing(machine):
    running = WorkspaceClock(NOON, speed=2.0, monotonic=machine)
    machine.advance(3)
    running.set()
    machine.advance(1)
    assert running.now() == noon_plus(seconds=8)
    assert (running.mode, running.speed) == ("running", 2.0)


def test_all_may_be_set_at_once(machine):
    running = WorkspaceClock(NOON, monotonic=machine)
    running.set(noon_plus(days=1), "frozen", 60.0)
    machine.advance(1)
    assert (running.now(), running.mode, running.speed) == (noon_plus(days=1), "frozen", 60.0)


def test_the_last_instant_is_the_last_second_of_the_year_9999():
    """Rule: BASE-12."""
    assert at("9999-12-31T23:59:59") == LAST_INSTANT


def test_a_running_clock_stops_at_the_last_instant(machine):
    """Rule: BASE-12."""
    running = WorkspaceClock(at("9999-12-31T23:59:58"), monotonic=machine)
    machine.advance(1)
    assert running.now() == LAST_INSTANT
    machine.advance(10**12)
    assert running.now() == LAST_INSTANT


def test_a_clock_at_the_greatest_speed_stops_at_the_last_instant(machine):
    """Rule: BASE-12."""
    fast = WorkspaceClock(NOON, speed=MAX_SPEED, monotonic=machine)
    machine.advance(10**9)
    assert fast.now() == LAST_INSTANT


def test_a_clock_with_a_fraction_of_a_second_stops_at_the_last_instant_too(machine):
    """Rules: BASE-12, BASE-13: otherwise a job in the last second would never be due."""
    fast = WorkspaceClock(NOON.replace(microsecond=7_778), speed=MAX_SPEED, monotonic=machine)
    machine.advance(10**9)
    assert fast.now() == LAST_INSTANT


@pytest.mark.parametrize("mode", ["running", "frozen"])
def test_a_clock_set_past_the_last_second_stands_at_the_last_instant(machine, mode):
    """Rule: BASE-12."""
    stopped = WorkspaceClock(NOON, mode, monotonic=machine)
    stopped.set(datetime.max.replace(tzinfo=UTC))
    machine.advance(5)
    assert stopped.now() == LAST_INSTANT
    stopped.set(mode="running", speed=10.0)
    machine.advance(5)
    assert stopped.now() == LAST_INSTANT


def test_the_machines_time_is_in_utc_and_cut_to_the_second():
    """Rule: BASE-13."""
    now = clock.machine_now()
    assert (now.tzinfo, now.microsecond) == (UTC, 0)


def test_a_clock_goes_by_the_machine_where_nothing_else_is_handed_in():
    earlier = WorkspaceClock(NOON)
    first = earlier.now()
    assert NOON <= first <= earlier.now()


clock_changes = st.one_of(
    st.tuples(st.just("pass"), st.floats(0, 10**6, allow_nan=False)),
    st.tuples(st.just("speed"), st.sampled_from([0.5, 1.0, 60.0, MAX_SPEED])),
    st.tuples(st.just("mode"), st.sampled_from(["running", "frozen"])),
    st.tuples(st.just("set"), st.just(None)),
)


@given(history=st.lists(clock_changes, max_size=20), start=st.sampled_from([NOON, at("9999-12-31T23:59:00")]))
@settings(deadline=None)
def test_a_clock_never_goes_back_by_itself_nor_past_the_end(history, start):
    """Rules: BASE-12, BASE-13."""
    machine = MachineTime()
    watched = WorkspaceClock(start, monotonic=machine)
    seen = [watched.now()]
    for what, value in history:
        if what == "pass":
            machine.advance(value)
        elif what == "speed":
            watched.set(speed=value)
        elif what == "mode":
            watched.set(mode=value)
        else:
            watched.set()
        seen.append(watched.now())
    assert seen == sorted(seen)
    assert seen[-1] <= LAST_INSTANT
    assert {instant.microsecond for instant in seen} == {0}


@given(
    st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from([0.5, 1.0, 3.7, 3600.0, MAX_SPEED]),
    st.integers(0, 999_999),
)
def test_a_second_is_told_until_it_is_over_and_never_longer(steps, speed, microsecond):
    """Rule: BASE-13, tested with the precision of a datetime, one microsecond."""
    machine = MachineTime()
    start = NOON.replace(microsecond=microsecond)
    running = WorkspaceClock(start, speed=speed, monotonic=machine)
    for step in steps:
        machine.advance(step)
        reading = running.now()
        exact = start + timedelta(seconds=(machine.seconds - 1_000.0) * speed)
        grain = timedelta(microseconds=1 + 2e-6 * speed)
        assert (exact - grain).replace(microsecond=0) <= reading <= (exact + grain).replace(microsecond=0)


def test_a_clock_that_a_faster_machine_has_set_reports_no_time_before_the_last_change() -> None:
    machine = MachineTime()
    clock = WorkspaceClock(NOON, monotonic=machine)
    set_at, here = NOON + timedelta(hours=1), 1_790_000_000.0
    clock.resume((set_at, here + 5.0), here, "running", 1.0)
    assert clock.now() == set_at
    clock.hold_at(set_at + timedelta(seconds=3))
    assert clock.now() == set_at + timedelta(seconds=3)
