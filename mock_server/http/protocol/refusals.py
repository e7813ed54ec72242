"""The error for a request that an HTTP parser refuses, and the known parts of such a request."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from mock_server.domain.errors import (
    HeadersTooLargeError,
    MalformedRequestError,
    PlatformError,
    Problem,
    UrlTooLongError,
)

MAX_HEAD_BYTES = 64 * 1024
"""Bytes of a request line and its headers together."""
METHOD = re.compile(rb"[A-Z]{1,32}")
PROTOCOL_VERSION = re.compile(rb" [A-Z]+/[\d.]*$")
FIELDS_BY_WORD = {
    "url": "url",
    "request line": "request",
    "content-length": "content-length",
    "transfer-encoding": "transfer-encoding",
    "chunk": "body",
    "host:": "host",
    "header": "headers",
}
"""The field that a parser's reason concerns, by the first of these words that the reason contains."""
HINTS_BY_START = {
    b"\x16\x03": "this is a TLS handshake, but the server speaks plain HTTP: use http:// instead of https://",
    b"PRI ": "this is HTTP/2, but the server speaks HTTP/1.1",
    b"CONNECT ": "the server is not a proxy: send requests to the server itself",
}


class RequestHead(NamedTuple):
    """A request line and headers, as far as they are known. The target is the URL as it was sent."""

    method: bytes = b""
    target: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def size(self) -> int:
        """The number of bytes of the head as it was sent."""
        request_line = len(self.method) + len(self.target) + len("  HTTP/1.1\r\n")
        return request_line + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """Why a parser refuses a request, the received bytes with the reason, and the known parts of the request's head."""

    reason: str
    received: bytes
    head: RequestHead
    in_body: bool


def read_request_line(received: bytes) -> RequestHead:
    """The request line, valid or not, at the beginning of the bytes; an empty head if there is none."""
    line = received.lstrip(b"\r\n").partition(b"\n")[0].removesuffix(b"\r")
    method, _, rest = line.partition(b" ")
    return RequestHead(method, PROTOCOL_VERSION.sub(b"", rest)) if METHOD.fullmatch(method) else RequestHead()


def build_size_error(target_size: int, head_size: int) -> PlatformError:
    """The error for a head that is too large: 414 if most of it is the URL, otherwise 431. Sizes are in bytes."""
    limit = f"at most {MAX_HEAD_BYTES} bytes"
    if target_size > head_size // 2:
        return UrlTooLongError(
            Problem("length", "url", f"the URL is too long: URL and headers together may be {limit} long")
        )
    return HeadersTooLargeError(Problem("length", "headers", f"the URL and the headers together may be {limit} long"))


def build_parse_error(failure: ParseFailure) -> PlatformError:
    """The error for a request that is not valid HTTP, with a hint if one helps."""
    words = failure.reason.lower()
    field = next((field for word, field in FIELDS_BY_WORD.items() if word in words), "request")
    hint = None
    if not failure.in_body:
        character = _find_unencoded_character(failure.head.target)
        hint = next((hint for start, hint in HINTS_BY_START.items() if failure.received.startswith(start)), None)
        if character is not None:
            field, hint = "url", f"URL-encode the URL as UTF-8: {character!r} is {quote(character)}"
    problem = Problem("invalid", field, f"the request is not valid HTTP: {failure.reason}")
    return (
        MalformedRequestError(problem) if hint is None else MalformedRequestError(problem, Problem("hint", field, hint))
    )


def _find_unencoded_character(target: bytes) -> str | None:
    """The first character of a URL that must be URL-encoded."""
    try:
        text = target.decode()
    except UnicodeDecodeError:
        text = target.decode("latin-1")
    return next((character for character in text if not "!" <= character <= "~"), None)
