"""Isolation of partners: packages and defaults of another partner are not visible."""

from functools import partial
from typing import Any

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case
from contracts.dsl.measurements import read_before
from contracts.dsl.steps import (
    Row,
    create_package,
    list_event_ids,
    list_packages,
    package_order,
    read_defaults,
    read_evaluation,
    read_package,
    read_settings,
    save_and_evaluate,
    settings_body,
)
from contracts.spec.markers import property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment

READ_OPERATIONS = ("getPackage", "getEvaluationSettings", "getEvaluation")
UNKNOWN_PACKAGE = "pkg_nothing"


@property_test("ERR-04.same_bytes", profile="smoke", writes=("createPackage", "replaceEvaluationSettings"))
def test_what_belongs_to_another_partners_package_is_read_like_nothing(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    if not read_evaluation(writable.partner, package):
        save_and_evaluate(writable, package, settings_body())
    clusters = read_package(writable.partner, package)["content"]["clusters"]
    paths: list[tuple[str, dict[str, str]]] = [(operation, {}) for operation in READ_OPERATIONS]
    paths += [("getClusterCustomers", {"tc": cluster["tc"]}) for cluster in clusters[:1]]
    for operation, more in paths:
        theirs = writable.second_partner.call(operation, {"package_id": package, **more})
        absent = writable.second_partner.call(operation, {"package_id": UNKNOWN_PACKAGE, **more})
        assertions.refusal(theirs, 404, "error.package.not_found")
        assertions.equal(f"the response body of {operation}", theirs.content, absent.content)


@property_test(
    "ERR-04.same_bytes", profile="smoke", writes=("createPackage", "mergePackages", "replaceEvaluationSettings")
)
def test_another_partners_package_is_written_like_nothing(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)

    def read_both() -> tuple[Row, Row]:
        return read_package(writable.partner, package), read_settings(writable.partner, package)

    before = read_before(writable, package, read_both)
    calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (
            "replaceEvaluationSettings",
            {"path": {"package_id": package}, "body": settings_body(1)},
            {"path": {"package_id": UNKNOWN_PACKAGE}, "body": settings_body(1)},
        ),
        (
            "mergePackages",
            {"query": {"packages_ids": [package, UNKNOWN_PACKAGE]}},
            {"query": {"packages_ids": ["pkg_neither", UNKNOWN_PACKAGE]}},
        ),
    ]
    for operation, theirs, absent in calls:
        refused = writable.second_partner.call(operation, **theirs)
        assertions.refusal(refused, 404, "error.package.not_found")
        assertions.equal(
            f"the response body of {operation}",
            refused.content,
            writable.second_partner.call(operation, **absent).content,
        )
    after = read_both()
    assertions.equal("the package and its settings afterwards", after, before)


@property_test("ERR-04.same_bytes", writes=("createPackage",))
def test_a_package_over_another_partners_event_is_refused_like_one_over_nothing(writable: Deployment) -> None:
    (event,) = list_event_ids(writable, 1)
    title = writable.title("theirs")
    theirs = writable.second_partner.call("createPackage", body=package_order([event], package_title=title))
    absent = writable.second_partner.call("createPackage", body=package_order(["evt_nothing"], package_title=title))
    assertions.refusal(theirs, 404, "error.event.not_found")
    assertions.equal("the body of the refusal", theirs.content, absent.content)
    listed = [row["title"] for row in list_packages(writable.second_partner)]
    assertions.is_true("a refused order creates no package", title not in listed, expected="no such title", seen=title)


@property_test("PART-01.scope", profile="smoke", writes=("createPackage",))
def test_another_partners_packages_are_not_listed(writable: Deployment) -> None:
    """Each partner has two packages, because a list may show one of another partner by mistake, and hide the rest."""
    clients = writable.partner, writable.second_partner
    own, others = (_ensure_packages(writable, client, 2) for client in clients)
    assertions.equal("packages that both partners see", own & others, set())


def _ensure_packages(deployment: Deployment, client: Client, count: int) -> set[str]:
    """Return the packages that a partner's user lists, after ordering as many as are missing."""
    listed = {row["id"] for row in list_packages(client)}
    events = assertions.read_body(client.call("listEvents", query={"limit": 1}))["items"]
    order = package_order([event["id"] for event in events], package_title=deployment.title("isolation"))
    for _ in range(count - len(listed)):
        require_case(bool(events), "two partners with an event")
        create_package(client, order)
    return {row["id"] for row in list_packages(client)}


@property_test("PART-04.other_partner", profile="smoke", writes=("setBackhaulDefaults",))
def test_another_partners_defaults_are_neither_read_nor_set(writable: Deployment) -> None:
    path = {"partner_id": writable.second_partner_id}
    theirs = partial(read_defaults, writable.second_partner, writable.second_partner_id)
    before = read_before(writable, "the other partner's defaults", theirs)
    own = read_before(writable, "own defaults", partial(read_defaults, writable.partner, writable.partner_id))
    other = settings_body(11 if before == settings_body(10) else 10)
    assertions.refusal(writable.partner.call("getBackhaulDefaults", path), 403, "error.auth.not_authorized")
    assertions.refusal(writable.partner.call("setBackhaulDefaults", path, body=other), 403, "error.auth.not_authorized")
    assertions.equal(
        "the other partner's defaults afterwards",
        read_defaults(writable.second_partner, writable.second_partner_id),
        before,
    )
    assertions.equal("the partner's own defaults afterwards", read_defaults(writable.partner, writable.partner_id), own)
