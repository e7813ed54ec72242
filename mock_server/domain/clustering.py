"""Groups buyers into clusters by taste, as the build of a package does."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from mock_server.domain import purchase_columns
from mock_server.domain.column_parts import find_customer_ids
from mock_server.domain.models import Cluster, Customer, Purchase
from mock_server.domain.pieces import Steps, column_units, in_pieces, sort_values, split

MERGES_PER_STEP = 1_000
MERGE_UNITS = 5
"""The units of work of merging two groups."""


@dataclass(frozen=True, slots=True)
class _Group:
    tastes: tuple[str, ...]
    customers: tuple[str, ...]
    part: int = 0

    @property
    def label(self) -> str:
        first, *more = self.tastes
        if self.part:
            return f"{first} ({self.part})"
        return first if not more else f"{first} + {more[0] if len(more) == 1 else f'{len(more)} more'}"


@in_pieces
def find_related_events(
    buyers: set[str], purchases: Iterable[Purchase], own: frozenset[str], limit: int
) -> Steps[list[str]]:
    """Return the events outside `own` that share the most buyers, at most `limit` of them. See: PKG-10."""
    shared: dict[str, set[str]] = {}
    for event_id, bought in purchase_columns.split_by_event(purchases):
        if event_id not in own:
            customers = yield from find_customer_ids(bought)
            if found := buyers.intersection(customers):
                shared.setdefault(event_id, set()).update(found)
            yield column_units(len(customers))
    return sorted(shared, key=lambda event_id: (-len(shared[event_id]), event_id))[:limit]


@in_pieces
def group_buyers(buyers: Iterable[str], customers: Mapping[str, Customer], number: int) -> Steps[tuple[Cluster, ...]]:
    """Group buyers by taste into `number` disjoint clusters, largest first.

    If there are fewer buyers than `number`, each buyer gets a cluster. See: PKG-02, PKG-04, PKG-10.
    """
    tastes: dict[str, list[str]] = {}
    buyer_count = 0
    for part in split(buyers):
        for buyer in part:
            tastes.setdefault(customers[buyer].cluster, []).append(buyer)
        buyer_count += len(part)
        yield len(part)
    cluster_count = min(number, buyer_count)
    if len(tastes) < cluster_count:
        groups = _number_parts((yield from _split_largest(tastes, cluster_count)))
    else:
        groups = yield from _merge_smallest(tastes, cluster_count)
    groups.sort(key=lambda group: (-len(group.customers), group.label, group.customers))
    labels = _make_labels_distinct([group.label for group in groups])
    return tuple(Cluster(label, label, group.customers) for label, group in zip(labels, groups, strict=True))


def _make_labels_distinct(labels: list[str]) -> list[str]:
    """Make labels unique, because a label is also a cluster's key. A taste may be named like a generated label."""
    used: set[str] = set()
    taken = set(labels)
    distinct = []
    for label in labels:
        numbered = (f"{label} #{number}" for number in count(2))
        chosen = label if label not in used else next(name for name in numbered if name not in taken)
        used.add(chosen)
        taken.add(chosen)
        distinct.append(chosen)
    return distinct


def _split_largest(tastes: Mapping[str, list[str]], cluster_count: int) -> Steps[list[_Group]]:
    """Make a group of each taste. Repeatedly split the largest group in half, until there are enough groups."""
    groups = []
    for taste, members in sorted(tastes.items()):
        groups.append(_Group((taste,), tuple((yield from sort_values(members)))))
    while len(groups) < cluster_count:
        largest = max(groups, key=lambda group: (len(group.customers), group.tastes, group.customers))
        groups.remove(largest)
        half = (len(largest.customers) + 1) // 2
        groups += [
            _Group(largest.tastes, largest.customers[:half]),
            _Group(largest.tastes, largest.customers[half:]),
        ]
        yield column_units(len(largest.customers))
    return groups


def _number_parts(groups: list[_Group]) -> list[_Group]:
    """Number the parts of a split taste, so that their labels differ."""
    sizes = Counter(group.tastes for group in groups)
    seen: Counter[tuple[str, ...]] = Counter()
    numbered = []
    for group in sorted(groups, key=lambda group: (group.tastes, group.customers)):
        seen[group.tastes] += 1
        part = seen[group.tastes] if sizes[group.tastes] > 1 else 0
        numbered.append(_Group(group.tastes, group.customers, part))
    return numbered


def _merge_smallest(tastes: Mapping[str, list[str]], cluster_count: int) -> Steps[list[_Group]]:
    """Make a group of each taste. Repeatedly merge the two smallest groups, until there are only `cluster_count`.

    Of groups of the same size, the one whose first taste comes last is the smallest. `merged` contains the tastes of
    each group. The smaller group is added to the larger, so a taste is moved at most once for each doubling of a size.
    """
    names = yield from sort_values(tastes)
    heap: list[tuple[int, int]] = []
    merged: dict[int, list[str]] = {}
    for part in split(range(len(names)), MERGES_PER_STEP):
        heap += [(len(tastes[names[place]]), -place) for place in part]
        merged.update((-place, [names[place]]) for place in part)
        yield len(part)
    heapq.heapify(heap)
    for turns in split(range(len(names) - cluster_count), MERGES_PER_STEP):
        for _ in turns:
            size, smallest = heapq.heappop(heap)
            next_size, next_smallest = heap[0]
            merged[next_smallest] += merged.pop(smallest)
            heapq.heapreplace(heap, (size + next_size, next_smallest))
        yield MERGE_UNITS * len(turns)
    groups = []
    for group_tastes in merged.values():
        members = yield from _join_members(tastes, group_tastes)
        groups.append(_Group(tuple(group_tastes), tuple(members)))
    return groups


def _join_members(tastes: Mapping[str, list[str]], chosen: Iterable[str]) -> Steps[list[str]]:
    """Return the customers of the chosen tastes, sorted."""
    members: list[str] = []
    for part in split(chosen):
        for taste in part:
            members += tastes[taste]
        yield len(part)
    return (yield from sort_values(members))
