"""The control API's route that forks a workspace. Each workspace has this route."""

from typing import Annotated

from fastapi import Body

from mock_server.control.declaration import control_router
from mock_server.control.workspaces import factory
from mock_server.control.workspaces.routes import WORKSPACE_CONFLICT, workspace_body
from mock_server.control.workspaces.schemas import ForkRequest, WorkspaceBody
from mock_server.control.workspaces.server import CurrentServer
from mock_server.http.endpoint import CurrentCall
from mock_server.http.model_spec import OPTIONAL_BODY

router = control_router("workspaces")


@router.post("/fork", operation_id="forkWorkspace", status_code=201, responses=WORKSPACE_CONFLICT)
async def fork(
    call: CurrentCall, server: CurrentServer, body: Annotated[ForkRequest, Body(), OPTIONAL_BODY]
) -> WorkspaceBody:
    """Create a workspace that is an independent copy of this one. To use the copy, sign in to it."""
    if server.stored is not None:
        await server.stored.prepare_creation()
    workspace = factory.fork(server.registry, call, body.name, body.ttl_seconds)
    if server.stored is not None:
        await server.stored.add(workspace, body.ttl_seconds)
    return await workspace_body(server.registry, workspace)
