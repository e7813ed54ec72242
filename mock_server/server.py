"""Runs the server with uvicorn, and formats its start message."""

import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import uvicorn
from starlette.types import ASGIApp

from mock_server import __version__, app, listening, secret_files
from mock_server.app import MockServer, OpenedState
from mock_server.http import logs
from mock_server.http.protocol.auto import HttpProtocol
from mock_server.http.protocol.guard import MAX_EXCESS
from mock_server.listening import SocketAddress
from mock_server.settings import DEFAULT_KEEP_ALIVE, DEFAULT_SHUTDOWN_TIMEOUT, ConnectionLimits, Settings
from mock_server.state.state_file import StateFileError
from mock_server.state.workspace import Workspace
from mock_server.storage.database import StorageSetupError
from mock_server.worlds.world import WorldError

SWITCH_SECONDS = 0.001
"""After how many seconds the event loop's thread lets a thread of the database go on. Python's default is 5 ms.

Such a thread waits once for each statement. While a workspace of 50 MiB was restored, a change of another one waited
3.7 s with the default, and waits 0.2 s with this value.
"""
CLOSE_SECONDS = 5
"""How long a worker may take to stop in addition to the time for the requests that have begun."""
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
    if settings.stop_with_stdin:
        stop_with_stdin()
    opened = app.open_state(settings)
    if settings.workers > 1:
        _run_workers(settings, opened)
        return
    application = app.create_app(settings, opened.workspace, stored=opened.stored)
    listeners = listening.open_listeners(settings.host, settings.port)
    server = _build_server(settings, application)
    _print_start(settings, opened, listeners)
    _serve(settings, opened, server, listeners)


def _run_workers(settings: Settings, opened: OpenedState) -> None:
    """Serve with several processes, each with a connection to the database of its own."""
    import multiprocessing

    from mock_server.workers import Worker, Workers

    listeners = listening.open_listeners(settings.host, settings.port)
    if opened.stored is not None:
        opened.stored.database.close()
    _print_start(settings, opened, listeners)
    spawning = multiprocessing.get_context("spawn")

    def build() -> Worker:
        return spawning.Process(target=serve_as_worker, args=(settings, listeners), name="worker", daemon=True)

    gc.enable()
    Workers(settings.workers, build, settings.shutdown_timeout + CLOSE_SECONDS).run()


def serve_as_worker(settings: Settings, listeners: Sequence[socket.socket]) -> None:
    """Serve in a process that `Workers` has started. If the state cannot be opened, log why and exit with 1."""
    from mock_server import workers

    gc.disable()
    logs.configure(settings.log_format, access=settings.access_log)
    try:
        opened = app.open_state(settings)
    except (StorageSetupError, WorldError, StateFileError) as error:
        log.error("%s", error)
        sys.exit(1)
    server = _build_server(settings, app.create_app(settings, opened.workspace, stored=opened.stored))
    workers.obey_main_process(lambda: setattr(server, "should_exit", True))
    _serve(settings, opened, server, listeners)


def _build_server(settings: Settings, application: MockServer) -> uvicorn.Server:
    """Return a server that a signal stops, also before it runs."""
    limits, backlog = _fit_limits(settings.connection_limits)
    config = build_config(application, settings.keep_alive, limits, backlog, settings.shutdown_timeout)
    server = uvicorn.Server(config)
    application.count_connections = lambda: len(server.server_state.connections)
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        # uvicorn installs its handlers later, and until then a signal would interrupt it.
        signal.signal(stop_signal, server.handle_exit)
    return server


def _print_start(settings: Settings, opened: OpenedState, listeners: Sequence[socket.socket]) -> None:
    users = [user.username for user in opened.workspace.store.users]
    addresses = [listener.getsockname() for listener in listeners]
    if settings.json_start:
        print(json.dumps(start_body(settings, opened, users, addresses)), flush=True)
        return
    print(format_startup_message(settings, users, addresses), flush=True)
    for line in (*format_state_lines(settings, opened), *format_secret_lines(settings)):
        print(line, flush=True)


def _serve(settings: Settings, opened: OpenedState, server: uvicorn.Server, listeners: Sequence[socket.socket]) -> None:
    gc.freeze()
    gc.enable()
    if opened.stored is not None:
        sys.setswitchinterval(SWITCH_SECONDS)
    try:
        server.run(sockets=list(listeners))
    finally:
        if settings.save_on_exit is not None:
            default = opened.workspace if opened.stored is None else opened.stored.registry.default
            _save(default, settings.save_on_exit, sys.stderr if settings.json_start else sys.stdout)
        if opened.stored is not None:
            opened.stored.close()


def _save(workspace: Workspace, file: Path, stream: TextIO) -> None:
    from mock_server.control.snapshots import files

    files.save(workspace, file)
    print(f"Saved     the state of the default workspace to {file}", file=stream, flush=True)


def stop_with_stdin() -> None:
    """Stop this process, as SIGTERM does, when its standard input ends. A parent that ends closes the pipe to it."""
    import threading

    threading.Thread(target=_stop_at_end_of_stdin, name="standard-input", daemon=True).start()


def _stop_at_end_of_stdin() -> None:
    # Not sys.stdin, whose lock the interpreter needs when it exits.
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    if sys.platform == "win32":  # where os.kill would end the process at once
        import _thread

        _thread.interrupt_main(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


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
    lines = [f"State     {describe_state(settings, opened)}"]
    ignored = find_ignored_settings(settings) if opened.was_stored else []
    if ignored:
        lines.append(f"          {', '.join(ignored)}: not applied, because the default workspace exists already")
    if settings.workers > 1:
        lines.append(f"Workers   {settings.workers} processes")
    return lines


def describe_state(settings: Settings, opened: OpenedState) -> str:
    """Say where the state is kept."""
    if opened.stored is None:
        return f"in memory{_format_files(settings)}"
    new = f"new, starts from {settings.snapshot_file}" if settings.snapshot_file else "new"
    return f"{opened.stored.database.description} ({'found' if opened.was_stored else new}){_format_copy(settings)}"


def format_secret_lines(settings: Settings) -> list[str]:
    """Return the line that names the files with the secrets of the server, if there are any."""
    files = " and ".join(map(str, secret_files.list_files(settings)))
    shared = ": servers that share the database need the same files" if settings.database_url else ""
    new = f" (new{shared})" if settings.has_new_secrets else ""
    return [f"Secrets   {files}{new}"] if files else []


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
    origin = _format_origin(settings, addresses)
    control = "control token needed" if settings.control_token else "closed: give --control-token to open it"
    if settings.on_loopback:
        control = f"its document: {origin}/_mock/openapi.json"
    lines = [
        f"Platform  {origin}/api/v3  (its document: {origin}/openapi.yaml)",
        f"Control   {origin}/_mock  ({control})",
        f"Listening {' and '.join(map(listening.format_address, addresses))}",
        f"Console   {origin}/  (in a browser; wavetank open opens it)",
        f"Users     {' and '.join(users[:2]) or 'none: beyond loopback give --sample-password'}",
    ]
    if _has_known_password(settings):
        body = '{"username":"partner@acme.example","password":"wavetank"}'
        lines[-1] += " (password: wavetank)"
        lines.append(f"Try       curl -X POST {origin}/api/v3/auth -H 'content-type: application/json' -d '{body}'")
    else:
        lines.append(f"Try       curl {origin}/api/v3/status/")
    return "\n".join(lines)


def start_body(
    settings: Settings, opened: OpenedState, users: Sequence[str], addresses: Sequence[SocketAddress]
) -> dict[str, Any]:
    """Return what `--json` prints instead of the start message, for programs that start the server.

    `password` is the sample users' password if it is the default one on loopback, else null: the caller has chosen it.
    """
    from mock_server.worlds import sample_people

    origin = _format_origin(settings, addresses)
    closed = "token" if settings.control_token else "closed"
    return {
        "version": __version__,
        "url": origin,
        "platform_url": f"{origin}/api/v3",
        "control_url": f"{origin}/_mock",
        "port": addresses[0][1],
        "addresses": [listening.format_address(address) for address in addresses],
        "users": list(users),
        "password": sample_people.PASSWORD if _has_known_password(settings) else None,
        "control_access": "open" if app.control_token(settings) is None else closed,
        "state": describe_state(settings, opened),
        "not_applied": find_ignored_settings(settings) if opened.was_stored else [],
        "workers": settings.workers,
    }


def _format_origin(settings: Settings, addresses: Sequence[SocketAddress]) -> str:
    return f"http://{listening.format_address((listening.reachable_host(settings.host), addresses[0][1]))}"


def _has_known_password(settings: Settings) -> bool:
    """Return whether the sample users have the default password."""
    return settings.world_folder is None and settings.sample_password is None and settings.on_loopback
