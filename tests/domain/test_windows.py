"""Which times an evaluation's window contains. Rule: BEV-07."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import windows
from mock_server.domain.models import EvaluationSettings
from tests.builders import at

CREATED = at("2026-08-20T23:59:59")


def window_contains(instant: str, days: int = 14, email_date: str | None = "2026-09-01") -> bool:
    """Return whether a window of this number of days, from the e-mail's date, contains the time."""
    settings = EvaluationSettings(days, "ALL_PURCHASES", date.fromisoformat(email_date) if email_date else None)
    return windows.contains(windows.compute_window(settings, CREATED), at(instant))


def test_a_purchase_at_the_first_midnight_counts():
    """Rule: BEV-07."""
    assert window_contains("2026-09-01T00:00:00")


def test_a_purchase_a_second_before_the_first_midnight_does_not_count():
    """Rule: BEV-07."""
    assert not window_contains("2026-08-31T23:59:59")


def test_a_purchase_on_the_last_day_counts():
    """Rule: BEV-07: 14 days from 1 September end with 14 September."""
    assert window_contains("2026-09-14T23:59:59")


def test_a_purchase_at_midnight_after_the_last_day_does_not_count():
    """Rule: BEV-07 (the end is not included)."""
    assert not window_contains("2026-09-15T00:00:00")


def test_a_window_of_one_day_is_the_day_of_the_email():
    """Rule: BEV-07."""
    assert [day for day in range(1, 4) if window_contains(f"2026-09-0{day}T12:00:00", 1, "2026-09-02")] == [2]


def test_without_an_email_date_the_window_starts_on_the_day_of_creation():
    """Rule: BEV-07: the window starts at 00:00, although the package was created in the last second of that day."""
    assert window_contains("2026-08-20T00:00:00", email_date=None)
    assert not window_contains("2026-08-19T23:59:59", email_date=None)
    assert window_contains("2026-09-02T23:59:59", email_date=None)
    assert not window_contains("2026-09-03T00:00:00", email_date=None)


def test_an_email_date_before_the_creation_opens_the_window_then():
    """Rule: BEV-07 (any date is allowed)."""
    assert window_contains("2020-01-01T00:00:00", 1, "2020-01-01")


def test_a_year_of_365_days_ends_before_the_same_day_of_the_next_year():
    """Rule: BEV-07."""
    assert window_contains("2027-08-31T23:59:59", 365)
    assert not window_contains("2027-09-01T00:00:00", 365)


def test_a_leap_day_is_a_day_of_the_window():
    """Rule: BEV-07."""
    assert window_contains("2028-02-29T23:59:59", 2, "2028-02-28")
    assert not window_contains("2028-03-01T00:00:00", 2, "2028-02-28")


@pytest.mark.parametrize("days", [1, 2, 365])
def test_a_window_from_the_last_day_of_the_calendar_is_cut(days):
    """Rules: BEV-07, BASE-12 (arithmetic past the ends is clamped)."""
    assert window_contains("9999-12-31T23:59:59", days, "9999-12-31")
    assert not window_contains("9999-12-30T23:59:59", days, "9999-12-31")


def test_a_window_past_the_calendars_end_holds_its_last_days():
    """Rules: BEV-07, BASE-12."""
    assert window_contains("9999-12-31T23:59:59", 30, "9999-12-20")
    assert not window_contains("9999-12-19T23:59:59", 30, "9999-12-20")


def test_a_package_created_on_the_last_day_of_the_calendar_has_a_window():
    """Rules: BEV-07, BASE-12."""
    span = windows.compute_window(EvaluationSettings(365, "ALL_PURCHASES"), at("9999-12-31T23:59:59"))
    assert windows.contains(span, at("9999-12-31T00:00:00"))


def test_a_window_from_the_first_day_of_the_calendar_holds_it():
    """Rules: BEV-07, BASE-12."""
    assert window_contains("0001-01-01T00:00:00", 1, "0001-01-01")
    assert not window_contains("0001-01-02T00:00:00", 1, "0001-01-01")


starts = st.dates(date(2026, 1, 1), date(2028, 12, 31))
lengths = st.integers(1, 365)
moments = st.builds(
    lambda day, second: at(day.isoformat()) + timedelta(seconds=second),
    st.dates(date(2025, 12, 1), date(2030, 1, 31)),
    st.integers(0, 86_399),
)


@st.composite
def instants_near_window_ends(draw: st.DrawFn, start: date, days: int) -> datetime:
    """Draw a time that is often at most one second from one of the window's ends."""
    edge = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(days=draw(st.sampled_from([0, days])))
    return draw(st.one_of(moments, st.sampled_from([-1, 0, 1]).map(lambda second: edge + timedelta(seconds=second))))


@given(data=st.data(), start=starts, days=lengths)
@settings(deadline=None)
def test_the_window_holds_what_falls_on_one_of_its_days(data, start, days):
    """Rule: BEV-07: the expected days are counted one by one."""
    instant = data.draw(instants_near_window_ends(start, days))
    calendar, day = set(), start
    while len(calendar) < days:
        calendar.add(day.isoformat())
        day += timedelta(days=1)
    span = windows.compute_window(EvaluationSettings(days, "ALL_PURCHASES", start), CREATED)
    assert windows.contains(span, instant) == (instant.isoformat()[:10] in calendar)


@given(data=st.data(), start=starts, days=lengths, shift=st.integers(-400, 400))
@settings(deadline=None)
def test_a_window_that_moves_takes_its_purchases_along(data, start, days, shift):
    """Rule: BEV-07."""
    instant = data.draw(instants_near_window_ends(start, days))
    here = windows.compute_window(EvaluationSettings(days, "ALL_PURCHASES", start), CREATED)
    moved = timedelta(days=shift)
    there = windows.compute_window(EvaluationSettings(days, "ALL_PURCHASES", start + moved), CREATED)
    assert windows.contains(here, instant) == windows.contains(there, instant + moved)


@given(start=starts, days=lengths, second=st.integers(0, 86_399))
@settings(deadline=None)
def test_an_email_on_the_day_of_creation_opens_the_same_window_as_none(start, days, second):
    """Rule: BEV-07."""
    created = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(seconds=second)
    without = windows.compute_window(EvaluationSettings(days, "ALL_PURCHASES"), created)
    assert without == windows.compute_window(EvaluationSettings(days, "ALL_PURCHASES", start), created)
