"""Running the server: the socket, uvicorn, and what its start says."""

import gc
import socket
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp

from mock_server import app
from mock_server.http.protocol.auto import HttpProtocol
from mock_server.http.protocol.refusals import MAX_HEAD_BYTES
from mock_server.settings import Settings


class ListenError(Exception):
    """The address or the port is not to be had."""


def build_config(application: ASGIApp) -> uvicorn.Config:
    """The configuration of uvicorn. Without a socket it listens on a free port."""
    return uvicorn.Config(
        application,
        port=0,
        http=HttpProtocol,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        access_log=False,
        # What uvicorn says below this is about broken requests and a Ctrl-C in the middle of one; ours is logged by us.
        log_level="critical",
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )


def run(settings: Settings) -> None:
    """Serve until interrupted. Raises WorldError, ListenError."""
    workspace = app.create_workspace(settings)
    listener = open_listener(settings)
    config = build_config(app.create_app(settings, workspace))
    users = [user.username for user in workspace.store.users]
    print(format_startup_message(settings, users, listener.getsockname()[1]), flush=True)
    gc.freeze()
    gc.enable()
    uvicorn.Server(config).run(sockets=[listener])


def format_startup_message(settings: Settings, users: Sequence[str], port: int) -> str:
    """What the start says: where, who, and one call that works when it is pasted."""
    display_host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - told, not bound
    origin = f"http://[{display_host}]:{port}" if ":" in display_host else f"http://{display_host}:{port}"
    control = "control token needed" if settings.control_token else "closed: give --control-token to open it"
    if settings.on_loopback:
        control = f"its document: {origin}/_mock/openapi.json"
    lines = [
        f"Platform  {origin}/api/v3  (its document: {origin}/openapi.yaml)",
        f"Control   {origin}/_mock  ({control})",
        f"Users     {' and '.join(users[:2]) or 'none: beyond loopback give --sample-password'}",
    ]
    if settings.world_folder is None and settings.sample_password is None and settings.on_loopback:
        body = '{"username":"partner@acme.example","password":"wavetank"}'
        lines[-1] += " (password: wavetank)"
        lines.append(f"Try       curl -X POST {origin}/api/v3/auth -H 'content-type: application/json' -d '{body}'")
    else:
        lines.append(f"Try       curl {origin}/api/v3/status/")
    return "\n".join(lines)


def open_listener(settings: Settings) -> socket.socket:
    """The socket that the settings name; from now on callers wait in its queue. Raises ListenError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ListenError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    return listener
