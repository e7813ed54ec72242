"""The command `mock-server checkpoint list`."""

import argparse

from mock_server.cli import server_options
from mock_server.flags import Commands


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    server_options.add_workspace_flags(
        commands.add("list", list_checkpoints, "list the checkpoints that a workspace can be rewound to")
    )


def list_checkpoints(arguments: argparse.Namespace) -> None:
    """Print the checkpoints of a workspace, earliest first: the time, and why each was kept. Raises CommandError."""
    for checkpoint in server_options.call_control_api(arguments, "/points")["checkpoints"]:
        print(checkpoint["at"], checkpoint["reason"])
