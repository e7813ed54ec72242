"""Sends responses: status, headers and bytes."""

from collections.abc import Awaitable
from dataclasses import dataclass

from pydantic_core import to_json

from mock_server.domain.errors import PlatformError
from mock_server.http import errors
from mock_server.http.context import Headers, RequestContext
from mock_server.http.media_types import File

JSON_CONTENT_TYPE = b"application/json"


@dataclass(frozen=True, slots=True)
class EmptyResponse:
    """A response without a body."""

    status: int


@dataclass(frozen=True, slots=True)
class EncodedJson:
    """A response whose JSON is already encoded."""

    content: bytes


def send_json(context: RequestContext, status: int, content: object) -> Awaitable[None]:
    """Send a JSON body."""
    body = content.content if isinstance(content, EncodedJson) else to_json(content)
    return send_bytes(context, status, body, [(b"content-type", JSON_CONTENT_TYPE)])


def send_file(context: RequestContext, status: int, file: File) -> Awaitable[None]:
    """Send a file as a download. See: SED-01."""
    headers = [(b"content-type", file.content_type.encode()), (b"content-disposition", file.disposition.encode())]
    return send_bytes(context, status, file.content, headers)


def send_error(context: RequestContext, error: PlatformError, status: int | None = None) -> Awaitable[None]:
    """Send the platform's error body, with the error's status unless another is given. See: ERR-01, ERR-03."""
    headers = [(b"content-type", JSON_CONTENT_TYPE), *errors.error_headers(error)]
    status = status or errors.ERROR_STATUSES[type(error)]
    return send_bytes(context, status, to_json(errors.error_body(error)), headers)


async def send_bytes(context: RequestContext, status: int, content: bytes, headers: Headers) -> None:
    """Send a response with `x-request-id` and the other headers that every response carries. See: BASE-06."""
    if context.commit is not None:
        await context.commit(context)
    context.answered = True
    headers += context.response_headers
    if status != 204:
        headers.append((b"content-length", b"%d" % len(content)))
    start = {"type": "http.response.start", "status": status, "headers": headers}
    if context.delivery is not None:
        await context.delivery(context.recorder.record_streaming(context.send), start, content)
        return
    context.recorder.record_response(status, headers, content)
    await context.send(start)
    await context.send({"type": "http.response.body", "body": content})
