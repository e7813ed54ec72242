"""What a workspace holds at its birth: the world's records, and what the platform made of its history."""

from dataclasses import replace
from datetime import datetime

from mock_server.domain import attribution, packages, sales, schedule
from mock_server.domain.lifecycles import PACKAGE_LIFE
from mock_server.domain.models import AttributionRun, CampaignResult
from mock_server.domain.packages import Identity, PackageOrder
from mock_server.operations import due
from mock_server.runtime.workspace import Workspace
from mock_server.runtime.worlds.world import ReadyPackage, World

PLATFORM = "platform"


def begin(workspace: Workspace, seed: int, now: datetime) -> None:
    """Start a world's life at `now`: nothing of a life before it stays but the counters that never go back."""
    world = workspace.source(seed, now.date())
    workspace.start_over(seed, now)
    _settle(workspace, world)
    last = schedule.last_run(now)
    _history(workspace, world, last)
    following = schedule.next_run(now)
    if following is not None:
        workspace.schedule("attribution_run", PLATFORM, following)
    for manual in world.extras.manual_results:
        event = world.events[manual.eid]
        workspace.store.results.put(
            CampaignResult(
                id=manual.id,
                number=workspace.ids.number("cr"),
                eid=manual.eid,
                partner_id=event.partner_id,
                purchase=manual.purchase,
                revenue=manual.revenue,
                created_at=manual.created_at,
                source="manual",
            )
        )
    for ready in world.extras.packages:
        _ready(workspace, ready)


def _settle(workspace: Workspace, world: World) -> None:
    store = workspace.store
    for partner in world.partners.values():
        store.partners.put(partner)
    for user in world.users.values():
        store.users.put(user)
    for event in world.events.values():
        store.events.put(event)
    for customer in world.customers.values():
        store.customers.put(customer)
    store.sales.fill(world.purchases)
    workspace.ids.start_numbers_after("purchase", len(world.purchases))


def _history(workspace: Workspace, world: World, last: datetime) -> None:
    """One automated row an event, at the last due time, for all that was credited before it. Rule: JOB-04."""
    for event in world.events.values():
        past = sales.known(workspace.store.sales.of(event.id), last)
        credited = attribution.run(past, event.attribution_model)
        if credited is not None:
            row_id = world.extras.result_ids.get(event.id)
            workspace.store.results.put(due.automated_row(workspace, event.id, credited, last, row_id))
    workspace.store.last_run = AttributionRun(last, workspace.ids.last_number("purchase"))


def _ready(workspace: Workspace, ready: ReadyPackage) -> None:
    """A package that the world brings along, built and, where it says so, evaluated."""
    identity = Identity(ready.id, workspace.ids.number("pkg"), workspace.ids.revision())
    order = PackageOrder(ready.title, ready.event_ids, ready.targeting_mode, ready.num_packages, ready.n_top_events)
    started = packages.new(order, identity, ready.partner_id, packages.DEFAULT_SETTINGS, ready.built_at)
    clusters = due.build(workspace.store, started, ready.built_at)
    built = packages.built(packages.advanced(started), workspace.ids.new("tcr"), clusters)
    package = replace(built, settings=ready.settings)
    workspace.store.packages.put(package)
    workspace.schedule_in("package_expiry", package.id, ready.built_at, PACKAGE_LIFE)
    if ready.evaluated_at is not None:
        workspace.store.evaluations.put(due.evaluated(workspace.store, package, ready.evaluated_at))
