"""The control API's routes for the reports of contract runs. They are for the whole server, under /_mock only."""

import asyncio
from typing import Annotated, Any, cast

from fastapi import Body
from pydantic_core import from_json, to_json

from mock_server.control.declaration import control_router
from mock_server.control.reports import schemas
from mock_server.control.reports.keeping import parse_number
from mock_server.control.reports.schemas import MAX_REPORT_BYTES, ReportBody, ReportSummaryBody
from mock_server.control.workspaces.server import ControlServer, CurrentServer
from mock_server.domain.errors import Problem, UnknownPathError
from mock_server.http.endpoint import CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import UNPARSED_BODY, MaxBodySize
from mock_server.http.responses import EncodedJson

router = control_router("reports")

REPORT_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such report."}
}


@router.post("/reports", operation_id="addReport", status_code=201)
async def add_report(
    call: CurrentCall,
    server: CurrentServer,
    body: Annotated[ReportBody, Body(), MaxBodySize(MAX_REPORT_BYTES), UNPARSED_BODY],
) -> ReportSummaryBody:
    """Keep the result of a contract run (`contracts run --console` sends it). The last 20 are kept."""
    content = cast("bytes", body)
    async with server.report_turn:
        summary = await asyncio.to_thread(schemas.summarize, content)
    number = await server.reports.add(to_json(summary), content)
    return cast("ReportSummaryBody", {"id": number, **summary})


@router.get("/reports", operation_id="listReports", response_description="The reports.")
async def list_reports(call: CurrentCall, server: CurrentServer) -> list[ReportSummaryBody]:
    """List the reports, newest first."""
    kept = await server.reports.list_summaries()
    return [cast("ReportSummaryBody", {"id": number, **from_json(summary)}) for number, summary in kept]


@router.get("/reports/{report_id}", operation_id="getReport", response_model=ReportBody, responses=REPORT_NOT_FOUND)
async def get_report(call: CurrentCall, server: CurrentServer, report_id: str) -> ReportBody:
    """Return a report as it was given."""
    number = parse_number(report_id)
    content = None if number is None else await server.reports.find(number)
    if content is None:
        raise _not_found(report_id)
    return cast("ReportBody", EncodedJson(content))


@router.delete("/reports/{report_id}", operation_id="removeReport", status_code=204, responses=REPORT_NOT_FOUND)
async def remove_report(call: CurrentCall, server: CurrentServer, report_id: str) -> None:
    """Remove a report."""
    await _remove(server, report_id)


async def _remove(server: ControlServer, report_id: str) -> None:
    number = parse_number(report_id)
    if number is None or not await server.reports.remove(number):
        raise _not_found(report_id)


def _not_found(report_id: str) -> UnknownPathError:
    return UnknownPathError(
        Problem("unknown", "report_id", f"there is no report {report_id}; GET /_mock/reports lists them")
    )
