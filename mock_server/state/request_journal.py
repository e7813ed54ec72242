"""A workspace's journal of the last requests and responses. They are stored as bytes and converted when read."""

import json
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from math import isfinite
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import parse_qsl, unquote

from pydantic_core import from_json

from mock_server.domain import redaction
from mock_server.domain.exchanges import Content, Exchange, Pairs
from mock_server.state.journal_budget import JournalBudget

DEFAULT_CAPACITY = 1000
"""How many exchanges are kept by default."""
MAX_CAPACITY = 100_000
MAX_BODY_BYTES = 8 * 1024
"""How many bytes of a body are kept."""
MAX_METHOD_LENGTH = 32
"""How much of a method is kept. OVERHEAD_BYTES includes it."""
MAX_PART_BYTES = 8 * 1024
"""How many bytes of a path, of a query and of all headers of a message are kept."""
OVERHEAD_BYTES = 1024
"""How many bytes the objects of an exchange need at most, in addition to the bytes that they contain."""
SIGN_IN_PATH = "/auth"
"""A part of all paths whose bodies contain secrets."""
HOST_HEADER = b"host"
"""The Host header. It is stored separately, because it contains the port, which differs between runs."""

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
RawRecord: TypeAlias = tuple[Any, ...]
"""The form in which a `JournalRecord` is stored: a plain tuple.

The garbage collector stops tracking a plain tuple that contains only strings, bytes and numbers. It never stops
tracking a named tuple, so each collection would visit everything in the journal.
"""
RequestHead: TypeAlias = tuple[str, str, bytes, bytes, bool]
"""A request without its body: method, path, query string, packed headers, and whether one of them was cut."""
SEPARATOR = b"\0"
"""Separates packed names and values. No header contains this byte."""
OperationResolver: TypeAlias = Callable[[str, str], tuple[str | None, Mapping[str, str]]]
"""Returns the operationId of a method and a path, and the path's parameters."""
TextMask: TypeAlias = Callable[[bytes], bytes]
UsernameResolver: TypeAlias = Callable[[str], str | None]
"""Returns the username of an access token."""


class RecordedExchange(Protocol):
    """An exchange as the recorder passes it to the journal. Only the first 8 KiB of a body are kept.

    `request_size` and `response_size` are the sizes of the whole bodies in bytes, 0 if there was none. `status` is None
    if no response was sent.
    """

    at: datetime
    head: RequestHead
    request_body: bytes
    request_size: int
    partner: str
    status: int | None
    response_headers: RawHeaders
    response_body: bytes
    response_size: int
    fault: str | None
    delay_milliseconds: int


class JournalRecord(NamedTuple):
    """An exchange as it was received and sent. Secrets are masked when it is read.

    Headers are packed. Bodies, paths, queries and headers are cut to the first 8 KiB. `request_size` and
    `response_size` are in bytes of the whole body, 0 if there was none. `truncated` says whether the path, the query or
    headers were cut. `size` is how many bytes the record counts for in the journal.
    """

    at: datetime
    head: RequestHead
    request_body: bytes
    request_size: int
    partner: str
    status: int | None
    response_headers: bytes
    response_body: bytes
    response_size: int
    fault: str | None
    delay_milliseconds: int
    truncated: bool
    size: int


class Journal:
    """The last exchanges, at most `capacity`, in the order of their responses.

    Exchanges are numbered from 1. A reset of the workspace restarts the numbers; `clear` does not. `budget` bounds the
    bytes of all journals of a server, of which this one holds `size`.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY, budget: JournalBudget | None = None) -> None:
        self.capacity = capacity
        self.budget = budget or JournalBudget()
        self.budget.join(self)
        self.size = 0
        self.last_number = 0
        self.epoch = 0
        self._records: deque[RawRecord] = deque()
        self._last_line = ("", "", b"")
        self._last_headers: RawHeaders = []
        self._last_head: RequestHead = ("", "", b"", b"", False)

    def __len__(self) -> int:
        return len(self._records)

    def append(self, exchange: RecordedExchange) -> None:
        """Append an exchange with the next number."""
        self.last_number += 1
        head, response_headers = exchange.head, pack_headers(exchange.response_headers)
        truncated = head[4] or len(response_headers) > MAX_PART_BYTES
        size = OVERHEAD_BYTES + len(head[1]) + len(head[2]) + len(head[3]) + len(exchange.request_body)
        size += len(response_headers[:MAX_PART_BYTES]) + len(exchange.response_body)
        if len(self._records) == self.capacity:
            self.drop_oldest()
        self._records.append(
            (
                exchange.at,
                head,
                exchange.request_body,
                exchange.request_size,
                exchange.partner,
                exchange.status,
                response_headers[:MAX_PART_BYTES],
                exchange.response_body,
                exchange.response_size,
                exchange.fault,
                exchange.delay_milliseconds,
                truncated,
                size,
            )
        )
        self.size += size
        self.budget.used += size
        if self.budget.used > self.budget.limit:
            self.budget.make_room()

    def request_head(self, method: str, path: str, query: bytes, headers: RawHeaders) -> RequestHead:
        """Return the head of a request. Identical requests, which a polling client sends, share one object."""
        line = (method, path, query)
        if line != self._last_line or headers != self._last_headers:
            self._last_line, self._last_headers, self._last_head = line, headers, _cut_head(line, pack_headers(headers))
        return self._last_head

    def drop_oldest(self) -> None:
        """Drop the oldest exchange."""
        size = self._records.popleft()[-1]
        self.size -= size
        self.budget.used -= size

    def clear(self) -> None:
        """Drop all exchanges."""
        self._records.clear()
        self.budget.used -= self.size
        self.size = 0

    def reset(self) -> None:
        """Drop all exchanges and start again at number 1."""
        self.clear()
        self.last_number = 0
        self.epoch += 1

    def close(self) -> None:
        """Give the bytes back to the server. Requests that are not answered yet may still be appended, for nobody."""
        self.budget.leave(self)
        self.budget = JournalBudget()
        self.budget.join(self)
        self.reset()

    def newest_records(self) -> Iterator[tuple[int, JournalRecord]]:
        """Yield the numbers and the records of the exchanges, newest first."""
        for age, raw in enumerate(reversed(self._records)):
            yield self.last_number - age, JournalRecord(*raw)


def _cut_head(line: tuple[str, str, bytes], headers: bytes) -> RequestHead:
    method, path, query = line
    truncated = max(len(path), len(query), len(headers)) > MAX_PART_BYTES or len(method) > MAX_METHOD_LENGTH
    return (
        method[:MAX_METHOD_LENGTH],
        path[:MAX_PART_BYTES],
        query[:MAX_PART_BYTES],
        headers[:MAX_PART_BYTES],
        truncated,
    )


def pack_headers(headers: RawHeaders) -> bytes:
    """Join headers into one byte string."""
    return SEPARATOR.join(chain.from_iterable(headers))


def _unpack_headers(headers: bytes) -> RawHeaders:
    parts = headers.split(SEPARATOR)
    return list(zip(parts[::2], parts[1::2], strict=False))


def mask_sign_in_body(content: bytes, *, is_response: bool) -> bytes:
    """Mask the secrets in the body of a sign-in, before the body is stored. So the journal never contains them."""
    public_members = redaction.PUBLIC_RESPONSE_MEMBERS if is_response else redaction.PUBLIC_REQUEST_MEMBERS
    return redaction.mask_body(content, is_sign_in=True, public_members=public_members)


def resolve_record(record: JournalRecord, resolve_operation: OperationResolver) -> tuple[str | None, Mapping[str, str]]:
    """Return the operationId of a record's request, and the path's parameters. A path that was cut has neither."""
    method, path, *_, truncated = record.head
    return (None, {}) if truncated and len(path) == MAX_PART_BYTES else resolve_operation(method, path)


def to_exchange(
    number: int, record: JournalRecord, resolve_operation: OperationResolver, resolve_username: UsernameResolver
) -> Exchange:
    """Convert a record, and mask its secrets."""
    method, raw_path, raw_query, packed_headers, _ = record.head
    mask = redaction.mask_cut_text if record.truncated else redaction.mask_text
    operation, arguments = resolve_record(record, resolve_operation)
    query = redaction.mask_query(raw_query).decode("latin-1")
    body = (
        record.request_body if SIGN_IN_PATH in raw_path else redaction.mask_body(record.request_body, is_sign_in=False)
    )
    headers = _unpack_headers(packed_headers)
    return Exchange(
        number=number,
        at=record.at,
        method=method,
        path=mask_path(raw_path, mask),
        query=tuple((_mask_string(name, mask), _mask_string(value, mask)) for name, value in _parse_query(query)),
        operation=operation,
        arguments={name: _mask_string(value, mask) for name, value in arguments.items()},
        partner=record.partner or None,
        user=_resolve_user(headers, resolve_username),
        request_headers=_decode_headers(
            (name, _mask_request_header(name, value, mask)) for name, value in headers if name != HOST_HEADER
        ),
        request=_to_content(body, record.request_size),
        status=record.status,
        response_headers=_decode_headers(
            (name, _mask_response_header(name, value, mask)) for name, value in _unpack_headers(record.response_headers)
        ),
        response=_to_content(redaction.mask_text(record.response_body), record.response_size),
        fault=record.fault,
        delay_milliseconds=record.delay_milliseconds,
        host=next((value.decode("latin-1") for name, value in headers if name == HOST_HEADER), ""),
        truncated=record.truncated,
    )


def mask_path(raw_path: str, mask: TextMask) -> str:
    """Return the path as it was sent, or decoded and masked if it contains a token."""
    decoded = unquote(raw_path)
    masked = _mask_string(decoded, mask)
    return raw_path if masked == decoded else masked


def _parse_query(query: str) -> Pairs:
    return tuple(parse_qsl(query, keep_blank_values=True, errors="backslashreplace"))


def _mask_string(text: str, mask: TextMask) -> str:
    return mask(text.encode(errors="backslashreplace")).decode()


def _resolve_user(headers: RawHeaders, resolve_username: UsernameResolver) -> str | None:
    values = [value for name, value in headers if name == b"authorization"]
    scheme, _, token = values[0].decode("latin-1").partition(" ") if len(values) == 1 else ("", "", "")
    return resolve_username(token.strip()) if scheme.lower() == "bearer" else None


def _decode_headers(headers: Iterable[tuple[bytes, bytes]]) -> Pairs:
    return tuple((name.decode("latin-1"), value.decode(errors="backslashreplace")) for name, value in headers)


def _mask_request_header(name: bytes, value: bytes, mask: TextMask) -> bytes:
    if redaction.is_secret(name):
        return redaction.mask_header(name, value)
    return _mask_url(value, mask) if name == b"referer" else mask(value)


def _mask_response_header(name: bytes, value: bytes, mask: TextMask) -> bytes:
    return _mask_url(value, mask) if name == b"location" else value


def _mask_url(value: bytes, mask: TextMask) -> bytes:
    """Mask the secrets in the query of a `Location` or `Referer` URL."""
    path, mark, query = value.partition(b"?")
    return mask(path) + mark + mask(redaction.mask_query(query))


def _to_content(content: bytes, size: int) -> Content | None:
    if not size:
        return None
    truncated = size > MAX_BODY_BYTES
    is_json, value = (False, None) if truncated else _parse_json(content)
    return Content(_decode_text(content, is_complete=not truncated), size, truncated, is_json, value)


def _decode_text(content: bytes, *, is_complete: bool) -> str | None:
    """Decode UTF-8, ignoring an incomplete character at the end. Return None if the bytes are not text."""
    try:
        return getincrementaldecoder("utf-8")().decode(content, final=is_complete)
    except UnicodeDecodeError:
        return None


def _parse_json(content: bytes) -> tuple[bool, object]:
    """Parse JSON. Return whether the JSON is valid, and its value. Deep nesting and infinite numbers are not valid."""
    try:
        from_json(content, allow_inf_nan=False)
        return True, json.loads(content, parse_float=_parse_finite)
    except ValueError:
        return False, None


def _parse_finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number
