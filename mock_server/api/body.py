"""How a body is read: how large, of which type, as which shape."""

from collections.abc import Mapping

from starlette.types import Receive

from mock_server.domain.errors import InvalidRequest, Problem, RequestTooLarge, UnsupportedMediaType

LARGEST = 1024 * 1024
"""Bytes. Rule: BASE-09."""


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
    too_large = RequestTooLarge(Problem("length", "body", f"the body may have {LARGEST} bytes"))
    if declared.isdigit() and int(declared[:20]) > LARGEST:
        raise too_large
    message = await receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(content) <= LARGEST:
        message = await receive()
        content += message.get("body", b"")
    if len(content) > LARGEST:
        raise too_large
    return content


def _is_json(content_type: bytes) -> bool:
    kind, *parameters = content_type.lower().split(b";")
    charsets = [parameter.strip() for parameter in parameters if parameter.strip().startswith(b"charset")]
    plain = all(charset.partition(b"=")[2].strip(b' "') in (b"utf-8", b"utf8") for charset in charsets)
    return kind.strip() == b"application/json" and plain
