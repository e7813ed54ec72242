"""Writes all exchanges of a run to a file, without secrets, as one HAR entry a line.

Each process of a run writes its own file. `contracts/pytest_plugin/har_recording.py` joins them into a HAR file.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from contracts.spec.redactor import REDACTOR
from contracts.spec.transcript import MAX_TEXT_LENGTH, Exchange, Transcript
from contracts.target.clock import machine_seconds, machine_timestamp

HTTP_VERSION = "HTTP/1.1"
UNKNOWN_SIZE = -1
"""The value that HAR defines for an unknown size."""
SECRET_RESPONSE_HEADERS = {"set-cookie": "$COOKIE"}
CURRENT_TEST_VARIABLE = "PYTEST_CURRENT_TEST"
"""The environment variable in which pytest names the running test."""


class ExchangeLog:
    """The exchanges of one process. It follows a client by its event hooks; `add` records exchanges of other origin."""

    def __init__(self, file: Path) -> None:
        self._file, self._lines = file, file.open("w", encoding="utf-8", errors="backslashreplace")
        self._pending: dict[int, tuple[httpx2.Request, str, float]] = {}

    def follow(self, http: httpx2.Client) -> None:
        """Record all exchanges of this client from now on. Its other hooks stay."""
        hooks = http.event_hooks
        http.event_hooks = {
            "request": [*hooks["request"], self._begin],
            "response": [*hooks["response"], self._end],
        }

    def add(self, request: httpx2.Request, response: httpx2.Response | None, start: str, seconds: float) -> None:
        """Record one exchange. `start` is a timestamp; `response` is None if there was no response."""
        entry = build_entry(request, response, start, round(seconds * 1000, 3))
        self._lines.write(json.dumps(REDACTOR.hide_in(entry), ensure_ascii=False) + "\n")
        self._lines.flush()

    def close(self) -> None:
        """Record the requests that got no response, and close the file. Remove secrets that were learned later."""
        self._record_unanswered()
        self._lines.close()
        text = self._file.read_text(encoding="utf-8")
        self._file.write_text(REDACTOR.hide(text), encoding="utf-8")

    def _begin(self, request: httpx2.Request) -> None:
        self._record_unanswered()
        self._pending[id(request)] = (request, machine_timestamp(), machine_seconds())

    def _end(self, response: httpx2.Response) -> None:
        """Read and record the response. A body that cannot be decoded is recorded as empty."""
        request, start, began = self._pending.pop(id(response.request))
        try:
            response.read()
        except httpx2.HTTPError:
            empty = httpx2.Response(response.status_code, headers=_without_encoding(response.headers))
            self.add(request, empty, start, machine_seconds() - began)
            raise
        self.add(request, response, start, machine_seconds() - began)

    def _record_unanswered(self) -> None:
        """Record the requests before the present one that got no response. A process sends one request at a time."""
        for request, start, began in self._pending.values():
            self.add(request, None, start, machine_seconds() - began)
        self._pending.clear()


def build_entry(
    request: httpx2.Request, response: httpx2.Response | None, start: str, milliseconds: float
) -> dict[str, Any]:
    """Build the HAR entry of one exchange, without secrets."""
    transcript = Transcript()
    transcript.add(request, response)
    (exchange,) = transcript.exchanges()
    return {
        "startedDateTime": start,
        "time": milliseconds,
        "request": _build_request(request, exchange),
        "response": _build_response(response, exchange),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": _current_contract(),
    }


def _build_request(request: httpx2.Request, exchange: Exchange) -> dict[str, Any]:
    query = parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
    entry: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": _build_pairs(exchange.headers),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": UNKNOWN_SIZE,
        "bodySize": len(request.content),
    }
    if exchange.body is not None:
        media_type = request.headers.get("content-type", "")
        entry["postData"] = {"mimeType": media_type, "text": exchange.body} | _truncation_comment(exchange.body)
    return entry


def _build_response(response: httpx2.Response | None, exchange: Exchange) -> dict[str, Any]:
    """Build the response. The status is 0 if there was none, as browsers write it."""
    headers = {} if response is None else dict(response.headers)
    size = 0 if response is None else len(response.content)
    content = {"size": size, "mimeType": headers.get("content-type", ""), "text": exchange.answer}
    return {
        "status": exchange.status,
        "statusText": "" if response is None else response.reason_phrase,
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": _build_pairs({name: SECRET_RESPONSE_HEADERS.get(name, value) for name, value in headers.items()}),
        "content": content | _truncation_comment(exchange.answer),
        "redirectURL": headers.get("location", ""),
        "headersSize": UNKNOWN_SIZE,
        "bodySize": size,
    }


def _truncation_comment(text: str) -> dict[str, str]:
    return {"comment": "truncated: only the beginning was recorded"} if len(text) > MAX_TEXT_LENGTH else {}


def _build_pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _without_encoding(headers: httpx2.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "content-encoding"}


def _current_contract() -> str:
    """Return the name of the running contract; empty outside all contracts, as during the preflight."""
    return os.environ.get(CURRENT_TEST_VARIABLE, "").rpartition("/")[2].rpartition(" ")[0]
