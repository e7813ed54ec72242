"""The control API's routes for snapshots and checkpoints."""

from typing import Annotated, Any, cast

from fastapi import Body, Query

from mock_server.control.declaration import control_router
from mock_server.control.snapshots import named, operations
from mock_server.control.snapshots.schemas import (
    MAX_SNAPSHOT_BYTES,
    CheckpointBody,
    CheckpointsBody,
    NamedCheckpointBody,
    NamedCheckpointRequest,
    RestoreQuery,
    RewindRequest,
    SnapshotBody,
)
from mock_server.control.status import StatusBody, status_body
from mock_server.control.workspaces.server import CurrentServer
from mock_server.http.endpoint import CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.http.fields import format_timestamp
from mock_server.http.model_spec import UNPARSED_BODY, MaxBodySize
from mock_server.http.responses import EncodedJson
from mock_server.state import turn
from mock_server.state.clock import machine_now
from mock_server.state.workspace import OperationCall

router = control_router("snapshots")

CHECKPOINT_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "The workspace has no such named checkpoint."}
}


@router.get("/snapshot", operation_id="getSnapshot", response_model=SnapshotBody)
async def get_snapshot(call: CurrentCall) -> SnapshotBody:
    """Save the workspace's whole state as one document."""
    content = await turn.run(call.turn, operations.save, call)
    return cast("SnapshotBody", EncodedJson(content))


@router.put("/snapshot", operation_id="restoreSnapshot")
async def restore_snapshot(
    call: CurrentCall,
    query: Annotated[RestoreQuery, Query()],
    body: Annotated[SnapshotBody, Body(), MaxBodySize(MAX_SNAPSHOT_BYTES), UNPARSED_BODY],
) -> StatusBody:
    """Restore the workspace from a snapshot.

    The workspace's tokens stay valid until they expire; its checkpoints are dropped.
    """
    resume_at = machine_now() if query.resume_from == "machine" else None
    content = cast("bytes", body)
    return status_body(await turn.run(call.turn, operations.restore, call, content, resume_at))


@router.get("/points", operation_id="listCheckpoints")
async def list_checkpoints(call: CurrentCall) -> CheckpointsBody:
    """List the checkpoints that the workspace can be rewound to."""
    return _checkpoints_body(call)


@router.post("/points/named", operation_id="addNamedCheckpoint", status_code=201)
async def add_named_checkpoint(
    call: CurrentCall, server: CurrentServer, body: Annotated[NamedCheckpointRequest, Body()]
) -> NamedCheckpointBody:
    """Keep the present state as a checkpoint with a name. It survives a reset; the last 5 of a workspace are kept."""
    return await named.add(call, server.named_checkpoints, body.name)


@router.get(
    "/points/named", operation_id="listNamedCheckpoints", response_description="The named checkpoints, newest first."
)
async def list_named_checkpoints(call: CurrentCall, server: CurrentServer) -> list[NamedCheckpointBody]:
    """List the named checkpoints of the workspace, newest first."""
    return await named.read(call, server.named_checkpoints)


@router.post(
    "/points/named/{checkpoint_id}/restore", operation_id="restoreNamedCheckpoint", responses=CHECKPOINT_NOT_FOUND
)
async def restore_named_checkpoint(call: CurrentCall, server: CurrentServer, checkpoint_id: str) -> StatusBody:
    """Return to a named checkpoint, which stays. Tokens stay valid; the other checkpoints are dropped."""
    return status_body(await named.restore(call, server.named_checkpoints, checkpoint_id))


@router.post("/rewind", operation_id="rewindWorkspace")
async def rewind(call: CurrentCall, body: Annotated[RewindRequest, Body()]) -> CheckpointsBody:
    """Rewind to the last checkpoint at or before a time. Tokens stay valid; later checkpoints are dropped."""
    return _checkpoints_body(operations.rewind(call, body.to))


def _checkpoints_body(call: OperationCall) -> CheckpointsBody:
    checkpoints: list[CheckpointBody] = [
        {"at": format_timestamp(each.checkpoint.now), "reason": each.reason} for each in call.workspace.checkpoints
    ]
    return {"now": format_timestamp(call.now), "checkpoints": checkpoints}
