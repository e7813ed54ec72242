"""Events, their series, `frontend_status` and attribution models, over HTTP.

See: EVT-01, EVT-03, EVT-04, EVT-08, LAM-01.
"""

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http import long_responses
from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.operations import events
from mock_server.platform_api.declaration import operation
from mock_server.platform_api.schemas import events as schemas
from mock_server.state import turn

router = APIRouter(route_class=OperationRoute)

SERIES = "/events/{eid}/series"
MAX_MEMBERS_AT_ONCE = 10_000
"""A page whose events have more events in their series, added up, is encoded in pieces."""
MODEL = "/events/{eid}/attribution_model"


@router.get("/events/", **operation("listEvents"))
async def list_events(call: CurrentCall, query: Annotated[schemas.EventsQuery, Query()]) -> schemas.EventPageBody:
    events_page = await turn.run(call.turn, events.list_events, call, query.to_filter(), query.page, query.limit)
    if sum(len(view.series) for view in events_page.items) <= MAX_MEMBERS_AT_ONCE:
        return schemas.event_page_body(events_page, call.quirks)
    to_bodies = partial(schemas.event_bodies, quirks=call.quirks)
    parts = await turn.run(call.turn, long_responses.encode_items, events_page.items, to_bodies, 1)
    members = schemas.event_page_body(replace(events_page, items=()), call.quirks)
    return long_responses.replace_array(members, "items", parts)


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
    await turn.run(call.turn, events.replace_event_series, call, eid, query.event_series or [])


@router.get(MODEL, **operation("getEventAttributionModel", error_statuses=(404,)))
async def get_event_attribution_model(call: CurrentCall, eid: str) -> schemas.AttributionModelAnswer:
    return {"model": events.get_attribution_model(call, eid)}


@router.put(MODEL, **operation("setEventAttributionModel", error_statuses=(404,), has_body=True))
async def set_event_attribution_model(
    call: CurrentCall, eid: str, body: Annotated[schemas.AttributionModelBody, Body()]
) -> schemas.AttributionModelAnswer:
    return {"model": events.set_attribution_model(call, eid, body.model)}
