"""Finds the purchases of a package's customers in columns, without making records."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress
from operator import itemgetter

from mock_server.domain.column_parts import ROWS_AT_ONCE
from mock_server.domain.models import Cluster
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.purchase_columns import PurchaseColumns

MAX_BYTE = 255


class ClusterMarks:
    """The clusters of a package as numbers from 1. The number 0 means that a customer is in no cluster.

    `numbers` contains the number of each customer, and `tcs` the `tc` of each number. A customer of several clusters
    belongs to the last one.
    """

    def __init__(self, clusters: Iterable[Cluster]) -> None:
        listed = list(clusters)
        self.tcs = ["", *dict.fromkeys(cluster.tc for cluster in listed)]
        number_of = {tc: number for number, tc in enumerate(self.tcs) if number}
        self.numbers = {customer: number_of[cluster.tc] for cluster in listed for customer in cluster.customers}
        self._customer_ids: Sequence[str] = ()
        self._by_code: list[int] = []

    def read_customers(self, columns: PurchaseColumns) -> Steps[None]:
        """Find the numbers of all customers of the columns, before their purchases are marked."""
        customer_ids = columns.columns.customer_ids
        if customer_ids is not self._customer_ids:
            by_code: list[int] = []
            for start in range(0, len(customer_ids), ROWS_AT_ONCE):
                part = customer_ids[start : start + ROWS_AT_ONCE]
                by_code += [self.numbers.get(customer_id, 0) for customer_id in part]
                yield len(part) // 3
            self._customer_ids, self._by_code = customer_ids, by_code

    def mark_purchases(self, columns: PurchaseColumns) -> Sequence[int]:
        """Return the number of the cluster of each purchase's buyer."""
        if columns.columns.customer_ids is not self._customer_ids:
            self._customer_ids = columns.columns.customer_ids
            self._by_code = [self.numbers.get(customer_id, 0) for customer_id in self._customer_ids]
        buyers = columns.columns.buyers[columns.start : columns.stop]
        # One call of an itemgetter is the fastest look-up. It returns a tuple only for two keys or more.
        marks = itemgetter(*buyers)(self._by_code) if len(buyers) > 1 else [self._by_code[code] for code in buyers]
        return bytes(marks) if len(self.tcs) <= MAX_BYTE else array("I", marks)


@in_pieces
def mark_customers(clusters: Sequence[Cluster]) -> Steps[ClusterMarks]:
    """Return the marks of the clusters."""
    marks = ClusterMarks(replace(cluster, customers=()) for cluster in clusters)
    number_of = {tc: number for number, tc in enumerate(marks.tcs)}
    for cluster in clusters:
        for part in split(cluster.customers, ROWS_AT_ONCE):
            marks.numbers.update(dict.fromkeys(part, number_of[cluster.tc]))
            yield len(part) // 3
    return marks


class ClusterTally:
    """The buyers, the tickets and the orders of each cluster, by its number."""

    def __init__(self, marks: ClusterMarks) -> None:
        self.buyers: set[str] = set()
        self.items: Counter[int] = Counter()
        self.orders: Counter[int] = Counter()
        self._marks = marks

    def add(self, columns: PurchaseColumns) -> None:
        """Count the purchases of columns."""
        marks, part = self._marks.mark_purchases(columns), slice(columns.start, columns.stop)
        tickets = compress(columns.columns.tickets[part], marks)
        for (number, each), count in Counter(zip(compress(marks, marks), tickets, strict=True)).items():
            self.items[number] += each * count
            self.orders[number] += count
        buyers = set(compress(columns.columns.buyers[part], marks))
        self.buyers.update(map(columns.columns.customer_ids.__getitem__, buyers))

    def count_buyers(self) -> Steps[Counter[int]]:
        """Return the number of distinct buyers of each cluster."""
        counts: Counter[int] = Counter()
        for part in split(self.buyers, ROWS_AT_ONCE):
            counts.update(map(self._marks.numbers.__getitem__, part))
            yield len(part) // 3
        return counts
