"""The control API's routes for a workspace's status, jobs and quirks."""

from typing import Annotated

from fastapi import Body

from mock_server.control import clock_schemas, status
from mock_server.control.declaration import control_router
from mock_server.http.endpoint import CurrentCall
from mock_server.state.quirks import QUIRK_NAMES, Quirks
from mock_server.state.workspace import OperationCall

router = control_router("status")


@router.get("/status", operation_id="getWorkspaceStatus")
async def get_status(call: CurrentCall) -> status.StatusBody:
    """Show the workspace's status: version, seed, start time, clock, jobs, quirks."""
    return status.status_body(call)


@router.get("/jobs", operation_id="listJobs", response_description="The jobs.")
async def list_jobs(call: CurrentCall) -> list[clock_schemas.JobBody]:
    """List the jobs. The last 200 that were performed or superseded come first, then the pending ones in due order."""
    past = [clock_schemas.job_body(job, state) for job, state in call.workspace.jobs.past]
    return past + [clock_schemas.job_body(job, "pending") for job in call.workspace.jobs]


@router.get("/quirks", operation_id="getQuirks", response_model=status.QuirksBody)
async def get_quirks(call: CurrentCall) -> dict[str, bool]:
    """Show which quirks are enabled. A quirk is an alternative documented behaviour."""
    return _quirk_states(call)


@router.put("/quirks", operation_id="setQuirks", response_model=status.QuirksBody)
async def set_quirks(call: CurrentCall, body: Annotated[status.QuirksBody, Body()]) -> dict[str, bool]:
    """Set the quirks. Omitted quirks are disabled."""
    call.workspace.quirks = Quirks(**body.model_dump())
    return _quirk_states(call)


def _quirk_states(call: OperationCall) -> dict[str, bool]:
    return {name: getattr(call.quirks, name) for name in QUIRK_NAMES}
