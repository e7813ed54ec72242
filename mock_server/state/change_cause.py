"""Creates the causes that requests and jobs pass to the store with each record that they write.

A cause is passed explicitly, from the request or the job to each `put` and `delete`; `/_mock/explain` shows it.
"""

from datetime import datetime

from mock_server.domain.causes import Cause, CauseKind
from mock_server.domain.models import Job
from mock_server.state.store import Store
from mock_server.state.workspace import Workspace

MAX_RUNS = 100
"""How many attribution runs are kept: the latest ones."""


def request_cause(store: Store, now: datetime, kind: CauseKind, operation: str, request: tuple[str, str]) -> Cause:
    """Return the cause of a request's writes. `operation` is its operationId; `request` is its line and its id."""
    return Cause(store.next_cause_number(), kind, now, operation, *request)


def job_cause(workspace: Workspace, job: Job) -> Cause:
    """Return the cause of a job's writes. The causes of attribution runs are also kept in `store.run_causes`."""
    store, last_purchase = workspace.store, workspace.ids.last_number("purchase")
    number = store.next_cause_number()
    if job.kind != "attribution_run":
        return Cause(number, "job", job.due, job=job, last_purchase=last_purchase)
    run = Cause(number, "run", job.due, job=job, run_before=store.last_run, last_purchase=last_purchase)
    store.run_causes = (*store.run_causes[1 - MAX_RUNS :], run)
    return run


def mark_restored(store: Store, now: datetime, last_purchase: int) -> Store:
    """Mark the store as restored from a snapshot taken at `now`. A snapshot does not contain earlier causes."""
    store.restored_at, store.initial_last_purchase = now, last_purchase
    return store


def initial_cause(workspace: Workspace) -> Cause:
    """Return the cause of records that neither a request nor a job has changed."""
    store = workspace.store
    if store.restored_at is not None:
        return Cause(0, "snapshot", store.restored_at, last_purchase=store.initial_last_purchase)
    return Cause(0, "world", workspace.created_at, last_purchase=store.initial_last_purchase)
