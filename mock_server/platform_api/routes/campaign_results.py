"""Sales adjustments, over HTTP."""

from typing import Annotated

from fastapi import Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall
from mock_server.operations import campaign_results
from mock_server.platform_api.declaration import OperationSpec, operation
from mock_server.platform_api.schemas import campaign_results as schemas

PATH = "/campaign_results/"


def declare(router: APIRouter) -> None:
    """Rules: CR-01, CR-03, CR-04."""

    @operation(router, "GET", PATH, OperationSpec("listCampaignResults", error_statuses=(404,)))
    async def list_campaign_results(
        call: CurrentCall, query: Annotated[schemas.ResultsQuery, Query()]
    ) -> list[schemas.CampaignResultBody]:
        return schemas.campaign_result_bodies(campaign_results.list_campaign_results(call, query.eid, query.partner_id))

    @operation(router, "POST", PATH, OperationSpec("createCampaignResult", status=201, error_statuses=(404,)))
    async def create_campaign_result(
        call: CurrentCall, query: Annotated[schemas.NewResultQuery, Query()]
    ) -> schemas.CampaignResultBody:
        arguments = (query.eid, query.partner_id, query.purchase, query.revenue)
        return schemas.campaign_result_body(campaign_results.create_campaign_result(call, *arguments))

    @operation(router, "DELETE", PATH, OperationSpec("deleteCampaignResult", status=204, error_statuses=(404,)))
    async def delete_campaign_result(call: CurrentCall, query: Annotated[schemas.ResultQuery, Query()]) -> None:
        campaign_results.delete_campaign_result(call, query.id)
