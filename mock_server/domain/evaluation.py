"""Evaluation of a package (Backhaul): how much each cluster bought, and at which rate."""

from collections.abc import Iterable, Sequence

from mock_server.domain import series, windows
from mock_server.domain.models import Cluster, ClusterEvaluation, EvaluationModel, Event, Purchase
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.windows import Window


def counted_events(model: EvaluationModel, event_ids: Iterable[str], partner_events: Sequence[Event]) -> frozenset[str]:
    """Return the events whose purchases the model counts for a package of `event_ids`.

    Implements: BEV-06.
    """
    if model == "ALL_PURCHASES":
        return frozenset(event.id for event in partner_events)
    own = frozenset(event_ids)
    if model == "EVENTS_FROM_PACKAGE":
        return own
    return own.union(
        member.id for event in partner_events if event.id in own for member in series.members_of(event, partner_events)
    )


@in_pieces
def evaluate(
    clusters: Sequence[Cluster], purchases: Iterable[Purchase], window: Window
) -> Steps[tuple[ClusterEvaluation, ...]]:
    """Count what each cluster's customers bought within the window.

    `purchases` are the known purchases of the counted events.

    See: BEV-07, BEV-08.
    Implements: BEV-05.
    """
    cluster_of = {customer: cluster.tc for cluster in clusters for customer in cluster.customers}
    counted: dict[str, list[Purchase]] = {cluster.tc: [] for cluster in clusters}
    for part in split(purchases):
        for purchase in part:
            tc = cluster_of.get(purchase.customer_id)
            if tc is not None and windows.contains(window, purchase.at):
                counted[tc].append(purchase)
        yield len(part)
    return tuple(_evaluate_cluster(cluster, counted[cluster.tc]) for cluster in clusters)


def _evaluate_cluster(cluster: Cluster, purchases: Sequence[Purchase]) -> ClusterEvaluation:
    """Count distinct buyers, tickets and orders. The rate of an empty cluster is 0.

    See: BEV-05.
    Implements: BEV-08.
    """
    buyers = len({purchase.customer_id for purchase in purchases})
    return ClusterEvaluation(
        tc=cluster.tc,
        customers=buyers,
        items=sum(purchase.tickets for purchase in purchases),
        purchase=len(purchases),
        conversion_rate=buyers / len(cluster.customers) if cluster.customers else 0.0,
    )
