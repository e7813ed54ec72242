"""A small HTTP client, and the requests that prepare our server for the measurement."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from bench.cases import CAMPAIGN_RESULTS, ROW_COUNT, Case

PREFIX = "/api/v3"
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
NO_TOKEN = "none"
"""The token for servers that ignore it."""


class RequestFailedError(Exception):
    """There was no response, or its status was not 2xx; the message says which."""


@dataclass(frozen=True, slots=True)
class Response:
    """The headers of a response, in order, and its body."""

    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed as JSON."""
        return json.loads(self.body)


def send(port: int, method: str, target: str, token: str = NO_TOKEN, body: bytes | None = None) -> Response:
    """Send one request and return the response. Raises RequestFailedError."""
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
    """Send the request of a case and return the response. Raises RequestFailedError."""
    return send(port, case.method, prefix + case.target, token, case.body)


def sign_in(port: int) -> str:
    """Sign in to our server and return an access token. Raises RequestFailedError."""
    return str(send(port, "POST", f"{PREFIX}/auth", body=CREDENTIALS).json["AccessToken"])


def sign_in_and_read(port: int) -> str:
    """Sign in to our server, read data once, and return the access token. Raises RequestFailedError."""
    token = sign_in(port)
    send_case(port, CAMPAIGN_RESULTS, PREFIX, token)
    return token


def ensure_row_count(port: int, token: str) -> None:
    """Add or delete campaign results until there are `ROW_COUNT` for the event of the case.

    Raises RequestFailedError.
    """
    rows = send_case(port, CAMPAIGN_RESULTS, PREFIX, token).json
    path = f"{PREFIX}/campaign_results/"
    for row in rows[ROW_COUNT:]:
        send(port, "DELETE", f"{path}?id={row['id']}", token)
    for number in range(len(rows), ROW_COUNT):
        send(port, "POST", f"{path}?{CAMPAIGN_RESULTS.query}&purchase={number + 1}&revenue=540.5", token)
    rows = send_case(port, CAMPAIGN_RESULTS, PREFIX, token).json
    if len(rows) != ROW_COUNT:
        raise RequestFailedError(f"the event has {len(rows)} campaign results instead of {ROW_COUNT}")
