"""Evaluation of a package (Backhaul): how much each cluster bought, and at which rate."""

from collections.abc import Iterable, Mapping, Sequence

from mock_server.domain import cluster_marks, purchase_columns, series, windows
from mock_server.domain.cluster_marks import ClusterMarks, ClusterTally
from mock_server.domain.column_parts import split_columns
from mock_server.domain.models import Cluster, ClusterEvaluation, EvaluationModel, Event, Purchase
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.purchase_columns import PurchaseColumns
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
    return own.union(event.id for event in series.members_of_all(own, partner_events))


@in_pieces
def evaluate(
    clusters: Sequence[Cluster], purchases: Iterable[Purchase], window: Window
) -> Steps[tuple[ClusterEvaluation, ...]]:
    """Count what each cluster's customers bought within the window.

    `purchases` are the known purchases of the counted events.

    See: BEV-07, BEV-08.
    Implements: BEV-05.
    """
    columns, records = yield from purchase_columns.partition_in_steps(purchases)
    marks = yield from cluster_marks.mark_customers.steps(clusters)
    counted: dict[str, list[Purchase]] = {cluster.tc: [] for cluster in clusters}
    for part in split(records):
        for purchase in part:
            number = marks.numbers.get(purchase.customer_id)
            if number is not None and windows.contains(window, purchase.at):
                counted[marks.tcs[number]].append(purchase)
        yield len(part)
    if columns:
        in_window = []
        for each in columns:
            in_window.append(each.select_days(window.first, window.last))
            yield 1
        return (yield from _evaluate_columns((clusters, marks), in_window, counted))
    rows = []
    for cluster in clusters:
        rows.append(_evaluate_cluster(cluster, counted[cluster.tc]))
        yield len(counted[cluster.tc]) // 2
    return tuple(rows)


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
        conversion_rate=_conversion_rate(buyers, cluster),
    )


def _evaluate_columns(
    marked_clusters: tuple[Sequence[Cluster], ClusterMarks],
    columns: Iterable[PurchaseColumns],
    records: Mapping[str, Sequence[Purchase]],
) -> Steps[tuple[ClusterEvaluation, ...]]:
    """Return what `evaluate` returns for columns, and for records by cluster. All of them are in the window."""
    clusters, marks = marked_clusters
    tally = ClusterTally(marks)
    for each in split_columns(columns):
        yield from marks.read_customers(each)
        tally.add(each)
        yield 1 + len(each) // 3
    for number, tc in enumerate(marks.tcs[1:], 1):
        tally.buyers.update(purchase.customer_id for purchase in records[tc])
        tally.items[number] += sum(purchase.tickets for purchase in records[tc])
        tally.orders[number] += len(records[tc])
    buyers, number_of = (yield from tally.count_buyers()), {tc: number for number, tc in enumerate(marks.tcs)}
    return tuple(
        ClusterEvaluation(
            cluster.tc,
            buyers[number],
            tally.items[number],
            tally.orders[number],
            _conversion_rate(buyers[number], cluster),
        )
        for cluster in clusters
        for number in (number_of[cluster.tc],)
    )


def _conversion_rate(buyers: int, cluster: Cluster) -> float:
    """Return the part of a cluster's customers who bought. See: BEV-08."""
    return buyers / len(cluster.customers) if cluster.customers else 0.0
