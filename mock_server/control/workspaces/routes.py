"""The control API's routes for the server's workspaces. They are under /_mock only, not in each workspace."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import Body

from mock_server.control.declaration import control_router
from mock_server.control.status import status_body
from mock_server.control.workspaces.factory import build_current_call, create
from mock_server.control.workspaces.schemas import WorkspaceBody, WorkspaceRequest
from mock_server.control.workspaces.server import CurrentServer
from mock_server.http.endpoint import PLATFORM_PREFIX, CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import OPTIONAL_BODY
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import WorkspaceNotFoundError, WorkspaceRegistry

router = control_router("workspaces")

WORKSPACE_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such workspace."}
}
WORKSPACE_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "The name is taken, or the maximum number of workspaces is reached."}
}
DEFAULT_WORKSPACE_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "The default workspace cannot be deleted."}
}


@router.get("/workspaces", operation_id="listWorkspaces", response_description="The workspaces.")
async def list_workspaces(call: CurrentCall, server: CurrentServer) -> list[WorkspaceBody]:
    """List the workspaces, the default one first. This does not restart the idle time of a workspace."""
    if server.stored is not None:
        await server.stored.open_all()
    bodies = []
    for workspace in list(server.registry):
        with suppress(WorkspaceNotFoundError):  # it was deleted while the jobs of another one ran
            bodies.append(await workspace_body(server.registry, workspace))
    return bodies


@router.get("/workspaces/{name}", operation_id="getWorkspace", responses=WORKSPACE_NOT_FOUND)
async def get_workspace(call: CurrentCall, server: CurrentServer, name: str) -> WorkspaceBody:
    """Show a workspace. This does not restart its idle time."""
    if server.stored is not None:
        await server.stored.find(name)
    return await workspace_body(server.registry, server.registry.get(name))


@router.post("/workspaces", operation_id="createWorkspace", status_code=201, responses=WORKSPACE_CONFLICT)
async def create_workspace(
    call: CurrentCall, server: CurrentServer, body: Annotated[WorkspaceRequest, Body(), OPTIONAL_BODY]
) -> WorkspaceBody:
    """Create a workspace."""
    if server.stored is not None:
        await server.stored.prepare_creation()
    workspace = create(server.factory, call, body)
    if server.stored is not None:
        await server.stored.add(workspace, body.ttl_seconds)
    return await workspace_body(server.registry, workspace)


@router.delete(
    "/workspaces/{name}",
    operation_id="deleteWorkspace",
    status_code=204,
    responses=WORKSPACE_NOT_FOUND | DEFAULT_WORKSPACE_CONFLICT,
)
async def delete_workspace(call: CurrentCall, server: CurrentServer, name: str) -> None:
    """Delete a workspace. Its tokens stay invalid, even in a later workspace with the same name."""
    server.registry.require_deletable(name)
    if server.stored is None:
        server.registry.drop(name)
    else:
        await server.stored.delete(name)


async def workspace_body(registry: WorkspaceRegistry, workspace: Workspace) -> WorkspaceBody:
    """Build the body for a workspace in its current state."""
    ttl, call = registry.ttl(workspace), await build_current_call(workspace)
    return {
        "name": workspace.name,
        "base_path": f"{workspace.prefix}{PLATFORM_PREFIX}",
        "control_path": f"{workspace.prefix}/_mock",
        "ttl_seconds": ttl,
        **status_body(call),
    }
