"""Performs the due jobs of a workspace for somebody who looks at it without a request to it.

The lists of workspaces and the streams of events do so. Like a request, they see every job that is due by then. The
caller has the turn of the workspace (`state/turn.py`).
"""

from datetime import datetime

from mock_server.operations import due_jobs
from mock_server.state import turn
from mock_server.state.workspace import Keeper, Workspace


async def perform(workspace: Workspace, now: datetime) -> None:
    """Perform the jobs that are due by `now`, as a request would, and store what they change. Raises StorageError."""
    if not workspace.has_due(now):
        return
    if workspace.keeper is None:
        await turn.run(workspace.turn, due_jobs.catch_up, workspace, now)
    else:
        await _perform_stored(workspace, workspace.keeper, now)


async def _perform_stored(workspace: Workspace, keeper: Keeper, now: datetime) -> None:
    workspace.turn.hold()
    try:
        await keeper.lock()
        await turn.run(workspace.turn, due_jobs.catch_up, workspace, now)
        await keeper.commit()
    except BaseException:
        await keeper.abandon()
        raise
    finally:
        workspace.turn.release()
