"""Sends a response without an end: events, as they happen. It is imported when the first client asks for them."""

import asyncio

from mock_server.http.context import STOP_KEY, Headers, RequestContext
from mock_server.http.request_body import MAX_BODY_BYTES
from mock_server.http.responses import EventStream, Subscription

MEDIA_TYPE = "text/event-stream"
HEADERS: Headers = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),  # lets nginx pass events on at once
]


async def send_stream(context: RequestContext, stream: EventStream) -> None:
    """Send events until they end, the client leaves, or the server stops. Raises PlatformError before the first one.

    A client follows if it accepts events explicitly.
    """
    if context.commit is not None:
        await context.commit(context)
    follows = MEDIA_TYPE.encode() in context.headers.get(b"accept", b"").lower()
    subscription = await stream.open(context.headers.get(b"last-event-id"), follows=follows)
    context.answered = True
    state = context.scope.get("state")
    if state is not None:
        state[STOP_KEY] = subscription.close
    leaving = asyncio.ensure_future(_close_when_client_leaves(context, subscription)) if follows else None
    try:
        await context.send(
            {"type": "http.response.start", "status": 200, "headers": [*HEADERS, *context.response_headers]}
        )
        async for content in subscription:
            await context.send({"type": "http.response.body", "body": content, "more_body": True})
        await context.send({"type": "http.response.body", "body": b""})
    finally:
        subscription.close()
        if leaving is not None:
            leaving.cancel()


async def _close_when_client_leaves(context: RequestContext, subscription: Subscription) -> None:
    """Close the subscription when the client leaves, or has sent a body that is too large."""
    size = 0
    while size <= MAX_BODY_BYTES:
        message = await context.recorder.unrecorded_receive()
        if message["type"] == "http.disconnect":
            break
        size += len(message.get("body", b""))
    subscription.close()
