"""Running the server: the socket, uvicorn, and what its start says."""

import gc
import socket

import uvicorn

from mock_server import app
from mock_server.settings import Settings


class CannotListen(Exception):
    """The address or the port is not to be had."""


def run(settings: Settings) -> None:
    """Serve until interrupted. Raises BadWorld, CannotListen."""
    workspace = app.create_workspace(settings)
    listening = _listen(settings)
    config = uvicorn.Config(
        app.create_app(settings, workspace),
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )
    print(greeting(settings, listening.getsockname()[1]), flush=True)
    gc.freeze()
    gc.enable()
    uvicorn.Server(config).run(sockets=[listening])


def greeting(settings: Settings, port: int) -> str:
    """What the start says: where, who, and one call that works when it is pasted."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    origin = f"http://{host}:{port}"
    lines = [
        f"Platform  {origin}/api/v3    (its document: {origin}/openapi.yaml)",
        f"Control   {origin}/_mock     ({_control_note(settings)})",
    ]
    if settings.world is not None:
        return "\n".join([*lines, f"World     {settings.world}", f"Try       curl {origin}/api/v3/status/"])
    return "\n".join([*lines, *_sample_lines(settings, origin)])


def _control_note(settings: Settings) -> str:
    if settings.on_loopback:
        return f"its document: {origin_free('/_mock/openapi.json')}"
    return "needs X-Mock-Control-Token" if settings.control_token else "closed: give --control-token to open it"


def origin_free(path: str) -> str:
    """A path as the reader of the line above completes it."""
    return f"…{path}"


def _sample_lines(settings: Settings, origin: str) -> list[str]:
    if not settings.on_loopback and settings.sample_password is None:
        return ["Users     none: beyond loopback give --sample-password"]
    password = settings.sample_password or "wavetank"
    shown = password if settings.sample_password is None else "<--sample-password>"
    body = f'{{"username":"partner@acme.example","password":"{shown}"}}'
    return [
        f"Users     partner@acme.example (one partner), agency@acme.example (three); password {shown}",
        f"Try       curl -X POST {origin}/api/v3/auth -H 'content-type: application/json' -d '{body}'",
    ]


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as failure:
        listening.close()
        raise CannotListen(f"cannot listen on {settings.host}:{settings.port}: {failure.strerror}") from failure
    return listening
