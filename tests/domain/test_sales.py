"""Which purchases are known when, and that runs look at each exactly once. Rules: JOB-03, JOB-04, BEV-08."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import attribution, sales
from mock_server.domain.models import AttributionRun, Purchase
from mock_server.domain.sales import Takings
from tests.builders import a_purchase, at
from tests.domain.strategies import MIDNIGHT

DUE = "2026-09-02T08:00:00"
YESTERDAY = AttributionRun(at("2026-09-01T08:00:00"), 10)


def arriving(revealed_at: str, number: int = 1, instant: str | None = None) -> Purchase:
    """A purchase that the platform learns of at an instant; its own instant may be earlier."""
    return a_purchase(instant or revealed_at, revealed_at=at(revealed_at), number=number)


def numbers(purchases: Iterable[Purchase]) -> list[int]:
    return [purchase.number for purchase in purchases]


def test_orders_and_their_revenue_add_up():
    bought = [a_purchase(revenue=Decimal(text), tickets=4) for text in ("50.00", "0.10", "19.90")]
    assert sales.takings(bought) == Takings(Decimal("70.00"), 3)


def test_nothing_comes_to_nothing():
    assert sales.takings([]) == Takings(Decimal(0), 0)


def test_a_refund_lowers_revenue_and_is_an_order():
    bought = [a_purchase(revenue=Decimal("80")), a_purchase(revenue=Decimal("-30.50"))]
    assert sales.takings(bought) == Takings(Decimal("49.50"), 2)


def test_cents_add_up_without_the_errors_of_binary_fractions():
    assert sales.takings([a_purchase(revenue=Decimal("0.1"))] * 3).revenue == Decimal("0.3")


def test_a_tiny_amount_is_not_lost_beside_great_ones():
    """Rules: BASE-12 (never rounded), LAM-04: the control API accepts these three amounts."""
    bought = [a_purchase(revenue=Decimal(text)) for text in ("999999999999", "1e-20", "-999999999999")]
    assert sales.takings(bought).revenue == Decimal("1e-20")


def test_a_purchase_is_known_from_its_own_second_on():
    """Rules: JOB-03, BEV-08."""
    bought = [arriving(DUE)]
    assert sales.known_count(bought, at("2026-09-02T07:59:59")) == 0
    assert sales.known_count(bought, at(DUE)) == 1


def test_a_late_arrival_is_known_from_its_arrival_on():
    """Rule: JOB-03 (instant and arrival are both at or before the due time)."""
    late = [arriving("2026-09-05T10:00:00", instant="2026-08-01T10:00:00")]
    assert list(sales.known(late, at("2026-09-05T09:59:59"))) == []
    assert list(sales.known(late, at("2026-09-05T10:00:00"))) == late


def test_what_is_known_is_a_beginning_of_the_sequence():
    book = [arriving("2026-09-01"), arriving("2026-09-02", 2), arriving("2026-09-02", 3), arriving("2026-09-03", 4)]
    assert numbers(sales.known(book, at("2026-09-02"))) == [1, 2, 3]


def test_a_run_looks_at_what_came_since_the_last_run():
    """Rule: JOB-03."""
    book = [
        arriving("2026-09-01T07:59:59", 10),
        arriving("2026-09-01T08:00:01", 11),
        arriving("2026-09-02T08:00:00", 12),
        arriving("2026-09-02T08:00:01", 13),
    ]
    assert numbers(sales.not_looked_at(book, YESTERDAY, at(DUE))) == [11, 12]


def test_a_purchase_at_the_very_due_time_is_looked_at_by_that_run_and_not_by_the_next():
    """Rule: JOB-03."""
    book = [arriving("2026-09-01T08:00:00", 10)]
    assert list(sales.not_looked_at(book, AttributionRun(at("2026-08-31T08:00:00"), 9), at("2026-09-01T08:00:00")))
    assert not list(sales.not_looked_at(book, YESTERDAY, at(DUE)))


def test_an_arrival_at_the_due_time_but_after_the_run_is_fresh():
    """Rule: JOB-03: its number is later than the last that the run could look at."""
    book = [arriving("2026-09-01T08:00:00", 10), arriving("2026-09-01T08:00:00", 11)]
    assert numbers(sales.not_looked_at(book, YESTERDAY, at(DUE))) == [11]


def test_an_old_purchase_that_arrives_late_is_fresh():
    """Rule: JOB-03."""
    book = [arriving("2026-09-01T12:00:00", 11, instant="2026-01-01T00:00:00")]
    assert numbers(sales.not_looked_at(book, YESTERDAY, at(DUE))) == [11]


def test_a_purchase_numbered_before_the_run_but_due_later_is_fresh_when_its_instant_comes():
    """Rule: JOB-03: a world brings its future sales along."""
    book = [arriving("2026-09-01T08:00:00", 3), arriving("2026-09-01T08:00:01", 4)]
    assert numbers(sales.not_looked_at(book, YESTERDAY, at(DUE))) == [4]


def test_nothing_is_fresh_in_an_empty_book():
    assert not list(sales.not_looked_at([], YESTERDAY, at(DUE)))


def test_a_doubled_run_finds_nothing():
    """Rule: JOB-04."""
    book = [arriving("2026-09-02T07:00:00", 11), arriving("2026-09-02T08:00:00", 12)]
    assert numbers(sales.not_looked_at(book, YESTERDAY, at(DUE))) == [11, 12]
    assert not list(sales.not_looked_at(book, AttributionRun(at(DUE), 12), at(DUE)))


class Platform:
    """A book, a clock in hours and the runs so far; `looked_at` counts how often a run got each purchase."""

    def __init__(self, first: list[int]) -> None:
        self.hour = 0
        self.book: list[Purchase] = []
        self.learnt = 0
        self.last = AttributionRun(MIDNIGHT, 0)
        self.looked_at: Counter[int] = Counter()
        self.rows = 0
        for hour in sorted(first):
            self.buy(max(hour, 1), "campaign" if hour % 2 else "organic")

    def instant(self, hour: int) -> datetime:
        return MIDNIGHT + timedelta(hours=hour)

    def buy(self, hour: int, credit: str) -> None:
        self.learnt += 1
        revealed_at = self.instant(max(hour, self.hour))
        bought = replace(a_purchase(self.instant(hour), credit=credit), number=self.learnt, revealed_at=revealed_at)
        self.book = sorted([*self.book, bought], key=lambda purchase: (purchase.revealed_at, purchase.number))

    def run(self) -> None:
        due = self.instant(self.hour)
        fresh = list(sales.not_looked_at(self.book, self.last, due))
        owed = {p.number for p in self.book if p.at <= due and p.revealed_at <= due and not self.looked_at[p.number]}
        assert {purchase.number for purchase in fresh} == owed
        self.looked_at.update(purchase.number for purchase in fresh)
        row = attribution.run(fresh, "FD")
        self.rows += row.purchases if row else 0
        self.last = AttributionRun(due, self.learnt)


steps = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 4), st.just("")),
    st.tuples(st.just("buy"), st.integers(-6, 6), st.sampled_from(["campaign", "organic", "external"])),
    st.tuples(st.just("run"), st.just(0), st.just("")),
)


@given(first=st.lists(st.integers(1, 12), max_size=4), history=st.lists(steps, max_size=25))
@settings(deadline=None)
def test_however_time_is_cut_into_runs_each_purchase_is_looked_at_exactly_once(first, history):
    """Rules: JOB-03, JOB-04: with late arrivals, sales in the future, doubled runs and additions in between."""
    platform = Platform(first)
    for what, hours, credit in history:
        if what == "wait":
            platform.hour += hours
        elif what == "buy":
            platform.buy(platform.hour + hours, credit)
        else:
            platform.run()
    platform.hour += 100
    platform.run()
    assert platform.looked_at == Counter(range(1, platform.learnt + 1))
    assert platform.rows == len([purchase for purchase in platform.book if purchase.fd == "campaign"])
