"""Operations on audience packages: create, merge, regenerate and read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mock_server.domain import packages
from mock_server.domain.errors import PackageNotFoundError, PackageNotReadyError, Problem
from mock_server.domain.lifecycles import READY, REGENERATED_STATUS
from mock_server.domain.models import Event, Package
from mock_server.domain.packages import PackageIdentity, PackageOrder
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.operations import access, partners
from mock_server.state.workspace import OperationCall


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package and its events. See: PKG-01."""

    package: Package
    events: list[Event]


@in_pieces
def list_packages(call: OperationCall) -> Steps[list[PackageView]]:
    """Return the partner's packages, newest first. See: PKG-01, PKG-07."""
    yield from call.store.packages.load_group("partner", call.partner_id)
    owned = call.store.packages.group("partner", call.partner_id)
    views = []
    for package in packages.newest_first(list(owned)):
        views.append(_build_view(call, package))
        yield 4 + len(package.event_ids)
    return views


def create_package(call: OperationCall, order: PackageOrder) -> PackageView:
    """Start building a package. Raises EventNotFoundError. See: PKG-02, PKG-03, DEF-02."""
    access.require_events(call, order.event_ids, "event_ids")
    return _build_view(call, _create(call, order))


@in_pieces
def merge_packages(call: OperationCall, package_ids: Sequence[str]) -> Steps[PackageView]:
    """Start building one package from several.

    Raises PackageNotFoundError, and PackageNotReadyError unless all of them are DONE.

    See: PKG-08.
    Implements: PKG-05.
    """
    for package_id in package_ids:
        yield from call.store.packages.load(package_id)
    sources = access.require_packages(call, package_ids, "packages_ids")
    not_ready = [source for source in sources if source.status != READY]
    if not_ready:
        raise PackageNotReadyError(
            *(
                Problem("state", "packages_ids", f"{source.id} is {source.status}; it must be {READY}")
                for source in not_ready
            )
        )
    merged = _create(call, packages.merge_orders(sources))
    for source in sources:
        call.store.packages.put(replace(source, merge_id=merged.id), call.cause)
    return _build_view(call, merged)


def regenerate_package(call: OperationCall, package_id: str) -> PackageView:
    """Rebuild an expired or failed package. Raises PackageNotReadyError for a package with another status.

    See: PKG-12, PKG-13.
    Implements: PKG-11.
    """
    package = access.require_package(call, package_id)
    if package.status not in REGENERATED_STATUS:
        raise PackageNotReadyError(
            Problem(
                "state", "package_id", f"the package is {package.status}; it must be {' or '.join(REGENERATED_STATUS)}"
            )
        )
    restarted = packages.restart_build(package)
    call.store.packages.put(restarted, call.cause)
    _schedule_build(call, restarted)
    return _build_view(call, restarted)


def get_package(call: OperationCall, package_id: str) -> PackageView:
    """Return one package. See: PKG-04."""
    return _build_view(call, access.require_package(call, package_id))


def get_cluster_customers(call: OperationCall, package_id: str, tc: str) -> tuple[str, ...]:
    """Return a cluster's customer ids. Raises PackageNotFoundError, PackageNotReadyError.

    Implements: PKG-06, PKG-09.
    """
    package = access.require_package(call, package_id)
    if package.clusters is None:
        raise PackageNotReadyError(
            Problem("state", "package_id", f"the package is {package.status} and contains no clusters")
        )
    for cluster in package.clusters:
        if cluster.tc == tc:
            return cluster.customers
    raise PackageNotFoundError(Problem("unknown", "tc", "the package contains no cluster with this tc"))


def _create(call: OperationCall, order: PackageOrder) -> Package:
    identity = PackageIdentity(call.ids.new("pkg"), call.ids.next_number("pkg"), call.ids.next_revision())
    package = packages.new(order, identity, call.partner_id, partners.current_defaults(call), call.now)
    call.store.packages.put(package, call.cause)
    _schedule_build(call, package)
    return package


def _schedule_build(call: OperationCall, package: Package) -> None:
    call.workspace.schedule_in("package_stage", package.id, call.now, call.workspace.timing.stage)


def _build_view(call: OperationCall, package: Package) -> PackageView:
    known = call.store.events.mapping()
    return PackageView(package, [known[event_id] for event_id in package.event_ids])
