"""The journal as a HAR 1.2 document, which browsers' developer tools and proxies can open."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from mock_server import __version__
from mock_server.control.journal.encoding import add_array
from mock_server.domain.exchanges import Content, Exchange, Pairs
from mock_server.http.fields import format_timestamp

HTTP_VERSION = "HTTP/1.1"
TRUNCATED = "truncated: only the beginning was recorded"
UNKNOWN_SIZE = -1
"""The value that HAR defines for an unknown size."""


def encode_document(entries: Sequence[bytes]) -> list[bytes]:
    """Return the document as JSON. `entries` is the encoded array of entries."""
    log = {"version": "1.2", "creator": {"name": "Wavetank", "version": __version__}}
    return [b'{"log":', *add_array(log, "entries", entries), b"}"]


def entry_object(exchange: Exchange, prefix: str) -> dict[str, Any]:
    """Return the entry of an exchange. `prefix` is the prefix of the workspace's paths.

    Timestamps are from the workspace's clock.
    """
    delay = exchange.delay_milliseconds
    operation = f"{exchange.number} {exchange.operation or 'no operation'}"
    return {
        "startedDateTime": format_timestamp(exchange.at),
        "time": delay,
        "request": _request_object(exchange, prefix),
        "response": _response_object(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": delay, "receive": 0},
        "comment": f"{operation}; {TRUNCATED}" if exchange.truncated else operation,
    }


def _request_object(exchange: Exchange, prefix: str) -> dict[str, Any]:
    query = f"?{urlencode(exchange.query)}" if exchange.query else ""
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": f"http://{exchange.host}{prefix}{exchange.path}{query}",
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": _name_value_objects(exchange.request_headers),
        "queryString": _name_value_objects(exchange.query),
        "headersSize": UNKNOWN_SIZE,
        "bodySize": exchange.request.size if exchange.request else 0,
    }
    if exchange.request is not None:
        kind = exchange.header("content-type") or ""
        request["postData"] = {"mimeType": kind, "text": exchange.request.text or ""} | _truncation_comment(
            exchange.request
        )
    return request


def _response_object(exchange: Exchange) -> dict[str, Any]:
    headers = dict(exchange.response_headers)
    content: dict[str, Any] = {"size": 0, "mimeType": headers.get("content-type", "")}
    if exchange.response is not None:
        text = {} if exchange.response.text is None else {"text": exchange.response.text}
        content |= {"size": exchange.response.size, **text} | _truncation_comment(exchange.response)
    return {
        "status": exchange.status or 0,
        "statusText": "",
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": _name_value_objects(exchange.response_headers),
        "content": content,
        "redirectURL": headers.get("location", ""),
        "headersSize": UNKNOWN_SIZE,
        "bodySize": content["size"],
    }


def _truncation_comment(content: Content) -> dict[str, str]:
    return {"comment": TRUNCATED} if content.truncated else {}


def _name_value_objects(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
