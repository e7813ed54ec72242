"""A database under steady traffic stops growing: rows of the past are deleted as it is used."""

from pathlib import Path

import pytest

from mock_server.state import checkpoints, job_queue, record_history
from mock_server.storage import keeper, writing
from tests.storage import store_size
from tests.storage.store_size import Size

CYCLES, POINTS = 120, 24


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep less of the past, so that a short test reaches the size that does not grow any more."""
    monkeypatch.setattr(keeper, "PRUNE_EVERY", 8)
    monkeypatch.setattr(keeper, "KEPT_VERSIONS", 24)
    monkeypatch.setattr(record_history, "MAX_DELETED_RECORDS", 10)
    monkeypatch.setattr(record_history, "MAX_VERSIONS", 5)
    monkeypatch.setattr(checkpoints, "MAX_CHECKPOINTS", 4)
    monkeypatch.setattr(job_queue, "MAX_PAST_JOBS", 10)


def grows(sizes: list[Size], member: str) -> bool:
    """Return whether the last quarter is larger than what the second quarter had at most."""
    quarter = len(sizes) // 4
    before = max(getattr(size, member) for size in sizes[quarter : 2 * quarter])
    return max(getattr(size, member) for size in sizes[-quarter:]) > before * 1.1


@pytest.mark.usefixtures("small")
def test_the_rows_do_not_grow_under_steady_traffic(tmp_path: Path) -> None:
    """So few changes hardly move the size of the file; the long form measures it."""
    sizes = list(store_size.measure(tmp_path / "tank.db", CYCLES, POINTS))
    assert sizes[-1].changes > 3 * CYCLES
    assert not grows(sizes, "rows"), sizes
    assert not grows(sizes, "past_rows"), sizes
    assert sizes[-1].recorded <= 1_000


@pytest.mark.usefixtures("small")
def test_without_pruning_they_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test above can fail."""
    monkeypatch.setattr(writing, "prune", lambda cursor, head, horizon: None)
    sizes = list(store_size.measure(tmp_path / "tank.db", CYCLES, POINTS))
    assert grows(sizes, "rows")
    assert grows(sizes, "past_rows")


@pytest.mark.soak
def test_the_size_of_a_store_is_flat() -> None:
    row = store_size.measure_and_record()
    assert row["rows_per_thousand"] < 10
    assert row["bytes_per_thousand"] < row["bytes"] / 100
