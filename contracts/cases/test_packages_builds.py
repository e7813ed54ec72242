"""Packages: the stages of a build, the clusters that a build makes, and expiry."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.early_starts import EarlyStart
from contracts.dsl.steps import (
    Row,
    create_package,
    list_cluster_customers,
    list_packages,
    package_order,
    read_evaluation,
    read_package,
    rows_by_cluster,
    sale_row,
    save_settings,
    settings_body,
    wait_for_build,
)
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import TargetSession

STATUS_SEQUENCE = ("INITIALIZING", "INPROGRESS", "DONE")
SPRING = "2026-05-01T10:00:00Z"


def _create_fans(sandbox: Sandbox, event: str, tastes: dict[str, int], at: str = SPRING) -> dict[str, list[str]]:
    """Create buyers of the event, the given number for each taste. Return their ids by taste."""
    fans = {taste: sandbox.new_customer_ids(count) for taste, count in tastes.items()}
    sandbox.add_package([event], fans, title="package that sets the tastes")
    sandbox.add_sales(*(sale_row(buyer, event, at) for buyers in fans.values() for buyer in buyers))
    return fans


def _build_clusters(sandbox: Sandbox, event: str, **order: int) -> list[list[str]]:
    """Build a package that contains the event. Return the customers of each cluster."""
    package = create_package(sandbox.partner, package_order([event], **order))
    content = wait_for_build(sandbox, package["id"])["content"]
    return [
        sorted(list_cluster_customers(sandbox.partner, package["id"], cluster["tc"])) for cluster in content["clusters"]
    ]


@property_test("PKG-03.lifecycle", profile="smoke", writes=("createPackage",), early="build")
def test_a_package_builds_itself_and_never_goes_back(writable: Deployment, early_start: EarlyStart) -> None:
    made = early_start.value
    seen = [made["status"]]

    def look() -> Row:
        package = read_package(writable.partner, made["id"])
        seen.append(package["status"])
        return package

    writable.clock.wait_until("build", look, lambda package: package["status"] not in STATUS_SEQUENCE[:2])
    assertions.equal("statuses of a build, from first to last", sorted(seen, key=[*STATUS_SEQUENCE, *seen].index), seen)
    assertions.equal("the first and the last status", (seen[0], seen[-1]), (STATUS_SEQUENCE[0], STATUS_SEQUENCE[-1]))


@example("PKG-03.lifecycle", profile="smoke")
def test_a_build_goes_through_each_status_in_turn(sandbox: Sandbox) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    seen = []
    for _ in range(10):
        status = read_package(sandbox.partner, made)["status"]
        listed = {row["id"]: row["status"] for row in list_packages(sandbox.partner)}
        assertions.equal("status in the list", listed.get(made), status)
        seen.append(status)
        sandbox.advance(seconds=1)
    assertions.equal("the different statuses within ten seconds", tuple(dict.fromkeys(seen)), STATUS_SEQUENCE)


@example("PKG-03.durations", "PKG-03.clock")
@pytest.mark.parametrize(("timing", "stage", "evaluation"), [("quick", 2, 2), ("faithful", 360, 120)])
def test_a_build_and_an_evaluation_take_the_time_of_their_profile(
    target_session: TargetSession, timing: str, stage: int, evaluation: int
) -> None:
    with target_session.sandbox(timing=timing) as sandbox:
        event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
        sandbox.add_sales(sale_row(buyer, event, "2026-09-01T11:00:00Z"))
        made = create_package(sandbox.partner, package_order([event]))["id"]
        for status in STATUS_SEQUENCE[:2]:
            sandbox.advance(seconds=stage - 1)
            assertions.equal(
                "status a second before the build ends", read_package(sandbox.partner, made)["status"], status
            )
            sandbox.advance(seconds=1)
        assertions.equal(f"status after {2 * stage} s", read_package(sandbox.partner, made)["status"], "DONE")
        save_settings(sandbox.partner, made, settings_body())
        sandbox.advance(seconds=evaluation - 1)
        assertions.equal("result a second before the evaluation ends", read_evaluation(sandbox.partner, made), [])
        sandbox.advance(seconds=1)
        assertions.equal(f"rows after {evaluation} s", len(read_evaluation(sandbox.partner, made)), 1)


@example("PKG-03.expiry", "PKG-03.ends", "PKG-03.clock", profile="smoke", gotcha="G-14")
def test_a_package_expires_28_days_after_it_was_built(sandbox: Sandbox) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    sandbox.run_until_idle()
    sandbox.advance(days=27, hours=23, minutes=59, seconds=59)
    again = sandbox.sign_in("partner")
    assertions.equal("status a second before 28 days have passed", read_package(again, made)["status"], "DONE")
    sandbox.advance(seconds=1)
    assertions.equal("status after 28 days", read_package(again, made)["status"], "EXPIRED")
    sandbox.advance(days=60)
    assertions.equal("status two months later", read_package(sandbox.sign_in("partner"), made)["status"], "EXPIRED")


@example("PKG-10.clusters", profile="smoke")
def test_a_build_groups_buyers_by_taste(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    fans = _create_fans(sandbox, event, {"Jazz": 3, "Rock": 2})
    clusters = _build_clusters(sandbox, event, num_packages=2)
    assertions.equal(
        "the clusters of buyers with two tastes", sorted(clusters), sorted(sorted(buyers) for buyers in fans.values())
    )


@example("PKG-10.clusters")
def test_groups_are_split_within_a_taste_and_merged_across_tastes(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    fans = _create_fans(sandbox, event, {"Jazz": 4, "Rock": 2})
    everyone = sorted(buyer for buyers in fans.values() for buyer in buyers)
    assertions.equal(
        "the only cluster of buyers with two tastes", _build_clusters(sandbox, event, num_packages=1), [everyone]
    )
    three = _build_clusters(sandbox, event, num_packages=3)
    assertions.equal("customers of three clusters", sorted(buyer for cluster in three for buyer in cluster), everyone)
    for cluster in three:
        tastes = {taste for taste, buyers in fans.items() for buyer in buyers if buyer in cluster}
        assertions.equal(f"number of tastes in the cluster {cluster}", len(tastes), 1)


@example("PKG-02.num_packages", "PKG-10.clusters")
@pytest.mark.parametrize(
    ("asked", "made"),
    [
        pytest.param(1, 1, id="one"),
        pytest.param(4, 4, id="fewer clusters than buyers"),
        pytest.param(6, 6, id="as many clusters as buyers"),
        pytest.param(20, 6, id="more clusters than buyers"),
    ],
)
def test_a_build_makes_as_many_clusters_as_ordered(sandbox: Sandbox, asked: int, made: int) -> None:
    event = sandbox.add_event()
    _create_fans(sandbox, event, {"Jazz": 4, "Rock": 2})
    clusters = _build_clusters(sandbox, event, num_packages=asked)
    assertions.equal(f"number of clusters if 6 buyers are to be divided into {asked}", len(clusters), made)
    assertions.equal("number of customers in all clusters", sum(map(len, clusters)), 6)
    assertions.is_true("no cluster is empty", all(clusters), expected="customers in each", seen=clusters)


@example("PKG-10.nobody")
def test_a_package_that_nobody_bought_has_no_cluster(sandbox: Sandbox) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    package = wait_for_build(sandbox, made)
    assertions.equal("status", package["status"], "DONE")
    assertions.equal("clusters", package["content"]["clusters"], [])


@example("PKG-02.n_top_events", "PKG-10.buyers", profile="smoke")
@pytest.mark.parametrize(("most", "joined"), [(1, 1), (2, 2), (3, 3), (100, 3)])
def test_so_many_best_matching_events_bring_their_buyers(sandbox: Sandbox, most: int, joined: int) -> None:
    """`evt_z` shares two buyers with the package; `evt_l` and `evt_m` share one. Of these, `evt_l` comes first."""
    own = sandbox.add_event("evt_own")
    both, lower, higher = (sandbox.add_event(name) for name in ("evt_z", "evt_l", "evt_m"))
    ann, ben, *guests = sandbox.new_customer_ids(5)
    shared = {own: (ann, ben), both: (ann, ben, guests[0]), lower: (ann, guests[1]), higher: (ann, guests[2])}
    sandbox.add_sales(*(sale_row(buyer, event, SPRING) for event, buyers in shared.items() for buyer in buyers))
    made = create_package(sandbox.partner, package_order([own], num_packages=1, n_top_events=most))["id"]
    package = wait_for_build(sandbox, made)
    seen = list_cluster_customers(sandbox.partner, made, package["content"]["clusters"][0]["tc"])
    assertions.equal(
        f"customers if up to {most} further events are added", sorted(seen), sorted([ann, ben, *guests[:joined]])
    )
    assertions.equal("events of the package", [event["id"] for event in package["events"]], [own])


@example("PKG-10.buyers")
def test_a_match_is_told_by_buyers_and_not_by_orders(sandbox: Sandbox) -> None:
    own, often, liked = sandbox.add_event("evt_own"), sandbox.add_event("evt_a"), sandbox.add_event("evt_b")
    ann, ben, fan, guest = sandbox.new_customer_ids(4)
    shared = {own: (ann, ben), often: (ann, ann, ann, fan), liked: (ann, ben, guest)}
    sandbox.add_sales(*(sale_row(buyer, event, SPRING) for event, buyers in shared.items() for buyer in buyers))
    (cluster,) = _build_clusters(sandbox, own, num_packages=1, n_top_events=1)
    assertions.equal("customers if one further event is added", cluster, sorted([ann, ben, guest]))


@example("PKG-10.buyers")
@pytest.mark.parametrize(
    ("timestamp", "taken"),
    [
        pytest.param("2026-09-01T12:00:03Z", True, id="during the build"),
        pytest.param("2026-09-01T12:00:04Z", True, id="in the last second of the build"),
        pytest.param("2026-09-01T12:00:05Z", False, id="a second later"),
    ],
)
def test_a_build_takes_the_buyers_that_are_known_at_its_end(sandbox: Sandbox, timestamp: str, taken: bool) -> None:
    event, (early, late) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(sale_row(early, event, SPRING), sale_row(late, event, timestamp))
    (cluster,) = _build_clusters(sandbox, event, num_packages=1)
    assertions.equal(
        f"customers of the package, given a purchase at {timestamp}",
        cluster,
        sorted([early, late] if taken else [early]),
    )


@property_test("PKG-10.clusters", profile="smoke")
def test_each_cluster_has_a_tc_of_its_own(deployment: Deployment) -> None:
    read = [read_package(deployment.partner, listed["id"]) for listed in list_packages(deployment.partner)[:5]]
    built = [package for package in read if package["content"] and len(package["content"]["clusters"]) > 1]
    for package in require_cases(built, "a package with two clusters"):
        clusters = package["content"]["clusters"]
        assertions.equal(f"number of different tcs of {package['id']}", len(rows_by_cluster(clusters)), len(clusters))


@example("PKG-10.clusters")
def test_the_parts_of_one_taste_have_a_tc_each(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    _create_fans(sandbox, event, {"Jazz": 6})
    made = create_package(sandbox.partner, package_order([event], num_packages=3))["id"]
    tcs = [cluster["tc"] for cluster in wait_for_build(sandbox, made)["content"]["clusters"]]
    assertions.equal(f"number of different values among {tcs}", len(set(tcs)), 3)
