"""The control API's route that forks a workspace: it stands in each workspace's own, and makes one of the server's."""

from typing import Annotated

from fastapi import APIRouter, Body

from mock_server.control.snapshots import operations
from mock_server.control.snapshots.schemas import ForkOrder
from mock_server.control.workspaces.routes import TAKEN, described
from mock_server.control.workspaces.schemas import WorkspaceBody
from mock_server.http.endpoint import CallNow
from mock_server.http.model_spec import MAY_BE_LEFT_OUT
from mock_server.state.workspace_registry import Workspaces


def declare(router: APIRouter, made: Workspaces) -> None:
    """Declare the route; `made` are the server's workspaces, which a fork becomes one of."""

    @router.post("/fork", operation_id="forkWorkspace", status_code=201, responses=TAKEN)
    async def fork(call: CallNow, body: Annotated[ForkOrder, Body(), MAY_BE_LEFT_OUT]) -> WorkspaceBody:
        """Make a workspace that stands as this one does, and goes on apart from it; sign in to it anew."""
        return described(made, operations.fork(made, call, body.name, body.ttl_seconds))
