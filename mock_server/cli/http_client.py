"""An HTTP client over a socket, for commands that send requests to a running server.

    CommandError
    ├── ServerUnreachableError
    └── ServerRefusedError

A response with any status is returned, not raised as an error. Redirects are not followed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.request import OpenerDirector, Request

from mock_server.cli import command_hints, network_settings
from mock_server.flags import CommandError

TIMEOUT_SECONDS = 30
NO_MESSAGE = "no message"


class ServerUnreachableError(CommandError):
    """The server is unreachable or did not reply with valid HTTP."""

    def __init__(self, url: str, reason: object) -> None:
        question = network_settings.format_route(url) or "; is the server running there?"
        super().__init__(f"cannot reach {url}{question} ({reason})")


class ServerRefusedError(CommandError):
    """The server replied with a status other than 2xx: `status`. The message of its body is `error`, if it has one."""

    def __init__(self, url: str, response: "HttpResponse") -> None:
        self.url, self.status, body = url, response.status, response.json()
        self.error = body.get("message") if isinstance(body, dict) else None
        route = network_settings.format_route(url)
        super().__init__(f"{url} answered {response.status}{route}: {format_error_body(body)}")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response with any status. The names of the headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The parsed body; None if it is empty or not JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


def send(
    method: str,
    url: str,
    content: bytes | None = None,
    headers: Iterable[tuple[str, str]] = (),
    timeout: float = TIMEOUT_SECONDS,
) -> HttpResponse:
    """Send a request and return the response.

    Raises ServerUnreachableError, and CommandError if the environment's settings for connections cannot be used.
    """
    if not url.startswith(("http://", "https://")):
        raise ServerUnreachableError(url, "not an HTTP URL")
    try:
        request = Request(url, content, dict(headers), method=method)  # noqa: S310 - the scheme is checked above
        with _build_opener(url).open(request, timeout=timeout) as response:
            response_headers = {name.lower(): value for name, value in response.headers.items()}
            return HttpResponse(response.status, response_headers, response.read())
    except (OSError, ValueError, HTTPException) as error:
        raise ServerUnreachableError(url, error) from error


def send_json(method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
    """Send a JSON body and return the JSON of the response, None if it is empty.

    Raises ServerUnreachableError, or ServerRefusedError for a status other than 2xx.
    """
    content = None if body is None else json.dumps(body).encode()
    content_type = {} if content is None else {"content-type": "application/json"}
    response = send(method, url, content, {**content_type, **(headers or {})}.items())
    if not 200 <= response.status < 300:
        raise ServerRefusedError(url, response)
    value = response.json()
    if value is None and response.content:
        raise ServerUnreachableError(url, "the response is not JSON")
    return value


def format_error_body(body: Any) -> str:
    """Format an error body of the platform or the control API in one line. It names commands instead of requests."""
    try:
        messages = [command_hints.describe_rejected_field(entry) for entry in body["validation_errors"]]
        return ": ".join([str(body["message"]), "; ".join(messages)] if messages else [str(body["message"])])
    except (AttributeError, KeyError, TypeError):
        return NO_MESSAGE


def _build_opener(url: str) -> OpenerDirector:
    """An opener without the handlers that follow redirects and raise exceptions for error statuses."""
    opener = OpenerDirector()
    for handler in network_settings.build_handlers(url):
        opener.add_handler(handler)
    return opener
