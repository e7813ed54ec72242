"""Writes requests and reads heads of responses, both only of the usual form. See `contracts/target/loopback.py`."""

import re
from dataclasses import dataclass
from functools import lru_cache

import httpx2

from contracts.target.target import is_loopback_url

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
VALUE = rb"(?:[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)?"
USUAL_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
USUAL_TARGET = re.compile(rb"[\x21-\x7e]+")
USUAL_HEADERS = re.compile(rb"(?:%b: %b\r\n)+" % (TOKEN, VALUE))
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) ([\t\x20-\x7e]*)\r\n")
HEADER_LINE = re.compile(rb"(%b):[ \t]*(%b)[ \t]*\r\n" % (TOKEN, VALUE))
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"[0-9]{1,15}")
FRAMING_HEADERS = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"trailer", b"te"})
"""Headers that make a message unusual."""
STATUSES_WITHOUT_BODY = frozenset({204, 304})
RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of a usual response. `length` is the length of its body in bytes."""

    status: int
    reason: bytes
    headers: RawHeaders
    length: int
    keeps_connection: bool


def encode_request(request: httpx2.Request) -> bytes | None:
    """Return the bytes of a usual request to plain HTTP on loopback, as httpx2 sends it. None for any other request."""
    url, raw_headers, content = request.url, request.headers.raw, request.read()
    if url.scheme != "http" or url.userinfo or not is_loopback_host(url.host) or request.method not in USUAL_METHODS:
        return None
    fields = {name.lower(): (name, value) for name, value in raw_headers}
    host = fields.pop(b"host", None)
    length = fields.get(b"content-length", (b"", b"0"))[1]
    if host is None or len(fields) + 1 != len(raw_headers) or length != b"%d" % len(content):
        return None
    head = b"".join([b"%b: %b\r\n" % pair for pair in (host, *fields.values())])
    target = url.raw_path
    if not (USUAL_HEADERS.fullmatch(head) and USUAL_TARGET.fullmatch(target) and FRAMING_HEADERS.isdisjoint(fields)):
        return None
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (request.method.encode(), target, head, content)


def parse_head(head: bytes) -> ResponseHead | None:
    """Parse the head of a usual response, including the empty line at its end. Return None for any other response."""
    status_line = STATUS_LINE.match(head)
    if status_line is None:
        return None
    lines = head[status_line.end() : -2]
    headers = HEADER_LINE.findall(lines)
    names = [name.lower() for name, _ in headers]
    if len(names) != lines.count(b"\n") or not FRAMING_HEADERS.isdisjoint(names):
        return None
    status, fields = int(status_line[1]), dict(zip(names, (value for _, value in headers), strict=True))
    connection = fields.get(b"connection", b"keep-alive").lower()
    length = fields.get(b"content-length", b"0" if status in STATUSES_WITHOUT_BODY else b"")
    if not LENGTH.fullmatch(length) or connection not in (b"keep-alive", b"close"):
        return None
    if names.count(b"content-length") > 1 or names.count(b"connection") > 1:
        return None
    body_length = 0 if status in STATUSES_WITHOUT_BODY else int(length)
    return ResponseHead(status, status_line[2], headers, body_length, connection == b"keep-alive")


@lru_cache
def is_loopback_host(host: str) -> bool:
    """Return whether this is a name or an address of this machine."""
    return is_loopback_url(f"//[{host}]" if ":" in host else f"//{host}")
