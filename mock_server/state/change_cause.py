"""Builds the cause of a change: a request, when its operation is called, or a job, when it is performed."""

from datetime import datetime

from mock_server.domain.causes import Cause, CauseKind
from mock_server.domain.models import Job
from mock_server.state.store import Store
from mock_server.state.workspace import OperationCall, Workspace

MAX_RUNS = 100
"""How many attribution runs are kept: the latest ones."""


def set_request_cause(call: OperationCall, operation: str, request: str, request_id: str, *, control: bool) -> None:
    """Set a request as the cause of the changes to come: its operationId, its method and path, and its id."""
    how: CauseKind = "control" if control else "request"
    store = call.workspace.store
    store.set_cause(Cause(store.last_cause_number + 1, how, call.now, operation, request, request_id))


def set_job_cause(workspace: Workspace, job: Job) -> None:
    """Set a job as the cause of the changes to come, at its due time."""
    store, last_purchase = workspace.store, workspace.ids.last_number("purchase")
    if job.kind != "attribution_run":
        store.set_cause(Cause(store.last_cause_number + 1, "job", job.due, job=job, last_purchase=last_purchase))
        return
    run = Cause(
        store.last_cause_number + 1, "run", job.due, job=job, run_before=store.last_run, last_purchase=last_purchase
    )
    store.set_cause(run)
    store.run_causes = (*store.run_causes[1 - MAX_RUNS :], run)


def mark_restored(store: Store, now: datetime, last_purchase: int) -> Store:
    """Mark the store as restored from a snapshot taken at `now`. A snapshot does not contain earlier causes."""
    store.restored_at, store.initial_last_purchase = now, last_purchase
    return store


def initial_cause(workspace: Workspace) -> Cause:
    """Return the cause of all records that no request and no job has changed."""
    store = workspace.store
    if store.restored_at is not None:
        return Cause(0, "snapshot", store.restored_at, last_purchase=store.initial_last_purchase)
    return Cause(0, "world", workspace.created_at, last_purchase=store.initial_last_purchase)
