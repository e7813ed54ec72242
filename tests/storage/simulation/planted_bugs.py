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
from mock_server.storage import keeper
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

    async def write(self: WorkspaceKeeper, transaction: Any, head: Any, row_changes: Any) -> None:
        jobs = [change for change in row_changes if change.kind == "job"]
        await original(self, transaction, head, [change for change in row_changes if change.kind != "job"])
        keeps = max(self.mirror.checkpoint_versions, default=0)
        await self._database.run(lambda cursor: keeper.write_rows(cursor, head.id, jobs, keeps))

    return patch.object(WorkspaceKeeper, "_write", write)


def lost_tombstone() -> AbstractContextManager[object]:
    """A row is deleted at once, so that other servers do not learn of it."""
    original = keeper._write_version

    def write(cursor: Any, workspace: int, row_changes: Any, keeps: int) -> None:
        statement = "DELETE FROM records WHERE workspace = ? AND kind = ? AND key = ? AND since = ?"
        for change in row_changes:
            if change.value is None:
                cursor.execute(statement, (workspace, change.kind, change.key, change.replaced))
        original(cursor, workspace, [change for change in row_changes if change.value is not None], keeps)

    return patch.object(keeper, "_write_version", write)


def read_two_moments() -> AbstractContextManager[object]:
    """The row of a workspace and its records are read at two moments."""

    def read(cursor: Any, name: str, after: int = -1) -> Any:
        head = keeper.find_head(cursor, name)
        return None if head is None else (head, keeper.read_rows(cursor, head.id, after))

    return patch.object(keeper, "read_present", read)


def commit_for_others() -> AbstractContextManager[object]:
    """A request that has changed nothing commits what another one has locked."""

    async def take_turn(context: RequestContext) -> bool:
        kept = context.workspace.keeper
        if kept is None or kept.is_stale or not kept.has_changes():
            return False
        context.holds_turn = True
        context.workspace.turn.hold()
        return True

    return patch.object(transactions, "_take_turn", take_turn)


@contextmanager
def read_twice() -> Iterator[None]:
    """Of two requests that read a workspace at once, the later one replaces what the other one may have locked.

    The check of the version that a commit replaces is removed too, because it turns the double reading into 503s.
    """

    async def load(self: StoredWorkspaces, head: Any) -> Workspace:
        def read(cursor: Any) -> Workspace:
            present = keeper.read_present(cursor, head.name)
            if present is None:
                raise self._not_found(head.name)
            return self._build(cursor, *present)

        workspace = await self.database.run(read)
        self.registry.replace(workspace, head.ttl)
        return workspace

    def write_head(cursor: Any, head: Any, replaced: int) -> None:
        values = head.version, head.now, head.writer, head.id
        cursor.execute("UPDATE workspaces SET version = ?, now = ?, writer = ? WHERE id = ?", values)

    with patch.object(StoredWorkspaces, "_load", load), patch.object(keeper, "write_head", write_head):
        yield


PLANTED: tuple[Bug, ...] = (
    no_fence,
    publish_before_commit,
    check_then_insert_tick,
    version_reuse_after_reset,
    enqueue_after_commit,
    lost_tombstone,
)
FOUND: tuple[Bug, ...] = (read_two_moments, commit_for_others, read_twice)
