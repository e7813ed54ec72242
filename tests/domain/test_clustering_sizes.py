"""Clusters of many tastes: the heap has the results of the plain definition, and the work grows with the input.

`group_plainly` is the definition: it sorts all groups again before each merge.
"""

from collections import Counter
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mock_server.domain import clustering
from mock_server.domain.models import Cluster, Customer
from mock_server.domain.pieces import PART_SIZE, PIECE_UNITS, run_piece, sort_values
from tests.builders import a_customer
from tests.counted_calls import run_counted

TASTES = 1_500
MAX_GROWTH = 2.3
"""How many times the calls there may be for twice the input."""
Groups = list[tuple[tuple[str, ...], tuple[str, ...]]]


def split_plainly(groups: Groups, wanted: int) -> Groups:
    while len(groups) < wanted:
        tastes, customers = max(groups, key=lambda group: (len(group[1]), *group))
        groups.remove((tastes, customers))
        half = (len(customers) + 1) // 2
        groups += [(tastes, customers[:half]), (tastes, customers[half:])]
    return groups


def merge_plainly(groups: Groups, wanted: int) -> Groups:
    while len(groups) > wanted:
        groups.sort(key=lambda group: (-len(group[1]), group[0]))
        smallest, next_smallest = groups.pop(), groups.pop()
        groups.append((next_smallest[0] + smallest[0], tuple(sorted(next_smallest[1] + smallest[1]))))
    return groups


def label_plainly(groups: Groups) -> list[tuple[str, tuple[str, ...]]]:
    """Return the label and the customers of each group, in the order of clusters."""
    sizes, seen, labelled = Counter(tastes for tastes, _ in groups), Counter[tuple[str, ...]](), []
    for tastes, customers in sorted(groups):
        seen[tastes] += 1
        first, *more = tastes
        label = f"{first} + {more[0] if len(more) == 1 else f'{len(more)} more'}" if more else first
        labelled.append((f"{first} ({seen[tastes]})" if sizes[tastes] > 1 else label, customers))
    return sorted(labelled, key=lambda each: (-len(each[1]), *each))


def group_plainly(buyers: list[str], customers: dict[str, Customer], number: int) -> tuple[Cluster, ...]:
    members: dict[str, list[str]] = {}
    for buyer in sorted(buyers):
        members.setdefault(customers[buyer].cluster, []).append(buyer)
    groups = [((taste,), tuple(found)) for taste, found in sorted(members.items())]
    wanted = min(number, len(buyers))
    labelled = label_plainly(merge_plainly(split_plainly(groups, wanted), wanted))
    labels, used = [label for label, _ in labelled], set[str]()
    clusters = []
    for label, found in labelled:
        numbered = (f"{label} #{place}" for place in count(2))
        tc = label if label not in used else next(name for name in numbered if name not in {*used, *labels})
        used.add(tc)
        clusters.append(Cluster(tc, tc, found))
    return tuple(clusters)


def customers_of(tastes: list[str]) -> dict[str, Customer]:
    """Return a customer for each taste. Their ids sort otherwise than the tastes are listed."""
    names = [f"cus_{place * 7919 % 10_007}" for place in range(len(tastes))]
    return {name: a_customer(name, cluster=taste) for name, taste in zip(names, tastes, strict=True)}


some_tastes = st.sampled_from([*"abcdefghij", "a + b", "a (1)", "a + 2 more", "a (1) #2", "É", "", "ab", "Z"])
taste_lists = st.lists(some_tastes | st.text(max_size=3), max_size=60)


@given(tastes=taste_lists, number=st.integers(1, 20), seed=st.randoms(use_true_random=False))
@example(tastes=list("abcdefgh"), number=3, seed=None)
@example(tastes=["a", "b", "a + b", "a + b", "a + b"], number=2, seed=None)
@settings(deadline=None, max_examples=300)
def test_the_clusters_are_those_of_the_plain_definition(tastes, number, seed):
    """Rules: PKG-04, PKG-10."""
    customers = customers_of(tastes)
    buyers = list(customers)
    if seed is not None:
        seed.shuffle(buyers)
    assert clustering.group_buyers(buyers, customers, number) == group_plainly(buyers, customers, number)


@pytest.mark.parametrize("number", [1, 7, 20])
@pytest.mark.parametrize("sizes", [[1], [1, 2], [1, 1, 2, 3, 5, 8], [40, 1]], ids=str)
def test_the_clusters_of_many_tastes_are_those_of_the_plain_definition(sizes, number):
    """Rule: PKG-10."""
    tastes = [f"Taste {place}" for place in range(300) for _ in range(sizes[place % len(sizes)])]
    customers = customers_of(tastes)
    assert clustering.group_buyers(customers, customers, number) == group_plainly(list(customers), customers, number)


def group_counted(taste_count: int) -> list[tuple[int, int]]:
    """Return the units and the calls of each step of grouping a customer of each taste."""
    customers = customers_of([f"Taste {place}" for place in range(taste_count)])
    counted, clusters = run_counted(clustering.group_buyers.steps(customers, customers, 20))
    assert sum(len(cluster.customers) for cluster in clusters) == taste_count
    return counted


def test_twice_the_tastes_take_twice_the_calls():
    calls = [sum(calls for _, calls in group_counted(size)) for size in (TASTES, 2 * TASTES)]
    assert calls[0] > TASTES
    assert calls[1] <= MAX_GROWTH * calls[0]


def test_no_step_over_many_tastes_is_long():
    counted = group_counted(3 * TASTES)
    assert max(units for units, _ in counted) <= PIECE_UNITS
    assert max(calls for _, calls in counted) <= 8 * PART_SIZE


@given(st.lists(st.text(max_size=2), max_size=50), st.integers(1, 7))
@settings(deadline=None)
def test_strings_are_sorted_in_runs_of_any_size(items, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "mock_server.domain.pieces.split",
            lambda given: (given[at : at + size] for at in range(0, len(given), size)),
        )
        with pytest.raises(StopIteration) as end:
            run_piece(sort_values(items), PIECE_UNITS)
    assert end.value.value == sorted(items)
