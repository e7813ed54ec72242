"""Merging packages: the new package, its sources, and merges that are refused."""

from functools import partial
from typing import Any

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.measurements import read_before
from contracts.dsl.package_states import EXPIRED, UNBUILT, require_status
from contracts.dsl.steps import (
    Row,
    create_package,
    list_cluster_customers,
    list_event_ids,
    list_packages,
    merge_packages,
    package_order,
    read_package,
    read_settings,
    sale_row,
    set_defaults,
    settings_body,
    wait_for_build,
)
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MERGE_PATH = "/package_builder/packages/merge"
SPRING = "2026-05-01T10:00:00Z"
CREATED_IN_AUGUST: Row = {"created_at": "2026-08-01T10:00:00Z"}


def _create_pair(sandbox: Sandbox, first: Row | None = None, second: Row | None = None) -> tuple[str, str]:
    """Create two packages that are DONE, each with one event."""
    orders: tuple[dict[str, Any], dict[str, Any]] = (first or {}, second or {})
    one, other = (
        sandbox.add_package([sandbox.add_event()], {"Jazz": sandbox.new_customer_ids(1)}, **order) for order in orders
    )
    return one, other


def _order_packages(sandbox: Sandbox, event: str, *orders: Row) -> list[str]:
    """For each of these values, order a package with one event. Wait until the packages are built."""
    made = [create_package(sandbox.partner, package_order([event], **order))["id"] for order in orders]
    sandbox.run_until_idle()
    return made


@property_test("PKG-05.merge", "PKG-05.status", "PKG-08.merged", writes=("createPackage", "mergePackages"))
def test_two_packages_become_one_over_the_events_of_both(writable: Deployment) -> None:
    events = list_event_ids(writable, 5)
    first = steps.ensure_built_package(writable)
    order = package_order(events[-1:], package_title=writable.title("to be merged"))
    second = wait_for_build(writable, create_package(writable.partner, order)["id"])["id"]
    made = merge_packages(writable.partner, first, second)
    sources = [read_package(writable.partner, package) for package in (first, second)]
    shown_fields = {event["id"] for source in sources for event in source["events"]}
    assertions.equal(
        "events of the merged package", sorted(event["id"] for event in made["events"]), sorted(shown_fields)
    )
    assertions.equal("merge_id of the sources", [source["merge_id"] for source in sources], [made["id"]] * 2)
    assertions.equal("merge_id of the merged package", made["merge_id"], None)
    joined = " + ".join(source["title"] for source in sources)[:200]
    assertions.equal("title of the merged package", made["title"], joined, part="PKG-08.merged")
    listed = [row["id"] for row in list_packages(writable.partner)]
    assertions.is_true(
        "the new package and its sources are listed", {made["id"], first, second} <= set(listed), seen=listed
    )


@example("PKG-08.merged", profile="smoke")
def test_a_merged_package_is_what_its_sources_say(sandbox: Sandbox) -> None:
    red, green, blue = (sandbox.add_event(name, title=name.title()) for name in ("red", "green", "blue"))
    first = sandbox.add_package([green, red], {}, title="First", targeting_mode="inclusive", **CREATED_IN_AUGUST)
    second = sandbox.add_package([red, blue], {}, title="Second", targeting_mode="selective", **CREATED_IN_AUGUST)
    made = merge_packages(sandbox.partner, first, second)
    shown_fields = {
        "title": "First + Second",
        "status": "INITIALIZING",
        "targeting_mode": "inclusive",
        "merge_id": None,
        "created_at": "2026-09-01T12:00:00Z",
        "events": [{"id": name, "title": name.title()} for name in ("green", "red", "blue")],
    }
    assertions.equal("the merged package", {name: made[name] for name in shown_fields}, shown_fields)
    backwards = merge_packages(sandbox.partner, second, first)
    assertions.equal("the title if the sources are named in the other order", backwards["title"], "Second + First")
    assertions.equal("its events", [event["id"] for event in backwards["events"]], ["red", "blue", "green"])
    assertions.equal(
        "the targeting mode if the sources are named in the other order", backwards["targeting_mode"], "selective"
    )


@example("PKG-08.merged")
def test_a_merged_title_is_cut_to_200_characters(sandbox: Sandbox) -> None:
    made = merge_packages(sandbox.partner, *_create_pair(sandbox, {"title": "a" * 150}, {"title": "b" * 150}))
    assertions.equal("the title", made["title"], "a" * 150 + " + " + "b" * 47)


@example("PKG-08.sources", profile="smoke")
def test_a_source_changes_in_its_merge_id_and_in_nothing_else(sandbox: Sandbox) -> None:
    sources = _create_pair(
        sandbox, {"title": "First", "settings": settings_body(7)}, {"title": "Second", "settings": settings_body(9)}
    )
    sandbox.advance(minutes=5)

    def look() -> list[Row]:
        return [
            {**read_package(sandbox.partner, source), **read_settings(sandbox.partner, source)} for source in sources
        ]

    before = look()
    made = merge_packages(sandbox.partner, *sources)["id"]
    assertions.equal("the sources afterwards", look(), [{**source, "merge_id": made} for source in before])
    sandbox.run_until_idle()
    assertions.equal(
        "the sources once the merged package is built", look(), [{**source, "merge_id": made} for source in before]
    )


@example("PKG-08.merged")
@pytest.mark.parametrize(
    ("counts", "clusters"),
    [
        pytest.param((2, 3), 5, id="their sum"),
        pytest.param((15, 15), 20, id="at most 20"),
    ],
)
def test_a_merged_package_has_the_clusters_of_all(sandbox: Sandbox, counts: tuple[int, int], clusters: int) -> None:
    event = sandbox.add_event()
    sandbox.add_sales(*(sale_row(buyer, event, SPRING) for buyer in sandbox.new_customer_ids(30)))
    sources = _order_packages(sandbox, event, *({"num_packages": count} for count in counts))
    made = wait_for_build(sandbox, merge_packages(sandbox.partner, *sources)["id"])
    assertions.equal(
        f"number of clusters after merging packages with {counts} clusters", len(made["content"]["clusters"]), clusters
    )


@example("PKG-08.merged")
def test_a_merged_package_takes_the_greatest_number_of_further_events(sandbox: Sandbox) -> None:
    own, *further = (sandbox.add_event() for _ in range(4))
    ann, *guests = sandbox.new_customer_ids(4)
    sandbox.add_sales(*(sale_row(ann, event, SPRING) for event in (own, *further)))
    sandbox.add_sales(*(sale_row(guest, event, SPRING) for guest, event in zip(guests, further, strict=True)))
    sources = _order_packages(sandbox, own, *({"n_top_events": count, "num_packages": 1} for count in (1, 2)))
    made = wait_for_build(sandbox, merge_packages(sandbox.partner, *sources)["id"])
    taken = [
        name
        for row in made["content"]["clusters"]
        for name in list_cluster_customers(sandbox.partner, made["id"], row["tc"])
    ]
    assertions.equal("customers of the merged package", sorted(taken), sorted([ann, *guests[:2]]))


@example("PKG-08.merged", "DEF-02.new_packages")
def test_a_merged_package_starts_with_the_defaults_of_its_moment(sandbox: Sandbox) -> None:
    sources = _create_pair(
        sandbox, {"settings": settings_body(7)}, {"settings": settings_body(9, email_sent_date="2026-08-01")}
    )
    set_defaults(sandbox.partner, sandbox.partner_id, settings_body(14, "EVENT_SERIES"))
    made = merge_packages(sandbox.partner, *sources)["id"]
    set_defaults(sandbox.partner, sandbox.partner_id, settings_body(90, "ALL_PURCHASES"))
    sandbox.run_until_idle()
    seen = read_settings(sandbox.partner, made)
    assertions.equal("settings of the merged package", seen, settings_body(14, "EVENT_SERIES", email_sent_date=None))


@example("PKG-05.merge", "PKG-03.lifecycle")
def test_a_merged_package_builds_itself_and_can_be_merged_again(sandbox: Sandbox) -> None:
    first, second = _create_pair(sandbox)
    made = merge_packages(sandbox.partner, first, second)["id"]
    assertions.equal("status when the build is over", wait_for_build(sandbox, made)["status"], "DONE")
    again = merge_packages(sandbox.partner, made, first)["id"]
    seen = [read_package(sandbox.partner, package)["merge_id"] for package in (made, first, second)]
    assertions.equal("merge_id of the three packages", seen, [again, again, made])


@property_test("PKG-05.sources", profile="smoke", writes=("createPackage", REFUSED_CALLS))
def test_a_merge_of_fewer_than_two_different_packages_is_refused(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    before = read_before(writable, package, partial(read_package, writable.partner, package))
    one, nothing = f"packages_ids={package}", "packages_ids=pkg_nothing"
    for query in ("", one, f"{one}&{one}", f"{nothing}&{one}&{nothing}", "packages_ids=", f"{one},{package}"):
        answer = writable.partner.send("POST", MERGE_PATH, query=query)
        assertions.status_one_of(f"status of a merge by {query!r}", answer, 400)
    assertions.equal("the package afterwards", read_package(writable.partner, package), before)


@property_test("PKG-08.unknown", profile="smoke", writes=("createPackage", "mergePackages"))
def test_a_merge_with_an_unknown_package_is_refused_and_changes_nothing(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    before = read_before(writable, package, partial(read_package, writable.partner, package))
    for named in ([package, "pkg_nothing"], ["pkg_nothing", package], ["pkg_nothing", "pkg_neither"], [package, ""]):
        answer = writable.partner.call("mergePackages", query={"packages_ids": named})
        assertions.refusal(answer, 404, "error.package.not_found")
    assertions.equal("the package afterwards", read_package(writable.partner, package), before)


@example("PKG-05.sources", profile="smoke")
@pytest.mark.parametrize("seconds", [pytest.param(0, id="INITIALIZING"), pytest.param(2, id="INPROGRESS")])
def test_a_merge_with_a_package_that_is_not_built_is_refused(sandbox: Sandbox, seconds: int) -> None:
    ready, _ = _create_pair(sandbox)
    unbuilt = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    sandbox.advance(seconds=seconds)
    require_status(sandbox.partner, unbuilt, *UNBUILT)
    before = list_packages(sandbox.partner)
    for named in ([ready, unbuilt], [unbuilt, ready]):
        answer = sandbox.partner.call("mergePackages", query={"packages_ids": named})
        assertions.refusal(answer, 409, "error.package.not_ready")
    assertions.equal("the packages afterwards", list_packages(sandbox.partner), before)


@example("PKG-05.sources")
def test_a_merge_with_an_expired_package_is_refused(sandbox: Sandbox) -> None:
    expired, _ = _create_pair(sandbox)
    sandbox.advance(days=28)
    ready, _ = _create_pair(sandbox)
    again = sandbox.sign_in("partner")
    require_status(again, expired, EXPIRED)
    before = list_packages(again)
    answer = again.call("mergePackages", query={"packages_ids": [ready, expired]})
    assertions.refusal(answer, 409, "error.package.not_ready")
    assertions.equal("the packages afterwards", list_packages(again), before)
