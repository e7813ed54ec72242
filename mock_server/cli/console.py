"""The command `wavetank open`: the console of a running server, in a browser."""

import argparse
from collections.abc import Iterator

from mock_server.cli import output, server_options
from mock_server.flags import Commands


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    options = commands.add("open", open_console, "print the address of the console, and open it in a browser")
    server_options.add_workspace_flags(options)
    options.add_switch("--no-browser", "only print the address")
    options.add_switch("--json", "only print the address, as JSON")


def open_console(arguments: argparse.Namespace) -> None:
    """Print the address of the console, and open it. Raises CommandError if the server is unreachable."""
    server_options.call_server_control_api(arguments, "/health")
    address = {"url": f"{server_options.control_url(arguments)}/"}
    output.print_result(arguments, address, _format_address)
    if not arguments.json and not arguments.no_browser:
        _open(address["url"])


def _format_address(address: dict[str, str]) -> Iterator[str]:
    yield address["url"]


def _open(url: str) -> None:
    import webbrowser

    if not webbrowser.open(url):
        output.print_error("no browser was found; open the address yourself")
