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
    RequestTimeoutError,
    ServerBusyError,
    UrlTooLongError,
)

MAX_HEADERS = 100
"""How many headers a request may have."""
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
    def line_size(self) -> int:
        """The number of bytes of the request line as it was sent."""
        return len(self.method) + len(self.target) + len("  HTTP/1.1\r\n")

    @property
    def size(self) -> int:
        """The number of bytes of the head as it was sent."""
        return self.line_size + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)


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


def find_excess(head: RequestHead, limit: int, received: int = 0) -> PlatformError | None:
    """Return the error for a head that is too large: 414 if the request line alone is, otherwise 431.

    `limit` is in bytes. `received` is the number of received bytes of a head that is not complete.
    """
    if head.line_size > limit:
        return UrlTooLongError(
            Problem("length", "url", f"the URL is too long: URL and headers together may be at most {limit} bytes long")
        )
    if max(head.size, received) > limit:
        return build_size_error(limit)
    if len(head.headers) > MAX_HEADERS:
        return HeadersTooLargeError(Problem("length", "headers", f"at most {MAX_HEADERS} headers may be sent"))
    return None


def build_size_error(limit: int) -> PlatformError:
    """The error for a request line and headers that are too large together."""
    return HeadersTooLargeError(
        Problem("length", "headers", f"the URL and the headers together may be at most {limit} bytes long")
    )


def build_framing_error(limit: int) -> PlatformError:
    """The error for a chunked body with too many bytes that are not part of the body."""
    message = f"chunk extensions and trailers may be at most {limit} bytes long"
    return HeadersTooLargeError(Problem("length", "body", message))


def build_timeout_error(field: str) -> PlatformError:
    """The error for a request of which the client has sent only a part in time."""
    return RequestTimeoutError(Problem("timeout", field, "the request was not sent completely in time; send it again"))


def build_busy_error(limit: int) -> PlatformError:
    """The error for a connection in excess of the limit."""
    message = f"all {limit} connections are in use; try again later, or start the server with --max-connections"
    return ServerBusyError(Problem("limit", "connection", message))


def build_stopping_error() -> PlatformError:
    """The error for a request that the server cannot finish, because it is stopping."""
    return ServerBusyError(Problem("limit", "server", "the server is stopping"))


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
