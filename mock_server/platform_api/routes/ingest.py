"""Summaries of transactions, over HTTP."""

from typing import Annotated

from fastapi import Body
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import ingest
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import ingest as schemas


def declare(router: APIRouter) -> None:
    """Rule: ING-01."""

    @operation(
        router,
        "POST",
        "/ingest/transaction_summary",
        Declared("ingestTransactionSummary", refuses=(404,), body=True),
    )
    async def ingest_transaction_summary(
        call: CallNow, body: Annotated[schemas.TransactionSummaryBody, Body()]
    ) -> schemas.IngestedBody:
        return schemas.ingested(ingest.take(call, body.summary()))
