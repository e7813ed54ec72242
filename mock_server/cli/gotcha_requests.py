"""Asking a running server over its socket, whatever it answers; redirects are answers too."""

from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from mock_server.cli.http_client import PATIENCE, NoAnswer
from mock_server.gotchas import player
from mock_server.gotchas.player import Answer, Request


def ask(origin: str, request: Request, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """What the server at the origin answers. Raises NoAnswer."""
    parts = urlsplit(origin)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    carried = dict([*request.headers, *headers])
    try:
        connection = kind(parts.netloc, timeout=PATIENCE)
        try:
            connection.request(request.method, f"{parts.path}{request.path}", request.content, carried)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, player.read(answer.read()))
        finally:
            connection.close()
    except (OSError, ValueError, HTTPException) as failure:
        raise NoAnswer(str(failure)) from failure
