"""The routes of daily revenue.

See: DRS-01, DRS-05.
"""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.http.responses import EmptyResponse, LongJson
from mock_server.operations import revenue
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import revenue as schemas
from mock_server.state import turn
from mock_server.state.workspace import OperationCall

router = APIRouter(route_class=OperationRoute)

PATH = "/daily_revenue_summary/"
_ENCODER = schemas.DailyRevenueEncoder()


@router.get(PATH, **operation("getDailyRevenueSummary", error_statuses=(404,), response_model=schemas.DailyRevenueBody))
async def get_daily_revenue_summary(
    call: CurrentCall, query: Annotated[schemas.DailyRevenueQuery, Query()]
) -> LongJson:
    return await turn.run(call.turn, _summarize, call, query)


@in_pieces
def _summarize(call: OperationCall, query: schemas.DailyRevenueQuery) -> Steps[LongJson]:
    arguments = query.event_id, query.currency, *query.days
    found = yield from steps_of(revenue.get_daily_revenue, call, *arguments)
    return (yield from schemas.encode_daily_revenue.steps(_ENCODER, found))


@router.delete(PATH, **operation("clearSales", error_statuses=(404,), other_success_statuses=(204,), is_empty=True))
async def clear_sales(call: CurrentCall, query: Annotated[schemas.ClearSalesQuery, Query()]) -> EmptyResponse:
    await turn.run(call.turn, revenue.clear_sales, call, query.event_id)
    return schemas.clear_sales_response(call.quirks)
