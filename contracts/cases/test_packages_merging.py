"""Packages: several become one."""

from typing import Any

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    Row,
    a_sale,
    an_order,
    built,
    customers_of,
    merged,
    ordered,
    package_of,
    packages_of,
    set_defaults,
    settings,
    settings_of,
    some_events,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MERGE = "/package_builder/packages/merge"
SPRING = "2026-05-01T10:00:00Z"
CONTROLLED: Row = {"created_at": "2026-08-01T10:00:00Z"}


def _pair(sandbox: Sandbox, first: Row | None = None, second: Row | None = None) -> tuple[str, str]:
    """Two packages that are DONE, over one event each."""
    orders: tuple[dict[str, Any], dict[str, Any]] = (first or {}, second or {})
    one, other = (sandbox.package([sandbox.event()], {"Jazz": sandbox.customers(1)}, **order) for order in orders)
    return one, other


def _ordered_pair(sandbox: Sandbox, event: str, *orders: Row) -> list[str]:
    """Packages over one event, ordered as they say, and built."""
    made = [ordered(sandbox.partner, an_order([event], **order))["id"] for order in orders]
    sandbox.idle()
    return made


@law("PKG-05")
def test_two_packages_become_one_over_the_events_of_both(writable: Deployment) -> None:
    events = some_events(writable, 5)
    first = steps.a_built_package(writable)
    order = an_order(events[-1:], package_title=writable.title("to be merged"))
    second = built(writable, ordered(writable.partner, order)["id"])["id"]
    made = merged(writable.partner, first, second)
    sources = [package_of(writable.partner, package) for package in (first, second)]
    shown = {event["id"] for source in sources for event in source["events"]}
    assertions.equal("events of the merged package", sorted(event["id"] for event in made["events"]), sorted(shown))
    assertions.equal("merge_id of the sources", [source["merge_id"] for source in sources], [made["id"]] * 2)
    assertions.equal("merge_id of the merged package", made["merge_id"], None)
    listed = [row["id"] for row in packages_of(writable.partner)]
    assertions.that("it is listed, and its sources still are", {made["id"], first, second} <= set(listed), seen=listed)


@example("PKG-08", profile="smoke")
def test_a_merged_package_is_what_its_sources_say(sandbox: Sandbox) -> None:
    red, green, blue = (sandbox.event(name, title=name.title()) for name in ("red", "green", "blue"))
    first = sandbox.package([green, red], {}, title="First", targeting_mode="inclusive", **CONTROLLED)
    second = sandbox.package([red, blue], {}, title="Second", targeting_mode="selective", **CONTROLLED)
    made = merged(sandbox.partner, first, second)
    shown = {
        "title": "First + Second",
        "status": "INITIALIZING",
        "targeting_mode": "inclusive",
        "merge_id": None,
        "created_at": "2026-09-01T12:00:00Z",
        "events": [{"id": name, "title": name.title()} for name in ("green", "red", "blue")],
    }
    assertions.equal("the merged package", {name: made[name] for name in shown}, shown)
    backwards = merged(sandbox.partner, second, first)
    assertions.equal("its title the other way round", backwards["title"], "Second + First")
    assertions.equal("its events", [event["id"] for event in backwards["events"]], ["red", "blue", "green"])
    assertions.equal("its targeting mode", backwards["targeting_mode"], "selective")


@example("PKG-08")
def test_a_merged_title_is_cut_to_200_characters(sandbox: Sandbox) -> None:
    made = merged(sandbox.partner, *_pair(sandbox, {"title": "a" * 150}, {"title": "b" * 150}))
    assertions.equal("the title", made["title"], "a" * 150 + " + " + "b" * 47)


@example("PKG-08", profile="smoke")
def test_a_source_changes_in_its_merge_id_and_in_nothing_else(sandbox: Sandbox) -> None:
    sources = _pair(sandbox, {"title": "First", "settings": settings(7)}, {"title": "Second", "settings": settings(9)})
    sandbox.advance(minutes=5)

    def look() -> list[Row]:
        return [{**package_of(sandbox.partner, source), **settings_of(sandbox.partner, source)} for source in sources]

    before = look()
    made = merged(sandbox.partner, *sources)["id"]
    assertions.equal("the sources afterwards", look(), [{**source, "merge_id": made} for source in before])
    sandbox.idle()
    assertions.equal("the sources once it is built", look(), [{**source, "merge_id": made} for source in before])


@example("PKG-08")
@pytest.mark.parametrize(
    ("counts", "clusters"),
    [
        pytest.param((2, 3), 5, id="their sum"),
        pytest.param((15, 15), 20, id="at most 20"),
    ],
)
def test_a_merged_package_has_the_clusters_of_all(sandbox: Sandbox, counts: tuple[int, int], clusters: int) -> None:
    event = sandbox.event()
    sandbox.sell(*(a_sale(buyer, event, SPRING) for buyer in sandbox.customers(30)))
    sources = _ordered_pair(sandbox, event, *({"num_packages": count} for count in counts))
    made = built(sandbox, merged(sandbox.partner, *sources)["id"])
    assertions.equal(f"clusters of packages of {counts}", len(made["content"]["clusters"]), clusters)


@example("PKG-08")
def test_a_merged_package_takes_the_greatest_number_of_further_events(sandbox: Sandbox) -> None:
    own, *further = (sandbox.event() for _ in range(4))
    ann, *guests = sandbox.customers(4)
    sandbox.sell(*(a_sale(ann, event, SPRING) for event in (own, *further)))
    sandbox.sell(*(a_sale(guest, event, SPRING) for guest, event in zip(guests, further, strict=True)))
    sources = _ordered_pair(sandbox, own, *({"n_top_events": count, "num_packages": 1} for count in (1, 2)))
    made = built(sandbox, merged(sandbox.partner, *sources)["id"])
    taken = [
        name for row in made["content"]["clusters"] for name in customers_of(sandbox.partner, made["id"], row["tc"])
    ]
    assertions.equal("customers of the merged package", sorted(taken), sorted([ann, *guests[:2]]))


@example("PKG-08", "DEF-02")
def test_a_merged_package_starts_with_the_defaults_of_its_moment(sandbox: Sandbox) -> None:
    sources = _pair(sandbox, {"settings": settings(7)}, {"settings": settings(9, email_sent_date="2026-08-01")})
    set_defaults(sandbox.partner, sandbox.partner_id, settings(14, "EVENT_SERIES"))
    made = merged(sandbox.partner, *sources)["id"]
    set_defaults(sandbox.partner, sandbox.partner_id, settings(90, "ALL_PURCHASES"))
    sandbox.idle()
    seen = settings_of(sandbox.partner, made)
    assertions.equal("settings of the merged package", seen, settings(14, "EVENT_SERIES", email_sent_date=None))


@example("PKG-05", "PKG-03")
def test_a_merged_package_builds_itself_and_can_be_merged_again(sandbox: Sandbox) -> None:
    first, second = _pair(sandbox)
    made = merged(sandbox.partner, first, second)["id"]
    assertions.equal("status when its build is over", built(sandbox, made)["status"], "DONE")
    again = merged(sandbox.partner, made, first)["id"]
    seen = [package_of(sandbox.partner, package)["merge_id"] for package in (made, first, second)]
    assertions.equal("merge_id of the three", seen, [again, again, made])


@law("PKG-05", ruled=True, profile="smoke")
def test_a_merge_of_fewer_than_two_different_packages_is_refused(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    before = package_of(writable.partner, package)
    one, nothing = f"packages_ids={package}", "packages_ids=pkg_nothing"
    for query in ("", one, f"{one}&{one}", f"{nothing}&{one}&{nothing}", "packages_ids=", f"{one},{package}"):
        answer = writable.partner.send("POST", MERGE, query=query)
        assertions.equal(f"status of a merge by {query!r}", answer.status_code, 400)
    assertions.equal("the package afterwards", package_of(writable.partner, package), before)


@law("PKG-08", profile="smoke")
def test_a_merge_with_an_unknown_package_is_refused_and_changes_nothing(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    before = package_of(writable.partner, package)
    for named in ([package, "pkg_nothing"], ["pkg_nothing", package], ["pkg_nothing", "pkg_neither"], [package, ""]):
        answer = writable.partner.call("mergePackages", query={"packages_ids": named})
        assertions.refused(answer, 404, "error.package.not_found")
    assertions.equal("the package afterwards", package_of(writable.partner, package), before)


@example("PKG-05", ruled=True, profile="smoke")
@pytest.mark.parametrize("seconds", [pytest.param(0, id="INITIALIZING"), pytest.param(2, id="INPROGRESS")])
def test_a_merge_with_a_package_that_is_not_built_is_refused(sandbox: Sandbox, seconds: int) -> None:
    ready, _ = _pair(sandbox)
    waiting = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    sandbox.advance(seconds=seconds)
    before = packages_of(sandbox.partner)
    for named in ([ready, waiting], [waiting, ready]):
        answer = sandbox.partner.call("mergePackages", query={"packages_ids": named})
        assertions.refused(answer, 409, "error.package.not_ready")
    assertions.equal("the packages afterwards", packages_of(sandbox.partner), before)


@example("PKG-05", ruled=True)
def test_a_merge_with_an_expired_package_is_refused(sandbox: Sandbox) -> None:
    expired, _ = _pair(sandbox)
    sandbox.advance(days=28)
    ready, _ = _pair(sandbox)
    again = sandbox.sign_in("partner")
    before = packages_of(again)
    answer = again.call("mergePackages", query={"packages_ids": [ready, expired]})
    assertions.refused(answer, 409, "error.package.not_ready")
    assertions.equal("the packages afterwards", packages_of(again), before)
