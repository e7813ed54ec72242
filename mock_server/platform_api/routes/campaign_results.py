"""Sales adjustments, over HTTP."""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import campaign_results
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import campaign_results as schemas

PATH = "/campaign_results/"


def declare(router: APIRouter) -> None:
    """Rules: CR-01, CR-03, CR-04."""

    @operation(router, "GET", PATH, Declared("listCampaignResults", refuses=(404,)))
    async def list_campaign_results(
        call: CallNow, query: Annotated[schemas.ResultsQuery, Query()]
    ) -> list[schemas.CampaignResultBody]:
        return schemas.rows(campaign_results.list_campaign_results(call, query.eid, query.partner_id))

    @operation(router, "POST", PATH, Declared("createCampaignResult", status=201, refuses=(404,)))
    async def create_campaign_result(
        call: CallNow, query: Annotated[schemas.NewResultQuery, Query()]
    ) -> schemas.CampaignResultBody:
        new = (query.eid, query.partner_id, query.purchase, query.revenue)
        return schemas.row(campaign_results.create_campaign_result(call, *new))

    @operation(router, "DELETE", PATH, Declared("deleteCampaignResult", status=204, refuses=(404,)))
    async def delete_campaign_result(call: CallNow, query: Annotated[schemas.ResultQuery, Query()]) -> None:
        campaign_results.delete_campaign_result(call, query.id)
