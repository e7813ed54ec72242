"""How an answer leaves: status, headers, bytes."""

from dataclasses import dataclass

from pydantic_core import to_json
from starlette.types import Scope, Send

from mock_server.api import errors
from mock_server.domain.errors import PlatformError

JSON = b"application/json"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class NoContent:
    """An answer without a body."""

    status: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer whose JSON is written already."""

    content: bytes


async def send_json(scope: Scope, send: Send, status: int, content: object) -> None:
    """Answer with a JSON body."""
    body = content.content if isinstance(content, Encoded) else to_json(content)
    await send_bytes(scope, send, status, body, [(b"content-type", JSON)])


async def send_refusal(scope: Scope, send: Send, refusal: PlatformError) -> None:
    """Answer with the platform's error body. Rules: ERR-01, ERR-03."""
    headers = [(b"content-type", JSON), *errors.headers(refusal)]
    await send_bytes(scope, send, errors.STATUSES[type(refusal)], to_json(errors.body(refusal)), headers)


async def send_bytes(scope: Scope, send: Send, status: int, content: bytes, headers: Headers) -> None:
    """Answer with these bytes; `x-request-id` and what else the edge wants go with every answer. Rule: BASE-06."""
    headers += scope["answer_headers"]
    if status != 204:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
