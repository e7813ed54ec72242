"""The control API's routes for a workspace's status, jobs, documentation profile and quirks."""

from typing import Annotated

from fastapi import Body

from mock_server.control import clock_schemas, status
from mock_server.control.declaration import control_router
from mock_server.http.endpoint import CurrentCall
from mock_server.state import documentation
from mock_server.state.workspace import OperationCall

router = control_router("status")


@router.get("/status", operation_id="getWorkspaceStatus")
async def get_status(call: CurrentCall) -> status.StatusBody:
    """Show the workspace's status: version, seed, start time, clock, jobs, quirks."""
    return status.status_body(call)


@router.get("/jobs", operation_id="listJobs", response_description="The jobs.")
async def list_jobs(call: CurrentCall) -> list[clock_schemas.JobBody]:
    """List the jobs. The last 200 performed or superseded jobs come first, then the pending jobs in due order."""
    past = [clock_schemas.job_body(past.job, past.state) for past in call.workspace.jobs.past]
    return past + [clock_schemas.job_body(job, "pending") for job in call.workspace.jobs]


@router.get("/quirks", operation_id="getQuirks", response_model=status.QuirksBody)
async def get_quirks(call: CurrentCall) -> dict[str, bool]:
    """Show which quirks are enabled. A quirk is an alternative documented behaviour."""
    return status.quirk_states(call.quirks)


@router.put("/quirks", operation_id="setQuirks", response_model=status.QuirksBody)
async def set_quirks(call: CurrentCall, body: Annotated[status.QuirksBody, Body()]) -> dict[str, bool]:
    """Set the quirks.

    Omitted quirks are set as in the documentation profile, and disabled if it does not mention them.
    """
    call.workspace.quirks = documentation.build_quirks(call.workspace.documentation, body.to_named())
    return status.quirk_states(call.quirks)


@router.get("/documentation", operation_id="getDocumentation")
async def get_documentation(call: CurrentCall) -> status.DocumentationBody:
    """Show which generation of the vendor's documentation the workspace follows."""
    return _documentation_body(call)


@router.put("/documentation", operation_id="setDocumentation")
async def set_documentation(
    call: CurrentCall, body: Annotated[status.DocumentationRequest, Body()]
) -> status.DocumentationBody:
    """Follow a generation of the vendor's documentation: set all quirks in which the two generations differ.

    The other quirks do not change.
    """
    call.workspace.follow(body.documentation)
    return _documentation_body(call)


def _documentation_body(call: OperationCall) -> status.DocumentationBody:
    return {"documentation": call.workspace.documentation, "quirks": status.quirk_states(call.quirks)}
