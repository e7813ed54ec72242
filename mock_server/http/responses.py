"""How an answer leaves: status, headers, bytes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_core import to_json
from starlette.types import Message, Scope, Send

from mock_server.domain.errors import PlatformError
from mock_server.http import errors
from mock_server.http.media_types import File
from mock_server.http.recorder import Recording

JSON = b"application/json"
Headers = list[tuple[bytes, bytes]]
Delivery: TypeAlias = Callable[[Send, Message, bytes], Awaitable[None]]
"""Another way for an answer to leave, under `deliver` in the scope: its start, and its body."""


@dataclass(frozen=True, slots=True)
class NoContent:
    """An answer without a body."""

    status: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer whose JSON is written already."""

    content: bytes


def send_json(scope: Scope, send: Send, status: int, content: object) -> Awaitable[None]:
    """Answer with a JSON body."""
    body = content.content if isinstance(content, Encoded) else to_json(content)
    return send_bytes(scope, send, status, body, [(b"content-type", JSON)])


def send_file(scope: Scope, send: Send, status: int, file: File) -> Awaitable[None]:
    """Answer with a file to be saved. Rule: SED-01."""
    headers = [(b"content-type", file.content_type.encode()), (b"content-disposition", file.disposition.encode())]
    return send_bytes(scope, send, status, file.content, headers)


def send_refusal(scope: Scope, send: Send, refusal: PlatformError) -> Awaitable[None]:
    """Answer with the platform's error body. Rules: ERR-01, ERR-03."""
    headers = [(b"content-type", JSON), *errors.headers(refusal)]
    return send_bytes(scope, send, errors.STATUSES[type(refusal)], to_json(errors.body(refusal)), headers)


async def send_bytes(scope: Scope, send: Send, status: int, content: bytes, headers: Headers) -> None:
    """Answer with these bytes; `x-request-id` and what else the edge wants go with every answer. Rule: BASE-06."""
    headers += scope["answer_headers"]
    if status != 204:
        headers.append((b"content-length", b"%d" % len(content)))
    start = {"type": "http.response.start", "status": status, "headers": headers}
    recording: Recording = scope["recording"]
    deliver: Delivery | None = scope.get("deliver")
    if deliver is not None:
        await deliver(recording.noting(send), start, content)
        return
    recording.answered(status, headers, content)
    await send(start)
    await send({"type": "http.response.body", "body": content})
