"""Exchanges. An exchange is a request and its response, without secrets, as the journal reports them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mock_server.domain import tracing

Pairs: TypeAlias = tuple[tuple[str, str], ...]
PARTNER_HEADER_LOWER = "x-preferred-partner-id"
CONSOLE_HEADER = "x-mock-console"
"""Marks the console's own requests: fault rules, verifications and client checks are about those of clients."""


@dataclass(frozen=True, slots=True)
class Content:
    """A body. If `is_json`, `value` is the parsed JSON. `size` is the size of the whole body in bytes.

    `text` is the recorded text, or only its beginning if `truncated`. `text` is None if the body is not text.
    """

    text: str | None
    size: int
    truncated: bool
    is_json: bool
    value: object


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response.

    `path` is the path within the workspace, as it was sent. `operation` is the operationId, None for an unknown path,
    and `arguments` are the path's parameters. `partner` is the partner that the request was scoped to. `user` is the
    user of the token, even of an expired one. `status` is None if no response was sent. `fault` names the fault rules
    that were applied, and `delay_milliseconds` is the latency that they added. `host` is kept apart from the headers,
    so that runs on different ports compare equal. `truncated` says whether only the beginning of the path, of the query
    or of the headers was recorded.
    """

    number: int
    at: datetime
    method: str
    path: str
    query: Pairs
    operation: str | None
    arguments: Mapping[str, str]
    partner: str | None
    user: str | None
    request_headers: Pairs
    request: Content | None
    status: int | None
    response_headers: Pairs
    response: Content | None
    fault: str | None
    delay_milliseconds: int
    host: str = ""
    truncated: bool = False

    def header(self, name: str) -> str | None:
        """Return the first request header with the name, which is in lower case."""
        return next((value for key, value in self.request_headers if key == name), None)

    @property
    def is_from_console(self) -> bool:
        """Return whether the console sent the request, for its own pages."""
        return self.header(CONSOLE_HEADER) is not None

    def parameter(self, name: str) -> str | None:
        """Return the first value of a path or query parameter."""
        return self.arguments.get(name) or next((value for key, value in self.query if key == name), None)

    @property
    def request_json(self) -> object:
        """Return the parsed JSON of the request."""
        return None if self.request is None else self.request.value

    @property
    def response_json(self) -> object:
        """Return the parsed JSON of the response."""
        return None if self.response is None else self.response.value

    @property
    def request_id(self) -> str:
        """Return the response's `x-request-id`, empty if no response was sent. See: BASE-06."""
        return next((value for key, value in self.response_headers if key == "x-request-id"), "")

    @property
    def trace_id(self) -> str | None:
        """Return the id of the trace to which the request belongs, None if it names none."""
        return tracing.find_trace_id(self.request_headers)

    @property
    def refusal_key(self) -> str | None:
        """Return the message key if the request was refused. See: ERR-01."""
        if self.status is None or self.status < 400 or not isinstance(self.response_json, dict):
            return None
        return str(self.response_json.get("message"))
