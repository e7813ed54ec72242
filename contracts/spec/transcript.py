"""Records the requests and responses of a contract, and reports them as curl commands without secrets."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx2

from contracts.spec.redactor import CONTROL_TOKEN, PASSWORD, REDACTOR, TOKEN

SECRET_FIELDS = {
    "password": PASSWORD,
    "new_password": "$NEW_PASSWORD",
    "token": "$REFRESH_TOKEN",
    "mfa_token": "$MFA_TOKEN",
    "Session": "$SESSION",
    "AccessToken": TOKEN,
    "IdToken": "$ID_TOKEN",
    "RefreshToken": "$REFRESH_TOKEN",
}
"""The placeholder that replaces the value of each secret field."""
SECRET_HEADERS = {"authorization": f"Bearer {TOKEN}", "x-mock-control-token": CONTROL_TOKEN}
PLACEHOLDERS = frozenset({*SECRET_FIELDS.values(), CONTROL_TOKEN})
OMITTED_HEADERS = frozenset({"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"})
MAX_TEXT_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, without secrets. `status` is 0 if there was no response."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    status: int
    answer: str

    def to_curl(self) -> str:
        """Format the request as a shell command, with the status of its response in a comment."""
        parts = ["curl -sS"]
        if self.method != "GET":
            parts.append(f"-X {self.method}")
        parts.append(shlex.quote(self.url))
        parts += [f"-H {_quote_expanding(f'{name}: {value}')}" for name, value in self.headers.items()]
        if self.body is not None:
            parts.append(f"--data-binary {_quote_expanding(self.body)}")
        return f"{' '.join(parts)}  # -> {self.status or 'no response'}"

    def to_json(self) -> dict[str, Any]:
        """Return the exchange in the form in which a reproducer file contains it."""
        return asdict(self)


@dataclass
class RequestCounter:
    """Counts the requests of a run."""

    count: int = 0


class Transcript:
    """The exchanges of one contract, in order. `counter` counts the requests of the whole run.

    Secrets are replaced only when exchanges are read, because most transcripts are never reported.
    """

    def __init__(self, counter: "RequestCounter | None" = None) -> None:
        self._exchanges: list[tuple[httpx2.Request, httpx2.Response | None]] = []
        self._setup_length = 0
        self._counter = counter or RequestCounter()

    def add(self, request: httpx2.Request, response: httpx2.Response | None) -> None:
        """Record one exchange. `response` is None if there was no response."""
        self._counter.count += 1
        if response is not None:
            REDACTOR.learn_from_exchange(request, response)
        self._exchanges.append((request, response))

    def mark_setup(self) -> None:
        """Mark all present exchanges as setup, which `rewind_to_setup` keeps."""
        self._setup_length = len(self._exchanges)

    def rewind_to_setup(self) -> None:
        """Remove the exchanges after the setup, before another example is tried."""
        del self._exchanges[self._setup_length :]

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges without secrets: the setup, then the last example."""
        return [_redact_exchange(request, response) for request, response in self._exchanges]

    def without_reads(self) -> "Transcript":
        """Return a copy without GET requests, except the last exchange, which is always kept."""
        shorter = Transcript(self._counter)
        shorter._exchanges = [each for each in self._exchanges[:-1] if each[0].method != "GET"] + self._exchanges[-1:]
        return shorter


def _redact_exchange(request: httpx2.Request, response: httpx2.Response | None) -> Exchange:
    headers = {
        name: SECRET_HEADERS.get(name) or REDACTOR.hide(value)
        for name, value in request.headers.items()
        if name not in OMITTED_HEADERS
    }
    return Exchange(
        request.method,
        REDACTOR.hide(str(request.url)),
        headers,
        redact(request.content) if request.content else None,
        response.status_code if response is not None else 0,
        redact(response.content, is_answer=True) if response is not None else "",
    )


def redact(content: bytes, *, is_answer: bool = False) -> str:
    """Convert a body to text. Secrets are replaced, and the text is truncated to 4,000 characters.

    In a request, a secret field is replaced only if it is a string, because other values are invalid and no secrets. In
    an answer, whatever it contains is replaced.
    """
    try:
        text = json.dumps(_replace_secrets(json.loads(content), is_answer=is_answer), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = content.decode("utf-8", "backslashreplace")
    text = REDACTOR.hide(text)
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…"


def _replace_secrets(value: Any, *, is_answer: bool) -> Any:
    if isinstance(value, dict):
        return {
            key: SECRET_FIELDS[key]
            if key in SECRET_FIELDS and (isinstance(entry, str) or (is_answer and entry))
            else _replace_secrets(entry, is_answer=is_answer)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_replace_secrets(entry, is_answer=is_answer) for entry in value]
    return value


def _quote_expanding(text: str) -> str:
    """Quote a shell word so that the shell expands only placeholders such as `$TOKEN`."""
    if not any(secret in text for secret in PLACEHOLDERS):
        return shlex.quote(text)
    escaped = re.sub(r'([\\"`$])', r"\\\1", text)
    for secret in PLACEHOLDERS:
        escaped = escaped.replace(f"\\{secret}", secret)
    return f'"{escaped}"'
