"""The commands `wavetank quirk list` and `wavetank quirk set`."""

import argparse
from collections.abc import Iterator

from mock_server import flags
from mock_server.cli import output, server_options
from mock_server.flags import Commands, Flags

QUIRKS_PATH = "/quirks"


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    _add_flags(commands.add("list", list_quirks, "list the quirks of a workspace, and whether each is enabled"))
    set_options = commands.add("set", set_quirks, "enable or disable quirks of a workspace; others do not change")
    quirk_help = "quirk to enable, or to disable with =false"
    set_options.add_positional("quirks", quirk_help, nargs="+", type=flags.parse_quirk, metavar="NAME[=false]")
    _add_flags(set_options)


def _add_flags(options: Flags) -> None:
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def list_quirks(arguments: argparse.Namespace) -> None:
    """Print the quirks. Raises CommandError."""
    output.print_result(arguments, server_options.call_control_api(arguments, QUIRKS_PATH), format_quirks)


def set_quirks(arguments: argparse.Namespace) -> None:
    """Enable or disable quirks, and print all of them. Raises CommandError."""
    present = server_options.call_control_api(arguments, QUIRKS_PATH)
    changed = server_options.call_control_api(arguments, QUIRKS_PATH, "PUT", present | dict(arguments.quirks))
    output.print_result(arguments, changed, format_quirks)


def format_quirks(states: dict[str, bool]) -> Iterator[str]:
    """Format the quirks, one in each line."""
    return (f"{name} {'on' if enabled else 'off'}" for name, enabled in states.items())
