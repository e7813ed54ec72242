"""Defects in the purchases that an evaluation counts, and in the figures of its result."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mock_server.domain import evaluation, series, windows
from mock_server.domain.models import Cluster, ClusterEvaluation, Purchase
from mock_server.operations import backhaul
from mock_server.platform_api.schemas import backhaul as wire
from tests.defects.registry import Patch, defect


def _change_counted_events(patch: Patch, change: Any) -> None:
    """Choose the counted events with `change(original, model, event_ids, events)`."""
    patch.wrap(
        evaluation,
        "counted_events",
        lambda original: lambda model, event_ids, events: frozenset(change(original, model, event_ids, events)),
    )


@defect("BEV-06")
def all_purchases_are_those_of_the_package(patch: Patch) -> None:
    """ALL_PURCHASES counts only purchases of the package's events."""
    _change_counted_events(patch, lambda original, _, own, events: original("EVENTS_FROM_PACKAGE", own, events))


@defect("BEV-06")
def the_packages_events_are_all_events(patch: Patch) -> None:
    """EVENTS_FROM_PACKAGE counts every purchase."""
    _change_counted_events(
        patch,
        lambda original, model, own, events: original(
            "ALL_PURCHASES" if model == "EVENTS_FROM_PACKAGE" else model, own, events
        ),
    )


@defect("BEV-06", "BEV-08")
def all_purchases_leave_the_packages_own_out(patch: Patch) -> None:
    """ALL_PURCHASES does not count purchases of the package's own events."""
    _change_counted_events(
        patch,
        lambda original, model, own, events: (
            original(model, own, events) - (frozenset(own) if model == "ALL_PURCHASES" else frozenset())
        ),
    )


@defect("BEV-06", "BEV-08")
def a_series_leaves_the_own_events_out(patch: Patch) -> None:
    """EVENT_SERIES does not count purchases of the package's own events."""
    _change_counted_events(
        patch,
        lambda original, model, own, events: (
            original(model, own, events) - (frozenset(own) if model == "EVENT_SERIES" else frozenset())
        ),
    )


@defect("BEV-06")
def an_event_without_a_series_is_left_out(patch: Patch) -> None:
    """EVENT_SERIES does not count purchases of events without a series."""

    def change(original: Any, model: str, own: Any, events: Any) -> Iterable[str]:
        counted = original(model, own, events)
        alone = {event.id for event in events if event.series is None}
        return counted - alone if model == "EVENT_SERIES" else counted

    _change_counted_events(patch, change)


@defect("BEV-06")
def a_series_is_the_neighbouring_nights(patch: Patch) -> None:
    """EVENT_SERIES counts only the package's events and the events next to them in the series."""

    def change(original: Any, model: str, own: Any, events: Any) -> Iterable[str]:
        if model != "EVENT_SERIES":
            return original(model, own, events)
        counted = set(own)
        for event in events:
            if event.id in own:
                nights = [member.id for member in series.members_of(event, events)]
                place = nights.index(event.id)
                counted.update(nights[max(0, place - 1) : place + 2])
        return counted

    _change_counted_events(patch, change)


@defect("BEV-06")
def only_the_first_event_of_a_package_counts(patch: Patch) -> None:
    """EVENTS_FROM_PACKAGE and EVENT_SERIES ignore all but the package's first event."""
    _change_counted_events(patch, lambda original, model, own, events: original(model, tuple(own)[:1], events))


@defect("BEV-06", part="BEV-06.models")
def a_series_counts_the_packages_events_alone(patch: Patch) -> None:
    """EVENT_SERIES counts the same as EVENTS_FROM_PACKAGE."""
    _change_counted_events(
        patch,
        lambda original, model, own, events: original(
            "EVENTS_FROM_PACKAGE" if model == "EVENT_SERIES" else model, own, events
        ),
    )


@defect("BEV-06")
def a_series_is_every_event_of_its_city(patch: Patch) -> None:
    """EVENT_SERIES counts purchases of all of the partner's events."""
    _change_counted_events(
        patch,
        lambda original, model, own, events: original(
            "ALL_PURCHASES" if model == "EVENT_SERIES" else model, own, events
        ),
    )


def _change_rows(patch: Patch, change: Any) -> None:
    """Compute the row of a cluster with `change(row, cluster, purchases)`."""
    patch.wrap(
        evaluation,
        "_evaluate_cluster",
        lambda original: lambda cluster, purchases: change(original(cluster, purchases), cluster, purchases),
    )


def _change_rate(patch: Patch, rate: Any) -> None:
    _change_rows(patch, lambda row, cluster, _: replace(row, conversion_rate=rate(row, len(cluster.customers))))


@defect("BEV-08")
def customers_counts_orders(patch: Patch) -> None:
    """`customers` is the number of orders."""
    _change_rows(patch, lambda row, cluster, purchases: replace(row, customers=len(purchases)))


@defect("BEV-05", "BEV-08")
def items_counts_orders(patch: Patch) -> None:
    """`items` is the number of orders."""
    _change_rows(patch, lambda row, cluster, purchases: replace(row, items=len(purchases)))


@defect("BEV-05", "BEV-08")
def purchase_counts_customers(patch: Patch) -> None:
    """`purchase` is the number of customers who bought."""
    _change_rows(patch, lambda row, cluster, purchases: replace(row, purchase=row.customers))


@defect("BEV-08")
def customers_counts_tickets(patch: Patch) -> None:
    """`customers` is the number of tickets."""
    _change_rows(patch, lambda row, cluster, purchases: replace(row, customers=row.items))


@defect("BEV-08")
def items_counts_events(patch: Patch) -> None:
    """`items` is the number of different events."""
    _change_rows(patch, lambda row, _, purchases: replace(row, items=len({sale.event_id for sale in purchases})))


@defect("BEV-05")
def the_rate_is_in_per_cent(patch: Patch) -> None:
    """conversion_rate is a percentage, from 0 to 100."""
    _change_rate(patch, lambda row, size: 100 * row.customers / size if size else 0.0)


@defect("BEV-05")
def the_rate_is_of_orders(patch: Patch) -> None:
    """conversion_rate is the number of orders divided by the cluster's size, at most 1."""
    _change_rate(patch, lambda row, size: min(1.0, row.purchase / size) if size else 0.0)


@defect("BEV-05")
def the_rate_is_rounded(patch: Patch) -> None:
    """conversion_rate is rounded to two decimal places."""
    _change_rate(patch, lambda row, size: round(row.customers / size, 2) if size else 0.0)


@defect("BEV-08")
def the_rate_of_nobody_is_null(patch: Patch) -> None:
    """The conversion_rate of an empty cluster is null instead of 0."""
    _change_rate(patch, lambda row, size: row.customers / size if size else None)


@defect("BEV-08")
def the_rate_of_nobody_is_1(patch: Patch) -> None:
    """The conversion_rate of an empty cluster is 1 instead of 0."""
    _change_rate(patch, lambda row, size: row.customers / size if size else 1.0)


@defect("BEV-08", "ERR-03")
def the_rate_divides_by_zero(patch: Patch) -> None:
    """Reading a result with an empty cluster divides by zero and raises an error."""

    def wrap(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            rows = original(call, package_id)
            clusters = call.store.packages.get(package_id).clusters or ()
            for row, cluster in zip(rows, clusters, strict=False):
                _ = row.customers / len(cluster.customers)
            return rows

        return read

    patch.wrap(backhaul, "get_evaluation", wrap)


def _change_shown_rows(patch: Patch, change: Any) -> None:
    """Change the rows of a result before it is returned."""
    patch.wrap(wire, "cluster_evaluation_bodies", lambda original: lambda records: change(original(records)))


@defect("BEV-05")
def clusters_that_bought_nothing_have_no_row(patch: Patch) -> None:
    """There are no rows for clusters without purchases, as in an inner join."""
    _change_shown_rows(patch, lambda rows: [row for row in rows if row["purchase"]])


@defect("BEV-05")
def a_result_ends_with_its_totals(patch: Patch) -> None:
    """A result contains an extra last row with the totals."""

    def add_totals(rows: Any) -> Any:
        counts = {name: sum(row[name] for row in rows) for name in ("customers", "items", "purchase")}
        return [*rows, {"tc": "TOTAL", **counts, "conversion_rate": 0.0}] if rows else rows

    _change_shown_rows(patch, add_totals)


@defect("BEV-05")
def a_result_is_an_object(patch: Patch) -> None:
    """A result is wrapped in an object with the member `results`."""
    _change_shown_rows(patch, lambda rows: {"results": rows})


@defect("BEV-05")
def a_clusters_key_is_cluster(patch: Patch) -> None:
    """The name of a cluster is in the field `cluster` instead of `tc`."""
    _change_shown_rows(
        patch, lambda rows: [{"cluster" if name == "tc" else name: row[name] for name in row} for row in rows]
    )


def _count_by_owner(patch: Patch, owner_of: Any) -> None:
    """Count each purchase in the clusters at the indexes that `owner_of(clusters, customer_id)` returns."""

    def evaluate(clusters: Any, purchases: Iterable[Purchase], span: Any) -> tuple[ClusterEvaluation, ...]:
        counted: list[list[Purchase]] = [[] for _ in clusters]
        for purchase in purchases:
            if windows.contains(span, purchase.at):
                for place in owner_of(clusters, purchase.customer_id):
                    counted[place].append(purchase)
        return tuple(
            evaluation._evaluate_cluster(cluster, sales) for cluster, sales in zip(clusters, counted, strict=True)
        )

    patch.replace(evaluation, "evaluate", evaluate)


def _own_clusters(clusters: Iterable[Cluster], customer: str) -> list[int]:
    return [place for place, cluster in enumerate(clusters) if customer in cluster.customers]


@defect("BEV-05")
def strangers_count_in_the_first_cluster(patch: Patch) -> None:
    """Purchases of customers who are not in the package count in its first cluster."""
    _count_by_owner(patch, lambda clusters, customer: _own_clusters(clusters, customer) or [0])


@defect("BEV-05")
def a_purchase_counts_in_every_cluster(patch: Patch) -> None:
    """Each purchase counts in every cluster, so the sum over clusters is too large."""
    _count_by_owner(patch, lambda clusters, customer: range(len(clusters)) if _own_clusters(clusters, customer) else ())
