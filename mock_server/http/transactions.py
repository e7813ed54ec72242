"""The transaction of a request whose workspace is kept in a database. See `storage/keeper.py`.

    workspace = await find_workspace(context, name)     # the workspace as it is now
    await lock(context)                                  # before the request changes something
    ...                                                  # act
    await commit(context)                                # before the response is sent

Only `responses.send_bytes` and the end of the request commit, so no response shows a change that is not stored. While a
request has locked its workspace or commits, it holds the workspace's turn. It also holds it while it reads again a
workspace that another server has replaced, or the requests behind it would go ahead each time.

In a server without a database, none of this is called.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mock_server.http import auth, fault_injection, turns
from mock_server.http.context import RequestContext
from mock_server.http.request_body import ClientDisconnectedError
from mock_server.state.workspace import Keeper, Workspace, WorkspaceHead
from mock_server.storage.database import StorageError

if TYPE_CHECKING:
    from mock_server.storage.workspaces import StoredWorkspaces

JOURNAL_PATHS = ("/_mock/journal", "/_mock/conduct")
"""The beginnings of the paths whose operations read the journal."""
JUDGING_PATHS = ("/_mock/journal/verify", "/_mock/conduct")
"""The paths whose operations judge what clients did before, and must not miss what other servers have recorded."""
MAX_REOPENINGS = 10
"""How often a request looks for its workspace again if other servers keep replacing it."""
READING_METHODS = ("GET", "HEAD", "OPTIONS")


async def find_workspace(context: RequestContext, stored: "StoredWorkspaces", name: str, path: str) -> None:
    """Set the context's workspace, brought up to date, when its turn has come. Raises WorkspaceNotFoundError.

    `path` is the path within the workspace. Raises StorageError, and ClientDisconnectedError if the client left while
    it waited.
    """
    with _released_on_failure(context):
        for _ in range(MAX_REOPENINGS):
            workspace, head = await stored.find(name)
            _exchange_workspace(context, workspace)
            context.stored, context.commit = stored, commit
            await _read_journal(stored, workspace, path)
            if workspace.turn.busy and not context.holds_turn:
                await turns.wait(context)
            keeper = _keeper(workspace)
            if not keeper.is_stale and keeper.is_of(head):
                with suppress(StorageError):
                    await _bring_up_to_date(context, keeper, head)
                    return
                if not keeper.is_stale:
                    break
            _hold(context)
        raise StorageError


async def _bring_up_to_date(context: RequestContext, keeper: Keeper, head: WorkspaceHead) -> None:
    """Bring the workspace up to date with its row, and lock it if even a read may change it."""
    if keeper.is_behind(head):
        await _refresh(context.workspace, keeper, head)
    if keeper.needs_lock():
        await _lock_or_reopen(context)
    else:
        _release(context)


async def _read_journal(stored: "StoredWorkspaces", workspace: Workspace, path: str) -> None:
    """Bring the journal up to date for a request that reads it. One that judges it waits for other servers first."""
    if path.startswith(JOURNAL_PATHS):
        journal = stored.journal_of(workspace)
        if path in JUDGING_PATHS:
            await journal.wait_for_others()
        await journal.sync()


async def lock(context: RequestContext) -> None:
    """Lock the workspace, so that no other server changes it until the commit, and bring it up to date.

    If another server has reset or replaced the workspace meanwhile, it is read again, and a token of the time before is
    refused: raises TokenInvalidError. Raises StorageError.
    """
    if context.stored is None:
        return
    with _released_on_failure(context):
        await _lock_or_reopen(context)
    auth.require_same_epoch(context)


async def _lock_or_reopen(context: RequestContext) -> None:
    for _ in range(MAX_REOPENINGS):
        keeper = _keeper(context.workspace)
        try:
            await _lock(context, keeper)
        except StorageError:
            if not keeper.is_stale or context.stored is None:
                raise
            await keeper.abandon()  # it may have a lock: another request can delete what this one has just read
            _exchange_workspace(context, await context.stored.reopen(context.workspace))
            if context.workspace.turn.busy and not context.holds_turn:
                await turns.wait(context)
        else:
            return
    raise StorageError


async def commit(context: RequestContext) -> None:
    """Store what the request has changed, and unlock the workspace.

    Raises StorageError, or WorkspaceNotFoundError if the workspace was deleted meanwhile; then nothing was stored.
    """
    if not context.holds_turn and not await _take_turn(context):
        return
    keeper = _keeper(context.workspace)
    try:
        if keeper.has_changes():
            await keeper.commit()
    except StorageError:
        context.commit = None
        if context.stored is not None:
            await context.stored.require_exists(context.workspace)
        raise
    finally:
        _release(context)


async def _take_turn(context: RequestContext) -> bool:
    """Hold the turn if the request has changed something without it, as one does that only a fault counts.

    If another request holds the turn, what has changed is that request's. In a shared database, this one has changed
    nothing then, or it would have locked the workspace.
    """
    keeper, turn = context.workspace.keeper, context.workspace.turn
    if keeper is None or (keeper.is_shared and turn.is_held):
        return False
    while turn.is_held:
        await turn.wait(lambda: False)
    if not keeper.has_changes():
        return False
    if keeper.is_stale:  # the changes were made in a workspace that was replaced meanwhile
        raise StorageError
    context.holds_turn = True
    turn.hold()
    return True


async def abandon(context: RequestContext) -> None:
    """Drop what a request has changed that failed halfway: the workspace is read again from the database."""
    keeper = context.workspace.keeper
    if keeper is not None and (context.holds_turn or not keeper.is_shared):
        await keeper.abandon()
    _release(context)


async def _refresh(workspace: Workspace, keeper: Keeper, head: WorkspaceHead) -> None:
    workspace.turn.hold()
    try:
        await keeper.refresh(head)
    finally:
        workspace.turn.release()


async def _lock(context: RequestContext, keeper: Keeper) -> None:
    """Hold the turn and lock the workspace. Raises StorageError; then the turn is held, but nothing is locked."""
    turn = context.workspace.turn
    if turn.is_held and not context.holds_turn:
        has_left = fault_injection.client_connection(context).is_closing
        if not await turn.wait(has_left):
            raise ClientDisconnectedError
    _hold(context)
    if keeper.is_stale:
        raise StorageError
    await keeper.lock()


@contextmanager
def _released_on_failure(context: RequestContext) -> Iterator[None]:
    """Release the turn if the block fails."""
    try:
        yield
    except BaseException:
        _release(context)
        raise


def _exchange_workspace(context: RequestContext, workspace: Workspace) -> None:
    """Set the context's workspace. A turn that is held stays held if it is the turn of this one, too."""
    if context.holds_turn and workspace.turn is not context.workspace.turn:
        _release(context)
    context.workspace = workspace


def _hold(context: RequestContext) -> None:
    if not context.holds_turn:
        context.holds_turn = True
        context.workspace.turn.hold()


def _release(context: RequestContext) -> None:
    if context.holds_turn:
        context.holds_turn = False
        context.workspace.turn.release()


def _keeper(workspace: Workspace) -> Keeper:
    if workspace.keeper is None:
        raise StorageError
    return workspace.keeper
