"""When the platform's own attribution run is due. Rules: JOB-02, JOB-04, BASE-12."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import schedule
from tests.builders import at


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2026-09-01T07:59:59", "2026-08-31T08:00:00", "2026-09-01T08:00:00"),
        ("2026-09-01T08:00:00", "2026-09-01T08:00:00", "2026-09-02T08:00:00"),
        ("2026-09-01T08:00:01", "2026-09-01T08:00:00", "2026-09-02T08:00:00"),
        ("2026-09-01T00:00:00", "2026-08-31T08:00:00", "2026-09-01T08:00:00"),
        ("2026-12-31T23:59:59", "2026-12-31T08:00:00", "2027-01-01T08:00:00"),
        ("2028-02-29T09:00:00", "2028-02-29T08:00:00", "2028-03-01T08:00:00"),
    ],
    ids=["a second before", "at the due time", "a second after", "midnight", "a year's end", "leap day"],
)
def test_a_run_falls_due_daily_at_8(now, last, following):
    """Rule: JOB-02."""
    assert schedule.last_run(at(now)) == at(last)
    assert schedule.next_run(at(now)) == at(following)


def test_the_calendars_last_run_is_still_to_come_on_its_last_morning():
    """Rules: JOB-02, BASE-12."""
    assert schedule.next_run(at("9999-12-31T07:59:59")) == at("9999-12-31T08:00:00")


@pytest.mark.parametrize("now", ["9999-12-31T08:00:00", "9999-12-31T23:59:59"])
def test_no_run_follows_the_calendars_last(now):
    """Rules: JOB-02, BASE-12."""
    assert schedule.last_run(at(now)) == at("9999-12-31T08:00:00")
    assert schedule.next_run(at(now)) is None


@pytest.mark.parametrize("now", ["0001-01-01T08:00:00", "0001-01-02T07:59:59"])
def test_the_calendars_first_run_is_on_its_first_day(now):
    """Rules: JOB-02, BASE-12."""
    assert schedule.last_run(at(now)) == at("0001-01-01T08:00:00")


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00", "0001-01-01T07:59:59"])
def test_a_run_follows_the_calendars_first_morning(now):
    """Rules: JOB-02, BASE-12 (dates start at 0001-01-01, and times past the ends of the calendar are clamped)."""
    assert schedule.next_run(at(now)) == at("0001-01-01T08:00:00")


moments = st.builds(
    lambda day, second: at(day.isoformat()) + timedelta(seconds=second),
    st.dates(date(1, 1, 2), date(9999, 12, 30)),
    st.one_of(st.sampled_from([0, 28_799, 28_800, 28_801, 86_399]), st.integers(0, 86_399)),
)


@given(now=moments)
@settings(deadline=None)
def test_now_lies_between_two_runs_a_day_apart(now):
    """Rule: JOB-02."""
    last, following = schedule.last_run(now), schedule.next_run(now)
    assert last <= now < following
    assert following - last == timedelta(hours=24)
    assert (last.isoformat()[11:], following.isoformat()[11:]) == ("08:00:00+00:00", "08:00:00+00:00")


@given(now=moments)
@settings(deadline=None)
def test_a_due_time_is_its_own_last_run(now):
    """Rule: JOB-04 (one run per due time)."""
    assert schedule.last_run(schedule.last_run(now)) == schedule.last_run(now)


def test_following_the_schedule_for_a_year_gives_one_run_a_day():
    """Rule: JOB-04 (one run per due time)."""
    due, seen = at("2027-12-31T08:00:00"), []
    while (due := schedule.next_run(due)) and due.year == 2028:
        seen.append(due.date())
    assert len(seen) == len(set(seen)) == 366
