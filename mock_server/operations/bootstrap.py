"""Resets a workspace to its initial state: the records of a world, and the records that the platform derived from it.

A world starts with sales in the past, so the platform has already run its attribution jobs and built some packages. The
derived records depend only on the world. They are computed on first access, once for all workspaces that start from the
same world (`WorldCache`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from mock_server.domain import attribution, packages, sales, schedule
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.lifecycles import PACKAGE_LIFETIME, READY
from mock_server.domain.models import AttributionRun, CampaignResult, Evaluation, Event, Package, Purchase
from mock_server.domain.packages import PackageIdentity, PackageOrder
from mock_server.domain.pieces import Steps, bind, in_pieces, steps_of
from mock_server.domain.sales import SalesTotal
from mock_server.operations import due_jobs
from mock_server.state.workspace import Workspace
from mock_server.worlds.world import LAST_START, START_REQUIREMENT, ManualResult, PrebuiltPackage, World

PLATFORM_SUBJECT = "platform"
DRAWN_UNITS = 8
"""The units of work of drawing a purchase of the sample world."""


def require_start_time(field: str, start_time: datetime) -> None:
    """Raise InvalidRequestError if a world cannot start at this time."""
    if start_time > LAST_START:
        raise InvalidRequestError(Problem("range", field, f"{field}: {START_REQUIREMENT}"))


def bootstrap(workspace: Workspace, seed: int, now: datetime) -> None:
    """Reset the workspace to the world of the seed, with the start time `now`.

    All previous state is dropped, except the counters that never go back.
    """
    world = workspace.world_factory(seed, now.date())
    workspace.reset(world, seed, now)
    workspace.ids.set_last_number("purchase", world.purchase_count)
    last_run = schedule.last_run(now)
    workspace.store.last_run = AttributionRun(last_run, world.purchase_count)
    for event in world.events.values():
        _put_automated_row(workspace, world, event, last_run)
    for manual in world.extras.manual_results:
        workspace.store.results.put(_manual_row(workspace, world.events[manual.eid].partner_id, manual))
    for prebuilt in world.extras.packages:
        _put_prebuilt_package(workspace, world, prebuilt)
    next_run = schedule.next_run(now)
    if next_run is not None:
        workspace.schedule("attribution_run", PLATFORM_SUBJECT, next_run)
    workspace.checkpoints.start(workspace, now, "reset")


def _put_automated_row(workspace: Workspace, world: World, event: Event, last_run: datetime) -> None:
    """Add an event's automated row, with the total credited up to the last run before the start. See: JOB-04."""
    row_id = world.extras.result_ids.get(event.id) or workspace.ids.new("cr")
    identity = row_id, workspace.ids.next_number("cr")
    build_row = bind(_build_automated_row, world, event, last_run, identity)
    workspace.store.results.put_lazy(row_id, {"event": event.id}, build_row)


@in_pieces
def _build_automated_row(
    world: World, event: Event, last_run: datetime, identity: tuple[str, int]
) -> Steps[CampaignResult | None]:
    credited = yield from _credited_until(world, event, last_run)
    return None if credited is None else due_jobs.automated_row(event, *identity, credited, last_run)


def _credited_until(world: World, event: Event, last_run: datetime) -> Steps[SalesTotal | None]:
    cached = world.cache.credited.get(event.id)
    if cached is None or cached[0] != last_run:
        known_purchases = sales.select_known(world.sales.get(event.id, ()), last_run)
        credited = yield from steps_of(attribution.credited_total, known_purchases, event.attribution_model)
        cached = last_run, credited
        world.cache.credited[event.id] = cached
    return cached[1]


def _manual_row(workspace: Workspace, partner_id: str, manual: ManualResult) -> CampaignResult:
    return CampaignResult(
        id=manual.id,
        number=workspace.ids.next_number("cr"),
        eid=manual.eid,
        partner_id=partner_id,
        purchase=manual.purchase,
        revenue=manual.revenue,
        created_at=manual.created_at,
        source="manual",
    )


def _put_prebuilt_package(workspace: Workspace, world: World, prebuilt: PrebuiltPackage) -> None:
    """Add a package that was ordered before the start, and its evaluation if there is one."""
    store = workspace.store
    identity = PackageIdentity(prebuilt.id, workspace.ids.next_number("pkg"), workspace.ids.next_revision())
    tc_run_id = workspace.ids.next_number("tcr")
    build_package = bind(_build_package, world, prebuilt, identity, tc_run_id)
    store.packages.put_lazy(prebuilt.id, {"partner": prebuilt.partner_id}, build_package)
    if prebuilt.status == READY:
        workspace.schedule_in("package_expiry", prebuilt.id, prebuilt.built_at, PACKAGE_LIFETIME)
    if prebuilt.evaluated_at is not None:
        store.evaluations.put_lazy(
            prebuilt.id, {}, bind(_build_evaluation, world, build_package, prebuilt.evaluated_at)
        )


@in_pieces
def _build_package(
    world: World, prebuilt: PrebuiltPackage, identity: PackageIdentity, tc_run_id: int
) -> Steps[Package]:
    order = PackageOrder(
        prebuilt.title, prebuilt.event_ids, prebuilt.targeting_mode, prebuilt.num_packages, prebuilt.n_top_events
    )
    started = packages.new(order, identity, prebuilt.partner_id, prebuilt.settings, prebuilt.built_at)
    if prebuilt.status == "FAILED":
        return replace(packages.fail_build(packages.advance(started)), settings=prebuilt.settings)
    cached = world.cache.clusters
    if prebuilt.id not in cached:
        purchases: dict[str, Sequence[Purchase]] = {}
        for event in _partner_events(world, prebuilt.partner_id):
            purchases[event.id] = world.sales.get(event.id, ())
            yield DRAWN_UNITS * len(purchases[event.id])
        sources = purchases, world.customers
        cached[prebuilt.id] = yield from steps_of(due_jobs.build_clusters, started, *sources, prebuilt.built_at)
    built = packages.complete_build(packages.advance(started), tc_run_id, cached[prebuilt.id])
    return replace(built, status=prebuilt.status, settings=prebuilt.settings)


@in_pieces
def _build_evaluation(world: World, build_package: Callable[[], Package], evaluated_at: datetime) -> Steps[Evaluation]:
    package, cached = (yield from steps_of(build_package)), world.cache.evaluation_rows
    if package.id not in cached:
        events = _partner_events(world, package.partner_id)
        evaluated = yield from steps_of(
            due_jobs.evaluate_package, package, lambda event_id: world.sales.get(event_id, ()), events, evaluated_at
        )
        cached[package.id] = evaluated.rows
    return Evaluation(package.id, package.revision, evaluated_at, cached[package.id])


def _partner_events(world: World, partner_id: str) -> list[Event]:
    return [event for event in world.events.values() if event.partner_id == partner_id]
