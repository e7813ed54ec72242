"""Audience packages: ordering, merging and reading them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mock_server.domain import packages
from mock_server.domain.errors import PackageNotFound, PackageNotReady, Problem
from mock_server.domain.lifecycles import READY, REGENERATION
from mock_server.domain.models import Event, Package
from mock_server.domain.packages import Identity, PackageOrder
from mock_server.operations import access, partners
from mock_server.state.workspace import Call


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package and its events. Rule: PKG-01."""

    package: Package
    events: list[Event]


def list_packages(call: Call) -> list[PackageView]:
    """The partner's packages, newest first. Rules: PKG-01, PKG-07."""
    owned = call.store.packages.group("partner", call.partner_id)
    return [_view(call, package) for package in packages.newest_first(list(owned))]


def create_package(call: Call, order: PackageOrder) -> PackageView:
    """Start building a package. Rules: PKG-02, PKG-03, DEF-02. Raises EventNotFound."""
    access.events(call, order.event_ids, "event_ids")
    return _view(call, _start(call, order))


def merge_packages(call: Call, package_ids: Sequence[str]) -> PackageView:
    """Start building one package from several. Rules: PKG-05, PKG-08. Raises PackageNotFound, PackageNotReady."""
    sources = access.packages(call, package_ids, "packages_ids")
    waiting = [source for source in sources if source.status != READY]
    if waiting:
        raise PackageNotReady(
            *(Problem("state", "packages_ids", f"{source.id} is {source.status}, not {READY}") for source in waiting)
        )
    merged = _start(call, packages.merged(sources))
    for source in sources:
        call.store.packages.put(replace(source, merge_id=merged.id))
    return _view(call, merged)


def regenerate_package(call: Call, package_id: str) -> PackageView:
    """Build a package again that has expired or failed. Rules: PKG-11, PKG-12, PKG-13. Raises PackageNotReady."""
    package = access.package(call, package_id)
    if package.status not in REGENERATION:
        raise PackageNotReady(
            Problem("state", "package_id", f"the package is {package.status}, not {' or '.join(REGENERATION)}")
        )
    begun = packages.regenerated(package)
    call.store.packages.put(begun)
    _schedule_build(call, begun)
    return _view(call, begun)


def get_package(call: Call, package_id: str) -> PackageView:
    """One package. Rule: PKG-04."""
    return _view(call, access.package(call, package_id))


def get_cluster_customers(call: Call, package_id: str, tc: str) -> tuple[str, ...]:
    """The customers of one cluster. Rules: PKG-06, PKG-09. Raises PackageNotFound, PackageNotReady."""
    package = access.package(call, package_id)
    if package.clusters is None:
        raise PackageNotReady(
            Problem("state", "package_id", f"the package is {package.status}: it has no clusters yet")
        )
    for cluster in package.clusters:
        if cluster.tc == tc:
            return cluster.customers
    raise PackageNotFound(Problem("unknown", "tc", "the package has no such cluster"))


def _start(call: Call, order: PackageOrder) -> Package:
    identity = Identity(call.ids.new("pkg"), call.ids.number("pkg"), call.ids.revision())
    package = packages.new(order, identity, call.partner_id, partners.current_defaults(call), call.now)
    call.store.packages.put(package)
    _schedule_build(call, package)
    return package


def _schedule_build(call: Call, package: Package) -> None:
    call.workspace.schedule_in("package_stage", package.id, call.now, call.workspace.timing.stage)


def _view(call: Call, package: Package) -> PackageView:
    known = call.store.events.mapping()
    return PackageView(package, [known[event_id] for event_id in package.event_ids])
