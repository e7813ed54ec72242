"""The command `wavetank health`: check a server, or wait until it answers."""

import argparse
import sys
from typing import TYPE_CHECKING

from mock_server import flags
from mock_server.cli import output, server_options
from mock_server.flags import CommandError, Commands, Flags

if TYPE_CHECKING:
    from mock_server.cli.http_client import HttpResponse

TIMEOUT_SECONDS = 5
PAUSE_MILLISECONDS = 200
"""How long --wait pauses between two requests."""


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    description = "check a server, or wait for it; exit with 0 if it is live, else with 1"
    _add_flags(commands.add("health", check, description))


def _add_flags(options: Flags) -> None:
    url_help = "address of the server, instead of --host and --port"
    options.add("--base-url", None, metavar="URL", help=url_help)
    host_help = "address on which the server listens (default: %(default)s)"
    options.add("--host", "127.0.0.1", type=flags.parse_host, help=host_help)
    port_help = "port on which the server listens (default: %(default)s)"
    options.add("--port", "8080", type=flags.parse_port, help=port_help)
    options.add_switch("--ready", "also check that the server can answer all requests")
    wait_help = "wait until the server answers, at most so many seconds (default: do not wait)"
    options.add("--wait", None, type=flags.parse_seconds, metavar="SECONDS", help=wait_help)
    timeout_help = "how long to wait for the response (default: %(default)s)"
    options.add("--timeout", str(TIMEOUT_SECONDS), type=flags.parse_seconds, metavar="SECONDS", help=timeout_help)
    server_options.add_control_token_flag(options)
    server_options.add_json_switch(options)


def check(arguments: argparse.Namespace) -> None:
    """Print one line. Exit with 1 if the server does not answer, or is not ready."""
    origin, headers = _locate(arguments)
    url = f"{origin}/_mock/health{'?ready' if arguments.ready else ''}"
    try:
        response = _wait_for(url, headers, arguments)
    except CommandError as error:
        waited = "" if arguments.wait is None else f"; gave up after {arguments.wait} s"
        output.print_error(f"{error}{waited}")
        sys.exit(1)
    body = response.json() or {}
    output.print_result(arguments, body, lambda each: [f"{each.get('status', 'live')}: {origin}"])


def _locate(arguments: argparse.Namespace) -> tuple[str, list[tuple[str, str]]]:
    """Return the server's address and the headers to send. Raises CommandError."""
    from mock_server import listening

    if arguments.base_url is not None:
        return server_options.server_origin(arguments.base_url), []
    address = listening.format_address((listening.reachable_host(arguments.host), arguments.port))
    # A loopback name passes the server's check of the header, whatever the address.
    return f"http://{address}", [("host", "localhost")]


def _wait_for(url: str, headers: list[tuple[str, str]], arguments: argparse.Namespace) -> "HttpResponse":
    """Return the first good response. Raises CommandError if there is none in the time to wait."""
    from mock_server.state import clock

    end = clock.machine_seconds() + (arguments.wait or 0)
    while True:
        try:
            return _request(url, headers, arguments.timeout)
        except CommandError:
            if clock.machine_seconds() >= end:
                raise
        _pause()


def _request(url: str, headers: list[tuple[str, str]], timeout: int) -> "HttpResponse":
    from mock_server.cli import http_client

    response = http_client.send("GET", url, headers=headers, timeout=timeout)
    if response.status != 200:
        raise http_client.ServerRefusedError(url, response)
    return response


def _pause() -> None:
    import asyncio

    from mock_server.state import clock

    asyncio.run(clock.machine_pause(PAUSE_MILLISECONDS / 1000))
