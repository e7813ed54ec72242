"""Packages: how a build goes, whom it puts together, and when a package expires."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import (
    Row,
    a_sale,
    an_order,
    built,
    by_cluster,
    customers_of,
    ordered,
    package_of,
    packages_of,
    result_of,
    save,
    settings,
    some_events,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import Inspection

COURSE = ("INITIALIZING", "INPROGRESS", "DONE")
SPRING = "2026-05-01T10:00:00Z"


def _fans(sandbox: Sandbox, event: str, tastes: dict[str, int], at: str = SPRING) -> dict[str, list[str]]:
    """So many buyers of the event for each taste; gives their ids by taste."""
    fans = {taste: sandbox.customers(count) for taste, count in tastes.items()}
    sandbox.package([event], fans, title="where tastes come from")
    sandbox.sell(*(a_sale(buyer, event, at) for buyers in fans.values() for buyer in buyers))
    return fans


def _built(sandbox: Sandbox, event: str, **order: int) -> list[list[str]]:
    """The customers of each cluster of a package over the event, once it is built."""
    made = ordered(sandbox.partner, an_order([event], **order))
    content = built(sandbox, made["id"])["content"]
    return [sorted(customers_of(sandbox.partner, made["id"], cluster["tc"])) for cluster in content["clusters"]]


@law("PKG-03", profile="smoke")
def test_a_package_builds_itself_and_never_goes_back(writable: Deployment) -> None:
    made = ordered(writable.partner, an_order(some_events(writable, 1), package_title=writable.title("build")))
    seen = [made["status"]]

    def look() -> Row:
        package = package_of(writable.partner, made["id"])
        seen.append(package["status"])
        return package

    writable.clock.until("build", look, lambda package: package["status"] not in COURSE[:2])
    assertions.equal("statuses of a build, from first to last", sorted(seen, key=[*COURSE, *seen].index), seen)
    assertions.equal("the first and the last", (seen[0], seen[-1]), (COURSE[0], COURSE[-1]))


@example("PKG-03", profile="smoke")
def test_a_build_goes_through_each_status_in_turn(sandbox: Sandbox) -> None:
    made = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    seen = []
    for _ in range(10):
        status = package_of(sandbox.partner, made)["status"]
        listed = {row["id"]: row["status"] for row in packages_of(sandbox.partner)}
        assertions.equal("status in the list", listed.get(made), status)
        seen.append(status)
        sandbox.advance(seconds=1)
    assertions.equal("the statuses of ten seconds", tuple(dict.fromkeys(seen)), COURSE)


@example("PKG-03", ruled=True)
@pytest.mark.parametrize(("timing", "stage", "evaluation"), [("quick", 2, 2), ("faithful", 360, 120)])
def test_a_build_and_an_evaluation_take_the_time_of_their_profile(
    inspection: Inspection, timing: str, stage: int, evaluation: int
) -> None:
    with inspection.sandbox(timing=timing) as sandbox:
        event, (buyer,) = sandbox.event(), sandbox.customers(1)
        sandbox.sell(a_sale(buyer, event, "2026-09-01T11:00:00Z"))
        made = ordered(sandbox.partner, an_order([event]))["id"]
        for status in COURSE[:2]:
            sandbox.advance(seconds=stage - 1)
            assertions.equal("status a second before its end", package_of(sandbox.partner, made)["status"], status)
            sandbox.advance(seconds=1)
        assertions.equal(f"status after {2 * stage} s", package_of(sandbox.partner, made)["status"], "DONE")
        save(sandbox.partner, made, settings())
        sandbox.advance(seconds=evaluation - 1)
        assertions.equal("result a second before its end", result_of(sandbox.partner, made), [])
        sandbox.advance(seconds=1)
        assertions.equal(f"rows after {evaluation} s", len(result_of(sandbox.partner, made)), 1)


@example("PKG-03", profile="smoke", gotcha="G-14")
def test_a_package_expires_28_days_after_it_was_built(sandbox: Sandbox) -> None:
    made = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    sandbox.idle()
    sandbox.advance(days=27, hours=23, minutes=59, seconds=59)
    again = sandbox.sign_in("partner")
    assertions.equal("status a second before 28 days", package_of(again, made)["status"], "DONE")
    sandbox.advance(seconds=1)
    assertions.equal("status after 28 days", package_of(again, made)["status"], "EXPIRED")
    sandbox.advance(days=60)
    assertions.equal("status two months later", package_of(sandbox.sign_in("partner"), made)["status"], "EXPIRED")


@example("PKG-10", profile="smoke")
def test_a_build_groups_buyers_by_taste(sandbox: Sandbox) -> None:
    event = sandbox.event()
    fans = _fans(sandbox, event, {"Jazz": 3, "Rock": 2})
    clusters = _built(sandbox, event, num_packages=2)
    assertions.equal("the clusters of two tastes", sorted(clusters), sorted(sorted(buyers) for buyers in fans.values()))


@example("PKG-10")
def test_groups_are_split_within_a_taste_and_merged_across_tastes(sandbox: Sandbox) -> None:
    event = sandbox.event()
    fans = _fans(sandbox, event, {"Jazz": 4, "Rock": 2})
    everyone = sorted(buyer for buyers in fans.values() for buyer in buyers)
    assertions.equal("one cluster of two tastes", _built(sandbox, event, num_packages=1), [everyone])
    three = _built(sandbox, event, num_packages=3)
    assertions.equal("customers of three clusters", sorted(buyer for cluster in three for buyer in cluster), everyone)
    for cluster in three:
        tastes = {taste for taste, buyers in fans.items() for buyer in buyers if buyer in cluster}
        assertions.equal(f"tastes of one of three clusters, {cluster}", len(tastes), 1)


@example("PKG-02", "PKG-10", ruled=True)
@pytest.mark.parametrize(
    ("asked", "made"),
    [
        pytest.param(1, 1, id="one"),
        pytest.param(4, 4, id="fewer than buyers"),
        pytest.param(6, 6, id="as many as buyers"),
        pytest.param(20, 6, id="more than buyers"),
    ],
)
def test_a_build_makes_as_many_clusters_as_ordered(sandbox: Sandbox, asked: int, made: int) -> None:
    event = sandbox.event()
    _fans(sandbox, event, {"Jazz": 4, "Rock": 2})
    clusters = _built(sandbox, event, num_packages=asked)
    assertions.equal(f"clusters of 6 buyers where {asked} are asked for", len(clusters), made)
    assertions.equal("customers in all", sum(map(len, clusters)), 6)
    assertions.that("no cluster is of nobody", all(clusters), expected="customers in each", seen=clusters)


@example("PKG-10")
def test_a_package_that_nobody_bought_has_no_cluster(sandbox: Sandbox) -> None:
    made = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    package = built(sandbox, made)
    assertions.equal("status", package["status"], "DONE")
    assertions.equal("clusters", package["content"]["clusters"], [])


@example("PKG-02", "PKG-10", ruled=True, profile="smoke")
@pytest.mark.parametrize(("most", "joined"), [(1, 1), (2, 2), (3, 3), (100, 3)])
def test_so_many_best_matching_events_bring_their_buyers(sandbox: Sandbox, most: int, joined: int) -> None:
    """Three further events: of two shared buyers, then two of one, of which the lower id is first."""
    own = sandbox.event("evt_own")
    both, lower, higher = (sandbox.event(name) for name in ("evt_z", "evt_l", "evt_m"))
    ann, ben, *guests = sandbox.customers(5)
    shared = {own: (ann, ben), both: (ann, ben, guests[0]), lower: (ann, guests[1]), higher: (ann, guests[2])}
    sandbox.sell(*(a_sale(buyer, event, SPRING) for event, buyers in shared.items() for buyer in buyers))
    made = ordered(sandbox.partner, an_order([own], num_packages=1, n_top_events=most))["id"]
    package = built(sandbox, made)
    seen = customers_of(sandbox.partner, made, package["content"]["clusters"][0]["tc"])
    assertions.equal(f"customers with {most} further events", sorted(seen), sorted([ann, ben, *guests[:joined]]))
    assertions.equal("events of the package", [event["id"] for event in package["events"]], [own])


@example("PKG-10")
def test_a_match_is_told_by_buyers_and_not_by_orders(sandbox: Sandbox) -> None:
    own, often, liked = sandbox.event("evt_own"), sandbox.event("evt_a"), sandbox.event("evt_b")
    ann, ben, fan, guest = sandbox.customers(4)
    shared = {own: (ann, ben), often: (ann, ann, ann, fan), liked: (ann, ben, guest)}
    sandbox.sell(*(a_sale(buyer, event, SPRING) for event, buyers in shared.items() for buyer in buyers))
    (cluster,) = _built(sandbox, own, num_packages=1, n_top_events=1)
    assertions.equal("customers with one further event", cluster, sorted([ann, ben, guest]))


@example("PKG-10")
@pytest.mark.parametrize(
    ("instant", "taken"),
    [
        pytest.param("2026-09-01T12:00:03Z", True, id="during the build"),
        pytest.param("2026-09-01T12:00:04Z", True, id="at its last instant"),
        pytest.param("2026-09-01T12:00:05Z", False, id="a second later"),
    ],
)
def test_a_build_takes_the_buyers_that_are_known_at_its_end(sandbox: Sandbox, instant: str, taken: bool) -> None:
    event, (early, late) = sandbox.event(), sandbox.customers(2)
    sandbox.sell(a_sale(early, event, SPRING), a_sale(late, event, instant))
    (cluster,) = _built(sandbox, event, num_packages=1)
    assertions.equal(f"customers, of whom one buys at {instant}", cluster, sorted([early, late] if taken else [early]))


@law("PKG-10", profile="smoke")
def test_each_cluster_has_a_tc_of_its_own(deployment: Deployment) -> None:
    for listed in packages_of(deployment.partner)[:5]:
        content = package_of(deployment.partner, listed["id"])["content"]
        names = [cluster["tc"] for cluster in content["clusters"]] if content else []
        assertions.equal(f"tcs of {listed['id']}", len(by_cluster(content["clusters"]) if content else {}), len(names))


@example("PKG-10")
def test_the_parts_of_one_taste_have_a_tc_each(sandbox: Sandbox) -> None:
    event = sandbox.event()
    _fans(sandbox, event, {"Jazz": 6})
    made = ordered(sandbox.partner, an_order([event], num_packages=3))["id"]
    tcs = [cluster["tc"] for cluster in built(sandbox, made)["content"]["clusters"]]
    assertions.equal(f"different tcs of three clusters, {tcs}", len(set(tcs)), 3)
