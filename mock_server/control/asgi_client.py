"""An in-process HTTP client: it sends requests to an ASGI application without a socket."""

from collections.abc import Iterable
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from mock_server.gotchas import player
from mock_server.gotchas.player import ScenarioRequest, ScenarioResponse


async def send_in_process(
    app: ASGIApp, prefix: str, request: ScenarioRequest, headers: Iterable[tuple[str, str]] = ()
) -> ScenarioResponse:
    """Send a request to a workspace of the application; `prefix` is the start of the workspace's paths."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": request.content or b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(_build_scope(prefix, request, headers), receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    response_headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return ScenarioResponse(sent[0]["status"], response_headers, player.parse_body(content))


def _build_scope(prefix: str, request: ScenarioRequest, headers: Iterable[tuple[str, str]]) -> Scope:
    path, _, query = f"{prefix}{request.path}".partition("?")
    length = [("content-length", str(len(request.content)))] if request.content is not None else []
    all_headers = [*request.headers, *headers, *length]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in all_headers],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
