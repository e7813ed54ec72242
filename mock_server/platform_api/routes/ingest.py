"""The routes of transaction summaries.

See: ING-01, ING-07.
"""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute, UploadedForm
from mock_server.operations import ingest
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import ingest as schemas
from mock_server.platform_api.schemas import ingest_sheet as sheets
from mock_server.state import turn

router = APIRouter(route_class=OperationRoute)

PATH = "/ingest/transaction_summary"


@router.post(PATH, **operation("ingestTransactionSummary", error_statuses=(404,), has_body=True))
async def ingest_transaction_summary(
    call: CurrentCall, body: Annotated[schemas.TransactionSummaryBody, Body()]
) -> schemas.IngestedBody:
    return schemas.ingested_body(ingest.accept_summary(call, body.to_summary()), call.quirks)


@router.post(
    PATH + "/from_excel",
    **operation("ingestTransactionSummaryFromExcel", error_statuses=(404,), has_body=True, accepts_form=True),
)
async def ingest_transaction_summary_from_excel(
    call: CurrentCall, query: Annotated[sheets.SheetQuery, Query()], file: UploadedForm
) -> schemas.IngestedBody:
    sheet = await turn.run(call.turn, sheets.parse_tickets_sheet, file)
    return schemas.ingested_body(ingest.accept_sheet(call, query.eid, sheet), call.quirks)
