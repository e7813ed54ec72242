"""The routes of transaction summaries.

See: ING-01.
"""

from typing import Annotated

from fastapi import Body
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import ingest
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import ingest as schemas

router = APIRouter(route_class=OperationRoute)


@router.post(
    "/ingest/transaction_summary", **operation("ingestTransactionSummary", error_statuses=(404,), has_body=True)
)
async def ingest_transaction_summary(
    call: CurrentCall, body: Annotated[schemas.TransactionSummaryBody, Body()]
) -> schemas.IngestedBody:
    return schemas.ingested_body(ingest.accept_summary(call, body.to_summary()), call.quirks)
