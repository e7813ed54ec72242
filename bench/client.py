"""A small HTTP client: one request, one answer; and what must be asked of our server before it is measured."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from bench.cases import CAMPAIGN_RESULTS, ROW_COUNT, Case

PREFIX = "/api/v3"
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
NO_TOKEN = "none"
"""The token for servers that do not look at it."""


class RequestFailedError(Exception):
    """There was no answer, or not one of status 2xx; the message says which."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer's headers, in order, and its body."""

    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def send(port: int, method: str, target: str, token: str = NO_TOKEN, body: bytes | None = None) -> Response:
    """Send one request. Raises RequestFailedError."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": "application/json"} if body else {})
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        result = Response(response.getheaders(), response.read())
    except (OSError, HTTPException) as failure:
        raise RequestFailedError(f"{type(failure).__name__}: {failure}") from failure
    finally:
        connection.close()
    if response.status not in (200, 201, 204):
        raise RequestFailedError(
            f"{method} {target} answered {response.status}: {result.body[:200].decode(errors='replace')}"
        )
    return result


def send_case(port: int, case: Case, prefix: str, token: str) -> Response:
    """Send a case's request. Raises RequestFailedError."""
    return send(port, case.method, prefix + case.target, token, case.body)


def sign_in(port: int) -> str:
    """An access token of our server. Raises RequestFailedError."""
    return str(send(port, "POST", f"{PREFIX}/auth", body=CREDENTIALS).json["AccessToken"])


def sign_in_and_read(port: int) -> str:
    """An access token of our server, after the first data GET with it. Raises RequestFailedError."""
    token = sign_in(port)
    send_case(port, CAMPAIGN_RESULTS, PREFIX, token)
    return token


def ensure_row_count(port: int, token: str) -> None:
    """Add or delete campaign results until the case's event has as many as the case says. Raises RequestFailedError."""
    rows = send_case(port, CAMPAIGN_RESULTS, PREFIX, token).json
    path = f"{PREFIX}/campaign_results/"
    for row in rows[ROW_COUNT:]:
        send(port, "DELETE", f"{path}?id={row['id']}", token)
    for number in range(len(rows), ROW_COUNT):
        send(port, "POST", f"{path}?{CAMPAIGN_RESULTS.query}&purchase={number + 1}&revenue=540.5", token)
    rows = send_case(port, CAMPAIGN_RESULTS, PREFIX, token).json
    if len(rows) != ROW_COUNT:
        raise RequestFailedError(f"the event has {len(rows)} campaign results, not {ROW_COUNT}")
