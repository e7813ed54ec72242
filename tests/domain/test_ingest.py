"""Which entries of a summary are accepted, and how they are spread over days. Rules: ING-01, ING-02, ING-04, ING-05."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.domain import formats, ingest
from mock_server.domain.ingest import DayShare, Entry
from mock_server.domain.models import Ingest
from mock_server.domain.sales import EXACT

FIRST_DAY = date(2026, 8, 1)
AMOUNTS = st.decimals(0, 10**9, places=2) | st.decimals(0, 10**6, places=7) | st.integers(0, 10**12).map(Decimal)


def an_ingest(days, sold=10, revenue="100"):
    return Ingest("ing_1", "evt_1", "acme", FIRST_DAY, FIRST_DAY + timedelta(days=days - 1), sold, Decimal(revenue))


def spread_shares(days, sold, revenue, seed=1):
    return list(ingest.spread_over_days(an_ingest(days, sold, revenue), seed))


def judge_fields(*entries):
    verdict = ingest.validate_entries(
        [Entry(n, kind, sold, Decimal(revenue)) for n, (kind, sold, revenue) in enumerate(entries)]
    )
    return [problem.field for problem in verdict.rejected], verdict.sold, verdict.revenue


def test_one_day_has_all():
    assert spread_shares(1, 12, "540.5") == [DayShare(FIRST_DAY, 12, Decimal("540.50"))]


def test_nothing_has_no_share():
    assert spread_shares(3, 0, "0") == []


@pytest.mark.parametrize(
    ("revenue", "unit"),
    [
        pytest.param("100", "0.01", id="whole amounts in cents"),
        pytest.param("540.5", "0.01", id="tenths in cents"),
        pytest.param("0.125", "0.001", id="the last place that was sent"),
        pytest.param("1E+3", "0.01", id="an amount with an exponent"),
    ],
)
def test_a_share_is_a_multiple_of_the_unit(revenue, unit):
    """Rule: ING-05."""
    for seed in range(20):
        assert {share.revenue % Decimal(unit) for share in spread_shares(7, 10, revenue, seed)} == {0}


@given(days=st.integers(1, 400), sold=st.integers(0, 10**9), revenue=AMOUNTS, seed=st.integers(0, 2**53))
def test_shares_add_up_to_the_whole_and_none_is_negative(days, sold, revenue, seed):
    """Rule: ING-05."""
    spread = spread_shares(days, sold, revenue, seed)
    with localcontext(EXACT):
        assert (sum(share.sold for share in spread), sum((s.revenue for s in spread), Decimal(0))) == (sold, revenue)
    assert [share for share in spread if share.sold < 0 or share.revenue < 0 or not (share.sold or share.revenue)] == []
    listed = [share.day for share in spread]
    assert listed == sorted(set(listed))
    assert all(FIRST_DAY <= day < FIRST_DAY + timedelta(days=days) for day in listed)


def test_the_spread_is_drawn_from_the_seed_and_the_summary():
    """Rule: ING-05."""
    spread = spread_shares(30, 1000, "1000")
    assert spread == spread_shares(30, 1000, "1000")
    other = replace(an_ingest(30, 1000, "1000"), eid="evt_2")
    assert spread not in (spread_shares(30, 1000, "1000", 2), list(ingest.spread_over_days(other, 1)))
    assert spread == list(ingest.spread_over_days(replace(an_ingest(30, 1000, "1000"), id="ing_2"), 1))


def test_a_single_order_may_fall_on_any_day():
    """Rule: ING-04: the days are drawn at random."""
    assert {spread_shares(3, 1, "0", seed)[0].day for seed in range(50)} == {
        FIRST_DAY + timedelta(days=day) for day in range(3)
    }


@given(
    st.lists(
        st.tuples(st.integers(-1, 5), st.floats(-1, 10**12 - 1, allow_nan=False).map(lambda amount: repr(amount))),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 40),
)
def test_no_share_of_what_is_taken_is_rounded_on_the_wire(entries, days):
    verdict = ingest.validate_entries(
        [Entry(n, f"t{n}", sold, Decimal(revenue)) for n, (sold, revenue) in enumerate(entries)]
    )
    for share in spread_shares(days, verdict.sold, verdict.revenue):
        assert formats.is_exact_as_double(share.revenue)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(("B", 1, "5"), [], id="a valid entry"),
        pytest.param(("B", 0, "5"), [], id="revenue alone"),
        pytest.param(("B", 1, "0"), [], id="orders alone"),
        pytest.param(("B", -1, "5"), ["tickets.1.sold"], id="negative orders"),
        pytest.param(("B", 1, "-5"), ["tickets.1.revenue"], id="negative revenue"),
        pytest.param(("B", 0, "0"), ["tickets.1.sold"], id="nothing"),
        pytest.param(("B", 0, "-0.0"), ["tickets.1.sold"], id="negative zero"),
        pytest.param(("A", 1, "5"), ["tickets.1.type"], id="a type given twice"),
        pytest.param(("A", -1, "-5"), ["tickets.1.type", "tickets.1.sold", "tickets.1.revenue"], id="all errors"),
        pytest.param(("B", 1, "0.0000000000001"), ["tickets.1.revenue"], id="a sum with too many digits"),
        pytest.param(("B", 1, "5E-324"), ["tickets.1.revenue"], id="an amount too small to divide"),
    ],
)
def test_an_entry_is_left_out_for_what_is_wrong_with_it_alone(entry, expected):
    left_out, sold, revenue = judge_fields(("A", 12, "540.5"), entry, ("C", 3, "0.25"))
    good = not expected
    assert left_out == expected
    assert (sold, revenue) == (15 + entry[1] * good, Decimal("540.75") + Decimal(entry[2]) * good)


def test_the_accepted_entries_are_those_that_are_not_left_out():
    """Rule: ING-01."""
    entries = [Entry(0, "A", 12, Decimal(540)), Entry(1, "B", -1, Decimal(5)), Entry(2, "C", 3, Decimal(0))]
    assert ingest.validate_entries(entries).accepted == (entries[0], entries[2])


def test_a_type_whose_first_entry_was_left_out_is_given_twice_all_the_same():
    assert judge_fields(("A", -1, "5"), ("A", 1, "5")) == (["tickets.0.sold", "tickets.1.type"], 0, Decimal(0))


@pytest.mark.parametrize(
    ("last", "field"),
    [
        pytest.param(FIRST_DAY, None, id="one day"),
        pytest.param(FIRST_DAY - timedelta(days=1), "from", id="the day before"),
        pytest.param(FIRST_DAY + timedelta(days=3659), None, id="3,660 days"),
        pytest.param(FIRST_DAY + timedelta(days=3660), "to", id="3,661 days"),
        pytest.param(date.max, "to", id="the end of the calendar"),
    ],
)
def test_a_period_has_an_order_and_a_length(last, field):
    assert [problem.field for problem in ingest.period_problems(FIRST_DAY, last)] == ([field] if field else [])
