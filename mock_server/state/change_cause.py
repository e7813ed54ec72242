"""Who is named as the cause of what is written next: a request, where its operation is called, or a job."""

from datetime import datetime

from mock_server.domain.causes import Cause, How
from mock_server.domain.models import Job
from mock_server.state.store import Store
from mock_server.state.workspace import Call, Workspace

MOST_RUNS = 100
"""How many attribution runs are remembered: the last ones."""


def of_request(call: Call, operation: str, request: str, request_id: str, *, control: bool) -> None:
    """From now on what is written is the doing of a request: its operationId, method and path, and id."""
    how: How = "control" if control else "request"
    store = call.workspace.store
    store.because(Cause(store.causes + 1, how, call.now, operation, request, request_id))


def of_job(workspace: Workspace, job: Job) -> None:
    """From now on what is written is the job's doing, at its due instant."""
    store, last_purchase = workspace.store, workspace.ids.last_number("purchase")
    if job.kind != "attribution_run":
        store.because(Cause(store.causes + 1, "job", job.due, job=job, last_purchase=last_purchase))
        return
    run = Cause(store.causes + 1, "run", job.due, job=job, run_before=store.last_run, last_purchase=last_purchase)
    store.because(run)
    store.runs = (*store.runs[1 - MOST_RUNS :], run)


def of_snapshot(store: Store, now: datetime, last_purchase: int) -> Store:
    """What the store holds comes from a snapshot taken at `now`, which does not say what it came from before."""
    store.restored_at, store.born_with = now, last_purchase
    return store


def beginning(workspace: Workspace) -> Cause:
    """The cause of everything that no request and no job has changed."""
    store = workspace.store
    if store.restored_at is not None:
        return Cause(0, "snapshot", store.restored_at, last_purchase=store.born_with)
    return Cause(0, "world", workspace.born, last_purchase=store.born_with)
