"""How a body is read: how large, of which type, as which shape."""

from collections.abc import Mapping

from starlette.types import Message, Receive

from mock_server.domain.errors import InvalidRequest, Problem, RequestTooLarge, UnsupportedMediaType

LARGEST = 1024 * 1024
"""Bytes. Rule: BASE-09."""
MOST_DROPPED = 32 * LARGEST
"""How much of a body that is too large is read before the connection is closed on it."""


class Disconnected(Exception):
    """The client has gone before its body was complete: nothing of it is acted upon."""


async def read(headers: Mapping[bytes, bytes], receive: Receive, *, optional: bool) -> bytes:
    """The body's bytes; an empty object where it is left out and `optional`.

    Raises RequestTooLarge before more than the limit is kept, UnsupportedMediaType, InvalidRequest where
    there is none. Rules: BASE-09, BASE-11.
    """
    content = await _collected(headers, receive)
    kind = headers.get(b"content-type")
    if not content and optional:
        return b"{}"
    if kind is None and not content:
        raise InvalidRequest(Problem("required", "body", "a JSON body is required, with content-type application/json"))
    if not _is_json(kind or b"") or headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise UnsupportedMediaType(
            Problem("media_type", "content-type", "send application/json in UTF-8, without content-encoding")
        )
    return content


async def _collected(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    declared = headers.get(b"content-length", b"0")
    announced = int(declared[:20]) if declared.isdigit() else 0
    message = await receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body", False) and max(len(content), announced) <= LARGEST:
        message = await receive()
        content += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise Disconnected
    if max(len(content), announced) > LARGEST:
        await _drop(message, receive)
        raise RequestTooLarge(Problem("length", "body", f"the body may have {LARGEST} bytes"))
    return content


async def _drop(message: Message, receive: Receive) -> None:
    """Read on and keep nothing: many clients see the answer only when they have sent what they wanted to."""
    dropped = 0
    while message.get("more_body", False) and dropped < MOST_DROPPED:
        message = await receive()
        dropped += len(message.get("body", b""))


def _is_json(content_type: bytes) -> bool:
    kind, *parameters = content_type.lower().split(b";")
    charsets = [parameter.strip() for parameter in parameters if parameter.strip().startswith(b"charset")]
    plain = all(charset.partition(b"=")[2].strip(b' "') in (b"utf-8", b"utf8") for charset in charsets)
    return kind.strip() == b"application/json" and plain
