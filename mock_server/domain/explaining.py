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
End: TypeAlias = Literal["before", "after"]

MODELS: tuple[AttributionModel, ...] = ("FD", "META", "EXTERNAL")
OTHER: dict[EvaluationModel, Outcome] = {
    "EVENTS_FROM_PACKAGE": "other_event",
    "EVENT_SERIES": "other_series",
    "ALL_PURCHASES": "not_known_yet",
}
"""Why the model leaves out an event: under ALL_PURCHASES only one that was not there yet (BEV-06)."""

NEARNESS: dict[Outcome, int] = {
    "counted": 0,
    "not_known_yet": 1,
    "outside_window": 2,
    "other_series": 3,
    "other_event": 4,
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What an evaluation was made of: settings, window, counted events, clusters, and how far sales were known.

    `seen` is the instant at which it completed with the last purchase that had arrived by then.
    """

    settings: EvaluationSettings
    span: Window
    counted: frozenset[str]
    clusters: tuple[Cluster, ...]
    seen: AttributionRun


@dataclass(frozen=True, slots=True)
class Judged:
    """A purchase, the cluster of its customer, and what became of it."""

    purchase: Purchase
    tc: str
    outcome: Outcome


def limits(span: Window) -> tuple[datetime, datetime]:
    """The window's first instant, and the one that ends it and is not in it. Rule: BEV-07."""
    first, last = (datetime.combine(day, time(tzinfo=UTC)) for day in (span.first, span.last))
    return first, lifecycles.after(last, timedelta(days=1))


def outcome(purchase: Purchase, basis: Basis) -> Outcome:
    """What becomes of a purchase of a cluster's customer. Rules: BEV-06, BEV-07, BEV-08.

    Where several reasons hold, the one that the longest waiting would not change comes first.
    """
    if purchase.event_id not in basis.counted:
        return OTHER[basis.settings.model]
    if not windows.contains(basis.span, purchase.at):
        return "outside_window"
    return "counted" if was_known(purchase, basis.seen) else "not_known_yet"


def end_missed(purchase: Purchase, span: Window) -> End:
    """By which end a purchase outside the window misses it."""
    return "before" if purchase.at.date() < span.first else "after"


def was_known(purchase: Purchase, seen: AttributionRun) -> bool:
    """Whether a purchase had arrived when the clock stood there: of that very instant by its number. Rule: JOB-03."""
    return sales.order(purchase) <= (seen.due, seen.last_purchase)


def judged(purchases: Iterable[Purchase], basis: Basis) -> list[Judged]:
    """The purchases of the clusters' customers: the counted ones, then those nearest to it; else as they arrive."""
    cluster_of = {customer: cluster.tc for cluster in basis.clusters for customer in cluster.customers}
    found = [
        Judged(purchase, tc, outcome(purchase, basis))
        for purchase in purchases
        if (tc := cluster_of.get(purchase.customer_id)) is not None
    ]
    return sorted(found, key=lambda each: (NEARNESS[each.outcome], sales.order(each.purchase)))


def of_nobody(purchases: Iterable[Purchase], basis: Basis) -> int:
    """How many purchases would have counted, had their customers been in a cluster."""
    members = {customer for cluster in basis.clusters for customer in cluster.customers}
    return sum(
        1 for purchase in purchases if purchase.customer_id not in members and outcome(purchase, basis) == "counted"
    )


def outcomes(found: Iterable[Judged]) -> dict[str, Counter[Outcome]]:
    """How many purchases of each cluster had which outcome, by `tc`."""
    counts: dict[str, Counter[Outcome]] = {}
    for each in found:
        counts.setdefault(each.tc, Counter())[each.outcome] += 1
    return counts


def recounted(found: Iterable[Judged], basis: Basis) -> tuple[ClusterEvaluation, ...]:
    """The rows that the counted purchases come to; other than the published ones where sales were taken away since."""
    counted = [each.purchase for each in found if each.outcome == "counted"]
    return evaluation.evaluate(basis.clusters, counted, basis.span)


@dataclass(frozen=True, slots=True)
class RunBasis:
    """What a run made of one event: the run before it, how far it saw itself, and the event's model then.

    Without a run before it, it looked at everything that was known: a world's history.
    """

    before: AttributionRun | None
    seen: AttributionRun
    model: AttributionModel


def looked_at(purchases: Sequence[Purchase], basis: RunBasis) -> list[Purchase]:
    """The event's purchases that the run looked at, of those that are still there. Rule: JOB-03."""
    if basis.before is None:
        fresh = sales.known(purchases, basis.seen.due)
    else:
        fresh = sales.not_looked_at(purchases, basis.before, basis.seen.due)
    return [purchase for purchase in fresh if was_known(purchase, basis.seen)]


def is_credited(purchase: Purchase, model: AttributionModel) -> bool:
    """Whether a run counts the purchase. Rule: JOB-03 (campaigns alone, and nothing under EXTERNAL)."""
    return attribution.run((purchase,), model) is not None
