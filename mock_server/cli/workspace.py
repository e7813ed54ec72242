"""The commands `mock-server workspace create`, `list` and `delete`."""

import argparse
from dataclasses import asdict

from mock_server.cli import flags, server_options
from mock_server.cli.flags import Commands, Flags

WORKSPACES = "/workspaces"


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    _create_flags(commands.add("create", create, "make a workspace and print its base URL"))
    server_options.add_flags(commands.add("list", list_all, "list the workspaces, one a line"))
    _delete_flags(commands.add("delete", delete, "delete a workspace"))


def _create_flags(line: Flags) -> None:
    from mock_server.state import quirks

    server_options.add_flags(line)
    line.add("--name", None, metavar="NAME", help="1 to 64 of A-Z a-z 0-9 . _ - (default: one is made)")
    line.add("--seed", None, type=flags.seed, metavar="N", help="seed of its world (default: the server's)")
    line.add("--now", None, type=flags.instant, metavar="ISO", help="where its clock starts (default: as the server's)")
    line.add("--mode", None, choices=("running", "frozen"), help="whether its time passes (default: as the server's)")
    line.add(
        "--speed", None, type=flags.speed, help="seconds of it for each of the machine's (default: as the server's)"
    )
    line.add("--timing", None, choices=("quick", "faithful"), help="how long its jobs take (default: as the server's)")
    line.add(
        "--rate-limits",
        None,
        type=flags.some_rate_limits,
        metavar="documented|READS,WRITES,SIGN_INS",
        help="requests a minute (default: as the server's)",
    )
    line.add("--journal", None, type=flags.kept, metavar="N", help="how many requests its journal keeps")
    line.add("--ttl", None, type=flags.count, metavar="S", help="seconds that it may stay idle (default: 3600)")
    line.several("--quirk", quirks.NAMES, "a quirk that it plays; may be repeated (default: those of the server now)")


def _delete_flags(line: Flags) -> None:
    server_options.add_flags(line)
    line.argument("name", "which")


def create(arguments: argparse.Namespace) -> None:
    """Make a workspace at a running server and print its base URL. Raises Refused."""
    order = {
        "name": arguments.name,
        "seed": arguments.seed,
        "now": arguments.now and arguments.now.isoformat(),
        "mode": arguments.mode,
        "speed": arguments.speed,
        "timing": arguments.timing,
        "rate_limits": arguments.rate_limits and asdict(arguments.rate_limits),
        "journal": arguments.journal,
        "ttl_seconds": arguments.ttl,
        "quirks": dict.fromkeys(arguments.quirk, True) or None,
    }
    made = server_options.ask(
        arguments, WORKSPACES, "POST", {name: value for name, value in order.items() if value is not None}
    )
    print(f"{server_options.origin(arguments)}{made['base_path']}")


def list_all(arguments: argparse.Namespace) -> None:
    """List the workspaces of a running server."""
    for workspace in server_options.ask(arguments, WORKSPACES):
        clock, ttl = workspace["clock"], workspace["ttl_seconds"]
        stays = "stays" if ttl is None else f"{ttl} s"
        print(
            workspace["name"],
            f"{server_options.origin(arguments)}{workspace['base_path']}",
            clock["now"],
            clock["mode"],
            stays,
        )


def delete(arguments: argparse.Namespace) -> None:
    """Delete a workspace of a running server."""
    from urllib.parse import quote

    server_options.ask(arguments, f"{WORKSPACES}/{quote(arguments.name, safe='')}", "DELETE")
