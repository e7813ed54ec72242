"""The control API's routes for the server's workspaces; they stand under /_mock alone, in no workspace's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from mock_server.control import document
from mock_server.control.router import REFUSED
from mock_server.control.status import status
from mock_server.control.workspaces import factory
from mock_server.control.workspaces.factory import Maker
from mock_server.control.workspaces.schemas import WorkspaceBody, WorkspaceOrder
from mock_server.http.endpoint import PLATFORM, CallNow, Operation
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import MAY_BE_LEFT_OUT
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import Workspaces

UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "There is no such workspace."}}
TAKEN: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "The name is taken, or there are as many as there may be."}
}
STAYS: dict[int | str, dict[str, Any]] = {409: {"model": ErrorBody, "description": "The default workspace stays."}}


def router(maker: Maker) -> APIRouter:
    """A router of what may be done to the server's workspaces."""
    whole = APIRouter(route_class=Operation, responses=REFUSED)
    _declare_reads(whole, maker.workspaces)
    _declare_writes(whole, maker)

    @whole.get("/workspaces.openapi.json", include_in_schema=False)
    async def get_document(call: CallNow) -> dict[str, Any]:
        return document.described(whole)

    return whole


def _declare_reads(router: APIRouter, made: Workspaces) -> None:
    @router.get("/workspaces", operation_id="listWorkspaces")
    async def list_workspaces(call: CallNow) -> list[WorkspaceBody]:
        """List the workspaces, the default one first; looking does not keep one that is idle."""
        return [described(made, workspace) for workspace in made]

    @router.get("/workspaces/{name}", operation_id="getWorkspace", responses=UNKNOWN)
    async def get_workspace(call: CallNow, name: str) -> WorkspaceBody:
        """Tell where a workspace stands; looking does not keep one that is idle."""
        return described(made, made.get(name))


def _declare_writes(router: APIRouter, maker: Maker) -> None:
    made = maker.workspaces

    @router.post("/workspaces", operation_id="createWorkspace", status_code=201, responses=TAKEN)
    async def create_workspace(
        call: CallNow, body: Annotated[WorkspaceOrder, Body(), MAY_BE_LEFT_OUT]
    ) -> WorkspaceBody:
        """Make a workspace."""
        return described(made, factory.make(maker, call, body))

    @router.delete("/workspaces/{name}", operation_id="deleteWorkspace", status_code=204, responses=UNKNOWN | STAYS)
    async def delete_workspace(call: CallNow, name: str) -> None:
        """Forget a workspace; its tokens are refused from now on, by another of its name too."""
        made.drop(name)


def described(made: Workspaces, workspace: Workspace) -> WorkspaceBody:
    """A workspace, as it stands at this instant."""
    return {
        "name": workspace.name,
        "base_path": f"{workspace.prefix}{PLATFORM}",
        "control_path": f"{workspace.prefix}/_mock",
        "ttl_seconds": made.ttl(workspace),
        **status(factory.seen(workspace)),
    }
