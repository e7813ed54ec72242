"""An event's sales as a sheet, over HTTP."""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow, FileNow
from mock_server.http.media_types import File
from mock_server.operations import sales_edit
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import sales_edit as schemas

PATH = "/daily_revenue_summary/sales_edit_export"


def declare(router: APIRouter) -> None:
    """Rules: SED-01, SED-03."""

    @operation(router, "GET", PATH, Declared("exportSalesEdit", refuses=(404,), gives_file=True))
    async def export_sales_edit(call: CallNow, query: Annotated[schemas.ExportQuery, Query()]) -> File:
        return schemas.exported(sales_edit.export_sales(call, query.event_id), query, call.now)

    @operation(router, "POST", PATH, Declared("uploadSalesEdit", refuses=(404,), body=True, brings_file=True))
    async def upload_sales_edit(
        call: CallNow, query: Annotated[schemas.UploadQuery, Query()], file: FileNow
    ) -> schemas.UploadedBody:
        return schemas.uploaded(sales_edit.upload_sales(call, query.event_id, schemas.stated(file)))
