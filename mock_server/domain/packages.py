"""Packages: their state after each step, the merge of several packages, and the order of the list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from mock_server.domain import lifecycles
from mock_server.domain.models import Cluster, EvaluationSettings, Package, TargetingMode

MAX_PACKAGES = 20
MAX_TITLE = 200
DEFAULT_SETTINGS = EvaluationSettings(attribution_window=30, model="EVENTS_FROM_PACKAGE")
"""The settings of new packages if the partner has posted no defaults. See: DEF-01."""


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """The contents of a client's request to create a package. See: PKG-02."""

    title: str
    event_ids: tuple[str, ...]
    targeting_mode: TargetingMode
    num_packages: int
    n_top_events: int


@dataclass(frozen=True, slots=True)
class PackageIdentity:
    """The values that the workspace assigns to a new package: its id, its number and the revision of its settings."""

    id: str
    number: int
    revision: int


def new(
    order: PackageOrder, identity: PackageIdentity, partner_id: str, defaults: EvaluationSettings, now: datetime
) -> Package:
    """Return a new package, with the status INITIALIZING and the partner's current defaults.

    See: PKG-02.
    Implements: DEF-02.
    """
    return Package(
        id=identity.id,
        number=identity.number,
        partner_id=partner_id,
        title=order.title,
        status="INITIALIZING",
        merge_id=None,
        created_at=now,
        event_ids=order.event_ids,
        targeting_mode=order.targeting_mode,
        num_packages=order.num_packages,
        n_top_events=order.n_top_events,
        settings=replace(defaults, email_sent_date=None),
        revision=identity.revision,
    )


def with_settings(package: Package, settings: EvaluationSettings, revision: int) -> Package:
    """Return the package with other settings. See: BEV-02, BEV-04.

    Saving settings is the most frequent write, and calling the constructor takes half the time of
    `dataclasses.replace`.
    """
    return Package(
        package.id,
        package.number,
        package.partner_id,
        package.title,
        package.status,
        package.merge_id,
        package.created_at,
        package.event_ids,
        package.targeting_mode,
        package.num_packages,
        package.n_top_events,
        settings,
        revision,
        package.tc_run_id,
        package.clusters,
    )


def advance(package: Package) -> Package:
    """Return the package with its next status. See: PKG-03."""
    return replace(package, status=lifecycles.NEXT_PACKAGE_STATUS[package.status])


def complete_build(package: Package, tc_run_id: int, clusters: tuple[Cluster, ...]) -> Package:
    """Return the package DONE, with its clusters. See: PKG-03, PKG-04."""
    return replace(advance(package), tc_run_id=tc_run_id, clusters=clusters)


def fail_build(package: Package) -> Package:
    """Return the package with the status FAILED. See: PKG-03."""
    return replace(package, status=lifecycles.FAILED_BUILD_STATUS[package.status])


def restart_build(package: Package) -> Package:
    """Return the package in its state at the start of another build: without its clusters.

    See: PKG-11, PKG-12.
    Implements: PKG-13.
    """
    return replace(package, status=lifecycles.REGENERATED_STATUS[package.status], tc_run_id=None, clusters=None)


def merge_orders(sources: Sequence[Package]) -> PackageOrder:
    """Return the order for a merged package, which contains all events of the source packages.

    See: PKG-05.
    Implements: PKG-08.
    """
    events = dict.fromkeys(chain.from_iterable(source.event_ids for source in sources))
    return PackageOrder(
        title=" + ".join(source.title for source in sources)[:MAX_TITLE],
        event_ids=tuple(events),
        targeting_mode=sources[0].targeting_mode,
        num_packages=min(MAX_PACKAGES, sum(source.num_packages for source in sources)),
        n_top_events=max(source.n_top_events for source in sources),
    )


def newest_first(packages: Sequence[Package]) -> list[Package]:
    """Sort packages by their time of creation, latest first.

    Implements: PKG-07.
    """
    return sorted(packages, key=lambda package: (package.created_at, package.number), reverse=True)
