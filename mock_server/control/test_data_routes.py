"""The control API's routes that add exact test data to a workspace."""

from typing import Annotated, Any

from fastapi import Body

from mock_server.control import test_data, test_data_schemas
from mock_server.control.declaration import control_router
from mock_server.http.endpoint import CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.http.json_size import MaxValues
from mock_server.http.model_spec import LongListAt
from mock_server.platform_api.schemas import events, packages
from mock_server.state import turn

router = control_router("test data")

PARTNER_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such partner."}
}

MAX_PURCHASE_VALUES = MaxValues(60_000, 6_000, 60_000)
"""The default limit is too small for 5,000 rows of nine members."""
MAX_PACKAGE_VALUES = MaxValues(200_000, 5_000, 10_000)
"""A body of 1 MiB has space for about 175,000 distinct customers, in at most 1,000 clusters."""
PURCHASES = LongListAt(("purchases",), 100)
CUSTOMERS = LongListAt(("clusters", "customers"), 4)


@router.post("/purchases", operation_id="addPurchases", status_code=201)
async def add_purchases(
    call: CurrentCall, body: Annotated[test_data_schemas.PurchasesRequest, Body(), MAX_PURCHASE_VALUES, PURCHASES]
) -> test_data_schemas.AddedCount:
    """Add purchases. If one is invalid, none is added."""
    return {"added": await turn.run(call.turn, test_data.add_purchases, call, body.purchases)}


@router.post("/packages", operation_id="addPackage", status_code=201, responses=PARTNER_NOT_FOUND)
async def add_package(
    call: CurrentCall, body: Annotated[test_data_schemas.PackageRequest, Body(), MAX_PACKAGE_VALUES, CUSTOMERS]
) -> packages.PackageDetailBody:
    """Add a package that is DONE, with the given clusters. It is not evaluated until its settings are saved."""
    return packages.package_detail_body(await turn.run(call.turn, test_data.add_package, call, body))


@router.post("/events", operation_id="addEvent", status_code=201, responses=PARTNER_NOT_FOUND)
async def add_event(call: CurrentCall, body: Annotated[test_data_schemas.EventRequest, Body()]) -> events.EventBody:
    """Add an event."""
    return events.event_body(await turn.run(call.turn, test_data.add_event, call, body), call.quirks)
