"""Running the server: the socket, uvicorn, and what its start says."""

import asyncio
import gc
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from mock_server import app
from mock_server.http.fault_injection import TRANSPORT
from mock_server.settings import Settings


class CannotListen(Exception):
    """The address or the port is not to be had."""


class Connected(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # which one it is depends on what is installed
    """HTTP as uvicorn speaks it; each request's scope gives the connection, which faults reset and cut off."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have requests of this connection know it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


def configured(application: ASGIApp) -> uvicorn.Config:
    """How the application is served, on a free port where no socket is handed in."""
    return uvicorn.Config(
        application,
        port=0,
        http=Connected,
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
    """Serve until interrupted. Raises BadWorld, CannotListen."""
    workspace = app.create_workspace(settings)
    listening = listen(settings)
    config = configured(app.create_app(settings, workspace))
    users = [user.username for user in workspace.store.users]
    print(greeting(settings, users, listening.getsockname()[1]), flush=True)
    gc.freeze()
    gc.enable()
    uvicorn.Server(config).run(sockets=[listening])


def greeting(settings: Settings, users: Sequence[str], port: int) -> str:
    """What the start says: where, who, and one call that works when it is pasted."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - told, not bound
    origin = f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
    control = "control token needed" if settings.control_token else "closed: give --control-token to open it"
    if settings.on_loopback:
        control = f"its document: {origin}/_mock/openapi.json"
    lines = [
        f"Platform  {origin}/api/v3  (its document: {origin}/openapi.yaml)",
        f"Control   {origin}/_mock  ({control})",
        f"Users     {' and '.join(users[:2]) or 'none: beyond loopback give --sample-password'}",
    ]
    if settings.world is None and settings.sample_password is None and settings.on_loopback:
        body = '{"username":"partner@acme.example","password":"wavetank"}'
        lines[-1] += " (password: wavetank)"
        lines.append(f"Try       curl -X POST {origin}/api/v3/auth -H 'content-type: application/json' -d '{body}'")
    else:
        lines.append(f"Try       curl {origin}/api/v3/status/")
    return "\n".join(lines)


def listen(settings: Settings) -> socket.socket:
    """The socket that the settings name; from now on callers wait in its queue. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except OSError as failure:
        listening.close()
        raise CannotListen(f"cannot listen on {settings.host}:{settings.port}: {failure.strerror}") from failure
    return listening
