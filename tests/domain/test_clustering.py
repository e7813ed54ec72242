"""Which customers a package's build puts in one cluster. Rules: PKG-02, PKG-04, PKG-10."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import clustering
from mock_server.domain.models import Cluster, Customer, Purchase
from tests.builders import a_customer, a_purchase

OWN_EVENTS = frozenset({"evt_1"})


def customers_with_tastes(*tastes: str) -> dict[str, Customer]:
    """Return one customer for each of these tastes, starting with `cus_01`."""
    return {f"cus_{n:02}": a_customer(f"cus_{n:02}", cluster=taste) for n, taste in enumerate(tastes, 1)}


def build_clusters(number: int, *tastes: str) -> tuple[Cluster, ...]:
    customers = customers_with_tastes(*tastes)
    return clustering.group_buyers(customers, customers, number)


def sizes(clusters: tuple[Cluster, ...]) -> list[tuple[str, int]]:
    return [(cluster.label, len(cluster.customers)) for cluster in clusters]


def test_buyers_are_grouped_by_taste_the_largest_group_first():
    """Rule: PKG-10."""
    assert build_clusters(2, "Jazz", "Rock", "Rock") == (
        Cluster("Rock", "Rock", ("cus_02", "cus_03")),
        Cluster("Jazz", "Jazz", ("cus_01",)),
    )


def test_without_any_buyer_there_are_no_clusters():
    """Rule: PKG-10."""
    assert clustering.group_buyers([], customers_with_tastes("Jazz"), 3) == ()


def test_only_buyers_are_clustered():
    """Rule: PKG-10."""
    assert clustering.group_buyers(["cus_02"], customers_with_tastes("Jazz", "Rock"), 5) == (
        Cluster("Rock", "Rock", ("cus_02",)),
    )


def test_where_there_are_fewer_buyers_than_clusters_wanted_each_buyer_is_one():
    """Rules: PKG-02, PKG-10."""
    clusters = build_clusters(20, "Jazz", "Jazz", "Rock")
    assert sizes(clusters) == [("Jazz (1)", 1), ("Jazz (2)", 1), ("Rock", 1)]


def test_one_buyer_is_one_cluster():
    """Rule: PKG-02 (at least one cluster if there are any buyers)."""
    assert sizes(build_clusters(1, "Jazz")) == [("Jazz", 1)]
    assert sizes(build_clusters(20, "Jazz")) == [("Jazz", 1)]


def test_a_taste_is_split_in_halves_where_more_clusters_are_wanted():
    """Rule: PKG-10."""
    assert sizes(build_clusters(2, *["Jazz"] * 5)) == [("Jazz (1)", 3), ("Jazz (2)", 2)]


def test_the_largest_taste_is_split_first():
    """Rule: PKG-10."""
    assert sizes(build_clusters(3, *["Jazz"] * 6, *["Rock"] * 2)) == [("Jazz (1)", 3), ("Jazz (2)", 3), ("Rock", 2)]


def test_a_taste_is_split_into_four():
    """Rule: PKG-10."""
    expected = [("Jazz (1)", 2), ("Jazz (2)", 2), ("Jazz (3)", 2), ("Jazz (4)", 2)]
    assert sizes(build_clusters(4, *["Jazz"] * 8)) == expected


def test_the_smallest_tastes_are_put_together_where_fewer_clusters_are_wanted():
    """Rule: PKG-10."""
    assert sizes(build_clusters(2, *["Jazz"] * 5, *["Rock"] * 2, "Soul")) == [("Jazz", 5), ("Rock + Soul", 3)]


def test_one_cluster_of_eight_tastes_holds_everybody():
    """Rule: PKG-10."""
    (only,) = build_clusters(1, *(f"Taste {number}" for number in range(1, 9)))
    assert only.label == "Taste 1 + 7 more"
    assert only.customers == tuple(f"cus_{number:02}" for number in range(1, 9))


def test_a_clusters_key_is_its_label():
    """Rule: PKG-04."""
    assert all(
        cluster.tc == cluster.label for cluster in build_clusters(3, "Jazz", "Rock", "Jazz", "Jazz", "Soul", "Punk")
    )


def test_a_taste_named_like_two_others_put_together_keeps_a_key_of_its_own():
    """Rules: PKG-04, PKG-06: a `tc` is the name of only one cluster."""
    clusters = build_clusters(2, *["Jazz + Rock"] * 3, "Jazz", "Rock")
    assert len({cluster.tc for cluster in clusters}) == 2


def test_a_taste_named_like_a_part_of_another_keeps_a_key_of_its_own():
    """Rules: PKG-04, PKG-06: a `tc` is the name of only one cluster."""
    clusters = build_clusters(3, *["Jazz"] * 4, "Jazz (1)")
    assert len({cluster.tc for cluster in clusters}) == 3


def purchases_of_event(event_id: str, *customers: str) -> list[Purchase]:
    return [a_purchase(event_id=event_id, customer_id=customer) for customer in customers]


def test_the_best_matching_events_share_the_most_buyers():
    """Rule: PKG-10."""
    purchases = (
        purchases_of_event("evt_2", "a")
        + purchases_of_event("evt_3", "a", "b", "c")
        + purchases_of_event("evt_4", "b", "c")
    )
    assert clustering.find_related_events({"a", "b", "c"}, purchases, OWN_EVENTS, 2) == ["evt_3", "evt_4"]


def test_a_buyer_who_comes_often_is_shared_once():
    """Rule: PKG-10."""
    purchases = purchases_of_event("evt_2", "a", "a", "a") + purchases_of_event("evt_3", "a", "b")
    assert clustering.find_related_events({"a", "b"}, purchases, OWN_EVENTS, 1) == ["evt_3"]


def test_of_two_events_that_match_alike_the_lower_id_is_taken():
    """Rule: PKG-10."""
    purchases = purchases_of_event("evt_3", "a") + purchases_of_event("evt_2", "b")
    assert clustering.find_related_events({"a", "b"}, purchases, OWN_EVENTS, 1) == ["evt_2"]


def test_strangers_and_the_packages_own_events_do_not_match():
    """Rule: PKG-10 (further events are other events with shared buyers)."""
    purchases = purchases_of_event("evt_1", "a") + purchases_of_event("evt_2", "stranger")
    assert clustering.find_related_events({"a"}, purchases, OWN_EVENTS, 100) == []


def test_fewer_events_match_than_were_asked_for():
    """Rule: PKG-10."""
    assert clustering.find_related_events({"a"}, purchases_of_event("evt_2", "a"), OWN_EVENTS, 100) == ["evt_2"]


taste_lists = st.lists(st.sampled_from(["Jazz", "Rock", "Soul", "Punk", "Neue Musik", "Oper"]), max_size=25)


@given(tastes=taste_lists, number=st.integers(1, 20))
@settings(deadline=None)
def test_the_clusters_are_as_many_as_wanted_and_each_buyer_is_in_exactly_one(tastes, number):
    """Rules: PKG-02, PKG-04, PKG-10."""
    clusters = build_clusters(number, *tastes)
    assert len(clusters) == min(number, len(tastes))
    members = Counter(customer for cluster in clusters for customer in cluster.customers)
    assert members == Counter(customers_with_tastes(*tastes).keys())
    assert all(cluster.customers for cluster in clusters)
    assert len({cluster.tc for cluster in clusters}) == len(clusters)


@given(tastes=taste_lists, number=st.integers(1, 20), seed=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_in_which_buyers_come_makes_no_difference(tastes, number, seed):
    """Rule: PKG-10."""
    customers = customers_with_tastes(*tastes)
    shuffled = list(customers)
    seed.shuffle(shuffled)
    assert clustering.group_buyers(shuffled, customers, number) == clustering.group_buyers(customers, customers, number)


@given(tastes=taste_lists)
@settings(deadline=None)
def test_each_taste_is_one_cluster_where_as_many_are_wanted_as_there_are_tastes(tastes):
    """Rule: PKG-10 (buyers are grouped by taste)."""
    if not tastes:
        return
    clusters = build_clusters(len(set(tastes)), *tastes)
    assert {cluster.label: len(cluster.customers) for cluster in clusters} == Counter(tastes)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_tastes_are_either_put_together_or_split_never_both(number):
    """Rule: PKG-10."""
    tastes = ["Jazz"] * 6 + ["Rock"] * 3 + ["Soul"]
    customers = customers_with_tastes(*tastes)
    clusters = clustering.group_buyers(customers, customers, number)
    kinds = [{customers[one].cluster for one in cluster.customers} for cluster in clusters]
    assert all(len(kind) == 1 for kind in kinds) == (number >= 3)
    assert sum(map(len, kinds)) == max(3, number)
