"""Why a purchase counts, or does not: for a package's evaluation, for an attribution run, on a day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, TypeAlias

from mock_server.domain import attribution, evaluation, lifecycles, sales, windows
from mock_server.domain.models import (
    AttributionModel,
    AttributionRun,
    Cluster,
    ClusterEvaluation,
    EvaluationModel,
    EvaluationSettings,
    Purchase,
)
from mock_server.domain.windows import Window

Outcome: TypeAlias = Literal["counted", "outside_window", "other_event", "other_series", "not_known_yet"]
WindowSide: TypeAlias = Literal["before", "after"]

MODELS: tuple[AttributionModel, ...] = ("FD", "META", "EXTERNAL")
EXCLUDED_OUTCOME: dict[EvaluationModel, Outcome] = {
    "EVENTS_FROM_PACKAGE": "other_event",
    "EVENT_SERIES": "other_series",
    "ALL_PURCHASES": "not_known_yet",
}
"""Why the model leaves out an event: under ALL_PURCHASES only one that was not there yet (BEV-06)."""

OUTCOME_ORDER: dict[Outcome, int] = {
    "counted": 0,
    "not_known_yet": 1,
    "outside_window": 2,
    "other_series": 3,
    "other_event": 4,
}


@dataclass(frozen=True, slots=True)
class EvaluationBasis:
    """What an evaluation was made of: settings, window, counted events, clusters, and how far sales were known.

    `seen` is the instant at which it completed with the last purchase that had arrived by then.
    """

    settings: EvaluationSettings
    window: Window
    counted_events: frozenset[str]
    clusters: tuple[Cluster, ...]
    cutoff: AttributionRun


@dataclass(frozen=True, slots=True)
class ExplainedPurchase:
    """A purchase, the cluster of its customer, and what became of it."""

    purchase: Purchase
    tc: str
    outcome: Outcome


def window_bounds(window: Window) -> tuple[datetime, datetime]:
    """The window's first instant, and the one that ends it and is not in it. Rule: BEV-07."""
    first, last = (datetime.combine(day, time(tzinfo=UTC)) for day in (window.first, window.last))
    return first, lifecycles.add_duration(last, timedelta(days=1))


def classify_purchase(purchase: Purchase, basis: EvaluationBasis) -> Outcome:
    """What becomes of a purchase of a cluster's customer. Rules: BEV-06, BEV-07, BEV-08.

    Where several reasons hold, the one that the longest waiting would not change comes first.
    """
    if purchase.event_id not in basis.counted_events:
        return EXCLUDED_OUTCOME[basis.settings.model]
    if not windows.contains(basis.window, purchase.at):
        return "outside_window"
    return "counted" if was_known(purchase, basis.cutoff) else "not_known_yet"


def missed_side(purchase: Purchase, window: Window) -> WindowSide:
    """By which end a purchase outside the window misses it."""
    return "before" if purchase.at.date() < window.first else "after"


def was_known(purchase: Purchase, cutoff: AttributionRun) -> bool:
    """Whether a purchase had arrived when the clock stood there: of that very instant by its number. Rule: JOB-03."""
    return sales.sort_key(purchase) <= (cutoff.due, cutoff.last_purchase)


def explain_purchases(purchases: Iterable[Purchase], basis: EvaluationBasis) -> list[ExplainedPurchase]:
    """The purchases of the clusters' customers: the counted ones, then those nearest to it; else as they arrive."""
    cluster_of = {customer: cluster.tc for cluster in basis.clusters for customer in cluster.customers}
    explained = [
        ExplainedPurchase(purchase, tc, classify_purchase(purchase, basis))
        for purchase in purchases
        if (tc := cluster_of.get(purchase.customer_id)) is not None
    ]
    return sorted(explained, key=lambda each: (OUTCOME_ORDER[each.outcome], sales.sort_key(each.purchase)))


def count_without_cluster(purchases: Iterable[Purchase], basis: EvaluationBasis) -> int:
    """How many purchases would have counted, had their customers been in a cluster."""
    members = {customer for cluster in basis.clusters for customer in cluster.customers}
    return sum(
        1
        for purchase in purchases
        if purchase.customer_id not in members and classify_purchase(purchase, basis) == "counted"
    )


def count_outcomes(explained: Iterable[ExplainedPurchase]) -> dict[str, Counter[Outcome]]:
    """How many purchases of each cluster had which outcome, by `tc`."""
    counts: dict[str, Counter[Outcome]] = {}
    for each in explained:
        counts.setdefault(each.tc, Counter())[each.outcome] += 1
    return counts


def recount(explained: Iterable[ExplainedPurchase], basis: EvaluationBasis) -> tuple[ClusterEvaluation, ...]:
    """The rows that the counted purchases come to; other than the published ones where sales were taken away since."""
    counted = [each.purchase for each in explained if each.outcome == "counted"]
    return evaluation.evaluate(basis.clusters, counted, basis.window)


@dataclass(frozen=True, slots=True)
class RunBasis:
    """What a run made of one event: the run before it, how far it saw itself, and the event's model then.

    Without a run before it, it looked at everything that was known: a world's history.
    """

    previous_run: AttributionRun | None
    cutoff: AttributionRun
    model: AttributionModel


def select_processed(purchases: Sequence[Purchase], basis: RunBasis) -> list[Purchase]:
    """The event's purchases that the run looked at, of those that are still there. Rule: JOB-03."""
    if basis.previous_run is None:
        candidates = sales.select_known(purchases, basis.cutoff.due)
    else:
        candidates = sales.select_unprocessed(purchases, basis.previous_run, basis.cutoff.due)
    return [purchase for purchase in candidates if was_known(purchase, basis.cutoff)]


def is_credited(purchase: Purchase, model: AttributionModel) -> bool:
    """Whether a run counts the purchase. Rule: JOB-03 (campaigns alone, and nothing under EXTERNAL)."""
    return attribution.credited_total((purchase,), model) is not None
