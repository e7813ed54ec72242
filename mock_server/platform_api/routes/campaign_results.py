"""The routes of sales adjustments.

See: CR-01, CR-03, CR-04.
"""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http import long_responses
from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import campaign_results
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import campaign_results as schemas
from mock_server.state import turn

router = APIRouter(route_class=OperationRoute)

PATH = "/campaign_results/"


@router.get(PATH, **operation("listCampaignResults", error_statuses=(404,)))
async def list_campaign_results(
    call: CurrentCall, query: Annotated[schemas.ResultsQuery, Query()]
) -> list[schemas.CampaignResultBody]:
    rows = await turn.run(call.turn, campaign_results.list_campaign_results, call, query.eid, query.partner_id)
    return await long_responses.build_array(call.turn, rows, schemas.campaign_result_bodies, schemas.ROWS_PER_STEP)


@router.post(PATH, **operation("createCampaignResult", status=201, error_statuses=(404,)))
async def create_campaign_result(
    call: CurrentCall, query: Annotated[schemas.NewResultQuery, Query()]
) -> schemas.CampaignResultBody:
    arguments = (query.eid, query.partner_id, query.purchase, query.revenue)
    return schemas.campaign_result_body(campaign_results.create_campaign_result(call, *arguments))


@router.delete(PATH, **operation("deleteCampaignResult", status=204, error_statuses=(404,)))
async def delete_campaign_result(call: CurrentCall, query: Annotated[schemas.ResultQuery, Query()]) -> None:
    await turn.run(call.turn, campaign_results.delete_campaign_result, call, query.id)
