"""An event's revenue on each day in UTC. Rules: DRS-01, DRS-02, LAM-04."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import revenue
from mock_server.domain.revenue import RevenueDay
from mock_server.domain.sales import SalesTotal
from tests.builders import a_purchase
from tests.domain import strategies

NO_TAKINGS = SalesTotal(Decimal(0), 0)
SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30))


def dates(*instants: str, first: date = SEPTEMBER[0], last: date = SEPTEMBER[1]) -> list[str]:
    days = revenue.list_days([a_purchase(instant) for instant in instants], "FD", first, last)
    return [day.date.isoformat() for day in days]


def test_each_day_has_its_total_and_its_split():
    """Rules: DRS-02, LAM-04."""
    bought = [
        a_purchase("2026-09-02T10:00:00", revenue=Decimal("40.00")),
        a_purchase("2026-09-01T10:00:00", revenue=Decimal("10.10"), credit="organic"),
        a_purchase("2026-09-02T22:00:00", revenue=Decimal("5.55"), credit="external"),
        a_purchase("2026-09-02T11:00:00", revenue=Decimal("2.00")),
    ]
    assert revenue.list_days(bought, "FD", *SEPTEMBER) == (
        RevenueDay(
            date(2026, 9, 1),
            SalesTotal(Decimal("10.10"), 1),
            {"campaign": NO_TAKINGS, "organic": SalesTotal(Decimal("10.10"), 1), "external": NO_TAKINGS},
        ),
        RevenueDay(
            date(2026, 9, 2),
            SalesTotal(Decimal("47.55"), 3),
            {
                "campaign": SalesTotal(Decimal("42.00"), 2),
                "organic": NO_TAKINGS,
                "external": SalesTotal(Decimal("5.55"), 1),
            },
        ),
    )


def test_days_without_sales_are_left_out_and_the_others_ascend():
    """Rule: DRS-02."""
    assert dates("2026-09-20", "2026-09-03", "2026-09-11", "2026-09-03") == ["2026-09-03", "2026-09-11", "2026-09-20"]


def test_the_last_second_of_a_day_is_that_days_and_midnight_the_next_ones():
    """Rules: DRS-02, BASE-04 (days are days in UTC)."""
    assert dates("2026-09-05T23:59:59", "2026-09-06T00:00:00") == ["2026-09-05", "2026-09-06"]


def test_both_ends_of_the_range_are_included():
    """Rule: DRS-01."""
    instants = ("2026-08-31T23:59:59", "2026-09-01T00:00:00", "2026-09-30T23:59:59", "2026-10-01T00:00:00")
    assert dates(*instants) == ["2026-09-01", "2026-09-30"]


def test_a_range_of_one_day_has_that_day():
    """Rule: DRS-01."""
    day = date(2026, 9, 3)
    assert dates("2026-09-02T23:59:59", "2026-09-03T12:00:00", "2026-09-04", first=day, last=day) == ["2026-09-03"]


def test_a_sale_that_arrives_late_counts_on_the_day_that_it_was_made():
    """Rule: DRS-02."""
    late = a_purchase("2026-09-03T10:00:00", revealed_at=a_purchase("2026-09-09").at)
    assert [day.date for day in revenue.list_days([late], "FD", *SEPTEMBER)] == [date(2026, 9, 3)]


def test_no_sales_are_no_days():
    """Rule: DRS-02."""
    assert revenue.list_days([], "FD", *SEPTEMBER) == ()


def test_the_range_is_two_centuries_where_none_is_asked_for():
    """Rule: DRS-01."""
    assert revenue.FIRST_DAY.isoformat() == "1900-01-01"
    assert revenue.LAST_DAY.isoformat() == "2100-01-01"


def test_the_whole_calendar_may_be_asked_for():
    """Rule: BASE-12."""
    ends = ("0001-01-01T00:00:00", "9999-12-31T23:59:59")
    assert dates(*ends, first=date.min, last=date.max) == ["0001-01-01", "9999-12-31"]


@given(bought=st.lists(strategies.purchases(), max_size=15))
@settings(deadline=None)
def test_a_days_parts_add_up_to_its_total_and_totals_are_the_same_under_every_model(bought):
    """Rule: LAM-04."""
    seen = []
    for model in ("FD", "META", "EXTERNAL"):
        days = revenue.list_days(bought, model, *SEPTEMBER)
        for day in days:
            parts = day.split.values()
            assert sum(part.purchases for part in parts) == day.total.purchases > 0
            assert strategies.exact_sum([part.revenue for part in parts]) == Fraction(day.total.revenue)
        seen.append([(day.date, day.total) for day in days])
    assert seen[0] == seen[1] == seen[2]
    assert sum(total.purchases for _, total in seen[0]) == len(bought)


@given(bought=st.lists(strategies.purchases(), max_size=15), cut=strategies.days)
@settings(deadline=None)
def test_two_neighbouring_ranges_give_the_days_of_the_whole(bought, cut):
    """Rule: DRS-01."""
    before = revenue.list_days(bought, "FD", SEPTEMBER[0], cut)
    after = revenue.list_days(bought, "FD", cut + timedelta(days=1), SEPTEMBER[1])
    assert before + after == revenue.list_days(bought, "FD", *SEPTEMBER)
