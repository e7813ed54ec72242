"""The control API's route for the stream of events."""

from typing import Any

from fastapi import Response

from mock_server.control.declaration import control_router
from mock_server.control.workspaces.server import CurrentServer
from mock_server.http.endpoint import CurrentCall
from mock_server.http.event_stream import MEDIA_TYPE
from mock_server.http.responses import EventStream

router = control_router("stream")


class EventStreamResponse(Response):
    """The media type of the response, for the document."""

    media_type = MEDIA_TYPE


PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The `id` of the last event that the client has received: the stream resumes after it.",
        "schema": {"type": "string"},
    },
]


@router.get(
    "/stream",
    operation_id="streamEvents",
    response_class=EventStreamResponse,
    response_model=None,
    openapi_extra={"parameters": PARAMETERS},
    response_description="Server-sent events, each with an `event`, an `id` and JSON in `data`.",
)
async def stream_events(call: CurrentCall, server: CurrentServer) -> EventStream:
    """Follow what happens in the workspace, as server-sent events.

    Their kinds are `request`, `job`, `clock`, `workspace`, `fault`, `counts` and `gap`; docs/stream.md describes them.
    If the request has the header `Accept: text/event-stream`, the response goes on until the client closes it.
    Otherwise it ends with what has happened since `Last-Event-ID`.
    """
    return server.open_stream(call.workspace)
