"""The control API's routes for the server's workspaces; they stand under /_mock alone, in no workspace's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from mock_server.control import document
from mock_server.control.router import ERROR_RESPONSES
from mock_server.control.status import status_body
from mock_server.control.workspaces.factory import WorkspaceFactory, build_current_call, create
from mock_server.control.workspaces.schemas import WorkspaceBody, WorkspaceRequest
from mock_server.http.endpoint import PLATFORM_PREFIX, CurrentCall, OperationRoute
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import OPTIONAL_BODY
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import WorkspaceRegistry

WORKSPACE_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such workspace."}
}
WORKSPACE_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "The name is taken, or there are as many as there may be."}
}
DEFAULT_WORKSPACE_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "The default workspace stays."}
}


def build_router(factory: WorkspaceFactory) -> APIRouter:
    """A router of what may be done to the server's workspaces."""
    router = APIRouter(route_class=OperationRoute, responses=ERROR_RESPONSES)
    _declare_reads(router, factory.registry)
    _declare_writes(router, factory)

    @router.get("/workspaces.openapi.json", include_in_schema=False)
    async def get_document(call: CurrentCall) -> dict[str, Any]:
        return document.build_document(router)

    return router


def _declare_reads(router: APIRouter, registry: WorkspaceRegistry) -> None:
    @router.get("/workspaces", operation_id="listWorkspaces")
    async def list_workspaces(call: CurrentCall) -> list[WorkspaceBody]:
        """List the workspaces, the default one first; looking does not keep one that is idle."""
        return [workspace_body(registry, workspace) for workspace in registry]

    @router.get("/workspaces/{name}", operation_id="getWorkspace", responses=WORKSPACE_NOT_FOUND)
    async def get_workspace(call: CurrentCall, name: str) -> WorkspaceBody:
        """Tell where a workspace stands; looking does not keep one that is idle."""
        return workspace_body(registry, registry.get(name))


def _declare_writes(router: APIRouter, factory: WorkspaceFactory) -> None:
    registry = factory.registry

    @router.post("/workspaces", operation_id="createWorkspace", status_code=201, responses=WORKSPACE_CONFLICT)
    async def create_workspace(
        call: CurrentCall, body: Annotated[WorkspaceRequest, Body(), OPTIONAL_BODY]
    ) -> WorkspaceBody:
        """Make a workspace."""
        return workspace_body(registry, create(factory, call, body))

    @router.delete(
        "/workspaces/{name}",
        operation_id="deleteWorkspace",
        status_code=204,
        responses=WORKSPACE_NOT_FOUND | DEFAULT_WORKSPACE_CONFLICT,
    )
    async def delete_workspace(call: CurrentCall, name: str) -> None:
        """Forget a workspace; its tokens are refused from now on, by another of its name too."""
        registry.drop(name)


def workspace_body(registry: WorkspaceRegistry, workspace: Workspace) -> WorkspaceBody:
    """A workspace, as it stands at this instant."""
    return {
        "name": workspace.name,
        "base_path": f"{workspace.prefix}{PLATFORM_PREFIX}",
        "control_path": f"{workspace.prefix}/_mock",
        "ttl_seconds": registry.ttl(workspace),
        **status_body(build_current_call(workspace)),
    }
