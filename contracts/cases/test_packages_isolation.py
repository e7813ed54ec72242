"""Packages and defaults of one partner, as another meets them: not at all."""

from typing import Any

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    an_order,
    defaults_of,
    evaluated,
    package_of,
    packages_of,
    result_of,
    settings,
    settings_of,
    some_events,
)
from contracts.spec.markers import law
from contracts.target.deployment import Deployment

READS = ("getPackage", "getEvaluationSettings", "getEvaluation")
NOTHING = "pkg_nothing"


@law("ERR-04", profile="smoke")
def test_what_belongs_to_another_partners_package_is_read_like_nothing(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    if not result_of(writable.partner, package):
        evaluated(writable, package, settings())
    clusters = package_of(writable.partner, package)["content"]["clusters"]
    paths: list[tuple[str, dict[str, str]]] = [(operation, {}) for operation in READS]
    paths += [("getClusterCustomers", {"tc": cluster["tc"]}) for cluster in clusters[:1]]
    for operation, more in paths:
        theirs = writable.second.call(operation, {"package_id": package, **more})
        nothing = writable.second.call(operation, {"package_id": NOTHING, **more})
        assertions.refused(theirs, 404, "error.package.not_found")
        assertions.equal(f"the bytes of {operation}", theirs.content, nothing.content)


@law("ERR-04", profile="smoke")
def test_another_partners_package_is_written_like_nothing(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    before = package_of(writable.partner, package), settings_of(writable.partner, package)
    calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (
            "replaceEvaluationSettings",
            {"path": {"package_id": package}, "body": settings(1)},
            {"path": {"package_id": NOTHING}, "body": settings(1)},
        ),
        (
            "mergePackages",
            {"query": {"packages_ids": [package, NOTHING]}},
            {"query": {"packages_ids": ["pkg_neither", NOTHING]}},
        ),
    ]
    for operation, theirs, nothing in calls:
        refused = writable.second.call(operation, **theirs)
        assertions.refused(refused, 404, "error.package.not_found")
        assertions.equal(
            f"the bytes of {operation}", refused.content, writable.second.call(operation, **nothing).content
        )
    after = package_of(writable.partner, package), settings_of(writable.partner, package)
    assertions.equal("the package and its settings afterwards", after, before)


@law("ERR-04")
def test_a_package_over_another_partners_event_is_refused_like_one_over_nothing(writable: Deployment) -> None:
    (event,) = some_events(writable, 1)
    title = writable.title("theirs")
    theirs = writable.second.call("createPackage", body=an_order([event], package_title=title))
    nothing = writable.second.call("createPackage", body=an_order(["evt_nothing"], package_title=title))
    assertions.refused(theirs, 404, "error.event.not_found")
    assertions.equal("the bytes of the refusal", theirs.content, nothing.content)
    listed = [row["title"] for row in packages_of(writable.second)]
    assertions.that("nothing is made", title not in listed, expected="no such title", seen=title)


@law("PART-01", profile="smoke")
def test_another_partners_packages_are_not_listed(writable: Deployment) -> None:
    steps.a_built_package(writable)
    own = {row["id"] for row in packages_of(writable.partner)}
    both = own.intersection(row["id"] for row in packages_of(writable.second))
    assertions.equal("packages that both partners are shown", both, set())


@law("PART-04", profile="smoke")
def test_another_partners_defaults_are_neither_read_nor_set(writable: Deployment) -> None:
    path = {"partner_id": writable.second_partner_id}
    before = defaults_of(writable.second, writable.second_partner_id)
    own = defaults_of(writable.partner, writable.partner_id)
    other = settings(11 if before == settings(10) else 10)
    assertions.refused(writable.partner.call("getBackhaulDefaults", path), 403, "error.auth.not_authorized")
    assertions.refused(writable.partner.call("setBackhaulDefaults", path, body=other), 403, "error.auth.not_authorized")
    assertions.equal("their defaults afterwards", defaults_of(writable.second, writable.second_partner_id), before)
    assertions.equal("the own defaults afterwards", defaults_of(writable.partner, writable.partner_id), own)
