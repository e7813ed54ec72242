"""Runs the platform's jobs that are due when a request arrives, and implements each kind of job.

No job runs between two requests, because nobody could observe its effects before the next request. Each request calls
`catch_up` with its own time. It performs the due jobs in due order, each at its own due time, including jobs that
another job schedules on the way. One long clock move therefore gives the same history as many short ones. If an hour
has passed, it also takes a checkpoint of that hour (`state/checkpoints.py`).

Many jobs, or one that reads many purchases, run in pieces (`domain/pieces.py`): between two pieces the server answers
requests of other workspaces, never of this one (`state/turn.py`). A job reads and decides in pieces, then writes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from mock_server.domain import attribution, clustering, evaluation, packages, sales, schedule, windows
from mock_server.domain.causes import Cause
from mock_server.domain.column_parts import find_customer_ids
from mock_server.domain.lifecycles import PACKAGE_LIFETIME
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
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.purchase_columns import PurchaseUnion
from mock_server.domain.sales import SalesTotal
from mock_server.operations import ingest, job_faults
from mock_server.state import change_cause
from mock_server.state.store import Store
from mock_server.state.workspace import Workspace

PurchasesByEvent: TypeAlias = Mapping[str, Sequence[Purchase]]
"""The purchases of all events of a partner, by event id."""
PurchaseLookup: TypeAlias = Callable[[str], Sequence[Purchase]]
"""Returns the purchases of the event with this id. The sample world draws an event's purchases on first access."""
JOB_UNITS = 500
"""The units of work of a job, besides the purchases that it reads."""


@in_pieces
def catch_up(workspace: Workspace, now: datetime) -> Steps[list[Job]]:
    """Bring a workspace whose clock has run to `now`: take the hourly checkpoint, and perform the due jobs."""
    performed, checkpoint_due = [], workspace.checkpoints.next_hourly
    if now >= checkpoint_due:
        performed = yield from run_due_jobs.steps(workspace, checkpoint_due)
        workspace.checkpoints.record_hourly(workspace, now)
    return performed + (yield from run_due_jobs.steps(workspace, now))


@in_pieces
def run_due_jobs(workspace: Workspace, now: datetime) -> Steps[list[Job]]:
    """Perform the jobs that are due by `now`, in due order, each at its due time. Return them. See: JOB-03, JOB-04."""
    performed = []
    while (job := workspace.jobs.pop_due(now)) is not None:
        cause = change_cause.job_cause(workspace, job)
        run_count = job_faults.apply_job_faults(workspace, job, cause) if workspace.faults.rules else 1
        for _ in range(run_count):
            yield from steps_of(JOB_HANDLERS[job.kind], workspace, job, cause)
        if run_count:
            performed.append(job)
            workspace.job_counts[job.kind] = workspace.job_counts.get(job.kind, 0) + run_count
        yield JOB_UNITS
    return performed


@in_pieces
def run_attribution(workspace: Workspace, job: Job, cause: Cause) -> Steps[None]:
    """Append a row for each event that has credited purchases since the previous run.

    See: JOB-04.
    Implements: JOB-03.
    """
    store = workspace.store
    if store.last_run is not None:
        for event in store.events:
            unprocessed = sales.select_unprocessed(store.sales.for_event(event.id), store.last_run, job.due)
            credited = yield from steps_of(attribution.credited_total, unprocessed, event.attribution_model)
            if credited is not None:
                row_id, number = workspace.ids.new("cr"), workspace.ids.next_number("cr")
                store.results.put(automated_row(event, row_id, number, credited, job.due), cause)
            yield 5
    store.last_run = AttributionRun(job.due, workspace.ids.last_number("purchase"))
    next_run = schedule.next_run(job.due)
    if next_run is not None:
        workspace.schedule("attribution_run", job.subject, next_run)


def automated_row(event: Event, row_id: str, number: int, credited: SalesTotal, due: datetime) -> CampaignResult:
    """Return the row that a run appends for an event. See: JOB-03 (created_at is the due time)."""
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


@in_pieces
def advance_package(workspace: Workspace, job: Job, cause: Cause) -> Steps[None]:
    """Move a package one stage further: from INITIALIZING to INPROGRESS, or build it and set it DONE. See: PKG-03."""
    yield from workspace.store.packages.load(job.subject)
    package = workspace.store.packages.require(job.subject)
    if package.status == "INITIALIZING":
        workspace.store.packages.put(packages.advance(package), cause)
        workspace.schedule_in("package_stage", package.id, job.due, workspace.timing.stage)
        return
    store = workspace.store
    sources = (yield from _purchases_by_event(store, package)), store.customers.mapping()
    clusters = yield from steps_of(build_clusters, package, *sources, job.due)
    workspace.store.packages.put(packages.complete_build(package, workspace.ids.next_number("tcr"), clusters), cause)
    workspace.schedule_in("package_expiry", package.id, job.due, PACKAGE_LIFETIME)


@in_pieces
def expire_package(workspace: Workspace, job: Job, cause: Cause) -> Steps[None]:
    """Expire a package. Its last evaluation stays readable. See: PKG-03, BEV-09."""
    yield from workspace.store.packages.load(job.subject)
    package = workspace.store.packages.require(job.subject)
    workspace.store.packages.put(packages.advance(package), cause)


@in_pieces
def publish_evaluation(workspace: Workspace, job: Job, cause: Cause) -> Steps[None]:
    """Publish a package's evaluation, unless newer settings have been saved meanwhile.

    This function implements BEV-04: a job publishes only if its `generation` is still the package's `revision`.
    `JobQueue.add` also supersedes the pending job of a package, but only to keep the queue short; no result depends on
    that. While a package is being rebuilt, it contains no clusters, so its previous evaluation is kept (PKG-13).

    See: BEV-08.
    Implements: BEV-04.
    """
    yield from workspace.store.packages.load(job.subject)
    package = workspace.store.packages.require(job.subject)
    if package.revision == job.generation and package.clusters is not None:
        store = workspace.store
        events = _partner_events(store, package)
        result = yield from steps_of(evaluate_package, package, store.sales.for_event, events, job.due)
        store.evaluations.put(result, cause)


@in_pieces
def build_clusters(
    package: Package, purchases_by_event: PurchasesByEvent, customers: Mapping[str, Customer], now: datetime
) -> Steps[tuple[Cluster, ...]]:
    """Return the clusters of a package whose build ends at `now`.

    The events of the partner that are outside the package, but share the most buyers with it, are included.

    Implements: PKG-10.
    """
    own = frozenset(package.event_ids)
    known = {}
    for event_id, purchases in purchases_by_event.items():
        known[event_id] = sales.select_known(purchases, now)
        yield 1
    buyers = yield from _find_buyers(known[event_id] for event_id in own)
    elsewhere = PurchaseUnion(purchases for event_id, purchases in known.items() if event_id not in own)
    related_events = yield from steps_of(clustering.find_related_events, buyers, elsewhere, own, package.n_top_events)
    buyers |= yield from _find_buyers(known[event_id] for event_id in related_events)
    return (yield from steps_of(clustering.group_buyers, buyers, customers, package.num_packages))


@in_pieces
def evaluate_package(
    package: Package, purchases_of: PurchaseLookup, events: Sequence[Event], now: datetime
) -> Steps[Evaluation]:
    """Evaluate the package by its own settings, with the purchases known at `now`. See: BEV-05, BEV-06, BEV-07.

    `events` are all events of the partner, with their current series. Only the purchases of events that the model
    counts are looked up.
    """
    counted = evaluation.counted_events(package.settings.model, package.event_ids, events)
    known = []
    for event_id in sorted(counted):
        known.append(sales.select_known(purchases_of(event_id), now))
        yield 1
    window = windows.compute_window(package.settings, package.created_at)
    rows = yield from steps_of(evaluation.evaluate, package.clusters or (), PurchaseUnion(known), window)
    return Evaluation(package.id, package.revision, now, rows)


def _find_buyers(purchases_by_event: Iterable[Sequence[Purchase]]) -> Steps[set[str]]:
    """Return the customers who have bought tickets of the events."""
    buyers: set[str] = set()
    for purchases in purchases_by_event:
        buyers |= yield from find_customer_ids(purchases)
    return buyers


def _partner_events(store: Store, package: Package) -> list[Event]:
    return list(store.events.group("partner", package.partner_id))


def _purchases_by_event(store: Store, package: Package) -> Steps[PurchasesByEvent]:
    purchases_by_event = {}
    for event in _partner_events(store, package):
        purchases_by_event[event.id] = store.sales.for_event(event.id)
        yield 1
    return purchases_by_event


JOB_HANDLERS: dict[JobKind, Callable[[Workspace, Job, Cause], None]] = {
    "attribution_run": run_attribution,
    "package_stage": advance_package,
    "package_expiry": expire_package,
    "evaluation": publish_evaluation,
    "ingest": ingest.publish_summary,
}
