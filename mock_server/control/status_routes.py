"""The control API's routes for what a workspace is and does: status, jobs, quirks."""

from typing import Annotated

from fastapi import Body

from mock_server.control import schemas
from mock_server.control.declaration import control_router
from mock_server.control.status import status_body
from mock_server.http.endpoint import CurrentCall
from mock_server.state.quirks import QUIRK_NAMES, Quirks
from mock_server.state.workspace import OperationCall

router = control_router("status")


@router.get("/status", operation_id="getMockStatus")
async def get_status(call: CurrentCall) -> schemas.StatusBody:
    """Tell what this mock is, and where it stands."""
    return status_body(call)


@router.get("/jobs", operation_id="listJobs")
async def list_jobs(call: CurrentCall) -> list[schemas.JobBody]:
    """List the last 200 jobs that were performed or superseded, then the pending ones in due order."""
    past = [schemas.job_body(job, state) for job, state in call.workspace.jobs.past]
    return past + [schemas.job_body(job, "pending") for job in call.workspace.jobs]


@router.get("/quirks", operation_id="getQuirks")
async def get_quirks(call: CurrentCall) -> dict[str, bool]:
    """Tell which sides the mock plays where the platform's documents disagree."""
    return _quirk_states(call)


@router.put("/quirks", operation_id="setQuirks")
async def set_quirks(call: CurrentCall, body: Annotated[schemas.QuirksBody, Body()]) -> dict[str, bool]:
    """Choose the sides; what is left out is off."""
    call.workspace.quirks = Quirks(**body.model_dump())
    return _quirk_states(call)


def _quirk_states(call: OperationCall) -> dict[str, bool]:
    return {name: getattr(call.quirks, name) for name in QUIRK_NAMES}
