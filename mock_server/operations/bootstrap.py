"""What a workspace holds at its birth: the world's records, and what the platform made of its history."""

from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from mock_server.domain import attribution, packages, sales, schedule
from mock_server.domain.lifecycles import PACKAGE_LIFE
from mock_server.domain.models import AttributionRun, CampaignResult, Evaluation, Event, Package
from mock_server.domain.packages import Identity, PackageOrder
from mock_server.domain.sales import Takings
from mock_server.operations import run_due_jobs
from mock_server.operations.run_due_jobs import Books
from mock_server.state.workspace import Workspace
from mock_server.worlds.world import ManualResult, ReadyPackage, World

PLATFORM = "platform"


def begin(workspace: Workspace, seed: int, now: datetime) -> None:
    """Start a world's life at `now`: nothing of a life before it stays but the counters that never go back."""
    world = workspace.source(seed, now.date())
    workspace.start_over(world, seed, now)
    workspace.ids.start_numbers_after("purchase", world.purchase_count)
    last = schedule.last_run(now)
    workspace.store.last_run = AttributionRun(last, world.purchase_count)
    for event in world.events.values():
        _history(workspace, world, event, last)
    for manual in world.extras.manual_results:
        workspace.store.results.put(_manual(workspace, world.events[manual.eid].partner_id, manual))
    for ready in world.extras.packages:
        _ready(workspace, world, ready)
    following = schedule.next_run(now)
    if following is not None:
        workspace.schedule("attribution_run", PLATFORM, following)
    workspace.points.begin(workspace, now, "birth")


def _history(workspace: Workspace, world: World, event: Event, last: datetime) -> None:
    """One automated row for an event, at the last due time, for all that was credited before it. Rule: JOB-04."""
    row_id = world.extras.result_ids.get(event.id) or workspace.ids.new("cr")
    number = workspace.ids.number("cr")

    def make() -> CampaignResult | None:
        credited = _credited(world, event, last)
        return None if credited is None else run_due_jobs.automated_row(event, row_id, number, credited, last)

    workspace.store.results.put_when_read(row_id, {"event": event.id}, make)


def _credited(world: World, event: Event, last: datetime) -> Takings | None:
    kept = world.worked_out.credited.get(event.id)
    if kept is None or kept[0] != last:
        past = sales.known(world.sales.get(event.id, ()), last)
        kept = last, attribution.run(past, event.attribution_model)
        world.worked_out.credited[event.id] = kept
    return kept[1]


def _manual(workspace: Workspace, partner_id: str, manual: ManualResult) -> CampaignResult:
    return CampaignResult(
        id=manual.id,
        number=workspace.ids.number("cr"),
        eid=manual.eid,
        partner_id=partner_id,
        purchase=manual.purchase,
        revenue=manual.revenue,
        created_at=manual.created_at,
        source="manual",
    )


def _ready(workspace: Workspace, world: World, ready: ReadyPackage) -> None:
    """A package that the world brings along, built and, where it says so, evaluated.

    Both are worked out when they are first read, from the world alone: nothing that happens later tells in them.
    """
    store = workspace.store
    events = [event for event in world.events.values() if event.partner_id == ready.partner_id]
    identity = Identity(ready.id, workspace.ids.number("pkg"), workspace.ids.revision())
    tc_run_id = workspace.ids.new("tcr")
    order = PackageOrder(ready.title, ready.event_ids, ready.targeting_mode, ready.num_packages, ready.n_top_events)

    def books() -> Books:
        return {event.id: world.sales.get(event.id, ()) for event in events}

    @cache
    def make() -> Package:
        started = packages.new(order, identity, ready.partner_id, ready.settings, ready.built_at)
        kept = world.worked_out.clusters
        if ready.id not in kept:
            kept[ready.id] = run_due_jobs.build(started, books(), world.customers, ready.built_at)
        built = packages.built(packages.advanced(started), tc_run_id, kept[ready.id])
        return replace(built, settings=ready.settings)

    def make_evaluation(evaluated_at: datetime) -> Evaluation:
        kept = world.worked_out.rows
        if ready.id not in kept:
            kept[ready.id] = run_due_jobs.evaluated(make(), books(), events, evaluated_at).rows
        return Evaluation(ready.id, identity.revision, evaluated_at, kept[ready.id])

    store.packages.put_when_read(ready.id, {"partner": ready.partner_id}, make)
    workspace.schedule_in("package_expiry", ready.id, ready.built_at, PACKAGE_LIFE)
    if ready.evaluated_at is not None:
        store.evaluations.put_when_read(ready.id, {}, partial(make_evaluation, ready.evaluated_at))
