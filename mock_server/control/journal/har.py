"""The journal as a HAR document, version 1.2, which browsers' developer tools and proxies open."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from mock_server import __version__
from mock_server.domain.exchanges import Content, Exchange, Pairs
from mock_server.http.fields import instant_text

HTTP = "HTTP/1.1"
NOT_KNOWN = -1
"""What HAR writes for a size that was not measured."""


def document(exchanges: Iterable[Exchange], prefix: str) -> dict[str, Any]:
    """The exchanges, oldest first; `prefix` is what the workspace's paths begin with. Instants are its clock's."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "Wavetank", "version": __version__},
            "entries": [_entry(exchange, prefix) for exchange in exchanges],
        }
    }


def _entry(exchange: Exchange, prefix: str) -> dict[str, Any]:
    waited = exchange.delay
    return {
        "startedDateTime": instant_text(exchange.at),
        "time": waited,
        "request": _request(exchange, prefix),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": waited, "receive": 0},
        "comment": f"{exchange.number} {exchange.operation or 'no operation'}",
    }


def _request(exchange: Exchange, prefix: str) -> dict[str, Any]:
    query = f"?{urlencode(exchange.query)}" if exchange.query else ""
    told: dict[str, Any] = {
        "method": exchange.method,
        "url": f"http://{exchange.host}{prefix}{exchange.path}{query}",
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _pairs(exchange.request_headers),
        "queryString": _pairs(exchange.query),
        "headersSize": NOT_KNOWN,
        "bodySize": exchange.request.size if exchange.request else 0,
    }
    if exchange.request is not None:
        kind = exchange.header("content-type") or ""
        told["postData"] = {"mimeType": kind, "text": exchange.request.text or ""} | _comment(exchange.request)
    return told


def _response(exchange: Exchange) -> dict[str, Any]:
    headers = dict(exchange.response_headers)
    content: dict[str, Any] = {"size": 0, "mimeType": headers.get("content-type", "")}
    if exchange.response is not None:
        text = {} if exchange.response.text is None else {"text": exchange.response.text}
        content |= {"size": exchange.response.size, **text} | _comment(exchange.response)
    return {
        "status": exchange.status or 0,
        "statusText": "",
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _pairs(exchange.response_headers),
        "content": content,
        "redirectURL": headers.get("location", ""),
        "headersSize": NOT_KNOWN,
        "bodySize": content["size"],
    }


def _comment(content: Content) -> dict[str, str]:
    return {"comment": "the beginning alone was kept"} if content.truncated else {}


def _pairs(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
