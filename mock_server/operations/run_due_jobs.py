"""What each kind of job does at its due instant, and catching up with all that are due."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from mock_server.domain import attribution, clustering, evaluation, packages, sales, schedule, windows
from mock_server.domain.lifecycles import PACKAGE_LIFE
from mock_server.domain.models import (
    AttributionRun,
    CampaignResult,
    Cluster,
    Customer,
    Evaluation,
    Event,
    Job,
    JobKind,
    Package,
    Purchase,
)
from mock_server.domain.sales import Takings
from mock_server.operations import ingest, job_faults
from mock_server.state import change_cause
from mock_server.state.store import Store
from mock_server.state.workspace import Call, Workspace

Books: TypeAlias = Mapping[str, Sequence[Purchase]]
"""A partner's purchases by event."""


def catch_up(workspace: Workspace, now: datetime) -> list[Job]:
    """Perform each job due by `now`, at its own due instant, in due order; answers them. Rules: JOB-03, JOB-04."""
    fired = []
    while (job := workspace.jobs.pop_due(now)) is not None:
        change_cause.of_job(workspace, job)
        starts = job_faults.starts(workspace, job) if workspace.faults.rules else 1
        for _ in range(starts):
            PERFORM[job.kind](workspace, job)
        if starts:
            fired.append(job)
    return fired


def caught_up(call: Call) -> Call:
    """The call at this instant, where time has passed, or been moved, since it was made: its body came late."""
    now = call.workspace.clock.now()
    if now == call.now:
        return call
    return call._replace(now=now, caught_up=(*call.caught_up, *catch_up(call.workspace, now)))


def attribute(workspace: Workspace, job: Job) -> None:
    """Run the platform's attribution over what no run has looked at yet. Rules: JOB-03, JOB-04."""
    store = workspace.store
    if store.last_run is not None:
        for event in store.events:
            fresh = sales.not_looked_at(store.sales.of(event.id), store.last_run, job.due)
            credited = attribution.run(fresh, event.attribution_model)
            if credited is not None:
                row_id, number = workspace.ids.new("cr"), workspace.ids.number("cr")
                store.results.put(automated_row(event, row_id, number, credited, job.due))
    store.last_run = AttributionRun(job.due, workspace.ids.last_number("purchase"))
    following = schedule.next_run(job.due)
    if following is not None:
        workspace.schedule("attribution_run", job.subject, following)


def automated_row(event: Event, row_id: str, number: int, credited: Takings, due: datetime) -> CampaignResult:
    """The row that a run appends for an event. Rule: JOB-03 (created_at is the due time)."""
    return CampaignResult(
        id=row_id,
        number=number,
        eid=event.id,
        partner_id=event.partner_id,
        purchase=credited.purchases,
        revenue=credited.revenue,
        created_at=due,
        source="automated",
    )


def stage(workspace: Workspace, job: Job) -> None:
    """Take a package one stage further: to INPROGRESS, then, built, to DONE. Rule: PKG-03."""
    package = workspace.store.packages.mapping()[job.subject]
    if package.status == "INITIALIZING":
        workspace.store.packages.put(packages.advanced(package))
        workspace.schedule_in("package_stage", package.id, job.due, workspace.timing.stage)
        return
    store = workspace.store
    clusters = build(package, _books(store, package), store.customers.mapping(), job.due)
    workspace.store.packages.put(packages.built(package, workspace.ids.new("tcr"), clusters))
    workspace.schedule_in("package_expiry", package.id, job.due, PACKAGE_LIFE)


def expire(workspace: Workspace, job: Job) -> None:
    """Let a package expire; its last result stays readable. Rules: PKG-03, BEV-09."""
    package = workspace.store.packages.mapping()[job.subject]
    workspace.store.packages.put(packages.advanced(package))


def evaluate(workspace: Workspace, job: Job) -> None:
    """Publish a package's evaluation, unless newer settings have superseded it. Rules: BEV-04, BEV-08.

    Where the package is being built again there are no clusters to count: the result before stays (PKG-13).
    """
    package = workspace.store.packages.mapping()[job.subject]
    if package.revision == job.generation and package.clusters is not None:
        store = workspace.store
        store.evaluations.put(evaluated(package, _books(store, package), _events(store, package), job.due))


def build(package: Package, books: Books, customers: Mapping[str, Customer], now: datetime) -> tuple[Cluster, ...]:
    """The clusters that a package has when its build ends at `now`. Rule: PKG-10."""
    own = frozenset(package.event_ids)
    buyers = {purchase.customer_id for event_id in own for purchase in sales.known(books[event_id], now)}
    elsewhere = (
        purchase for event_id, book in books.items() if event_id not in own for purchase in sales.known(book, now)
    )
    further = clustering.best_matching(buyers, elsewhere, own, package.n_top_events)
    buyers |= {purchase.customer_id for event_id in further for purchase in sales.known(books[event_id], now)}
    return clustering.clusters(buyers, customers, package.num_packages)


def evaluated(package: Package, books: Books, events: Sequence[Event], now: datetime) -> Evaluation:
    """The package's evaluation by its own settings, of what is known at `now`. Rules: BEV-05, BEV-06, BEV-07.

    `events` are the partner's, in the series in which they stand.
    """
    counted = evaluation.counted_events(package.settings.model, package.event_ids, events)
    known = (purchase for event_id in sorted(counted) for purchase in sales.known(books[event_id], now))
    span = windows.window(package.settings, package.created_at)
    rows = evaluation.evaluate(package.clusters or (), known, span)
    return Evaluation(package.id, package.revision, now, rows)


def _events(store: Store, package: Package) -> list[Event]:
    return list(store.events.group("partner", package.partner_id))


def _books(store: Store, package: Package) -> Books:
    return {event.id: store.sales.of(event.id) for event in _events(store, package)}


PERFORM: dict[JobKind, Callable[[Workspace, Job], None]] = {
    "attribution_run": attribute,
    "package_stage": stage,
    "package_expiry": expire,
    "evaluation": evaluate,
    "ingest": ingest.show,
}
