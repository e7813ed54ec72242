"""Sends responses: status, headers and bytes."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pydantic_core import to_json

from mock_server.domain.errors import PlatformError
from mock_server.http import errors
from mock_server.http.context import Headers, RequestContext
from mock_server.http.media_types import File
from mock_server.state.request_journal import MAX_BODY_BYTES
from mock_server.state.turn import LoopIteration

Buffer: TypeAlias = bytes | memoryview
JSON_CONTENT_TYPE = b"application/json"
JSON_CONTENT_HEADER = (b"content-type", JSON_CONTENT_TYPE)
BYTES_AT_ONCE = 1024 * 1024
"""A longer body is sent in parts of about this size, between which the server answers other requests."""


@dataclass(frozen=True, slots=True)
class EmptyResponse:
    """A response without a body."""

    status: int


@dataclass(frozen=True, slots=True)
class EncodedJson:
    """A response whose JSON is already encoded."""

    content: bytes


@dataclass(frozen=True, slots=True)
class LongJson:
    """A long response whose JSON is already encoded, in parts that are sent one after the other."""

    parts: Sequence[Buffer]


JSON_TYPES = (dict, list, LongJson, EncodedJson)
"""The usual types of a result that is sent as JSON."""


class Subscription(Protocol):
    """The events that one client receives, encoded."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the events, several at once if they have waited, until there are no more, or it is closed."""

    def close(self) -> None:
        """Let it end."""


class EventStream(ABC):
    """The result of an operation that sends events as they happen (`event_stream.py`)."""

    @abstractmethod
    async def open(self, last_event_id: bytes | None, *, follows: bool) -> Subscription:
        """Begin after an event that the client has received. If it does not follow, end with what is known."""


def send_json(context: RequestContext, status: int, content: object) -> Awaitable[None]:
    """Send a JSON body."""
    if isinstance(content, LongJson):
        size = sum(map(len, content.parts))
        if size > BYTES_AT_ONCE and context.delivery is None:
            return _send_parts(context, status, content.parts, size)
        body = b"".join(content.parts)  # a fault that changes a body needs the whole
    else:
        body = content.content if isinstance(content, EncodedJson) else to_json(content)
    return send_bytes(context, status, body, [JSON_CONTENT_HEADER])


def send_file(context: RequestContext, status: int, file: File) -> Awaitable[None]:
    """Send a file as a download. See: SED-01."""
    headers = [(b"content-type", file.content_type.encode()), (b"content-disposition", file.disposition.encode())]
    return send_bytes(context, status, file.content, headers)


def send_error(context: RequestContext, error: PlatformError, status: int | None = None) -> Awaitable[None]:
    """Send the platform's error body, with the error's status unless another is given. See: ERR-01, ERR-03."""
    headers = [JSON_CONTENT_HEADER, *errors.error_headers(error)]
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


async def _send_parts(context: RequestContext, status: int, parts: Sequence[Buffer], size: int) -> None:
    """Send JSON of `size` bytes in parts."""
    if context.commit is not None:
        await context.commit(context)
    context.answered = True
    headers = [JSON_CONTENT_HEADER, *context.response_headers, (b"content-length", b"%d" % size)]
    context.recorder.record_response(status, headers, b"".join(_take_first(parts, MAX_BODY_BYTES)), size)
    await context.send({"type": "http.response.start", "status": status, "headers": headers})
    for body in _join_parts(parts):
        await context.send({"type": "http.response.body", "body": body, "more_body": True})
        await LoopIteration()
    await context.send({"type": "http.response.body", "body": b""})


def _take_first(parts: Iterable[Buffer], count: int) -> Iterator[Buffer]:
    """Yield the first parts, until they have at least this number of bytes."""
    for part in parts:
        yield part
        count -= len(part)
        if count <= 0:
            return


def _join_parts(parts: Iterable[Buffer]) -> Iterator[bytes]:
    """Join neighbouring parts, so that each result has about `BYTES_AT_ONCE` bytes unless a part is longer."""
    joined: list[Buffer] = []
    size = 0
    for part in parts:
        if size + len(part) > BYTES_AT_ONCE and joined:
            yield b"".join(joined)
            joined, size = [], 0
        joined.append(part)
        size += len(part)
    yield b"".join(joined)
