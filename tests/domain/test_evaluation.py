"""What the customers in each cluster of a package bought. Rules: BEV-05, BEV-06, BEV-07, BEV-08."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import evaluation
from mock_server.domain.models import Cluster, ClusterEvaluation, Event, Purchase
from mock_server.domain.windows import Window
from tests.builders import a_purchase, an_event
from tests.domain import strategies
from tests.domain.strategies import EVENTS, FIRST_DAY

WINDOW = Window(date(2026, 9, 1), date(2026, 9, 14))
JAZZ = Cluster("Jazz", "Jazz", ("cus_1", "cus_2", "cus_3", "cus_4"))
ROCK = Cluster("Rock", "Rock", ("cus_5", "cus_6"))
EMPTY_CLUSTER = Cluster("Nobody", "Nobody", ())
MODELS = ("EVENTS_FROM_PACKAGE", "EVENT_SERIES", "ALL_PURCHASES")


def a_purchase_by(customer: str, instant: str = "2026-09-05T12:00:00", tickets: int = 1) -> Purchase:
    return a_purchase(instant, customer_id=customer, tickets=tickets)


def test_each_cluster_has_its_buyers_tickets_orders_and_rate():
    """Rules: BEV-05, BEV-08."""
    purchases = [
        a_purchase_by("cus_1", tickets=2),
        a_purchase_by("cus_1", tickets=3),
        a_purchase_by("cus_2"),
        a_purchase_by("cus_6", tickets=4),
    ]
    assert evaluation.evaluate([JAZZ, ROCK, EMPTY_CLUSTER], purchases, WINDOW) == (
        ClusterEvaluation("Jazz", customers=2, items=6, purchase=3, conversion_rate=0.5),
        ClusterEvaluation("Rock", customers=1, items=4, purchase=1, conversion_rate=0.5),
        ClusterEvaluation("Nobody", customers=0, items=0, purchase=0, conversion_rate=0.0),
    )


def test_a_cluster_that_bought_nothing_has_a_row_of_noughts():
    """Rule: BEV-05 (one row per cluster)."""
    assert evaluation.evaluate([JAZZ], [], WINDOW) == (ClusterEvaluation("Jazz", 0, 0, 0, 0.0),)


def test_a_cluster_of_nobody_has_rate_0():
    """Rule: BEV-08."""
    assert evaluation.evaluate([EMPTY_CLUSTER], [a_purchase_by("cus_1")], WINDOW)[0].conversion_rate == 0.0


def test_the_rate_is_1_where_everybody_bought():
    """Rule: BEV-05 (a fraction from 0 to 1)."""
    assert (
        evaluation.evaluate([ROCK], [a_purchase_by("cus_5"), a_purchase_by("cus_6")], WINDOW)[0].conversion_rate == 1.0
    )


def test_a_package_without_clusters_has_no_rows():
    """Rule: BEV-05."""
    assert evaluation.evaluate([], [a_purchase_by("cus_1")], WINDOW) == ()


def test_rows_stand_in_the_order_of_the_clusters():
    """Rule: BEV-05."""
    assert [row.tc for row in evaluation.evaluate([ROCK, EMPTY_CLUSTER, JAZZ], [], WINDOW)] == [
        "Rock",
        "Nobody",
        "Jazz",
    ]


def test_a_buyer_of_no_cluster_is_not_counted():
    """Rule: BEV-05."""
    assert evaluation.evaluate([ROCK], [a_purchase_by("cus_1")], WINDOW)[0].purchase == 0


@pytest.mark.parametrize(
    ("instant", "counted"),
    [
        ("2026-08-31T23:59:59", 0),
        ("2026-09-01T00:00:00", 1),
        ("2026-09-14T23:59:59", 1),
        ("2026-09-15T00:00:00", 0),
    ],
)
def test_only_purchases_within_the_window_are_counted(instant, counted):
    """Rule: BEV-07."""
    assert evaluation.evaluate([JAZZ], [a_purchase_by("cus_1", instant)], WINDOW)[0].purchase == counted


def test_a_purchase_counts_by_its_own_instant_not_by_its_arrival():
    """Rule: BEV-07."""
    late = a_purchase("2026-09-14T23:59:59", revealed_at=a_purchase("2026-10-01").at)
    assert evaluation.evaluate([JAZZ], [late], WINDOW)[0].purchase == 1


def events_in_series() -> list[Event]:
    return [
        an_event("evt_1", series="tour"),
        an_event("evt_2", series="tour"),
        an_event("evt_3", series=None),
        an_event("evt_4", series="opera"),
        an_event("evt_5", series="opera"),
        an_event("evt_6", series=None),
    ]


@pytest.mark.parametrize(
    ("model", "counted"),
    [
        ("EVENTS_FROM_PACKAGE", {"evt_1", "evt_3"}),
        ("EVENT_SERIES", {"evt_1", "evt_2", "evt_3"}),
        ("ALL_PURCHASES", {"evt_1", "evt_2", "evt_3", "evt_4", "evt_5", "evt_6"}),
    ],
)
def test_the_model_says_which_events_count(model, counted):
    """Rule: BEV-06 (an event without a series is a series of one event)."""
    assert evaluation.counted_events(model, ["evt_1", "evt_3"], events_in_series()) == counted


def test_the_series_of_each_of_the_packages_events_count():
    """Rule: BEV-06."""
    assert evaluation.counted_events("EVENT_SERIES", ["evt_2", "evt_5"], events_in_series()) == {
        "evt_1",
        "evt_2",
        "evt_4",
        "evt_5",
    }


def row_counts(row: ClusterEvaluation) -> tuple[int, int, int, float]:
    return row.customers, row.items, row.purchase, row.conversion_rate


def is_never_less(fewer: tuple[ClusterEvaluation, ...], more: tuple[ClusterEvaluation, ...]) -> bool:
    """Return whether no count of any row is lower in `more` than in `fewer`."""
    pairs = zip(fewer, more, strict=True)
    return all(
        a <= b
        for row_of_fewer, row_of_more in pairs
        for a, b in zip(row_counts(row_of_fewer), row_counts(row_of_more), strict=True)
    )


purchase_lists = st.lists(strategies.purchases(), max_size=20)
spans = st.builds(lambda first, days: Window(first, first + timedelta(days=days)), strategies.days, st.integers(0, 9))


@given(clusters=strategies.cluster_sets(), purchases=purchase_lists, span=spans)
@settings(deadline=None)
def test_the_counts_are_those_of_each_customers_own_shopping(clusters, purchases, span):
    """Rules: BEV-05, BEV-07, BEV-08: the expected counts are added up customer by customer and day by day."""
    days = {span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)}
    for cluster, row in zip(clusters, evaluation.evaluate(clusters, purchases, span), strict=True):
        orders = [
            [purchase.tickets for purchase in purchases if purchase.customer_id == one and purchase.at.date() in days]
            for one in cluster.customers
        ]
        assert row.tc == cluster.tc
        assert row.customers == sum(1 for tickets in orders if tickets)
        assert row.purchase == sum(map(len, orders))
        assert row.items == sum(map(sum, orders))
        assert row.conversion_rate * len(cluster.customers) == pytest.approx(row.customers)


@given(clusters=strategies.cluster_sets(), purchases=purchase_lists, span=spans)
@settings(deadline=None)
def test_buyers_are_no_more_than_orders_and_orders_no_more_than_tickets(clusters, purchases, span):
    """Rule: BEV-08."""
    for row in evaluation.evaluate(clusters, purchases, span):
        assert 0 <= row.customers <= row.purchase <= row.items
        assert 0.0 <= row.conversion_rate <= 1.0


@given(clusters=strategies.cluster_sets(), purchases=purchase_lists, span=spans, more=st.integers(0, 9))
@settings(deadline=None)
def test_a_longer_window_never_counts_less(clusters, purchases, span, more):
    """Rule: BEV-08."""
    longer = Window(span.first, span.last + timedelta(days=more))
    assert is_never_less(
        evaluation.evaluate(clusters, purchases, span), evaluation.evaluate(clusters, purchases, longer)
    )


@given(clusters=strategies.cluster_sets(), known=purchase_lists, learnt=purchase_lists)
@settings(deadline=None)
def test_more_known_purchases_never_count_less(clusters, known, learnt):
    """Rule: BEV-08."""
    span = Window(FIRST_DAY, FIRST_DAY + timedelta(days=6))
    before = evaluation.evaluate(clusters, known, span)
    assert is_never_less(before, evaluation.evaluate(clusters, known + learnt, span))


@given(
    clusters=strategies.cluster_sets(),
    purchases=purchase_lists,
    span=spans,
    own=st.sets(st.sampled_from(EVENTS), min_size=1),
    names=st.lists(st.sampled_from([None, "tour", "opera", "evt_1"]), min_size=6, max_size=6),
)
@settings(deadline=None)
def test_each_wider_model_counts_at_least_as_much_row_by_row(clusters, purchases, span, own, names):
    """Rules: BEV-06, BEV-08: EVENTS_FROM_PACKAGE ≤ EVENT_SERIES ≤ ALL_PURCHASES."""
    events = [an_event(event_id, series=name) for event_id, name in zip(EVENTS, names, strict=True)]
    counted = [evaluation.counted_events(model, own, events) for model in MODELS]
    assert counted[0] == own
    assert counted[0] <= counted[1] <= counted[2] == set(EVENTS)
    rows = [evaluation.evaluate(clusters, [p for p in purchases if p.event_id in which], span) for which in counted]
    assert is_never_less(rows[0], rows[1])
    assert is_never_less(rows[1], rows[2])
