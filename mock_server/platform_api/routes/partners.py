"""The routes of the scoped partner and its defaults.

See: PART-03, PART-05, DEF-01.
"""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import partners
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import backhaul
from mock_server.platform_api.schemas import partners as schemas

router = APIRouter(route_class=OperationRoute)

DEFAULTS = "/partners/{partner_id}/backhaul_attribution_details"


@router.get("/partners/", **operation("getPartner"))
async def get_partner(call: CurrentCall) -> schemas.PartnerBody:
    return schemas.partner_body(partners.get_partner(call), call.quirks)


@router.put("/partners/attribution_model", **operation("setAttributionModelDefault", status=204))
async def set_attribution_model_default(call: CurrentCall, query: Annotated[schemas.ModelQuery, Query()]) -> None:
    partners.set_attribution_model_default(call, query.model)


@router.get(DEFAULTS, **operation("getBackhaulDefaults"))
async def get_backhaul_defaults(call: CurrentCall, partner_id: str) -> backhaul.DefaultsAnswer:
    return backhaul.defaults_answer(partners.get_backhaul_defaults(call, partner_id))


@router.post(DEFAULTS, **operation("setBackhaulDefaults", has_body=True))
async def set_backhaul_defaults(
    call: CurrentCall, partner_id: str, body: Annotated[backhaul.DefaultsBody, Body()]
) -> backhaul.DefaultsAnswer:
    return backhaul.defaults_answer(partners.set_backhaul_defaults(call, partner_id, body.to_settings()))
