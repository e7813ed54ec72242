"""The routes of the Meta integration.

See: META-01, META-04.
"""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http import long_responses
from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import meta
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import meta as schemas
from mock_server.platform_api.schemas.campaign_results import ROWS_PER_STEP, campaign_result_bodies
from mock_server.state import turn

router = APIRouter(route_class=OperationRoute)

EVENT = "/integrations/facebook/events/{eid}"


@router.get(EVENT + "/campaign_results", **operation("getMetaCampaignResults", error_statuses=(404,)))
async def get_meta_campaign_results(call: CurrentCall, eid: str) -> schemas.MetaResultsBody:
    results = await turn.run(call.turn, meta.get_campaign_results, call, eid)
    if len(results.event) + len(results.series) <= ROWS_PER_STEP:
        return schemas.meta_results_body(results)
    arrays = [
        await turn.run(call.turn, long_responses.encode_items, rows, campaign_result_bodies, ROWS_PER_STEP)
        for rows in (results.event, results.series)
    ]
    return schemas.long_results_body(*arrays)


@router.get(EVENT + "/fb_insights", **operation("getMetaInsights", error_statuses=(404,)))
async def get_meta_insights(
    call: CurrentCall, eid: str, query: Annotated[schemas.InsightsQuery, Query()]
) -> list[schemas.MetaDayBody]:
    return schemas.meta_day_bodies(await turn.run(call.turn, meta.get_insights, call, eid, *query.days))
