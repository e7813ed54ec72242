"""The turn of a request, and the jobs that are due when its turn comes. See `state/turn.py`."""

from mock_server.http import fault_injection
from mock_server.http.context import RequestContext
from mock_server.http.request_body import ClientDisconnectedError
from mock_server.operations import due_jobs
from mock_server.state import turn


async def wait(context: RequestContext) -> None:
    """Wait until the request may act in its workspace. Raises ClientDisconnectedError if its client has left."""
    if not await context.workspace.turn.wait(fault_injection.client_connection(context).is_closing):
        raise ClientDisconnectedError


async def perform_due_jobs(context: RequestContext) -> None:
    """Perform the jobs that are due at the request's time. If they are many, other workspaces go on meanwhile.

    If an hour of the workspace's time has passed, a checkpoint is taken first.
    """
    workspace = context.workspace
    performed = await turn.run(workspace.turn, due_jobs.catch_up, workspace, context.now)
    context.performed_jobs += tuple(performed)
