"""Runs the server with uvicorn, and formats its start message."""

import gc
import logging
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from mock_server import app, listening
from mock_server.app import OpenedState
from mock_server.http import logs
from mock_server.http.protocol.auto import HttpProtocol
from mock_server.http.protocol.guard import MAX_EXCESS
from mock_server.listening import SocketAddress
from mock_server.settings import DEFAULT_KEEP_ALIVE, DEFAULT_SHUTDOWN_TIMEOUT, ConnectionLimits, Settings
from mock_server.state.workspace import Workspace

log = logging.getLogger("mock_server")


def build_config(
    application: ASGIApp,
    keep_alive: int = DEFAULT_KEEP_ALIVE,
    limits: ConnectionLimits | None = None,
    backlog: int = listening.BACKLOG,
    shutdown_timeout: int = DEFAULT_SHUTDOWN_TIMEOUT,
) -> uvicorn.Config:
    """The configuration of uvicorn. Without sockets it listens on a free port.

    `keep_alive` is how many seconds an idle connection stays open, and `shutdown_timeout` how many seconds the requests
    that have begun may take when the server stops.
    """
    return uvicorn.Config(
        application,
        port=0,
        http=type(HttpProtocol.__name__, (HttpProtocol,), {"limits": limits or ConnectionLimits()}),
        backlog=backlog,
        access_log=False,
        # At lower levels, uvicorn logs only malformed and interrupted requests; the gateway logs our own errors.
        log_level="critical",
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_keep_alive=keep_alive,
        timeout_graceful_shutdown=shutdown_timeout,
        ws="none",
    )


def run(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish the requests that have begun, and save the state if asked to.

    Raises WorldError, ListenError, StateFileError, StorageSetupError and
    MetricsUnavailableError.
    """
    logs.configure(settings.log_format, access=settings.access_log)
    opened = app.open_state(settings)
    workspace = opened.workspace
    application = app.create_app(settings, workspace, stored=opened.stored)
    listeners = listening.open_listeners(settings.host, settings.port)
    limits, backlog = _fit_limits(settings.connection_limits)
    config = build_config(application, settings.keep_alive, limits, backlog, settings.shutdown_timeout)
    server = uvicorn.Server(config)
    application.count_connections = lambda: len(server.server_state.connections)
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        # uvicorn installs its handlers later, and until then a signal would interrupt it.
        signal.signal(stop_signal, server.handle_exit)
    users = [user.username for user in workspace.store.users]
    print(format_startup_message(settings, users, [listener.getsockname() for listener in listeners]), flush=True)
    for line in format_state_lines(settings, opened):
        print(line, flush=True)
    gc.freeze()
    gc.enable()
    try:
        server.run(sockets=listeners)
    finally:
        if settings.save_on_exit is not None:
            default = workspace if opened.stored is None else opened.stored.registry.default
            _save(default, settings.save_on_exit)
        if opened.stored is not None:
            opened.stored.close()


def _save(workspace: Workspace, file: Path) -> None:
    from mock_server.control.snapshots import files

    files.save(workspace, file)
    print(f"Saved     the state of the default workspace to {file}", flush=True)


def _fit_limits(limits: ConnectionLimits) -> tuple[ConnectionLimits, int]:
    """Return the limits for which the machine's file descriptors suffice, and the backlog. Log if they are lower."""
    capacity = listening.provide_descriptors(limits.connections, MAX_EXCESS)
    if capacity.connections < limits.connections:
        log.warning(
            "at most %d connections instead of %d: the limit of file descriptors is too low (ulimit -n)",
            capacity.connections,
            limits.connections,
        )
    return replace(limits, connections=capacity.connections), capacity.backlog


def format_state_lines(settings: Settings, opened: OpenedState) -> list[str]:
    """Return the lines that say where the state is kept, and which settings were not applied because it existed."""
    if opened.stored is None:
        return [f"State     in memory{_format_files(settings)}"]
    description = opened.stored.database.description
    if not opened.was_stored:
        source = f", starts from {settings.snapshot_file}" if settings.snapshot_file else ""
        return [f"State     {description} (new{source}){_format_copy(settings)}"]
    lines = [f"State     {description} (found){_format_copy(settings)}"]
    ignored = find_ignored_settings(settings)
    if ignored:
        lines.append(f"          {', '.join(ignored)}: not applied, because the default workspace exists already")
    return lines


def _format_files(settings: Settings) -> str:
    """Say from which file a state in memory comes, and where it is saved."""
    if settings.snapshot_file is None and settings.save_on_exit is None:
        return ": it is lost when the server stops (--data FILE keeps it)"
    start = f", starts from {settings.snapshot_file}" if settings.snapshot_file else ", new"
    if settings.save_on_exit is None:
        return f"{start}: a restart returns to it"
    is_same = settings.snapshot_file == settings.save_on_exit
    return f"{start}; saved {'there' if is_same else f'to {settings.save_on_exit}'} when the server stops"


def _format_copy(settings: Settings) -> str:
    return f"; the default workspace is saved to {settings.save_on_exit}, too" if settings.save_on_exit else ""


def find_ignored_settings(settings: Settings) -> list[str]:
    """Return the flags that describe a new default workspace and differ from their defaults."""
    default = Settings()
    flags = {
        "--now": "now",
        "--clock": "clock_mode",
        "--speed": "speed",
        "--timing": "timing",
        "--seed": "seed",
        "--world": "world_folder",
        "--quirk": "quirks",
        "--documentation": "documentation",
        "--rate-limits": "limits",
        "--snapshot": "snapshot_file",
        "--journal": "journal_capacity",
    }
    return [flag for flag, name in flags.items() if getattr(settings, name) != getattr(default, name)]


def format_startup_message(settings: Settings, users: Sequence[str], addresses: Sequence[SocketAddress]) -> str:
    """Format the start message: the URLs, the addresses, the users, and a call that can be pasted into a shell."""
    origin = f"http://{listening.format_address((listening.reachable_host(settings.host), addresses[0][1]))}"
    control = "control token needed" if settings.control_token else "closed: give --control-token to open it"
    if settings.on_loopback:
        control = f"its document: {origin}/_mock/openapi.json"
    lines = [
        f"Platform  {origin}/api/v3  (its document: {origin}/openapi.yaml)",
        f"Control   {origin}/_mock  ({control})",
        f"Listening {' and '.join(map(listening.format_address, addresses))}",
        f"Users     {' and '.join(users[:2]) or 'none: beyond loopback give --sample-password'}",
    ]
    if settings.world_folder is None and settings.sample_password is None and settings.on_loopback:
        body = '{"username":"partner@acme.example","password":"wavetank"}'
        lines[-1] += " (password: wavetank)"
        lines.append(f"Try       curl -X POST {origin}/api/v3/auth -H 'content-type: application/json' -d '{body}'")
    else:
        lines.append(f"Try       curl {origin}/api/v3/status/")
    return "\n".join(lines)
