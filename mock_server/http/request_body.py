"""Reads request bodies, and checks their size and content type."""

from collections.abc import Awaitable, Mapping
from typing import Protocol

from starlette.types import Message, Receive

from mock_server.domain import text_encoding
from mock_server.domain.errors import (
    InvalidRequestError,
    Problem,
    RequestTooLargeError,
    ServerBusyError,
    UnreadBodyError,
    UnsupportedMediaTypeError,
)
from mock_server.http import forms, media_types
from mock_server.http.forms import UploadForm
from mock_server.http.media_types import CSV, FORM, File

MAX_BODY_BYTES = 1024 * 1024
"""The maximum size in bytes of a body that is no file. See: BASE-09."""
LARGE_BODY_BYTES = 64 * 1024
"""Bodies up to this size are not counted."""
MAX_HELD_BYTES = 256 * MAX_BODY_BYTES
"""How many bytes of large bodies are held for all clients together."""


class HeldBodies:
    """The number of bytes that the process holds of large bodies.

    A body counts from its first part until its request is answered, because it may have to wait for its turn.
    """

    size = 0


HELD_BODIES = HeldBodies()


BODY_HEADERS = (b"content-type", b"content-encoding", b"content-length", b"expect")


class HeldRequest(Protocol):
    """A request, of whose body `held_bytes` are counted."""

    held_bytes: int


class ClientDisconnectedError(Exception):
    """The client closed the connection before its body was complete, so the request has no effect."""


def require_single(repeated_headers: frozenset[bytes]) -> None:
    """Raise InvalidRequestError if a header that says how to read the body is sent more than once."""
    for name in BODY_HEADERS:
        if name in repeated_headers:
            raise InvalidRequestError(Problem("duplicate", name.decode(), "the header is sent more than once"))


def hold(request: HeldRequest, size: int) -> None:
    """Count the body of a request. No other request may have acted since it was read."""
    request.held_bytes += size
    HELD_BODIES.size += size


def release(request: HeldRequest) -> None:
    """Stop counting the body of a request that has been answered."""
    HELD_BODIES.size -= request.held_bytes
    request.held_bytes = 0


async def read_file(
    headers: Mapping[bytes, bytes], receive: Receive, accepted_types: tuple[str, ...], max_bytes: int
) -> File | UploadForm:
    """Read a body of at most `max_bytes` that is a file, or a form with a file. See: SED-05, ING-07, BASE-09, BASE-11.

    Raises RequestTooLargeError, UnsupportedMediaTypeError, InvalidRequestError.
    """
    content_type = headers.get(b"content-type")
    media_type = media_types.match_media_type(content_type or b"", accepted_types)
    content = await _read_up_to(MAX_BODY_BYTES if media_type is None else max_bytes, headers, receive)
    wanted = " or ".join(f"{name} in UTF-8" if name == CSV else name for name in accepted_types)
    if content_type is None and not content:
        raise InvalidRequestError(Problem("required", "body", f"a file is required, as {wanted}"))
    if media_type is None or not _has_identity_encoding(headers):
        raise UnsupportedMediaTypeError(
            Problem("media_type", "content-type", f"send {wanted}, without content-encoding")
        )
    if media_type == FORM:
        return forms.read_form(content, content_type or b"")
    return File(media_type, content)


async def read_json(headers: Mapping[bytes, bytes], receive: Receive, *, optional: bool) -> bytes:
    """Read a JSON body. If `optional`, an omitted body is read as an empty object.

    Raises RequestTooLargeError, UnsupportedMediaTypeError, or InvalidRequestError if the body is missing.
    See: BASE-09, BASE-11.
    """
    return _require_json(headers, await _read_content(headers, receive), optional=optional)


async def read_large_json(headers: Mapping[bytes, bytes], receive: Receive, max_bytes: int) -> bytes:
    """Read a required JSON body of at most `max_bytes`."""
    return _require_json(headers, await _read_up_to(max_bytes, headers, receive), optional=False)


def _require_json(headers: Mapping[bytes, bytes], content: bytes, *, optional: bool) -> bytes:
    content_type, content = headers.get(b"content-type"), text_encoding.strip_byte_order_mark(content)
    if not content and optional:
        return b"{}"
    if content_type is None and not content:
        raise InvalidRequestError(
            Problem("required", "body", "a JSON body is required, with content-type application/json")
        )
    if not _is_json(content_type or b"") or not _has_identity_encoding(headers):
        raise UnsupportedMediaTypeError(
            Problem("media_type", "content-type", "send application/json in UTF-8, without content-encoding")
        )
    encoding = text_encoding.find_foreign_encoding(content)
    if encoding is not None:
        raise InvalidRequestError(Problem("encoding", "body", f"the body is in {encoding}; send it in UTF-8"))
    return content


def _read_content(headers: Mapping[bytes, bytes], receive: Receive) -> Awaitable[bytes]:
    return _read_up_to(MAX_BODY_BYTES, headers, receive)


async def _read_up_to(max_bytes: int, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    declared = headers.get(b"content-length", b"0")
    declared_size = int(declared[:20]) if declared.isdigit() else 0
    if declared_size > max_bytes and headers.get(b"expect", b"").lower() == b"100-continue":
        raise _too_large(max_bytes, is_complete=False)
    message = await receive()
    content: bytes = message.get("body", b"")
    if message.get("more_body", False):
        content, message = await _read_rest(content, receive, max_bytes if declared_size <= max_bytes else -1)
    if message["type"] == "http.disconnect":
        raise ClientDisconnectedError
    if max(len(content), declared_size) > max_bytes:
        raise _too_large(max_bytes, is_complete=not message.get("more_body", False))
    return content


async def _read_rest(content: bytes, receive: Receive, max_bytes: int) -> tuple[bytes, Message]:
    """Read the rest of a body, until it is larger than `max_bytes`. Return it with the last message.

    Raises ServerBusyError if too much of large bodies is already held.
    """
    message: Message = {"type": "http.request", "more_body": True}
    body = bytearray(content)
    HELD_BODIES.size += len(body)
    try:
        while message.get("more_body", False) and len(body) <= max_bytes:
            message = await receive()
            part: bytes = message.get("body", b"")
            body += part
            HELD_BODIES.size += len(part)
            if HELD_BODIES.size > MAX_HELD_BYTES:
                raise ServerBusyError(Problem("limit", "body", "too many large bodies are being sent; try again later"))
    finally:
        HELD_BODIES.size -= len(body)
    return bytes(body), message


def _too_large(max_bytes: int, *, is_complete: bool) -> RequestTooLargeError:
    problem = Problem("length", "body", f"the body may be at most {max_bytes} bytes long")
    return RequestTooLargeError(problem) if is_complete else UnreadBodyError(problem)


def _is_json(content_type: bytes) -> bool:
    return (
        content_type == b"application/json"
        or media_types.match_media_type(content_type, ("application/json",)) is not None
    )


def _has_identity_encoding(headers: Mapping[bytes, bytes]) -> bool:
    encoding = headers.get(b"content-encoding")
    return encoding is None or encoding.strip().lower() == b"identity"
