"""Asking a running server over its socket, whatever it answers; redirects are answers too."""

from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from mock_server.cli.http_client import TIMEOUT_SECONDS, ServerUnreachableError
from mock_server.gotchas import player
from mock_server.gotchas.player import ScenarioRequest, ScenarioResponse


def send(origin: str, request: ScenarioRequest, headers: Iterable[tuple[str, str]] = ()) -> ScenarioResponse:
    """What the server at the origin answers. Raises ServerUnreachableError."""
    parts = urlsplit(origin)
    connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    all_headers = dict([*request.headers, *headers])
    try:
        connection = connection_class(parts.netloc, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(request.method, f"{parts.path}{request.path}", request.content, all_headers)
            response = connection.getresponse()
            response_headers = {name.lower(): value for name, value in response.getheaders()}
            return ScenarioResponse(response.status, response_headers, player.parse_body(response.read()))
        finally:
            connection.close()
    except (OSError, ValueError, HTTPException) as error:
        raise ServerUnreachableError(str(error)) from error
