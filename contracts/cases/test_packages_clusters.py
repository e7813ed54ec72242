"""Packages: their clusters, and the customers of each cluster."""

import pytest

from contracts.dsl import assertions, spreadsheets, steps
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.package_states import EXPIRED, UNBUILT, require_status
from contracts.dsl.steps import (
    create_package,
    list_cluster_customers,
    list_event_ids,
    list_packages,
    package_order,
    read_package,
    sale_row,
)
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

CLUSTER_NAMES = ("Rock & Indie", "Große Oper/Ballett", "100 % Jazz?", "a+b", "#1 ;,'\"")


@example("PKG-04.read", "PKG-04.cluster", profile="smoke")
def test_a_package_shows_its_clusters(sandbox: Sandbox) -> None:
    jazz, rock = sandbox.new_customer_ids(3), sandbox.new_customer_ids(1)
    content = read_package(sandbox.partner, sandbox.add_package([sandbox.add_event()], {"Jazz": jazz, "Rock": rock}))[
        "content"
    ]
    clusters = {cluster["tc"]: (cluster["customers"], cluster["size_share"]) for cluster in content["clusters"]}
    assertions.equal("customers and size_share of each cluster", clusters, {"Jazz": (3, 0.75), "Rock": (1, 0.25)})


@example("PKG-04.until_done", profile="smoke")
def test_content_is_null_until_a_package_is_done(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-05-01T10:00:00Z"))
    made = create_package(sandbox.partner, package_order([event]))["id"]
    for _ in range(10):
        package = read_package(sandbox.partner, made)
        is_unbuilt = package["status"] != "DONE"
        assertions.equal(
            f"whether content is null while the package is {package['status']}", package["content"] is None, is_unbuilt
        )
        sandbox.advance(seconds=1)


@property_test("PKG-04.until_done", writes=("createPackage",))
def test_a_package_has_content_exactly_once_it_was_built(writable: Deployment) -> None:
    made = create_package(
        writable.partner, package_order(list_event_ids(writable, 1), package_title=writable.title("content"))
    )
    package = read_package(writable.partner, made["id"])
    if package["status"] in ("INITIALIZING", "INPROGRESS"):
        assertions.equal(f"content while {package['status']}", package["content"], None)
    done = read_package(writable.partner, steps.ensure_built_package(writable))
    assertions.is_true("content once DONE", done["content"] is not None, expected="content", seen=done["content"])


@property_test("PKG-04.disjoint", profile="smoke", writes=("createPackage",))
def test_clusters_share_no_customer(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    clusters = read_package(writable.partner, package)["content"]["clusters"]
    require_case(len(clusters) > 1, "a package with two clusters")
    listed = [name for row in clusters for name in list_cluster_customers(writable.partner, package, row["tc"])]
    assertions.equal("customers of all clusters, each counted once", len(set(listed)), len(listed))


@property_test("PKG-04.read", profile="smoke", writes=("createPackage",))
def test_the_run_of_a_build_has_a_whole_number(writable: Deployment) -> None:
    run = read_package(writable.partner, steps.ensure_built_package(writable))["content"]["tc_run_id"]
    is_integer = isinstance(run, int) and not isinstance(run, bool)
    assertions.is_true("tc_run_id is an integer", is_integer, expected="an integer", seen=run)


@property_test("PKG-06.read", "PKG-06.format", profile="smoke", writes=("createPackage",))
def test_a_customer_list_is_as_long_as_its_cluster_is_large(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    clusters = read_package(writable.partner, package)["content"]["clusters"]
    for cluster in require_cases(clusters, "a package with a cluster"):
        listed = list_cluster_customers(writable.partner, package, cluster["tc"])
        assertions.equal(f"number of customers listed for {cluster['tc']}", len(listed), cluster["customers"])


@example("PKG-06.read", "PKG-06.format", profile="smoke")
def test_a_customer_list_holds_the_customers_of_its_cluster(sandbox: Sandbox) -> None:
    jazz, rock = sandbox.new_customer_ids(2), sandbox.new_customer_ids(3)
    package = sandbox.add_package([sandbox.add_event()], {"Jazz": jazz, "Rock": rock, "Nobody": []})
    for tc, members in {"Jazz": jazz, "Rock": rock, "Nobody": []}.items():
        assertions.equal(
            f"customers of {tc}", sorted(list_cluster_customers(sandbox.partner, package, tc)), sorted(members)
        )


@example("PKG-06.format")
def test_a_customer_list_is_csv_with_the_quirk(sandbox: Sandbox) -> None:
    jazz = sandbox.new_customer_ids(2)
    package = sandbox.add_package([sandbox.add_event()], {"Jazz": jazz, "Nobody": []})
    sandbox.control.put("/quirks", {"customer_list_csv": True})
    for tc, members in {"Jazz": jazz, "Nobody": []}.items():
        answer = sandbox.partner.call("getClusterCustomers", {"package_id": package, "tc": tc})
        assertions.step_status(answer, 200)
        media_type = answer.headers["content-type"].partition(";")[0]
        assertions.equal(f"type of the list of {tc}", media_type, "text/csv")
        header, *rows = spreadsheets.parse_csv(answer.content)
        assertions.equal("columns", header, ["customer_id"])
        assertions.equal(f"customers of {tc}", sorted(rows), sorted([member] for member in members))


@example("PKG-06.tc")
@pytest.mark.parametrize("tc", CLUSTER_NAMES)
def test_a_tc_stands_in_the_path_as_it_is(sandbox: Sandbox, tc: str) -> None:
    (buyer,), (other,) = sandbox.new_customer_ids(1), sandbox.new_customer_ids(1)
    package = sandbox.add_package([sandbox.add_event()], {"Another": [other], tc: [buyer]})
    assertions.equal(f"customers of {tc!r}", list_cluster_customers(sandbox.partner, package, tc), [buyer])


@example("PKG-09.unknown_cluster", profile="smoke")
@pytest.mark.parametrize("tc", ["rock-indie", "rock & indie", "Rock", "Rock & Indie ", "Rock_&_Indie", "0", " "])
def test_another_spelling_of_a_tc_is_not_found(sandbox: Sandbox, tc: str) -> None:
    package = sandbox.add_package([sandbox.add_event()], {"Rock & Indie": sandbox.new_customer_ids(1)})
    answer = sandbox.partner.call("getClusterCustomers", {"package_id": package, "tc": tc})
    assertions.refusal(answer, 404, "error.package.not_found")


@property_test("PKG-09.unknown_cluster", profile="smoke", writes=("createPackage",))
def test_a_cluster_that_a_package_does_not_have_is_not_found(writable: Deployment) -> None:
    path = {"package_id": steps.ensure_built_package(writable), "tc": "no such cluster"}
    assertions.refusal(writable.partner.call("getClusterCustomers", path), 404, "error.package.not_found")


@property_test("PKG-09.unknown_cluster", writes=("createPackage",))
def test_the_beginning_of_a_tc_is_no_cluster(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    names = {str(cluster["tc"]) for cluster in read_package(writable.partner, package)["content"]["clusters"]}
    beginnings = {name[:-1] for name in names if len(name) > 1} - names
    beginning = min(require_cases(beginnings, "a cluster whose `tc` has two characters or more"))
    answer = writable.partner.call("getClusterCustomers", {"package_id": package, "tc": beginning})
    assertions.refusal(answer, 404, "error.package.not_found")


@example("PKG-09.not_built", profile="smoke")
@pytest.mark.parametrize("seconds", [pytest.param(0, id="INITIALIZING"), pytest.param(2, id="INPROGRESS")])
def test_a_package_that_is_not_built_has_no_customer_list_yet(sandbox: Sandbox, seconds: int) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    sandbox.advance(seconds=seconds)
    require_status(sandbox.partner, made, *UNBUILT)
    answer = sandbox.partner.call("getClusterCustomers", {"package_id": made, "tc": "Jazz"})
    assertions.refusal(answer, 409, "error.package.not_ready")


@example("PKG-09.not_built", "PKG-04.read")
def test_an_expired_package_keeps_its_content_and_customer_lists(sandbox: Sandbox) -> None:
    jazz = sandbox.new_customer_ids(2)
    package = sandbox.add_package([sandbox.add_event()], {"Jazz": jazz})
    before = read_package(sandbox.partner, package)["content"]
    sandbox.advance(days=28)
    again = sandbox.sign_in("partner")
    require_status(again, package, EXPIRED)
    expired = read_package(again, package)
    assertions.status(again.call("getClusterCustomers", {"package_id": package, "tc": "Jazz"}), 200)
    assertions.equal("customers of Jazz", sorted(list_cluster_customers(again, package, "Jazz")), sorted(jazz))
    assertions.equal("content", expired["content"], before)


@property_test("PKG-09.unknown_cluster")
def test_a_customer_list_of_an_unknown_package_is_not_found(deployment: Deployment) -> None:
    listed = list_packages(deployment.partner)
    assertions.is_true(
        "there is no package pkg_nothing", "pkg_nothing" not in [row["id"] for row in listed], seen=listed
    )
    path = {"package_id": "pkg_nothing", "tc": "Jazz"}
    assertions.refusal(deployment.partner.call("getClusterCustomers", path), 404, "error.package.not_found")
