"""The command `mock-server checkpoint list`."""

import argparse

from mock_server.cli import output, server_options
from mock_server.flags import Commands


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    options = commands.add("list", list_checkpoints, "list the checkpoints that a workspace can be rewound to")
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def list_checkpoints(arguments: argparse.Namespace) -> None:
    """Print the checkpoints of a workspace, earliest first: the time, and why each was kept. Raises CommandError."""
    checkpoints = server_options.call_control_api(arguments, "/points")["checkpoints"]
    output.print_result(arguments, checkpoints, lambda listed: (f"{each['at']} {each['reason']}" for each in listed))
