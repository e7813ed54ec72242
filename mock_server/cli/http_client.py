"""Asking a running server, on behalf of a command."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 30
"""Seconds."""
NO_MESSAGE = "no message"


class ServerUnreachableError(Exception):
    """Nobody answers there as a server does; the message says how that showed."""


class ServerRefusedError(Exception):
    """The server refuses; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def send_request(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    """What the server answers, None where its answer is empty. Raises ServerUnreachableError, ServerRefusedError."""
    if not url.startswith(("http://", "https://")):
        raise ServerUnreachableError(f"not an http address: {url}")
    content = None if body is None else json.dumps(body).encode()
    content_type = {} if content is None else {"content-type": "application/json"}
    try:
        request = Request(url, content, {**content_type, **(headers or {})}, method=method)  # noqa: S310 - http, checked above
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - http, checked above
            text = answer.read()
        return json.loads(text) if text else None
    except HTTPError as error:
        raise ServerRefusedError(error.code, _read_error_message(error.read())) from error
    except (OSError, ValueError, HTTPException) as error:
        raise ServerUnreachableError(str(error)) from error


def format_error_body(body: Any) -> str:
    """What an error body says, in one line."""
    try:
        messages = [entry["message"] for entry in body["validation_errors"]]
        return ": ".join([str(body["message"]), "; ".join(messages)] if messages else [str(body["message"])])
    except (KeyError, TypeError):
        return NO_MESSAGE


def _read_error_message(body: bytes) -> str:
    try:
        return format_error_body(json.loads(body))
    except ValueError:
        return NO_MESSAGE
