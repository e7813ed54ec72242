"""The command `mock-server health`, with which a container checks its own server."""

import argparse
import sys

from mock_server import flags
from mock_server.cli import output
from mock_server.flags import CommandError, Commands, Flags

TIMEOUT_SECONDS = 5


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    _add_flags(
        commands.add("health", check, "check the server on this machine; exit with 0 if it is live, else with 1")
    )


def _add_flags(options: Flags) -> None:
    host_help = "address on which the server listens (default: %(default)s)"
    options.add("--host", "127.0.0.1", type=flags.parse_host, help=host_help)
    port_help = "port on which the server listens (default: %(default)s)"
    options.add("--port", "8080", type=flags.parse_port, help=port_help)
    options.add_switch("--ready", "also check that the server can answer all requests")
    timeout_help = "how long to wait for the response (default: %(default)s)"
    options.add("--timeout", str(TIMEOUT_SECONDS), type=flags.parse_seconds, metavar="SECONDS", help=timeout_help)


def check(arguments: argparse.Namespace) -> None:
    """Print one line. Exit with 1 if the server does not answer, or is not ready."""
    from mock_server import listening
    from mock_server.cli import http_client

    address = listening.format_address((listening.reachable_host(arguments.host), arguments.port))
    url = f"http://{address}/_mock/health{'?ready' if arguments.ready else ''}"
    try:
        # A loopback name passes the server's check of the header, whatever the address.
        response = http_client.send("GET", url, headers=[("host", "localhost")], timeout=arguments.timeout)
        if response.status != 200:
            raise http_client.ServerRefusedError(url, response)
    except CommandError as error:
        output.print_error(error)
        sys.exit(1)
    print(f"{(response.json() or {}).get('status', 'live')}: http://{address}")
