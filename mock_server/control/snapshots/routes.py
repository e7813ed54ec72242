"""The control API's routes for snapshots and kept points."""

from typing import Annotated

from fastapi import APIRouter, Body

from mock_server.control import schemas
from mock_server.control.snapshots import operations
from mock_server.control.snapshots.schemas import LARGEST, PointBody, PointsBody, RewindOrder, SnapshotBody
from mock_server.control.status import status
from mock_server.http.endpoint import CallNow
from mock_server.http.fields import instant_text
from mock_server.http.model_spec import Largest
from mock_server.state.workspace import Call


def declare(router: APIRouter) -> None:
    """Declare the routes."""
    _declare_snapshot(router)
    _declare_points(router)


def _declare_snapshot(router: APIRouter) -> None:
    @router.get("/snapshot", operation_id="getSnapshot", response_model=SnapshotBody)
    async def get_snapshot(call: CallNow) -> SnapshotBody:
        """Write the workspace's whole state as one document."""
        return SnapshotBody(operations.save(call))

    @router.put("/snapshot", operation_id="restoreSnapshot")
    async def restore_snapshot(
        call: CallNow, body: Annotated[SnapshotBody, Body(), Largest(LARGEST)]
    ) -> schemas.StatusBody:
        """Have the workspace stand as a snapshot says; tokens stay valid, kept points are forgotten."""
        return status(operations.restore(call, body.root))


def _declare_points(router: APIRouter) -> None:
    @router.get("/points", operation_id="listPoints")
    async def list_points(call: CallNow) -> PointsBody:
        """List the points that can be gone back to."""
        return _points(call)

    @router.post("/rewind", operation_id="rewindWorkspace")
    async def rewind(call: CallNow, body: Annotated[RewindOrder, Body()]) -> PointsBody:
        """Go back to the last kept point at or before an instant; tokens stay valid, later points are forgotten."""
        return _points(operations.rewind(call, body.to))


def _points(call: Call) -> PointsBody:
    kept: list[PointBody] = [{"at": instant_text(each.point.now), "kept": each.why} for each in call.workspace.points]
    return {"now": instant_text(call.now), "points": kept}
