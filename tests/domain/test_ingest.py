"""Which entries of a summary are accepted, and how its days share them. Rules: ING-01, ING-02, ING-04, ING-05."""

from datetime import date, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.domain import formats, ingest
from mock_server.domain.ingest import Entry
from mock_server.domain.models import Ingest
from mock_server.domain.sales import EXACT

FIRST_DAY = date(2026, 8, 1)
AMOUNTS = st.decimals(0, 10**9, places=2) | st.decimals(0, 10**6, places=7) | st.integers(0, 10**12).map(Decimal)


def an_ingest(days, sold=10, revenue="100"):
    return Ingest("ing_1", "evt_1", "acme", FIRST_DAY, FIRST_DAY + timedelta(days=days - 1), sold, Decimal(revenue))


def spread_shares(days, sold, revenue):
    return [
        (share.day.day, share.sold, str(share.revenue))
        for share in ingest.spread_over_days(an_ingest(days, sold, revenue))
    ]


def judge_fields(*entries):
    verdict = ingest.validate_entries([Entry(kind, sold, Decimal(revenue)) for kind, sold, revenue in entries])
    return [problem.field for problem in verdict.rejected], verdict.sold, verdict.revenue


@pytest.mark.parametrize(
    ("days", "sold", "revenue", "expected"),
    [
        pytest.param(1, 12, "540.5", [(1, 12, "540.50")], id="one day gets everything"),
        pytest.param(3, 10, "100", [(1, 3, "33.33"), (2, 3, "33.33"), (3, 4, "33.34")], id="three days"),
        pytest.param(2, 0, "0.125", [(1, 0, "0.062"), (2, 0, "0.063")], id="as many decimal places as sent"),
        pytest.param(4, 1, "0.01", [(4, 1, "0.01")], id="days without a share have no row"),
        pytest.param(2, 0, "1E+3", [(1, 0, "500.00"), (2, 0, "500.00")], id="an amount with an exponent"),
        pytest.param(3, 0, "0", [], id="nothing to divide"),
    ],
)
def test_a_summary_is_spread_in_units(days, sold, revenue, expected):
    assert spread_shares(days, sold, revenue) == expected


@given(days=st.integers(1, 400), sold=st.integers(0, 10**9), revenue=AMOUNTS)
def test_shares_add_up_to_the_whole_and_are_alike(days, sold, revenue):
    spread = list(ingest.spread_over_days(an_ingest(days, sold, revenue)))
    with localcontext(EXACT):
        assert (sum(share.sold for share in spread), sum((s.revenue for s in spread), Decimal(0))) == (sold, revenue)
    assert len({share.day for share in spread}) == len(spread) <= days
    if len(spread) == days:
        assert max(share.sold for share in spread) - min(share.sold for share in spread) <= 1


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
        [Entry(f"t{n}", sold, Decimal(revenue)) for n, (sold, revenue) in enumerate(entries)]
    )
    for share in ingest.spread_over_days(an_ingest(days, verdict.sold, verdict.revenue)):
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
        pytest.param(("A", -1, "-5"), ["tickets.1.type", "tickets.1.sold", "tickets.1.revenue"], id="all at once"),
        pytest.param(("B", 1, "0.0000000000001"), ["tickets.1.revenue"], id="a sum with too many digits"),
        pytest.param(("B", 1, "5E-324"), ["tickets.1.revenue"], id="an amount too small to divide"),
    ],
)
def test_an_entry_is_left_out_for_what_is_wrong_with_it_alone(entry, expected):
    left_out, sold, revenue = judge_fields(("A", 12, "540.5"), entry, ("C", 3, "0.25"))
    good = not expected
    assert left_out == expected
    assert (sold, revenue) == (15 + entry[1] * good, Decimal("540.75") + Decimal(entry[2]) * good)


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
