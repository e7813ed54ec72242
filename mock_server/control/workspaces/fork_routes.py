"""The control API's route that forks a workspace: it stands in each workspace's own, and makes one of the server's."""

from typing import Annotated

from fastapi import APIRouter, Body

from mock_server.control.snapshots import operations
from mock_server.control.snapshots.schemas import ForkRequest
from mock_server.control.workspaces.routes import WORKSPACE_CONFLICT, workspace_body
from mock_server.control.workspaces.schemas import WorkspaceBody
from mock_server.http.endpoint import CurrentCall
from mock_server.http.model_spec import OPTIONAL_BODY
from mock_server.state.workspace_registry import WorkspaceRegistry


def declare(router: APIRouter, registry: WorkspaceRegistry) -> None:
    """Declare the route; `made` are the server's workspaces, which a fork becomes one of."""

    @router.post("/fork", operation_id="forkWorkspace", status_code=201, responses=WORKSPACE_CONFLICT)
    async def fork(call: CurrentCall, body: Annotated[ForkRequest, Body(), OPTIONAL_BODY]) -> WorkspaceBody:
        """Make a workspace that stands as this one does, and goes on apart from it; sign in to it anew."""
        return workspace_body(registry, operations.fork(registry, call, body.name, body.ttl_seconds))
