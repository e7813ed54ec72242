"""Events, their series, `frontend_status` and attribution models, over HTTP.

See: EVT-01, EVT-03, EVT-04, EVT-08, LAM-01.
"""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import events
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import events as schemas

router = APIRouter(route_class=OperationRoute)

SERIES = "/events/{eid}/series"
MODEL = "/events/{eid}/attribution_model"


@router.get("/events/", **operation("listEvents"))
async def list_events(call: CurrentCall, query: Annotated[schemas.EventsQuery, Query()]) -> schemas.EventPageBody:
    events_page = events.list_events(call, query.to_filter(), query.page, query.limit)
    return schemas.event_page_body(events_page, call.quirks)


@router.get("/events/{eid}", **operation("getEvent", error_statuses=(404,)))
async def get_event(call: CurrentCall, eid: str) -> schemas.EventBody:
    return schemas.event_body(events.get_event(call, eid), call.quirks)


@router.put(
    "/events/{eid}/setup_frontend_status",
    **operation("setFrontendStatus", status=204, error_statuses=(404,), has_body=True),
)
async def set_frontend_status(call: CurrentCall, eid: str, body: Annotated[schemas.FrontendStatusBody, Body()]) -> None:
    events.set_frontend_status(call, eid, body.frontend_status)


@router.get(SERIES, **operation("getEventSeries", error_statuses=(404,)))
async def get_event_series(call: CurrentCall, eid: str, query: Annotated[schemas.SeriesQuery, Query()]) -> list[str]:
    return events.get_event_series(call, eid, query.limit)


@router.post(SERIES, **operation("replaceEventSeries", status=204, error_statuses=(404,)))
async def replace_event_series(call: CurrentCall, eid: str, query: Annotated[schemas.NewSeriesQuery, Query()]) -> None:
    events.replace_event_series(call, eid, query.event_series or [])


@router.get(MODEL, **operation("getEventAttributionModel", error_statuses=(404,)))
async def get_event_attribution_model(call: CurrentCall, eid: str) -> schemas.AttributionModelAnswer:
    return {"model": events.get_attribution_model(call, eid)}


@router.put(MODEL, **operation("setEventAttributionModel", error_statuses=(404,), has_body=True))
async def set_event_attribution_model(
    call: CurrentCall, eid: str, body: Annotated[schemas.AttributionModelBody, Body()]
) -> schemas.AttributionModelAnswer:
    return {"model": events.set_attribution_model(call, eid, body.model)}
