"""Which source each model credits, and which row a run writes. Rules: LAM-04, JOB-03."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import attribution
from mock_server.domain.sales import SalesTotal
from tests.builders import a_purchase
from tests.domain import strategies

MODELS = ("FD", "META", "EXTERNAL")
DISPUTED = a_purchase(fd="campaign", meta="organic", external="external")
NO_TAKINGS = SalesTotal(Decimal(0), 0)


@pytest.mark.parametrize(("model", "whom"), [("FD", "campaign"), ("META", "organic"), ("EXTERNAL", "external")])
def test_each_model_credits_by_its_own_account_of_the_sale(model, whom):
    """Rule: LAM-04."""
    assert attribution.credit(DISPUTED, model) == whom


def test_takings_are_split_by_whom_the_model_credits():
    """Rule: LAM-04."""
    bought = [
        a_purchase(fd="campaign", meta="organic", revenue=Decimal("50.00")),
        a_purchase(fd="campaign", meta="campaign", revenue=Decimal("25.50")),
        a_purchase(fd="organic", meta="campaign", revenue=Decimal("10.00")),
        a_purchase(fd="external", meta="external", revenue=Decimal("7.25")),
    ]
    assert attribution.split(bought, "FD") == {
        "campaign": SalesTotal(Decimal("75.50"), 2),
        "organic": SalesTotal(Decimal("10.00"), 1),
        "external": SalesTotal(Decimal("7.25"), 1),
    }
    assert attribution.split(bought, "META") == {
        "campaign": SalesTotal(Decimal("35.50"), 2),
        "organic": SalesTotal(Decimal("50.00"), 1),
        "external": SalesTotal(Decimal("7.25"), 1),
    }


def test_all_three_parts_are_there_where_nothing_was_sold():
    """Rule: DRS-02."""
    assert attribution.split([], "FD") == {"campaign": NO_TAKINGS, "organic": NO_TAKINGS, "external": NO_TAKINGS}


def test_a_run_writes_down_what_is_credited_to_campaigns():
    """Rule: JOB-03."""
    bought = [a_purchase(revenue=Decimal("50.00")), a_purchase(credit="organic"), a_purchase(revenue=Decimal("12.5"))]
    assert attribution.credited_total(bought, "FD") == SalesTotal(Decimal("62.50"), 2)


def test_a_run_credits_by_the_model_of_the_event():
    """Rule: JOB-03."""
    assert attribution.credited_total([DISPUTED], "FD") == SalesTotal(Decimal("50.00"), 1)
    assert attribution.credited_total([DISPUTED], "META") is None


def test_a_run_writes_no_row_where_nothing_was_sold():
    """Rule: JOB-03."""
    assert attribution.credited_total([], "FD") is None


@pytest.mark.parametrize("whom", ["organic", "external"])
def test_a_run_writes_no_row_where_nothing_is_credited_to_campaigns(whom):
    """Rule: JOB-03."""
    assert attribution.credited_total([a_purchase(credit=whom)], "META") is None


def test_a_run_writes_no_row_for_a_partner_that_tracks_its_own_sales():
    """Rule: JOB-03 (no row under EXTERNAL), even if the partner's own tracking credits the sale to campaigns."""
    assert attribution.credited_total([a_purchase(credit="campaign")], "EXTERNAL") is None


def test_a_run_writes_a_row_for_credited_orders_that_come_to_no_money():
    """Rule: JOB-03 (a row if any sale is credited)."""
    bought = [a_purchase(revenue=Decimal("20")), a_purchase(revenue=Decimal("-20"))]
    assert attribution.credited_total(bought, "FD") == SalesTotal(Decimal(0), 2)


@given(bought=st.lists(strategies.purchases(), max_size=12), model=st.sampled_from(MODELS))
@settings(deadline=None)
def test_the_three_parts_add_up_to_the_whole_under_every_model(bought, model):
    """Rule: LAM-04."""
    parts = attribution.split(bought, model)
    assert set(parts) == {"campaign", "organic", "external"}
    assert sum(part.purchases for part in parts.values()) == len(bought)
    revenue = strategies.exact_sum([part.revenue for part in parts.values()])
    assert revenue == strategies.exact_sum([purchase.revenue for purchase in bought])


@given(bought=st.lists(strategies.purchases(), max_size=12), model=st.sampled_from(["FD", "META"]))
@settings(deadline=None)
def test_what_runs_write_down_does_not_depend_on_where_the_sales_are_cut(bought, model):
    """Rule: JOB-04."""
    whole = attribution.credited_total(bought, model) or NO_TAKINGS
    for cut in range(len(bought) + 1):
        rows = [row for half in (bought[:cut], bought[cut:]) if (row := attribution.credited_total(half, model))]
        assert sum(row.purchases for row in rows) == whole.purchases
        assert strategies.exact_sum([row.revenue for row in rows]) == Fraction(whole.revenue)
