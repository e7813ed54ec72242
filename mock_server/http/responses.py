"""How an answer leaves: status, headers, bytes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_core import to_json
from starlette.types import Message, Scope, Send

from mock_server.domain.errors import PlatformError
from mock_server.http import errors
from mock_server.http.media_types import File
from mock_server.http.recorder import Recorder

JSON_CONTENT_TYPE = b"application/json"
Headers = list[tuple[bytes, bytes]]
ResponseSender: TypeAlias = Callable[[Send, Message, bytes], Awaitable[None]]
"""Another way for an answer to leave, under `deliver` in the scope: its start, and its body."""


@dataclass(frozen=True, slots=True)
class EmptyResponse:
    """An answer without a body."""

    status: int


@dataclass(frozen=True, slots=True)
class EncodedJson:
    """An answer whose JSON is written already."""

    content: bytes


def send_json(scope: Scope, send: Send, status: int, content: object) -> Awaitable[None]:
    """Answer with a JSON body."""
    body = content.content if isinstance(content, EncodedJson) else to_json(content)
    return send_bytes(scope, send, status, body, [(b"content-type", JSON_CONTENT_TYPE)])


def send_file(scope: Scope, send: Send, status: int, file: File) -> Awaitable[None]:
    """Answer with a file to be saved. Rule: SED-01."""
    headers = [(b"content-type", file.content_type.encode()), (b"content-disposition", file.disposition.encode())]
    return send_bytes(scope, send, status, file.content, headers)


def send_error(scope: Scope, send: Send, error: PlatformError) -> Awaitable[None]:
    """Answer with the platform's error body. Rules: ERR-01, ERR-03."""
    headers = [(b"content-type", JSON_CONTENT_TYPE), *errors.error_headers(error)]
    return send_bytes(scope, send, errors.ERROR_STATUSES[type(error)], to_json(errors.error_body(error)), headers)


async def send_bytes(scope: Scope, send: Send, status: int, content: bytes, headers: Headers) -> None:
    """Answer with these bytes; `x-request-id` and what else the edge wants go with every answer. Rule: BASE-06."""
    headers += scope["answer_headers"]
    if status != 204:
        headers.append((b"content-length", b"%d" % len(content)))
    start = {"type": "http.response.start", "status": status, "headers": headers}
    recorder: Recorder = scope["recording"]
    deliver: ResponseSender | None = scope.get("deliver")
    if deliver is not None:
        await deliver(recorder.record_streaming(send), start, content)
        return
    recorder.record_response(status, headers, content)
    await send(start)
    await send({"type": "http.response.body", "body": content})
