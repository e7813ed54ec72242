"""The routes of an event's sales sheet.

See: SED-01, SED-03.
"""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute, UploadedFile
from mock_server.http.media_types import File
from mock_server.operations import sales_edit
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import sales_edit as schemas
from mock_server.state import turn

router = APIRouter(route_class=OperationRoute)

PATH = "/daily_revenue_summary/sales_edit_export"


@router.get(PATH, **operation("exportSalesEdit", error_statuses=(404,), returns_file=True))
async def export_sales_edit(call: CurrentCall, query: Annotated[schemas.ExportQuery, Query()]) -> File:
    totals = await turn.run(call.turn, sales_edit.export_sales, call, query.event_id)
    return schemas.build_sales_sheet(totals, query, call.now)


@router.post(
    PATH, **operation("uploadSalesEdit", error_statuses=(404,), has_body=True, accepts_form=True, accepts_file=True)
)
async def upload_sales_edit(
    call: CurrentCall, query: Annotated[schemas.UploadQuery, Query()], file: UploadedFile
) -> schemas.UploadedBody:
    sheet = await turn.run(call.turn, schemas.parse_sales_sheet, file)
    return schemas.uploaded_body(await turn.run(call.turn, sales_edit.upload_sales, call, query.event_id, sheet))
