"""The short form of the simulation, and proof that it finds bugs.

A seed takes about 0.1 s: 200 seeds take 20 s of CPU, and the planted bugs together about 2 s. `make soak` runs 10,000
seeds (`run.py`).
"""

import logging

import pytest

from mock_server.storage import deleting, keeper, writing
from tests.storage.simulation import planted_bugs, run
from tests.storage.simulation.cluster import MIN_STEPS, ViolationError, simulate
from tests.storage.simulation.planted_bugs import Bug

SEEDS, BLOCK = 200, 25
ENOUGH_SEEDS = 120
"""A bug is found by one of so many seeds."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Servers log each failure of the database."""
    caplog.set_level(logging.CRITICAL + 1, "mock_server")


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_nothing_is_lost_doubled_or_stale(first: int) -> None:
    counts = [simulate(seed) for seed in range(first, first + BLOCK)]
    assert min(count.steps for count in counts) >= MIN_STEPS
    assert sum(count.crashes for count in counts) > 0
    assert sum(count.comparisons for count in counts) > BLOCK


@pytest.mark.parametrize("seed", [1, 4, 9, 12])
def test_nothing_is_lost_if_each_change_is_a_large_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each commit writes a new content in parts, and each server reads anew what others have changed."""
    for name, value in {"MAX_ROWS_AT_ONCE": 2, "ROWS_IN_PART": 3, "MIN_CHANGED_PART": 1_000_000}.items():
        monkeypatch.setattr(writing, name, value)
    monkeypatch.setattr(keeper, "MAX_COPIED_CHECKPOINTS", 100)
    monkeypatch.setattr(keeper, "MAX_PULLED_ROWS", 4)
    monkeypatch.setattr(deleting, "ROWS_AT_ONCE", 5)
    assert simulate(seed).steps >= MIN_STEPS


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, run.SEEDS, run.BLOCK))
def test_ten_thousand_seeds_find_nothing(first: int) -> None:
    row = run.run_block(first)
    assert row["violations"] == []
    assert row["fewest_steps"] >= MIN_STEPS


FIRST_SEEDS = {
    planted_bugs.no_fence: 25,
    planted_bugs.check_then_insert_tick: 5,
    planted_bugs.version_reuse_after_reset: 14,
    planted_bugs.read_two_moments: 268,
    planted_bugs.read_twice: 9,
}
"""The seeds from which bugs are searched. Each is known to find its bug. If it no longer does, one after it must."""


def find(bug: Bug, seeds: int, first: int = 0) -> str | None:
    """Return what the first seed from `first` on reports that finds the bug."""
    simulate(0)  # builds the first database without the bug
    with bug():
        for seed in range(first, first + seeds):
            try:
                simulate(seed)
            except ViolationError as error:
                return str(error)
    return None


@pytest.mark.parametrize("bug", [*planted_bugs.PLANTED, *planted_bugs.FOUND], ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    assert find(bug, ENOUGH_SEEDS, FIRST_SEEDS.get(bug, 0)) is not None


def test_the_fence_alone_keeps_stale_evaluations_from_being_published() -> None:
    assert find(planted_bugs.queue_without_superseding, 10) is None


def test_a_seed_is_repeated_exactly() -> None:
    assert simulate(3) == simulate(3)
