"""What a workspace holds at its birth: the world's records, and what the platform made of its history."""

from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from mock_server.domain import attribution, packages, sales, schedule
from mock_server.domain.lifecycles import PACKAGE_LIFETIME
from mock_server.domain.models import AttributionRun, CampaignResult, Evaluation, Event, Package
from mock_server.domain.packages import PackageIdentity, PackageOrder
from mock_server.domain.sales import SalesTotal
from mock_server.operations import run_due_jobs
from mock_server.operations.run_due_jobs import PurchasesByEvent
from mock_server.state.workspace import Workspace
from mock_server.worlds.world import ManualResult, PrebuiltPackage, World

PLATFORM_SUBJECT = "platform"


def bootstrap(workspace: Workspace, seed: int, now: datetime) -> None:
    """Start a world's life at `now`: nothing of a life before it stays but the counters that never go back."""
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
    """One automated row for an event, at the last due time, for all that was credited before it. Rule: JOB-04."""
    row_id = world.extras.result_ids.get(event.id) or workspace.ids.new("cr")
    number = workspace.ids.next_number("cr")

    def build_row() -> CampaignResult | None:
        credited = _credited_until(world, event, last_run)
        return None if credited is None else run_due_jobs.automated_row(event, row_id, number, credited, last_run)

    workspace.store.results.put_lazy(row_id, {"event": event.id}, build_row)


def _credited_until(world: World, event: Event, last_run: datetime) -> SalesTotal | None:
    cached = world.cache.credited.get(event.id)
    if cached is None or cached[0] != last_run:
        known_purchases = sales.select_known(world.sales.get(event.id, ()), last_run)
        cached = last_run, attribution.credited_total(known_purchases, event.attribution_model)
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
    """A package that the world brings along, built and, where it says so, evaluated.

    Both are worked out when they are first read, from the world alone: nothing that happens later tells in them.
    """
    store = workspace.store
    events = [event for event in world.events.values() if event.partner_id == prebuilt.partner_id]
    identity = PackageIdentity(prebuilt.id, workspace.ids.next_number("pkg"), workspace.ids.next_revision())
    tc_run_id = workspace.ids.new("tcr")
    order = PackageOrder(
        prebuilt.title, prebuilt.event_ids, prebuilt.targeting_mode, prebuilt.num_packages, prebuilt.n_top_events
    )

    def purchases_by_event() -> PurchasesByEvent:
        return {event.id: world.sales.get(event.id, ()) for event in events}

    @cache
    def build_package() -> Package:
        started = packages.new(order, identity, prebuilt.partner_id, prebuilt.settings, prebuilt.built_at)
        cached = world.cache.clusters
        if prebuilt.id not in cached:
            cached[prebuilt.id] = run_due_jobs.build_clusters(
                started, purchases_by_event(), world.customers, prebuilt.built_at
            )
        built = packages.complete_build(packages.advance(started), tc_run_id, cached[prebuilt.id])
        return replace(built, settings=prebuilt.settings)

    def build_evaluation(evaluated_at: datetime) -> Evaluation:
        cached = world.cache.evaluation_rows
        if prebuilt.id not in cached:
            cached[prebuilt.id] = run_due_jobs.evaluate_package(
                build_package(), purchases_by_event(), events, evaluated_at
            ).rows
        return Evaluation(prebuilt.id, identity.revision, evaluated_at, cached[prebuilt.id])

    store.packages.put_lazy(prebuilt.id, {"partner": prebuilt.partner_id}, build_package)
    workspace.schedule_in("package_expiry", prebuilt.id, prebuilt.built_at, PACKAGE_LIFETIME)
    if prebuilt.evaluated_at is not None:
        store.evaluations.put_lazy(prebuilt.id, {}, partial(build_evaluation, prebuilt.evaluated_at))
