"""The windows that properties compare: their days, and the orders that the daily revenue has in them."""

from datetime import date, timedelta

from contracts.cases.test_evaluation_windows import choose_start
from contracts.dsl.measured_evaluations import MAX_WINDOW, SoldPackage, Window
from contracts.dsl.sold_days import SoldDays
from contracts.dsl.steps import SENT_DATE_FIELD, WINDOW_FIELD

TODAY = date(2026, 9, 1)


def _sold(first: date, days: int, orders: int = 5) -> SoldDays:
    return SoldDays({first + timedelta(days=day): orders for day in range(days)})


def test_a_window_ends_with_its_last_day() -> None:
    window = Window(date(2026, 6, 1), 30)
    assert window.last == date(2026, 6, 30)
    settings = window.settings()
    assert (settings[WINDOW_FIELD], settings[SENT_DATE_FIELD]) == (30, "2026-06-01")


def test_orders_are_counted_from_the_first_to_the_last_day() -> None:
    sold = _sold(date(2026, 6, 1), 30, orders=2)
    assert sold.count(date(2026, 6, 1), date(2026, 6, 3)) == 6
    assert (sold.first, sold.last) == (date(2026, 6, 1), date(2026, 6, 30))


def test_the_whole_window_has_a_margin_and_is_not_too_long() -> None:
    short = SoldPackage("pkg_1", (), _sold(date(2026, 6, 1), 30)).whole
    assert (short.first, short.last) == (date(2026, 5, 30), date(2026, 7, 2))
    assert SoldPackage("pkg_1", (), _sold(date(2020, 6, 1), 900)).whole.days == MAX_WINDOW


def test_windows_begin_in_a_month_that_does_not_have_30_days() -> None:
    first = choose_start(_sold(date(2026, 3, 1), 120), TODAY, 30, 90)
    assert first.month in (3, 5)


def test_windows_over_a_leap_day_come_first() -> None:
    first = choose_start(_sold(date(2023, 12, 1), 400), TODAY, 7, 45)
    assert first <= date(2024, 2, 29) < first + timedelta(days=45)


def test_a_window_is_in_the_past() -> None:
    first = choose_start(_sold(date(2026, 1, 1), 243), TODAY, 30, 90)
    assert first + timedelta(days=90) < TODAY
