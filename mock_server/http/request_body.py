"""How a body is read: how large, of which type, as which shape."""

from collections.abc import Awaitable, Mapping

from starlette.types import Message, Receive

from mock_server.domain.errors import InvalidRequest, Problem, RequestTooLarge, UnsupportedMediaType
from mock_server.http.media_types import CSV, XLSX, File

LARGEST = 1024 * 1024
"""Bytes. Rule: BASE-09."""
MOST_DROPPED = 32 * LARGEST
"""How much of a body that is too large is read before the connection is closed on it."""


class Disconnected(Exception):
    """The client has gone before its body was complete: nothing of it is acted upon."""


async def read_file(headers: Mapping[bytes, bytes], receive: Receive) -> File:
    """A body that is a file. Raises RequestTooLarge, UnsupportedMediaType, InvalidRequest. Rules: SED-05, BASE-11."""
    content = await _collected(headers, receive)
    kind = headers.get(b"content-type")
    if kind is None and not content:
        raise InvalidRequest(Problem("required", "body", f"a file is required, of type {CSV} or {XLSX}"))
    named = _named(kind or b"", (CSV, XLSX))
    if named is None or not _is_plain(headers):
        raise UnsupportedMediaType(
            Problem("media_type", "content-type", f"send {CSV} in UTF-8 or {XLSX}, without content-encoding")
        )
    return File(named, content)


async def read(headers: Mapping[bytes, bytes], receive: Receive, *, optional: bool) -> bytes:
    """The body's bytes; an empty object where it is left out and `optional`.

    Raises RequestTooLarge before more than the limit is kept, UnsupportedMediaType, InvalidRequest where
    there is none. Rules: BASE-09, BASE-11.
    """
    return _json(headers, await _collected(headers, receive), optional=optional)


async def read_larger(headers: Mapping[bytes, bytes], receive: Receive, largest: int) -> bytes:
    """The same of a body that is required, and may have so many bytes."""
    return _json(headers, await _up_to(largest, headers, receive), optional=False)


def _json(headers: Mapping[bytes, bytes], content: bytes, *, optional: bool) -> bytes:
    kind = headers.get(b"content-type")
    if not content and optional:
        return b"{}"
    if kind is None and not content:
        raise InvalidRequest(Problem("required", "body", "a JSON body is required, with content-type application/json"))
    if not _is_json(kind or b"") or not _is_plain(headers):
        raise UnsupportedMediaType(
            Problem("media_type", "content-type", "send application/json in UTF-8, without content-encoding")
        )
    return content


def _collected(headers: Mapping[bytes, bytes], receive: Receive) -> Awaitable[bytes]:
    return _up_to(LARGEST, headers, receive)


async def _up_to(largest: int, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    declared = headers.get(b"content-length", b"0")
    announced = int(declared[:20]) if declared.isdigit() else 0
    message = await receive()
    content: bytes = message.get("body", b"")
    if message.get("more_body", False):
        parts, size = [content], len(content)
        while message.get("more_body", False) and max(size, announced) <= largest:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        content = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise Disconnected
    if max(len(content), announced) > largest:
        await _drop(message, receive)
        raise RequestTooLarge(Problem("length", "body", f"the body may have {largest} bytes"))
    return content


async def _drop(message: Message, receive: Receive) -> None:
    """Read on and keep nothing: many clients see the answer only when they have sent what they wanted to."""
    dropped = 0
    while message.get("more_body", False) and dropped < MOST_DROPPED:
        message = await receive()
        dropped += len(message.get("body", b""))


def _is_json(content_type: bytes) -> bool:
    return content_type == b"application/json" or _named(content_type, ("application/json",)) is not None


def _is_plain(headers: Mapping[bytes, bytes]) -> bool:
    encoding = headers.get(b"content-encoding")
    return encoding is None or encoding.strip().lower() == b"identity"


def _named(content_type: bytes, kinds: tuple[str, ...]) -> str | None:
    """Which of the types is named, in UTF-8 where a charset is; None for another."""
    kind, *parameters = content_type.lower().split(b";")
    charsets = [parameter.strip() for parameter in parameters if parameter.strip().startswith(b"charset")]
    plain = all(charset.partition(b"=")[2].strip(b' "') in (b"utf-8", b"utf8") for charset in charsets)
    return next((known for known in kinds if plain and kind.strip() == known.encode()), None)
