"""What is read under Meta's integration, over HTTP."""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import meta
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import meta as schemas

EVENT = "/integrations/facebook/events/{eid}"


def declare(router: APIRouter) -> None:
    """Rules: META-01, META-04."""

    @operation(router, "GET", EVENT + "/campaign_results", Declared("getMetaCampaignResults", refuses=(404,)))
    async def get_meta_campaign_results(call: CallNow, eid: str) -> schemas.MetaResultsBody:
        return schemas.results(meta.get_campaign_results(call, eid))

    @operation(router, "GET", EVENT + "/fb_insights", Declared("getMetaInsights", refuses=(404,)))
    async def get_meta_insights(
        call: CallNow, eid: str, query: Annotated[schemas.InsightsQuery, Query()]
    ) -> list[schemas.MetaDayBody]:
        return schemas.insights(meta.get_insights(call, eid, *query.days))
