"""Converts the records of the journal to exchanges without secrets, and removes secrets from records and bodies."""

import json
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlencode

from pydantic_core import from_json

from mock_server.domain import redaction
from mock_server.domain.exchanges import CONSOLE_HEADER, Content, Exchange, Pairs
from mock_server.state.request_journal import (
    MAX_BODY_BYTES,
    MAX_PART_BYTES,
    SEPARATOR,
    SIGN_IN_PATH,
    JournalRecord,
    RawHeaders,
    pack_headers,
)

HOST_HEADER = b"host"
"""The Host header. It is stored separately, because it contains the port, which differs between runs."""
CONSOLE_NAME = CONSOLE_HEADER.encode()
OperationResolver: TypeAlias = Callable[[str, str], tuple[str | None, Mapping[str, str]]]
"""Returns the operationId of a method and a path, and the path's parameters."""
TextMask: TypeAlias = Callable[[bytes], bytes]
UsernameResolver: TypeAlias = Callable[[str], str | None]
"""Returns the username of an access token."""


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
    body = (
        record.request_body if SIGN_IN_PATH in raw_path else redaction.mask_body(record.request_body, is_sign_in=False)
    )
    headers = _unpack_headers(packed_headers)
    return Exchange(
        number=number,
        at=record.at,
        method=method,
        path=mask_path(raw_path, mask),
        query=_mask_pairs(raw_query, mask),
        operation=operation,
        arguments={name: _mask_string(value, mask) for name, value in arguments.items()},
        partner=record.partner or None,
        user=record.user or _resolve_user(headers, resolve_username),
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


def mask_target(record: JournalRecord) -> tuple[str, str]:
    """Return the path and the query of a record's request without secrets."""
    _, raw_path, raw_query, _, _ = record.head
    mask = redaction.mask_cut_text if record.truncated else redaction.mask_text
    return mask_path(raw_path, mask), mask(redaction.mask_query(raw_query)).decode("latin-1")


def is_from_console(record: JournalRecord) -> bool:
    """Return whether the console sent the request, for its own pages."""
    return CONSOLE_NAME in record.head[3] and CONSOLE_NAME in record.head[3].split(SEPARATOR)[::2]


def find_user(record: JournalRecord, resolve_username: UsernameResolver) -> str | None:
    """Return the user whose token a record's request had, or None."""
    return record.user or _resolve_user(_unpack_headers(record.head[3]), resolve_username)


def mask_record(record: JournalRecord, resolve_username: UsernameResolver) -> JournalRecord:
    """Return the record without secrets, as it can be stored on a disk. Converting it gives the same exchange."""
    method, raw_path, raw_query, packed_headers, is_cut = record.head
    mask = redaction.mask_cut_text if record.truncated else redaction.mask_text
    headers, body = _unpack_headers(packed_headers), record.request_body
    sent = pack_headers([(name, _mask_request_header(name, value, mask)) for name, value in headers])
    received = _unpack_headers(record.response_headers)
    answered = [(name, _mask_response_header(name, value, mask)) for name, value in received]
    pairs = _mask_pairs(raw_query, mask)
    return record._replace(
        head=(method, mask_path(raw_path, mask), urlencode(pairs).encode(), sent, is_cut),
        request_body=body if SIGN_IN_PATH in raw_path else redaction.mask_body(body, is_sign_in=False),
        response_headers=pack_headers(answered),
        response_body=redaction.mask_text(record.response_body),
        user=record.user or _resolve_user(headers, resolve_username),
    )


def mask_path(raw_path: str, mask: TextMask) -> str:
    """Return the path as it was sent, or decoded and masked if it contains a token."""
    decoded = unquote(raw_path)
    masked = _mask_string(decoded, mask)
    return raw_path if masked == decoded else masked


def _mask_pairs(raw_query: bytes, mask: TextMask) -> Pairs:
    query = redaction.mask_query(raw_query).decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True, errors="backslashreplace")
    return tuple((_mask_string(name, mask), _mask_string(value, mask)) for name, value in pairs)


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
