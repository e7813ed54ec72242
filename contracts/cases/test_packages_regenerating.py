"""Packages: building one again that has expired."""

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    SENT,
    Row,
    a_sale,
    an_order,
    customers_of,
    defaults_of,
    merged,
    ordered,
    package_of,
    packages_of,
    result_of,
    save,
    set_defaults,
    settings,
    settings_of,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

NOTHING = "pkg_nothing"
SPRING = "2026-05-01T10:00:00Z"
STAYS = ("id", "title", "events", "targeting_mode", "created_at", "merge_id")


def regenerated(sandbox: Sandbox, package: str) -> Row:
    """Regenerate a package; gives what is answered."""
    answer = sandbox.partner.call("regeneratePackage", {"package_id": package})
    assertions.status(answer, 200)
    return dict(answer.json())


def later(sandbox: Sandbox, **length: int) -> None:
    """Let time pass, and sign in again: a token lives an hour."""
    sandbox.advance(**length)
    sandbox.partner = sandbox.sign_in("partner")


def expired(sandbox: Sandbox, **order: object) -> str:
    """A package over one event that one buyer bought, built and 28 days later."""
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, SPRING))
    made = str(ordered(sandbox.partner, an_order([event], **order))["id"])
    sandbox.idle()
    later(sandbox, days=28)
    return made


def run_of(sandbox: Sandbox, package: str) -> str:
    """The run that a package's content is of."""
    return str(package_of(sandbox.partner, package)["content"]["tc_run_id"])


@example("PKG-11", profile="smoke")
def test_an_expired_package_is_built_again(sandbox: Sandbox) -> None:
    package = expired(sandbox)
    before = package_of(sandbox.partner, package)
    assertions.equal("status before", before["status"], "EXPIRED")
    told = regenerated(sandbox, package)
    assertions.equal("what is answered", told, {**_without_content(before), "status": "INITIALIZING"})
    for status, seconds in (("INITIALIZING", 2), ("INPROGRESS", 2)):
        seen = package_of(sandbox.partner, package)
        assertions.equal("status and content", (seen["status"], seen["content"]), (status, None))
        sandbox.advance(seconds=seconds)
    seen = package_of(sandbox.partner, package)
    assertions.equal("status after 4 s", seen["status"], "DONE")
    assertions.equal("clusters after 4 s", seen["content"]["clusters"], before["content"]["clusters"])


@example("PKG-11", ruled=True)
def test_a_package_whose_build_failed_is_built_again(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, SPRING))
    sandbox.control.put("/faults", {"rules": [{"effect": {"build": {"fails": True}}, "times": 1}]})
    package = str(ordered(sandbox.partner, an_order([event]))["id"])
    sandbox.idle()
    failed = package_of(sandbox.partner, package)
    assertions.equal("status and content before", (failed["status"], failed["content"]), ("FAILED", None))
    told = regenerated(sandbox, package)
    assertions.equal("what is answered", told, {**_without_content(failed), "status": "INITIALIZING"})
    sandbox.idle()
    seen = package_of(sandbox.partner, package)
    assertions.equal("status afterwards", seen["status"], "DONE")
    assertions.equal("customers afterwards", [cluster["customers"] for cluster in seen["content"]["clusters"]], [1])


@example("PKG-11")
def test_a_package_that_is_built_again_has_no_customer_lists_meanwhile(sandbox: Sandbox) -> None:
    package = expired(sandbox)
    (cluster,) = package_of(sandbox.partner, package)["content"]["clusters"]
    buyers = customers_of(sandbox.partner, package, cluster["tc"])
    regenerated(sandbox, package)
    path = {"package_id": package, "tc": cluster["tc"]}
    assertions.refused(sandbox.partner.call("getClusterCustomers", path), 409, "error.package.not_ready")
    sandbox.idle()
    assertions.equal("customers once it is built", customers_of(sandbox.partner, package, cluster["tc"]), buyers)


@example("PKG-11", profile="smoke")
def test_a_package_that_was_built_again_can_be_used_again(sandbox: Sandbox) -> None:
    package = expired(sandbox)
    refused = sandbox.partner.call("replaceEvaluationSettings", {"package_id": package}, body=settings())
    assertions.refused(refused, 409, "error.package.not_ready")
    regenerated(sandbox, package)
    sandbox.idle()
    save(sandbox.partner, package, settings(365, **{SENT: "2026-05-01"}))
    sandbox.idle()
    assertions.equal("customers counted", [row["customers"] for row in result_of(sandbox.partner, package)], [1])


@example("PKG-12", profile="smoke")
@pytest.mark.parametrize(("seconds", "status"), [(0, "INITIALIZING"), (2, "INPROGRESS"), (4, "DONE")])
def test_a_package_that_has_not_expired_is_not_regenerated(sandbox: Sandbox, seconds: int, status: str) -> None:
    made = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    sandbox.advance(seconds=seconds)
    before = packages_of(sandbox.partner), package_of(sandbox.partner, made)
    refused = sandbox.partner.call("regeneratePackage", {"package_id": made})
    assertions.refused(refused, 409, "error.package.not_ready", field="package_id")
    message = refused.json()["validation_errors"][0]["message"]
    assertions.that(f"the refusal names {status}", status in message, expected=status, seen=message)
    assertions.equal("packages afterwards", (packages_of(sandbox.partner), package_of(sandbox.partner, made)), before)
    sandbox.advance(seconds=4 - seconds)
    assertions.equal("status when the build was to end", package_of(sandbox.partner, made)["status"], "DONE")


@example("PKG-12")
@pytest.mark.parametrize("seconds", [0, 2, 4], ids=["at once", "under way", "built"])
def test_a_package_is_regenerated_once(sandbox: Sandbox, seconds: int) -> None:
    package = expired(sandbox)
    regenerated(sandbox, package)
    sandbox.advance(seconds=seconds)
    refused = sandbox.partner.call("regeneratePackage", {"package_id": package})
    assertions.refused(refused, 409, "error.package.not_ready", field="package_id")
    sandbox.advance(seconds=4 - seconds)
    assertions.equal("status 4 s after the first", package_of(sandbox.partner, package)["status"], "DONE")


@law("PKG-12", profile="smoke")
def test_a_package_that_is_done_stays_as_it_is(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    before = package_of(writable.partner, package)
    refused = writable.partner.call("regeneratePackage", {"package_id": package})
    assertions.refused(refused, 409, "error.package.not_ready")
    assertions.equal("the package afterwards", package_of(writable.partner, package), before)


@law("PKG-12", profile="smoke")
def test_an_unknown_package_is_not_regenerated(writable: Deployment) -> None:
    refused = writable.partner.call("regeneratePackage", {"package_id": NOTHING})
    assertions.refused(refused, 404, "error.package.not_found")


@example("PKG-13", profile="smoke")
def test_all_but_the_content_of_a_package_stays(sandbox: Sandbox) -> None:
    package = expired(sandbox, package_title="Munich shows", targeting_mode="selective")
    before = package_of(sandbox.partner, package)
    regenerated(sandbox, package)
    for what in ("while it is built", "once it is built"):
        seen = package_of(sandbox.partner, package)
        assertions.equal(
            f"what stays {what}", {name: seen[name] for name in STAYS}, {name: before[name] for name in STAYS}
        )
        sandbox.idle()
    listed = [row["id"] for row in packages_of(sandbox.partner)]
    assertions.equal("how often it is listed", listed.count(package), 1)


@example("PKG-13")
def test_a_source_of_a_merge_keeps_its_merge_id(sandbox: Sandbox) -> None:
    event = sandbox.event()
    sources = [sandbox.package([event], {"Jazz": sandbox.customers(1)}) for _ in range(2)]
    whole = merged(sandbox.partner, *sources)["id"]
    later(sandbox, days=28)
    assertions.equal("merge_id that is answered", regenerated(sandbox, sources[0])["merge_id"], whole)
    sandbox.idle()
    assertions.equal("merge_id", package_of(sandbox.partner, sources[0])["merge_id"], whole)


@example("PKG-13", "DEF-02", profile="smoke")
def test_a_package_keeps_its_settings_whatever_the_defaults_are_by_then(sandbox: Sandbox) -> None:
    event = sandbox.event()
    package = sandbox.package([event], {"Jazz": sandbox.customers(1)})
    saved = settings(11, "EVENT_SERIES", **{SENT: "2026-08-30"})
    save(sandbox.partner, package, saved)
    later(sandbox, days=28)
    set_defaults(sandbox.partner, ACME, settings(99, "ALL_PURCHASES"))
    regenerated(sandbox, package)
    assertions.equal("settings while it is built", settings_of(sandbox.partner, package), saved)
    sandbox.idle()
    assertions.equal("settings once it is built", settings_of(sandbox.partner, package), saved)
    assertions.equal("the defaults", defaults_of(sandbox.partner, ACME), settings(99, "ALL_PURCHASES"))


@example("PKG-13", profile="smoke")
def test_the_last_evaluation_stays_until_another_completes(sandbox: Sandbox) -> None:
    event, (early, late) = sandbox.event(), sandbox.customers(2)
    sandbox.sell(a_sale(early, event, SPRING))
    package = str(ordered(sandbox.partner, an_order([event], num_packages=1))["id"])
    sandbox.idle()
    wide = settings(365, **{SENT: "2026-05-01"})
    save(sandbox.partner, package, wide)
    sandbox.idle()
    last = result_of(sandbox.partner, package)
    assertions.equal("customers counted at first", [row["customers"] for row in last], [1])
    later(sandbox, days=28)
    sandbox.sell(a_sale(late, event, SPRING))
    regenerated(sandbox, package)
    for what in ("while it is built", "once it is built"):
        assertions.equal(f"the evaluation {what}", result_of(sandbox.partner, package), last)
        sandbox.idle()
    save(sandbox.partner, package, wide)
    assertions.equal("the evaluation before the next is over", result_of(sandbox.partner, package), last)
    sandbox.idle()
    assertions.equal("customers counted then", [row["customers"] for row in result_of(sandbox.partner, package)], [2])


@example("PKG-13")
def test_an_evaluation_that_falls_due_during_the_build_comes_to_nothing(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-09-01T11:00:00Z"))
    package = sandbox.package([event], {"Jazz": [buyer]})
    save(sandbox.partner, package, settings(5))
    sandbox.idle()
    last = result_of(sandbox.partner, package)
    assertions.equal("orders counted", [row["purchase"] for row in last], [1])
    sandbox.advance(days=27, hours=23, minutes=59, seconds=57)
    sandbox.partner = sandbox.sign_in("partner")
    save(sandbox.partner, package, settings(1, **{SENT: "2026-01-01"}))
    sandbox.advance(seconds=1)
    assertions.equal("status", package_of(sandbox.partner, package)["status"], "EXPIRED")
    regenerated(sandbox, package)
    sandbox.idle()
    assertions.equal("the evaluation once it is built", result_of(sandbox.partner, package), last)


@example("PKG-13", profile="smoke")
@pytest.mark.parametrize(
    ("instant", "taken"),
    [
        pytest.param("2026-09-20T10:00:00Z", True, id="since the first build"),
        pytest.param("2026-09-29T12:00:08Z", True, id="at the last instant of the second"),
        pytest.param("2026-09-29T12:00:09Z", False, id="a second later"),
    ],
)
def test_a_package_is_built_again_from_what_is_known_then(sandbox: Sandbox, instant: str, *, taken: bool) -> None:
    event, (early, late) = sandbox.event(), sandbox.customers(2)
    sandbox.sell(a_sale(early, event, SPRING), a_sale(late, event, instant))
    package = str(ordered(sandbox.partner, an_order([event], num_packages=1))["id"])
    sandbox.idle()
    first = run_of(sandbox, package)
    sandbox.go_to("2026-09-29T12:00:04Z")
    sandbox.partner = sandbox.sign_in("partner")
    regenerated(sandbox, package)
    sandbox.idle()
    (cluster,) = package_of(sandbox.partner, package)["content"]["clusters"]
    known = sorted([early, late] if taken else [early])
    assertions.equal("customers", sorted(customers_of(sandbox.partner, package, cluster["tc"])), known)
    assertions.that("the run is another", run_of(sandbox, package) != first, expected="another tc_run_id", seen=first)


@example("PKG-13", profile="smoke")
def test_a_package_expires_28_days_after_it_was_built_again(sandbox: Sandbox) -> None:
    package = expired(sandbox)
    sandbox.advance(days=3)
    sandbox.partner = sandbox.sign_in("partner")
    regenerated(sandbox, package)
    sandbox.idle()
    for length, status in (
        ({"days": 27, "hours": 23, "minutes": 59, "seconds": 59}, "DONE"),
        ({"seconds": 1}, "EXPIRED"),
    ):
        later(sandbox, **length)
        assertions.equal("status", package_of(sandbox.partner, package)["status"], status)
    assertions.equal("status when it is regenerated once more", regenerated(sandbox, package)["status"], "INITIALIZING")


def _without_content(package: Row) -> Row:
    return {name: value for name, value in package.items() if name != "content"}
