"""A small HTTP client: one request, one answer; and what must be asked of our server before it is measured."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from bench.cases import CAMPAIGN_RESULTS, ROWS, Case

PREFIX = "/api/v3"
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
PLACEHOLDER = "none"
"""The token for servers that do not look at it."""


class NotAnswered(Exception):
    """There was no answer, or not one of status 2xx; the message says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's headers, in order, and its body."""

    headers: list[tuple[str, str]]
    body: bytes

    @property
    def content(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def ask(port: int, method: str, target: str, token: str = PLACEHOLDER, body: bytes | None = None) -> Answer:
    """Send one request. Raises NotAnswered."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": "application/json"} if body else {})
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        answer = Answer(response.getheaders(), response.read())
    except (OSError, HTTPException) as failure:
        raise NotAnswered(f"{type(failure).__name__}: {failure}") from failure
    finally:
        connection.close()
    if response.status not in (200, 201, 204):
        raise NotAnswered(f"{method} {target} answered {response.status}: {answer.body[:200].decode(errors='replace')}")
    return answer


def ask_case(port: int, case: Case, prefix: str, token: str) -> Answer:
    """Send a case's request. Raises NotAnswered."""
    return ask(port, case.method, prefix + case.target, token, case.body)


def sign_in(port: int) -> str:
    """An access token of our server. Raises NotAnswered."""
    return str(ask(port, "POST", f"{PREFIX}/auth", body=CREDENTIALS).content["AccessToken"])


def sign_in_and_read(port: int) -> str:
    """An access token of our server, after the first data GET with it. Raises NotAnswered."""
    token = sign_in(port)
    ask_case(port, CAMPAIGN_RESULTS, PREFIX, token)
    return token


def have_three_rows(port: int, token: str) -> None:
    """Add or delete campaign results until the case's event has as many as the case says. Raises NotAnswered."""
    rows = ask_case(port, CAMPAIGN_RESULTS, PREFIX, token).content
    path = f"{PREFIX}/campaign_results/"
    for row in rows[ROWS:]:
        ask(port, "DELETE", f"{path}?id={row['id']}", token)
    for number in range(len(rows), ROWS):
        ask(port, "POST", f"{path}?{CAMPAIGN_RESULTS.query}&purchase={number + 1}&revenue=540.5", token)
    rows = ask_case(port, CAMPAIGN_RESULTS, PREFIX, token).content
    if len(rows) != ROWS:
        raise NotAnswered(f"the event has {len(rows)} campaign results, not {ROWS}")
