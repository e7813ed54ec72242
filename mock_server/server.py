"""Runs the server: opens the socket, starts uvicorn and prints the start-up message."""

import asyncio
import gc
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from mock_server import app
from mock_server.http.fault_injection import TRANSPORT_KEY
from mock_server.settings import Settings


class ListenError(Exception):
    """The server cannot listen on the address and port."""


class TransportExposingProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # which one it is depends on what is installed
    """Uvicorn's HTTP protocol, which also puts the connection into each request's scope, for faults to reset."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Add the connection to the scope of each of its requests."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT_KEY: transport}


def build_config(application: ASGIApp) -> uvicorn.Config:
    """Return uvicorn's configuration. Without a socket, uvicorn listens on a free port."""
    return uvicorn.Config(
        application,
        port=0,
        http=TransportExposingProtocol,
        access_log=False,
        # At lower levels, uvicorn logs only malformed and interrupted requests; the gateway logs our own errors.
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
    """Format the start-up message: addresses, users, and a curl command to try."""
    display_host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - only printed
    origin = f"http://[{display_host}]:{port}" if ":" in display_host else f"http://{display_host}:{port}"
    control = "control token needed" if settings.control_token else "closed: open it with --control-token"
    if settings.on_loopback:
        control = f"its document: {origin}/_mock/openapi.json"
    lines = [
        f"Platform  {origin}/api/v3  (its document: {origin}/openapi.yaml)",
        f"Control   {origin}/_mock  ({control})",
        f"Users     {' and '.join(users[:2]) or 'none: add them with --sample-password'}",
    ]
    if settings.world_folder is None and settings.sample_password is None and settings.on_loopback:
        body = '{"username":"partner@acme.example","password":"wavetank"}'
        lines[-1] += " (password: wavetank)"
        lines.append(f"Try       curl -X POST {origin}/api/v3/auth -H 'content-type: application/json' -d '{body}'")
    else:
        lines.append(f"Try       curl {origin}/api/v3/status/")
    return "\n".join(lines)


def open_listener(settings: Settings) -> socket.socket:
    """Open the socket on which the server listens, which queues connections from then on. Raises ListenError."""
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
