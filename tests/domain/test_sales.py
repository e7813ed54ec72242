"""When purchases become known, and how runs process each of them exactly once. Rules: JOB-03, JOB-04, BEV-08."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import attribution, sales
from mock_server.domain.models import AttributionRun, Purchase
from mock_server.domain.sales import SalesTotal
from tests.builders import a_purchase, at
from tests.domain.strategies import MIDNIGHT

DUE_TIME = "2026-09-02T08:00:00"
LAST_RUN = AttributionRun(at("2026-09-01T08:00:00"), 10)


def a_purchase_arriving(revealed_at: str, number: int = 1, instant: str | None = None) -> Purchase:
    """Return a purchase that the platform learns of at `revealed_at`; it may have been made earlier."""
    return a_purchase(instant or revealed_at, revealed_at=at(revealed_at), number=number)


def numbers(purchases: Iterable[Purchase]) -> list[int]:
    return [purchase.number for purchase in purchases]


def test_orders_and_their_revenue_add_up():
    bought = [a_purchase(revenue=Decimal(text), tickets=4) for text in ("50.00", "0.10", "19.90")]
    assert sales.total(bought) == SalesTotal(Decimal("70.00"), 3)


def test_nothing_comes_to_nothing():
    assert sales.total([]) == SalesTotal(Decimal(0), 0)


def test_a_refund_lowers_revenue_and_is_an_order():
    bought = [a_purchase(revenue=Decimal("80")), a_purchase(revenue=Decimal("-30.50"))]
    assert sales.total(bought) == SalesTotal(Decimal("49.50"), 2)


def test_cents_add_up_without_the_errors_of_binary_fractions():
    assert sales.total([a_purchase(revenue=Decimal("0.1"))] * 3).revenue == Decimal("0.3")


def test_a_tiny_amount_is_not_lost_beside_great_ones():
    """Rules: BASE-12 (amounts are never rounded), LAM-04: the control API accepts these three amounts."""
    bought = [a_purchase(revenue=Decimal(text)) for text in ("999999999999", "1e-20", "-999999999999")]
    assert sales.total(bought).revenue == Decimal("1e-20")


def test_a_purchase_is_known_from_its_own_second_on():
    """Rules: JOB-03, BEV-08."""
    bought = [a_purchase_arriving(DUE_TIME)]
    assert sales.count_known(bought, at("2026-09-02T07:59:59")) == 0
    assert sales.count_known(bought, at(DUE_TIME)) == 1


def test_a_late_arrival_is_known_from_its_arrival_on():
    """Rule: JOB-03 (the purchase and its arrival are both at or before the due time)."""
    late = [a_purchase_arriving("2026-09-05T10:00:00", instant="2026-08-01T10:00:00")]
    assert list(sales.select_known(late, at("2026-09-05T09:59:59"))) == []
    assert list(sales.select_known(late, at("2026-09-05T10:00:00"))) == late


def test_what_is_known_is_a_beginning_of_the_sequence():
    book = [
        a_purchase_arriving("2026-09-01"),
        a_purchase_arriving("2026-09-02", 2),
        a_purchase_arriving("2026-09-02", 3),
        a_purchase_arriving("2026-09-03", 4),
    ]
    assert numbers(sales.select_known(book, at("2026-09-02"))) == [1, 2, 3]


def test_a_run_looks_at_what_came_since_the_last_run():
    """Rule: JOB-03."""
    book = [
        a_purchase_arriving("2026-09-01T07:59:59", 10),
        a_purchase_arriving("2026-09-01T08:00:01", 11),
        a_purchase_arriving("2026-09-02T08:00:00", 12),
        a_purchase_arriving("2026-09-02T08:00:01", 13),
    ]
    assert numbers(sales.select_unprocessed(book, LAST_RUN, at(DUE_TIME))) == [11, 12]


def test_a_purchase_at_the_very_due_time_is_looked_at_by_that_run_and_not_by_the_next():
    """Rule: JOB-03."""
    book = [a_purchase_arriving("2026-09-01T08:00:00", 10)]
    assert list(sales.select_unprocessed(book, AttributionRun(at("2026-08-31T08:00:00"), 9), at("2026-09-01T08:00:00")))
    assert not list(sales.select_unprocessed(book, LAST_RUN, at(DUE_TIME)))


def test_an_arrival_at_the_due_time_but_after_the_run_is_fresh():
    """Rule: JOB-03: its number is higher than that of the last purchase that the run could process."""
    book = [a_purchase_arriving("2026-09-01T08:00:00", 10), a_purchase_arriving("2026-09-01T08:00:00", 11)]
    assert numbers(sales.select_unprocessed(book, LAST_RUN, at(DUE_TIME))) == [11]


def test_an_old_purchase_that_arrives_late_is_fresh():
    """Rule: JOB-03."""
    book = [a_purchase_arriving("2026-09-01T12:00:00", 11, instant="2026-01-01T00:00:00")]
    assert numbers(sales.select_unprocessed(book, LAST_RUN, at(DUE_TIME))) == [11]


def test_a_purchase_numbered_before_the_run_but_due_later_is_fresh_when_its_instant_comes():
    """Rule: JOB-03: a world contains future sales, which have low numbers."""
    book = [a_purchase_arriving("2026-09-01T08:00:00", 3), a_purchase_arriving("2026-09-01T08:00:01", 4)]
    assert numbers(sales.select_unprocessed(book, LAST_RUN, at(DUE_TIME))) == [4]


def test_nothing_is_fresh_in_an_empty_book():
    assert not list(sales.select_unprocessed([], LAST_RUN, at(DUE_TIME)))


def test_a_doubled_run_finds_nothing():
    """Rule: JOB-04."""
    book = [a_purchase_arriving("2026-09-02T07:00:00", 11), a_purchase_arriving("2026-09-02T08:00:00", 12)]
    assert numbers(sales.select_unprocessed(book, LAST_RUN, at(DUE_TIME))) == [11, 12]
    assert not list(sales.select_unprocessed(book, AttributionRun(at(DUE_TIME), 12), at(DUE_TIME)))


class SimulatedRuns:
    """Purchases, a clock in hours, and the last run; `looked_at` counts how often the runs processed each purchase."""

    def __init__(self, first: list[int]) -> None:
        self.hour = 0
        self.sales: list[Purchase] = []
        self.last_number = 0
        self.last_run = AttributionRun(MIDNIGHT, 0)
        self.looked_at: Counter[int] = Counter()
        self.rows = 0
        for hour in sorted(first):
            self.buy(max(hour, 1), "campaign" if hour % 2 else "organic")

    def instant(self, hour: int) -> datetime:
        return MIDNIGHT + timedelta(hours=hour)

    def buy(self, hour: int, credit: str) -> None:
        self.last_number += 1
        revealed_at = self.instant(max(hour, self.hour))
        purchase_arrived = replace(
            a_purchase(self.instant(hour), credit=credit), number=self.last_number, revealed_at=revealed_at
        )
        self.sales = sorted(
            [*self.sales, purchase_arrived], key=lambda purchase: (purchase.revealed_at, purchase.number)
        )

    def run(self) -> None:
        due = self.instant(self.hour)
        new_purchases = list(sales.select_unprocessed(self.sales, self.last_run, due))
        expected_numbers = {
            sale.number
            for sale in self.sales
            if sale.at <= due and sale.revealed_at <= due and not self.looked_at[sale.number]
        }
        assert {purchase.number for purchase in new_purchases} == expected_numbers
        self.looked_at.update(purchase.number for purchase in new_purchases)
        row = attribution.credited_total(new_purchases, "FD")
        self.rows += row.purchases if row else 0
        self.last_run = AttributionRun(due, self.last_number)


steps = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 4), st.just("")),
    st.tuples(st.just("buy"), st.integers(-6, 6), st.sampled_from(["campaign", "organic", "external"])),
    st.tuples(st.just("run"), st.just(0), st.just("")),
)


@given(first=st.lists(st.integers(1, 12), max_size=4), history=st.lists(steps, max_size=25))
@settings(deadline=None)
def test_however_time_is_cut_into_runs_each_purchase_is_looked_at_exactly_once(first, history):
    """Rules: JOB-03, JOB-04, with late arrivals, future sales, repeated runs, and purchases added between runs."""
    platform = SimulatedRuns(first)
    for what, hours, credit in history:
        if what == "wait":
            platform.hour += hours
        elif what == "buy":
            platform.buy(platform.hour + hours, credit)
        else:
            platform.run()
    platform.hour += 100
    platform.run()
    assert platform.looked_at == Counter(range(1, platform.last_number + 1))
    assert platform.rows == len([purchase for purchase in platform.sales if purchase.fd == "campaign"])
