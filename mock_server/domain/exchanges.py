"""An exchange: one request and its answer, as the journal tells of it, with nothing secret in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str], ...]
PARTNER_HEADER_LOWER = "x-preferred-partner-id"


@dataclass(frozen=True, slots=True)
class Content:
    """A body. `value` is what its JSON says, where `is_json`; `size` is in bytes, of the whole.

    `text` is what was kept of it, the beginning alone where it is `truncated`, and None where it is no text.
    """

    text: str | None
    size: int
    truncated: bool
    is_json: bool
    value: object


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer.

    `path` is within the workspace and as it was sent; `operation` and `arguments` are what method and path mean,
    None and empty where they mean nothing. `partner` is what the request was scoped to, `user` whose token it bore,
    expired or not. `status` is None where no answer left. `fault` names the rules of the faults that struck it, and
    `delay` is how many milliseconds they had the answer wait. `host` is where the client found the server: it is no
    header here, so that runs on different ports read the same.
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

    def header(self, name: str) -> str | None:
        """The first request header of that name, in lower case."""
        return next((value for key, value in self.request_headers if key == name), None)

    def parameter(self, name: str) -> str | None:
        """The first value of a parameter of path or query."""
        return self.arguments.get(name) or next((value for key, value in self.query if key == name), None)

    @property
    def request_json(self) -> object:
        """What the request's JSON says."""
        return None if self.request is None else self.request.value

    @property
    def response_json(self) -> object:
        """What the answer's JSON says."""
        return None if self.response is None else self.response.value

    @property
    def request_id(self) -> str:
        """The answer's `x-request-id`; empty where no answer left. Rule: BASE-06."""
        return next((value for key, value in self.response_headers if key == "x-request-id"), "")

    @property
    def refusal_key(self) -> str | None:
        """The message key of a refusal. Rule: ERR-01."""
        if self.status is None or self.status < 400 or not isinstance(self.response_json, dict):
            return None
        return str(self.response_json.get("message"))
