"""The command `wavetank package list`: the packages of a workspace, and whether their results are stale."""

import argparse
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from mock_server.cli import output, server_options
from mock_server.flags import Commands


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    options = commands.add("list", list_packages, "list the packages, and whether their results are stale")
    options.add("--partner", None, metavar="ID", help="only the packages of this partner")
    options.add_switch("--stale", "only packages whose result was evaluated with older settings")
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def list_packages(arguments: argparse.Namespace) -> None:
    """Print the packages of a workspace, in the order of their creation. Raises CommandError."""
    query = "" if arguments.partner is None else f"?{urlencode({'partner_id': arguments.partner})}"
    packages = server_options.call_control_api(arguments, f"/packages{query}")
    selected = [package for package in packages if package["stale"] or not arguments.stale]
    output.print_result(arguments, selected, format_packages)


def format_packages(packages: list[dict[str, Any]]) -> Iterator[str]:
    """Format each package in a line: its id, partner, status and title, and the state of its result."""
    for package in packages:
        identity = f'{package["id"]} {package["partner_id"]} {package["status"]} "{package["title"]}"'
        yield f"{identity}: {_format_result(package)}"


def _format_result(package: dict[str, Any]) -> str:
    due = "" if package["due"] is None else f"; the next result is due at {package['due']}"
    if package["evaluated_at"] is None:
        return f"no result{due}"
    stale = ", STALE: its settings have changed since" if package["stale"] else ""
    return f"evaluated at {package['evaluated_at']}{stale}{due}"
