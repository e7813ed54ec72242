"""The routes of the Meta integration.

See: META-01, META-04.
"""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import meta
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import meta as schemas

router = APIRouter(route_class=OperationRoute)

EVENT = "/integrations/facebook/events/{eid}"


@router.get(EVENT + "/campaign_results", **operation("getMetaCampaignResults", error_statuses=(404,)))
async def get_meta_campaign_results(call: CurrentCall, eid: str) -> schemas.MetaResultsBody:
    return schemas.meta_results_body(meta.get_campaign_results(call, eid))


@router.get(EVENT + "/fb_insights", **operation("getMetaInsights", error_statuses=(404,)))
async def get_meta_insights(
    call: CurrentCall, eid: str, query: Annotated[schemas.InsightsQuery, Query()]
) -> list[schemas.MetaDayBody]:
    return schemas.meta_day_bodies(meta.get_insights(call, eid, *query.days))
