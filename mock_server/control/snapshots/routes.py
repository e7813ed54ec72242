"""The control API's routes for snapshots and kept points."""

from typing import Annotated

from fastapi import APIRouter, Body

from mock_server.control import schemas
from mock_server.control.snapshots import operations
from mock_server.control.snapshots.schemas import (
    MAX_SNAPSHOT_BYTES,
    CheckpointBody,
    CheckpointsBody,
    RewindRequest,
    SnapshotBody,
)
from mock_server.control.status import status_body
from mock_server.http.endpoint import CurrentCall
from mock_server.http.fields import format_timestamp
from mock_server.http.model_spec import MaxBodySize
from mock_server.state.workspace import OperationCall


def declare(router: APIRouter) -> None:
    """Declare the routes."""
    _declare_snapshot(router)
    _declare_checkpoints(router)


def _declare_snapshot(router: APIRouter) -> None:
    @router.get("/snapshot", operation_id="getSnapshot", response_model=SnapshotBody)
    async def get_snapshot(call: CurrentCall) -> SnapshotBody:
        """Write the workspace's whole state as one document."""
        return SnapshotBody(operations.save(call))

    @router.put("/snapshot", operation_id="restoreSnapshot")
    async def restore_snapshot(
        call: CurrentCall, body: Annotated[SnapshotBody, Body(), MaxBodySize(MAX_SNAPSHOT_BYTES)]
    ) -> schemas.StatusBody:
        """Have the workspace stand as a snapshot says; tokens stay valid, kept points are forgotten."""
        return status_body(operations.restore(call, body.root))


def _declare_checkpoints(router: APIRouter) -> None:
    @router.get("/points", operation_id="listPoints")
    async def list_points(call: CurrentCall) -> CheckpointsBody:
        """List the points that can be gone back to."""
        return _checkpoints_body(call)

    @router.post("/rewind", operation_id="rewindWorkspace")
    async def rewind(call: CurrentCall, body: Annotated[RewindRequest, Body()]) -> CheckpointsBody:
        """Go back to the last kept point at or before an instant; tokens stay valid, later points are forgotten."""
        return _checkpoints_body(operations.rewind(call, body.to))


def _checkpoints_body(call: OperationCall) -> CheckpointsBody:
    checkpoints: list[CheckpointBody] = [
        {"at": format_timestamp(each.checkpoint.now), "reason": each.reason} for each in call.workspace.checkpoints
    ]
    return {"now": format_timestamp(call.now), "checkpoints": checkpoints}
