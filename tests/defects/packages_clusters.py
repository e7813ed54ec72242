"""Defects in a package's content and in the customers of its clusters."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, unquote_plus

from mock_server.domain.errors import PackageNotFoundError, PackageNotReadyError
from mock_server.http import endpoint, gateway
from mock_server.operations import access, due_jobs
from mock_server.operations import packages as operations
from mock_server.platform_api.schemas import packages as wire
from tests.defects.packages_builds import wrap_job
from tests.defects.registry import Patch, defect


@defect("PKG-04")
def there_is_content_from_the_start(patch: Patch) -> None:
    """`content` is an object without clusters, instead of null, until a package is DONE."""
    patch.wrap(
        wire,
        "_package_content_body",
        lambda original: lambda package: original(package) or {"tc_run_id": 0, "clusters": []},
    )


@defect("PKG-04")
def content_is_never_there(patch: Patch) -> None:
    """`content` is null even after a package is DONE."""
    patch.replace(wire, "_package_content_body", lambda package: None)


@defect("PKG-04")
def a_package_alone_lacks_its_merge_id(patch: Patch) -> None:
    """A package that is read by its id contains no events."""
    patch.wrap(wire, "package_detail_body", lambda original: lambda view: {**original(view), "events": []})


@defect("PKG-04")
def a_build_is_named_by_a_text(patch: Patch) -> None:
    """`tc_run_id` is a string."""

    def wrap(original: Any) -> Any:
        def content(package: Any) -> Any:
            shown = original(package)
            return shown and {**shown, "tc_run_id": f"tcr_{shown['tc_run_id']}"}

        return content

    patch.wrap(wire, "_package_content_body", wrap)


def _change_shown_clusters(patch: Patch, change: Any) -> None:
    def wrap(original: Any) -> Any:
        def content(package: Any) -> Any:
            shown = original(package)
            return shown and {**shown, "clusters": change(shown["clusters"])}

        return content

    patch.wrap(wire, "_package_content_body", wrap)


@defect("PKG-04")
def size_share_is_of_the_largest_cluster(patch: Patch) -> None:
    """`size_share` is relative to the largest cluster instead of to all customers of the package."""

    def relative(clusters: Any) -> Any:
        most = max((cluster["customers"] for cluster in clusters), default=1) or 1
        return [{**cluster, "size_share": cluster["customers"] / most} for cluster in clusters]

    _change_shown_clusters(patch, relative)


@defect("PKG-04")
def size_share_is_in_per_cent(patch: Patch) -> None:
    """`size_share` is a percentage, from 0 to 100."""
    _change_shown_clusters(
        patch, lambda clusters: [{**cluster, "size_share": cluster["size_share"] * 100} for cluster in clusters]
    )


@defect("PKG-10")
def all_clusters_have_one_tc(patch: Patch) -> None:
    """All clusters of a package have the same `tc`."""
    _change_shown_clusters(patch, lambda clusters: [{**cluster, "tc": "tc_1"} for cluster in clusters])


@defect("PKG-04")
def clusters_overlap(patch: Patch) -> None:
    """A buyer with two tastes is put into two clusters."""

    def overlapping(original: Any) -> Any:
        def build(*given: Any) -> Any:
            made = original(*given)
            if len(made) < 2:
                return made
            return (made[0], replace(made[1], customers=(*made[1].customers, made[0].customers[0])), *made[2:])

        return build

    patch.wrap(due_jobs, "build_clusters", overlapping)


@defect("PKG-04", "PKG-09", part="PKG-04.read")
def an_expired_package_loses_its_content(patch: Patch) -> None:
    """The content of a package is deleted when the package expires."""

    def wrap(original: Any) -> Any:
        def expire(workspace: Any, job: Any, cause: Any) -> None:
            original(workspace, job, cause)
            package = workspace.store.packages.get(job.subject)
            workspace.store.packages.put(replace(package, clusters=None, tc_run_id=None), cause)

        return expire

    wrap_job(patch, "package_expiry", wrap)


def _find_customers_by(patch: Patch, find: Any) -> None:
    """List the customers of the cluster that `find(clusters, tc)` returns; if that is None, the response is 404."""

    def customers(call: Any, package_id: str, tc: str) -> Any:
        package = access.require_package(call, package_id)
        if package.clusters is None:
            raise PackageNotReadyError
        cluster = find(package.clusters, tc)
        if cluster is None:
            raise PackageNotFoundError
        return cluster.customers

    patch.replace(operations, "get_cluster_customers", customers)


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower()).strip("-")


@defect("PKG-06")
def a_tc_is_found_by_its_slug(patch: Patch) -> None:
    """The path needs the slug of a `tc` instead of the `tc` itself."""
    _find_customers_by(patch, lambda clusters, tc: next((each for each in clusters if _slug(each.tc) == tc), None))


@defect("PKG-09")
def a_tc_is_found_by_its_slug_too(patch: Patch) -> None:
    """A cluster is also found by any text with the same slug as its `tc`."""
    _find_customers_by(
        patch, lambda clusters, tc: next((each for each in clusters if _slug(each.tc) == _slug(tc)), None)
    )


@defect("PKG-09")
def a_tc_is_found_by_its_beginning(patch: Patch) -> None:
    """A cluster is found by the first characters of its `tc`."""
    _find_customers_by(
        patch, lambda clusters, tc: next((each for each in clusters if each.tc.startswith(tc.strip())), None)
    )


@defect("PKG-06")
def the_next_clusters_customers_are_listed(patch: Patch) -> None:
    """The customers of the next cluster are returned, because an index is off by one."""

    def after(clusters: Any, tc: str) -> Any:
        keys = [each.tc for each in clusters]
        return clusters[(keys.index(tc) + 1) % len(keys)] if tc in keys else None

    _find_customers_by(patch, after)


@defect("PKG-06", part="PKG-06.read")
def a_customer_list_ends_at_a_hundred(patch: Patch) -> None:
    """A customer list contains at most 100 entries."""
    patch.wrap(
        operations,
        "get_cluster_customers",
        lambda original: lambda *given: original(*given)[:100],
    )


@defect("PKG-06")
def a_customer_list_is_an_object(patch: Patch) -> None:
    """A customer list is wrapped in an object with the member `customers`."""

    def wrap_list(scope: Any, answer: Any) -> None:
        if scope["path"].endswith("/customer_list") and answer.status == 200:
            answer.body = b'{"customers": %s}' % answer.body

    patch.change_responses(wrap_list)


@defect("PKG-06")
def a_customer_list_is_never_csv(patch: Patch) -> None:
    """Quirk `customer_list_csv` does nothing."""
    patch.replace(wire, "customers_body", lambda customers, tc, quirks: list(customers))


@defect("PKG-06")
def a_path_is_decoded_twice(patch: Patch) -> None:
    """The values in a path are decoded twice."""
    patch.replace(endpoint, "unquote", lambda text: unquote_plus(unquote(text)))


@defect("PKG-06")
def a_path_is_decoded_before_it_is_split(patch: Patch) -> None:
    """An encoded slash in a `tc` is read as a slash of the path."""
    patch.replace(gateway, "_undecoded_path", lambda scope: scope["path"])


@defect("PKG-09")
def an_unknown_cluster_is_empty(patch: Patch) -> None:
    """The customer list of an unknown cluster returns 200 with no customers instead of 404."""

    def lenient(original: Any) -> Any:
        def customers(call: Any, package_id: str, tc: str) -> Any:
            try:
                return original(call, package_id, tc)
            except PackageNotFoundError:
                access.require_package(call, package_id)
                return ()

        return customers

    patch.wrap(operations, "get_cluster_customers", lenient)


@defect("PKG-09")
def an_unknown_package_has_empty_clusters(patch: Patch) -> None:
    """The customer list of an unknown package returns 200 with no customers instead of 404."""

    def lenient(original: Any) -> Any:
        def customers(call: Any, package_id: str, tc: str) -> Any:
            return original(call, package_id, tc) if call.store.packages.get(package_id) else ()

        return customers

    patch.wrap(operations, "get_cluster_customers", lenient)


@defect("PKG-09")
def a_waiting_package_has_no_such_cluster(patch: Patch) -> None:
    """The customer list of a package that is not built returns 404 instead of 409."""

    def missing(original: Any) -> Any:
        def customers(call: Any, package_id: str, tc: str) -> Any:
            if access.require_package(call, package_id).clusters is None:
                raise PackageNotFoundError
            return original(call, package_id, tc)

        return customers

    patch.wrap(operations, "get_cluster_customers", missing)
