"""Events, their series and their attribution models, over HTTP."""

from typing import Annotated

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.http.endpoint import CallNow
from mock_server.operations import events
from mock_server.platform_api.declaration import Declared, operation
from mock_server.platform_api.schemas import events as schemas

SERIES = "/events/{eid}/series"
MODEL = "/events/{eid}/attribution_model"


def declare(router: APIRouter) -> None:
    """Rules: EVT-01, EVT-03, EVT-04, LAM-01."""

    @operation(router, "GET", "/events/", Declared("listEvents"))
    async def list_events(call: CallNow, query: Annotated[schemas.EventsQuery, Query()]) -> schemas.EventPageBody:
        return schemas.page(events.list_events(call, query.wanted(), query.page, query.limit))

    @operation(router, "GET", "/events/{eid}", Declared("getEvent", refuses=(404,)))
    async def get_event(call: CallNow, eid: str) -> schemas.EventBody:
        return schemas.event(events.get_event(call, eid))

    @operation(router, "GET", SERIES, Declared("getEventSeries", refuses=(404,)))
    async def get_event_series(call: CallNow, eid: str, query: Annotated[schemas.SeriesQuery, Query()]) -> list[str]:
        return events.get_event_series(call, eid, query.limit)

    @operation(router, "POST", SERIES, Declared("replaceEventSeries", status=204, refuses=(404,)))
    async def replace_event_series(call: CallNow, eid: str, query: Annotated[schemas.NewSeriesQuery, Query()]) -> None:
        events.replace_event_series(call, eid, query.event_series or [])

    @operation(router, "GET", MODEL, Declared("getEventAttributionModel", refuses=(404,)))
    async def get_event_attribution_model(call: CallNow, eid: str) -> schemas.AttributionModelAnswer:
        return {"model": events.get_attribution_model(call, eid)}

    @operation(router, "PUT", MODEL, Declared("setEventAttributionModel", refuses=(404,), body=True))
    async def set_event_attribution_model(
        call: CallNow, eid: str, body: Annotated[schemas.AttributionModelBody, Body()]
    ) -> schemas.AttributionModelAnswer:
        return {"model": events.set_attribution_model(call, eid, body.model)}
