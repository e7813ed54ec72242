"""Daily revenue, over HTTP."""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.http.responses import Encoded, NoContent
from mock_server.operations import revenue
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import revenue as schemas

PATH = "/daily_revenue_summary/"


def declare(router: APIRouter) -> None:
    """Rules: DRS-01, DRS-05."""
    encoder = schemas.Encoder()

    @operation(
        router, "GET", PATH, Declared("getDailyRevenueSummary", refuses=(404,), body_model=schemas.DailyRevenueBody)
    )
    async def get_daily_revenue_summary(call: CallNow, query: Annotated[schemas.DailyRevenueQuery, Query()]) -> Encoded:
        return encoder.summary(revenue.get_daily_revenue(call, query.event_id, query.currency, *query.days))

    @operation(router, "DELETE", PATH, Declared("clearSales", refuses=(404,), answers=(204,), empty=True))
    async def clear_sales(call: CallNow, query: Annotated[schemas.ClearSalesQuery, Query()]) -> NoContent:
        revenue.clear_sales(call, query.event_id)
        return schemas.cleared(call.quirks)
