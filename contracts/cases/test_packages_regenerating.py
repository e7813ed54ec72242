"""Regenerating expired packages: the status, the new content, and what a package keeps."""

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.package_states import EXPIRED, UNBUILT, require_status
from contracts.dsl.steps import (
    SENT_DATE_FIELD,
    Row,
    create_package,
    finish_evaluation,
    list_cluster_customers,
    list_packages,
    merge_packages,
    package_order,
    read_defaults,
    read_evaluation,
    read_package,
    read_settings,
    sale_row,
    save_settings,
    set_defaults,
    settings_body,
)
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

UNKNOWN_PACKAGE = "pkg_nothing"
SPRING = "2026-05-01T10:00:00Z"
UNCHANGED_FIELDS = ("id", "title", "events", "targeting_mode", "created_at", "merge_id")


def regenerate(sandbox: Sandbox, package: str) -> Row:
    """Regenerate a package; return the response."""
    answer = sandbox.partner.call("regeneratePackage", {"package_id": package})
    assertions.step_status(answer, 200)
    return dict(answer.json())


def pass_time(sandbox: Sandbox, **length: int) -> None:
    """Advance the clock and sign in again: a token is valid for an hour."""
    sandbox.advance(**length)
    sandbox.renew_clients()


def create_expired_package(sandbox: Sandbox, **order: object) -> str:
    """Create a package with one event and one buyer, and advance the clock to the package's expiry."""
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, SPRING))
    made = str(create_package(sandbox.partner, package_order([event], **order))["id"])
    sandbox.run_until_idle()
    _let_expire(sandbox, made)
    return made


def _let_expire(sandbox: Sandbox, package: str) -> None:
    pass_time(sandbox, days=28)
    require_status(sandbox.partner, package, EXPIRED)


def run_id_of(sandbox: Sandbox, package: str) -> str:
    """Return the id of the build that made a package's content."""
    return str(read_package(sandbox.partner, package)["content"]["tc_run_id"])


@example("PKG-11.regenerate", "PKG-11.path", "PKG-11.answer", "PKG-11.content", profile="smoke")
def test_an_expired_package_is_built_again(sandbox: Sandbox) -> None:
    package = create_expired_package(sandbox)
    before = read_package(sandbox.partner, package)
    answered_package = regenerate(sandbox, package)
    assertions.equal("the response", answered_package, {**_without_content(before), "status": "INITIALIZING"})
    for status, seconds in (("INITIALIZING", 2), ("INPROGRESS", 2)):
        seen = read_package(sandbox.partner, package)
        assertions.equal("status and content", (seen["status"], seen["content"]), (status, None))
        sandbox.advance(seconds=seconds)
    seen = read_package(sandbox.partner, package)
    assertions.equal("status after 4 s", seen["status"], "DONE")
    assertions.equal("clusters after 4 s", seen["content"]["clusters"], before["content"]["clusters"])


@example("PKG-11.failed")
def test_a_package_whose_build_failed_is_built_again(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, SPRING))
    sandbox.control.put("/faults", {"rules": [{"effect": {"build": {"fails": True}}, "times": 1}]})
    package = str(create_package(sandbox.partner, package_order([event]))["id"])
    sandbox.run_until_idle()
    failed = read_package(sandbox.partner, package)
    assertions.equal("status and content before regenerating", (failed["status"], failed["content"]), ("FAILED", None))
    answered_package = regenerate(sandbox, package)
    assertions.equal("the response", answered_package, {**_without_content(failed), "status": "INITIALIZING"})
    sandbox.run_until_idle()
    seen = read_package(sandbox.partner, package)
    assertions.equal("status afterwards", seen["status"], "DONE")
    assertions.equal("customers afterwards", [cluster["customers"] for cluster in seen["content"]["clusters"]], [1])


@example("PKG-11.content")
def test_a_package_that_is_built_again_has_no_customer_lists_meanwhile(sandbox: Sandbox) -> None:
    package = create_expired_package(sandbox)
    (cluster,) = read_package(sandbox.partner, package)["content"]["clusters"]
    buyers = list_cluster_customers(sandbox.partner, package, cluster["tc"])
    regenerate(sandbox, package)
    require_status(sandbox.partner, package, *UNBUILT)
    path = {"package_id": package, "tc": cluster["tc"]}
    assertions.refusal(sandbox.partner.call("getClusterCustomers", path), 409, "error.package.not_ready")
    sandbox.run_until_idle()
    assertions.equal(
        "customers once the package is built", list_cluster_customers(sandbox.partner, package, cluster["tc"]), buyers
    )


@example("PKG-11.regenerate", profile="smoke")
def test_a_package_that_was_built_again_can_be_used_again(sandbox: Sandbox) -> None:
    package = create_expired_package(sandbox)
    refused = sandbox.partner.call("replaceEvaluationSettings", {"package_id": package}, body=settings_body())
    assertions.refusal(refused, 409, "error.package.not_ready")
    regenerate(sandbox, package)
    sandbox.run_until_idle()
    save_settings(sandbox.partner, package, settings_body(365, **{SENT_DATE_FIELD: "2026-05-01"}))
    rows = finish_evaluation(sandbox, package)
    assertions.equal("customers counted", [row["customers"] for row in rows], [1])


@example("PKG-12.status", profile="smoke")
@pytest.mark.parametrize(("seconds", "status"), [(0, "INITIALIZING"), (2, "INPROGRESS"), (4, "DONE")])
def test_a_package_that_has_not_expired_is_not_regenerated(sandbox: Sandbox, seconds: int, status: str) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    sandbox.advance(seconds=seconds)
    require_status(sandbox.partner, made, status)
    before = list_packages(sandbox.partner), read_package(sandbox.partner, made)
    refused = sandbox.partner.call("regeneratePackage", {"package_id": made})
    assertions.refusal(refused, 409, "error.package.not_ready", field="package_id")
    message = refused.json()["validation_errors"][0]["message"]
    assertions.is_true(f"the refusal names {status}", status in message, expected=status, seen=message)
    assertions.equal(
        "packages afterwards", (list_packages(sandbox.partner), read_package(sandbox.partner, made)), before
    )
    sandbox.advance(seconds=4 - seconds)
    assertions.equal("status when the build should have ended", read_package(sandbox.partner, made)["status"], "DONE")


@example("PKG-12.status")
@pytest.mark.parametrize("seconds", [0, 2, 4], ids=["at once", "under way", "built"])
def test_a_package_is_regenerated_once(sandbox: Sandbox, seconds: int) -> None:
    package = create_expired_package(sandbox)
    regenerate(sandbox, package)
    sandbox.advance(seconds=seconds)
    refused = sandbox.partner.call("regeneratePackage", {"package_id": package})
    assertions.refusal(refused, 409, "error.package.not_ready", field="package_id")
    sandbox.advance(seconds=4 - seconds)
    assertions.equal("status 4 s after the first request", read_package(sandbox.partner, package)["status"], "DONE")


@property_test("PKG-12.status", profile="smoke", writes=("createPackage", "regeneratePackage"))
def test_a_package_that_is_done_stays_as_it_is(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    before = read_package(writable.partner, package)
    refused = writable.partner.call("regeneratePackage", {"package_id": package})
    if refused.is_success:
        steps.forget_build(writable)
    assertions.refusal(refused, 409, "error.package.not_ready")
    assertions.equal("the package afterwards", read_package(writable.partner, package), before)


@property_test("PKG-12.unknown", profile="smoke", writes=("regeneratePackage",))
def test_an_unknown_package_is_not_regenerated(writable: Deployment) -> None:
    refused = writable.partner.call("regeneratePackage", {"package_id": UNKNOWN_PACKAGE})
    assertions.refusal(refused, 404, "error.package.not_found")


@example("PKG-13.keeps", profile="smoke")
def test_all_but_the_content_of_a_package_stays(sandbox: Sandbox) -> None:
    package = create_expired_package(sandbox, package_title="Munich shows", targeting_mode="selective")
    before = read_package(sandbox.partner, package)
    regenerate(sandbox, package)
    for what in ("during the build", "after the build"):
        seen = read_package(sandbox.partner, package)
        assertions.equal(
            f"unchanged fields {what}",
            {name: seen[name] for name in UNCHANGED_FIELDS},
            {name: before[name] for name in UNCHANGED_FIELDS},
        )
        sandbox.run_until_idle()
    listed = [row["id"] for row in list_packages(sandbox.partner)]
    assertions.equal("how often the package is listed", listed.count(package), 1)


@example("PKG-13.keeps")
def test_a_source_of_a_merge_keeps_its_merge_id(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sources = [sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)}) for _ in range(2)]
    whole = merge_packages(sandbox.partner, *sources)["id"]
    _let_expire(sandbox, sources[0])
    assertions.equal("merge_id in the response", regenerate(sandbox, sources[0])["merge_id"], whole)
    sandbox.run_until_idle()
    assertions.equal("merge_id", read_package(sandbox.partner, sources[0])["merge_id"], whole)


@example("PKG-13.keeps", "DEF-02.existing_packages", profile="smoke")
def test_a_package_keeps_its_settings_whatever_the_defaults_are_by_then(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    package = sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)})
    saved = settings_body(11, "EVENT_SERIES", **{SENT_DATE_FIELD: "2026-08-30"})
    save_settings(sandbox.partner, package, saved)
    _let_expire(sandbox, package)
    set_defaults(sandbox.partner, ACME, settings_body(99, "ALL_PURCHASES"))
    regenerate(sandbox, package)
    assertions.equal("settings while the package is being built", read_settings(sandbox.partner, package), saved)
    sandbox.run_until_idle()
    assertions.equal("settings once the package is built", read_settings(sandbox.partner, package), saved)
    assertions.equal("the defaults", read_defaults(sandbox.partner, ACME), settings_body(99, "ALL_PURCHASES"))


@example("PKG-13.evaluation", profile="smoke")
def test_the_last_evaluation_stays_until_another_completes(sandbox: Sandbox) -> None:
    event, (early, late) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(sale_row(early, event, SPRING))
    package = str(create_package(sandbox.partner, package_order([event], num_packages=1))["id"])
    sandbox.run_until_idle()
    wide = settings_body(365, **{SENT_DATE_FIELD: "2026-05-01"})
    save_settings(sandbox.partner, package, wide)
    last = finish_evaluation(sandbox, package)
    assertions.equal("customers counted in the first evaluation", [row["customers"] for row in last], [1])
    _let_expire(sandbox, package)
    sandbox.add_sales(sale_row(late, event, SPRING))
    regenerate(sandbox, package)
    for what in ("during the build", "after the build"):
        assertions.equal(f"the evaluation {what}", read_evaluation(sandbox.partner, package), last)
        sandbox.run_until_idle()
    save_settings(sandbox.partner, package, wide)
    assertions.equal(
        "the evaluation while the next one is in progress", read_evaluation(sandbox.partner, package), last
    )
    sandbox.run_until_idle()
    assertions.equal(
        "customers counted in the next evaluation",
        [row["customers"] for row in read_evaluation(sandbox.partner, package)],
        [2],
    )


@example("PKG-13.evaluation")
def test_an_evaluation_that_falls_due_during_the_build_comes_to_nothing(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-09-01T11:00:00Z"))
    package = sandbox.add_package([event], {"Jazz": [buyer]})
    save_settings(sandbox.partner, package, settings_body(5))
    last = finish_evaluation(sandbox, package)
    assertions.equal("orders counted", [row["purchase"] for row in last], [1])
    sandbox.advance(days=27, hours=23, minutes=59, seconds=57)
    sandbox.renew_clients()
    save_settings(sandbox.partner, package, settings_body(1, **{SENT_DATE_FIELD: "2026-01-01"}))
    sandbox.advance(seconds=1)
    require_status(sandbox.partner, package, EXPIRED)
    regenerate(sandbox, package)
    sandbox.run_until_idle()
    assertions.equal("the evaluation once the package is built", read_evaluation(sandbox.partner, package), last)


@example("PKG-13.rebuilt", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "taken"),
    [
        pytest.param("2026-09-20T10:00:00Z", True, id="after the first build"),
        pytest.param("2026-09-29T12:00:08Z", True, id="in the last second of the second build"),
        pytest.param("2026-09-29T12:00:09Z", False, id="a second later"),
    ],
)
def test_a_package_is_built_again_from_what_is_known_then(sandbox: Sandbox, timestamp: str, *, taken: bool) -> None:
    event, (early, late) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(sale_row(early, event, SPRING), sale_row(late, event, timestamp))
    package = str(create_package(sandbox.partner, package_order([event], num_packages=1))["id"])
    sandbox.run_until_idle()
    first = run_id_of(sandbox, package)
    sandbox.set_time("2026-09-29T12:00:04Z")
    sandbox.renew_clients()
    regenerate(sandbox, package)
    sandbox.run_until_idle()
    (cluster,) = read_package(sandbox.partner, package)["content"]["clusters"]
    known = sorted([early, late] if taken else [early])
    assertions.equal("customers", sorted(list_cluster_customers(sandbox.partner, package, cluster["tc"])), known)
    assertions.is_true(
        "the content contains a new tc_run_id",
        run_id_of(sandbox, package) != first,
        expected="a different tc_run_id",
        seen=first,
    )


@example("PKG-13.rebuilt", profile="smoke")
def test_a_package_expires_28_days_after_it_was_built_again(sandbox: Sandbox) -> None:
    package = create_expired_package(sandbox)
    sandbox.advance(days=3)
    sandbox.renew_clients()
    regenerate(sandbox, package)
    sandbox.run_until_idle()
    for length, status in (
        ({"days": 27, "hours": 23, "minutes": 59, "seconds": 59}, "DONE"),
        ({"seconds": 1}, "EXPIRED"),
    ):
        pass_time(sandbox, **length)
        assertions.equal("status", read_package(sandbox.partner, package)["status"], status)
    assertions.equal(
        "status after regenerating the package once more", regenerate(sandbox, package)["status"], "INITIALIZING"
    )


def _without_content(package: Row) -> Row:
    return {name: value for name, value in package.items() if name != "content"}
