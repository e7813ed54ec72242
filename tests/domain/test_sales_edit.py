"""How a day's total in the sheet is computed, and what counts as a difference. Rules: SED-02, SED-03, SED-04."""

from datetime import date
from decimal import Decimal, localcontext

import pytest

from mock_server.domain import revenue, sales_edit
from mock_server.domain.models import CampaignResult
from mock_server.domain.sales import EXACT, SalesTotal
from mock_server.domain.sales_edit import StatedDay
from tests.builders import ACME, a_purchase, at

THIRD = date(2026, 8, 3)


def a_row(instant, purchase=1, amount="10", source="manual"):
    return CampaignResult("cr_1", 1, "evt_1", ACME, purchase, Decimal(amount), at(instant), source)


def days(*rows, purchases=()):
    daily = revenue.list_days(list(purchases), "FD", date.min, date.max)
    return {
        day.isoformat(): (of.purchases, str(of.revenue)) for day, of in sales_edit.totals_by_day(daily, rows).items()
    }


def a_stated_day(day, purchases, amount, place=0):
    return StatedDay(place, day, purchases, Decimal(amount))


def test_a_day_comes_to_its_sales_and_its_manual_rows():
    sold = [a_purchase("2026-08-03T00:00:00", revenue=Decimal("0.1"))]
    rows = [a_row("2026-08-03T23:59:59", 2, "0.2"), a_row("2026-08-03T08:00:00", 9, "9", source="automated")]
    assert days(*rows, purchases=sold) == {"2026-08-03": (3, "0.3")}


def test_days_ascend_whatever_they_come_from():
    rows = [a_row("2026-08-04"), a_row("2026-08-02", -1, "-5")]
    assert list(days(*rows, purchases=[a_purchase("2026-08-03T10:00:00")])) == [
        "2026-08-02",
        "2026-08-03",
        "2026-08-04",
    ]


def test_a_day_of_nothing_is_there_and_one_of_automated_rows_alone_is_not():
    rows = [a_row("2026-08-02"), a_row("2026-08-02", -1, "-10"), a_row("2026-08-05", source="automated")]
    assert days(*rows) == {"2026-08-02": (0, "0")}


@pytest.mark.parametrize(
    ("row", "difference"),
    [
        pytest.param((THIRD, 2, "0.3"), None, id="the same"),
        pytest.param((THIRD, 2, "0.30"), None, id="the same with a trailing zero"),
        pytest.param((THIRD, 3, "0.3"), (1, "0.0"), id="one order more"),
        pytest.param((THIRD, 2, "0.1"), (0, "-0.2"), id="less revenue"),
        pytest.param((date(1, 1, 1), 0, "0"), None, id="nothing on a day without sales"),
        pytest.param((date(9999, 12, 31), -1, "5"), (-1, "5"), id="a new day"),
    ],
)
def test_a_difference_is_exact(row, difference):
    differences = sales_edit.find_differences({THIRD: SalesTotal(Decimal("0.3"), 2)}, [a_stated_day(*row)])
    assert [(day.purchases, day.revenue) for day in differences] == (
        [(difference[0], Decimal(difference[1]))] if difference else []
    )


def test_days_that_are_not_stated_have_no_difference():
    assert sales_edit.find_differences({THIRD: SalesTotal(Decimal(1), 1)}, []) == []


def test_a_difference_of_amounts_far_apart_keeps_every_digit():
    (difference,) = sales_edit.find_differences(
        {THIRD: SalesTotal(Decimal("5E-324"), 0)}, [a_stated_day(THIRD, 0, "999999999999")]
    )
    with localcontext(EXACT):
        assert difference.revenue + Decimal("5E-324") == Decimal("999999999999")
