"""The sales adjustments of an event. Rules: CR-01, CR-03, DRS-03."""

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import adjustments
from mock_server.domain.models import CampaignResult
from tests.builders import ACME, at


def a_row(created_at: str | datetime, number: int = 1) -> CampaignResult:
    instant = at(created_at) if isinstance(created_at, str) else created_at
    return CampaignResult(f"cr_{number}", number, "evt_1", ACME, 3, Decimal("90.00"), instant, "manual")


def ids(rows: list[CampaignResult]) -> list[str]:
    return [row.id for row in rows]


def test_the_newest_row_comes_first():
    """Rule: CR-01."""
    rows = [a_row("2026-09-02", 1), a_row("2026-09-03", 2), a_row("2026-09-01", 3)]
    assert ids(adjustments.newest_first(rows)) == ["cr_2", "cr_1", "cr_3"]


def test_of_one_instant_the_last_written_comes_first():
    """Rule: CR-01."""
    rows = [a_row("2026-09-02", number) for number in (9, 11, 10)]
    assert ids(adjustments.newest_first(rows)) == ["cr_11", "cr_10", "cr_9"]


def test_an_event_without_rows_has_an_empty_list():
    """Rule: CR-01."""
    assert adjustments.newest_first([]) == []


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        ("2026-08-31T23:59:59", False),
        ("2026-09-01T00:00:00", True),
        ("2026-09-30T23:59:59", True),
        ("2026-10-01T00:00:00", False),
    ],
)
def test_rows_are_found_by_the_day_of_their_creation_both_ends_included(created_at, expected):
    """Rule: DRS-03."""
    rows = adjustments.created_between([a_row(created_at)], date(2026, 9, 1), date(2026, 9, 30))
    assert bool(rows) == expected


def test_a_range_of_one_day_finds_that_days_rows_in_their_order():
    """Rule: DRS-03."""
    rows = [a_row("2026-09-05T23:59:59", 1), a_row("2026-09-06", 2), a_row("2026-09-05", 3)]
    assert ids(adjustments.created_between(rows, date(2026, 9, 5), date(2026, 9, 5))) == ["cr_1", "cr_3"]


@pytest.mark.parametrize(
    ("purchase", "revenue"),
    [(1, "0"), (0, "0.01"), (-1, "0"), (0, "-0.01"), (12, "240.00"), (-2, "-50"), (3, "-3"), (0, "1e-30")],
)
def test_an_adjustment_that_changes_anything_is_accepted(purchase, revenue):
    """Rule: CR-03 (both may be negative)."""
    assert adjustments.problems(purchase, Decimal(revenue)) == ()


@pytest.mark.parametrize("nought", ["0", "0.00", "-0", "-0.0", "0e10"])
def test_an_adjustment_of_nothing_is_one_problem(nought):
    """Rules: CR-03 (not both zero), ERR-02."""
    (problem,) = adjustments.problems(0, Decimal(nought))
    assert problem.field in {"purchase", "revenue"}


instants = st.integers(0, 3).map(lambda day: at(f"2026-09-0{day + 1}"))


@given(created=st.lists(instants, max_size=8))
@settings(deadline=None)
def test_the_newest_first_are_all_rows_and_never_turn_back(created):
    """Rule: CR-01."""
    rows = [a_row(instant, number) for number, instant in enumerate(created, 1)]
    listed = adjustments.newest_first(rows)
    assert sorted(ids(listed)) == sorted(ids(rows))
    for newer, older in pairwise(listed):
        assert newer.created_at > older.created_at or (
            newer.created_at == older.created_at and newer.number > older.number
        )
