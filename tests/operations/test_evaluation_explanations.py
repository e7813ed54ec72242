"""In random worlds, the explanations of purchases add up to the published result. Rules: BEV-06, BEV-07, BEV-08."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import evaluation, explaining, windows
from mock_server.domain.explaining import EvaluationBasis
from mock_server.domain.models import AttributionRun, Cluster, EvaluationSettings, Purchase
from mock_server.operations import due_jobs
from mock_server.worlds.world import group_purchases
from tests.builders import a_package, an_event
from tests.domain import strategies
from tests.domain.strategies import EVENTS, MIDNIGHT

SERIES = st.lists(st.sampled_from([None, "tour", "opera"]), min_size=len(EVENTS), max_size=len(EVENTS))
PURCHASES = st.lists(st.tuples(strategies.purchases(), st.integers(0, 200_000)), max_size=40)
"""Draws purchases, each with the number of seconds after which the platform learns of it."""
SETTINGS = st.builds(
    EvaluationSettings,
    st.integers(1, 12),
    st.sampled_from(["ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES"]),
    st.one_of(st.none(), strategies.days),
)


@given(
    clusters=strategies.cluster_sets(),
    shopping=PURCHASES,
    chosen=SETTINGS,
    series=SERIES,
    own=st.lists(st.sampled_from(EVENTS), min_size=1, unique=True),
    now=strategies.instants,
)
@settings(deadline=None)
def test_what_is_judged_adds_up_to_what_was_published(clusters, shopping, chosen, series, own, now):
    events = [an_event(name, series=of) for name, of in zip(EVENTS, series, strict=True)]
    known = group_purchases(
        EVENTS, [replace(sale, revealed_at=sale.at + timedelta(seconds=lag)) for sale, lag in shopping]
    )
    package = a_package(clusters=clusters, settings=chosen, event_ids=tuple(own), created_at=MIDNIGHT)
    rows = due_jobs.evaluate_package(package, lambda name: known.get(name, ()), events, now).rows
    sales = [sale for book in known.values() for sale in book]
    purchase_verdicts = explaining.explain_purchases(
        sales, an_evaluation_basis(package.created_at, chosen, clusters, own, events, len(sales), now)
    )
    assert len(purchase_verdicts) == len({each.purchase.number for each in purchase_verdicts})
    assert {each.purchase.customer_id for each in purchase_verdicts} == buyers(sales) & members(clusters)
    for row in rows:
        counted = [each.purchase for each in purchase_verdicts if (each.tc, each.outcome) == (row.tc, "counted")]
        assert len(buyers(counted)) == row.customers
        assert sum(sale.tickets for sale in counted) == row.items
        assert len(counted) == row.purchase


def an_evaluation_basis(created_at, settings, clusters, own, events, last_number, now) -> EvaluationBasis:
    """Return the basis of the evaluation: the settings, window, events and clusters that it used."""
    counted = evaluation.counted_events(settings.model, own, events)
    return EvaluationBasis(
        settings, windows.compute_window(settings, created_at), counted, clusters, AttributionRun(now, last_number)
    )


def buyers(sales: list[Purchase]) -> set[str]:
    return {sale.customer_id for sale in sales}


def members(clusters: tuple[Cluster, ...]) -> set[str]:
    return {customer for cluster in clusters for customer in cluster.customers}
