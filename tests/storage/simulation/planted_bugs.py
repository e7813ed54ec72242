"""Bugs that the simulation must find. Each is a function that patches the server.

The first six were planted to test the simulation. The others are bugs that it found.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from mock_server.domain.causes import Cause
from mock_server.domain.models import Job
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.http import gateway, responses, transactions
from mock_server.http.context import RequestContext
from mock_server.operations import due_jobs
from mock_server.state.ids import IdGenerator
from mock_server.state.job_queue import JobQueue
from mock_server.state.workspace import Workspace
from mock_server.storage import heads, writing
from mock_server.storage.keeper import WorkspaceKeeper
from mock_server.storage.workspaces import StoredWorkspaces

Bug = Callable[[], AbstractContextManager[object]]


def queue_without_superseding() -> AbstractContextManager[object]:
    """A new evaluation job does not supersede the pending one. This alone is no bug."""
    original = JobQueue.add

    def add(self: JobQueue, job: Job) -> None:
        if job.kind == "evaluation":
            self._latest_by_subject.pop((job.kind, job.subject), None)
        original(self, job)

    return patch.object(JobQueue, "add", add)


@contextmanager
def no_fence() -> Iterator[None]:
    """An evaluation is published even if newer settings have been saved."""

    @in_pieces
    def publish(workspace: Workspace, job: Job, cause: Cause) -> Steps[None]:
        store, package = workspace.store, workspace.store.packages.mapping()[job.subject]
        if package.clusters is not None:
            events = due_jobs._partner_events(store, package)
            result = yield from steps_of(due_jobs.evaluate_package, package, store.sales.for_event, events, job.due)
            store.evaluations.put(result, cause)

    with queue_without_superseding(), patch.dict(due_jobs.JOB_HANDLERS, {"evaluation": publish}):
        yield


def publish_before_commit() -> AbstractContextManager[object]:
    """The response is sent before the commit."""
    original = responses.send_bytes

    async def send_bytes(context: RequestContext, *response: Any) -> None:
        commit, context.commit = context.commit, None
        await original(context, *response)
        context.commit = commit

    return patch.object(responses, "send_bytes", send_bytes)


@contextmanager
def check_then_insert_tick() -> Iterator[None]:
    """Due jobs are performed without the lock, which is taken only to write."""
    original = WorkspaceKeeper.commit

    async def lock(context: RequestContext) -> None:
        pass

    async def commit(self: WorkspaceKeeper) -> None:
        await self.lock()
        await original(self)

    without_lock = SimpleNamespace(**{**vars(transactions), "lock": lock})
    with ExitStack() as stack:
        stack.enter_context(patch.object(gateway, "transactions", without_lock))
        stack.enter_context(patch.object(WorkspaceKeeper, "needs_lock", lambda self: False))
        stack.enter_context(patch.object(WorkspaceKeeper, "commit", commit))
        yield


def version_reuse_after_reset() -> AbstractContextManager[object]:
    """A reset begins the revisions anew."""
    original = IdGenerator.reset

    def reset(self: IdGenerator, seed: int) -> None:
        original(self, seed)
        self.last_revision = 0

    return patch.object(IdGenerator, "reset", reset)


def enqueue_after_commit() -> AbstractContextManager[object]:
    """The jobs are written in a transaction of their own, after that of their request."""
    original = WorkspaceKeeper._write

    async def write(self: WorkspaceKeeper, transaction: Any, head: Any, row_changes: Any, new_world: Any) -> None:
        jobs = [change for change in row_changes if change.kind == "job"]
        await original(self, transaction, head, [change for change in row_changes if change.kind != "job"], new_world)
        keeps = max(self.mirror.checkpoint_versions, default=0)
        batches = writing.encode_rows(jobs, keeps, self.workspace.world)
        await self._database.run(lambda cursor: writing.write_batches(cursor, head.content, batches))

    return patch.object(WorkspaceKeeper, "_write", write)


def lost_tombstone() -> AbstractContextManager[object]:
    """A row is deleted at once, so that other servers do not learn of it."""
    original = writing.write_batches

    def write(cursor: Any, content: int, batches: Any) -> None:
        statement = "DELETE FROM records WHERE kind = ? AND key = ? AND since = ? AND workspace = ?"
        for batch in batches:
            written = {(kind, key) for kind, key, *_ in batch.inserted}
            for version, kind, key, replaced in list(batch.ended):
                if (kind, key) not in written:
                    batch.ended.remove((version, kind, key, replaced))
                    cursor.execute(statement, (kind, key, replaced, content))
        original(cursor, content, batches)

    return patch.object(writing, "write_batches", write)


def read_two_moments() -> AbstractContextManager[object]:
    """The row of a workspace and its records are read at two moments."""

    def read(cursor: Any, name: str, after: int = -1) -> Any:
        head = heads.find_head(cursor, name)
        return None if head is None else (head, heads.read_rows(cursor, head.content, after))

    return patch.object(heads, "read_present", read)


@contextmanager
def read_twice() -> Iterator[None]:
    """Of two requests that read a workspace at once, the later one replaces what the other one may have locked.

    The check of the version that a commit replaces is removed too, because it turns the double reading into 503s.
    """

    async def load(self: StoredWorkspaces, head: Any) -> Workspace:
        return await self._read(head.name)

    def write_head(cursor: Any, head: Any, replaced: int) -> None:
        values = head.version, head.now, head.writer, head.content, head.id
        cursor.execute("UPDATE workspaces SET version = ?, now = ?, writer = ?, content = ? WHERE id = ?", values)

    with patch.object(StoredWorkspaces, "_load", load), patch.object(writing, "write_head", write_head):
        yield


PLANTED: tuple[Bug, ...] = (
    no_fence,
    publish_before_commit,
    check_then_insert_tick,
    version_reuse_after_reset,
    enqueue_after_commit,
    lost_tombstone,
)
FOUND: tuple[Bug, ...] = (read_two_moments, read_twice)
