"""The scoped partner and its defaults, over HTTP."""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import partners
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import backhaul
from mock_server.platform_api.schemas import partners as schemas

DEFAULTS = "/partners/{partner_id}/backhaul_attribution_details"


def declare(router: APIRouter) -> None:
    """Rules: PART-03, PART-05, DEF-01."""

    @operation(router, "GET", "/partners/", Declared("getPartner"))
    async def get_partner(call: CallNow) -> schemas.PartnerBody:
        return schemas.partner(partners.get_partner(call), call.quirks)

    @operation(router, "PUT", "/partners/attribution_model", Declared("setAttributionModelDefault", status=204))
    async def set_attribution_model_default(call: CallNow, query: Annotated[schemas.ModelQuery, Query()]) -> None:
        partners.set_attribution_model_default(call, query.model)

    @operation(router, "GET", DEFAULTS, Declared("getBackhaulDefaults"))
    async def get_backhaul_defaults(call: CallNow, partner_id: str) -> backhaul.DefaultsAnswer:
        return backhaul.defaults(partners.get_backhaul_defaults(call, partner_id))

    @operation(router, "POST", DEFAULTS, Declared("setBackhaulDefaults", body=True))
    async def set_backhaul_defaults(
        call: CallNow, partner_id: str, body: Annotated[backhaul.DefaultsBody, Body()]
    ) -> backhaul.DefaultsAnswer:
        return backhaul.defaults(partners.set_backhaul_defaults(call, partner_id, body.settings()))
