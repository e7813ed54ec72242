"""Asking a running server, on behalf of a command."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE = 30
"""Seconds."""
NO_MESSAGE = "no message"


class NoAnswer(Exception):
    """Nobody answers there as a server does; the message says how that showed."""


class RefusedThere(Exception):
    """The server refuses; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def ask(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    """What the server answers, None where its answer is empty. Raises NoAnswer, RefusedThere."""
    if not url.startswith(("http://", "https://")):
        raise NoAnswer(f"not an http address: {url}")
    content = None if body is None else json.dumps(body).encode()
    kind = {} if content is None else {"content-type": "application/json"}
    try:
        request = Request(url, content, {**kind, **(headers or {})}, method=method)  # noqa: S310 - http, checked above
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - http, checked above
            text = answer.read()
        return json.loads(text) if text else None
    except HTTPError as refusal:
        raise RefusedThere(refusal.code, _message(refusal.read())) from refusal
    except (OSError, ValueError, HTTPException) as failure:
        raise NoAnswer(str(failure)) from failure


def why(told: Any) -> str:
    """What an error body says, in one line."""
    try:
        whys = [entry["message"] for entry in told["validation_errors"]]
        return ": ".join([str(told["message"]), "; ".join(whys)] if whys else [str(told["message"])])
    except (KeyError, TypeError):
        return NO_MESSAGE


def _message(body: bytes) -> str:
    try:
        return why(json.loads(body))
    except ValueError:
        return NO_MESSAGE
