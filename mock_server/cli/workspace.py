"""The commands `mock-server workspace create`, `list` and `delete`."""

import argparse
from dataclasses import asdict

from mock_server.cli import flags, server_options
from mock_server.cli.flags import Commands, Flags

WORKSPACES_PATH = "/workspaces"


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    _add_create_flags(commands.add("create", create, "make a workspace and print its base URL"))
    server_options.add_server_flags(commands.add("list", list_workspaces, "list the workspaces, one a line"))
    _add_delete_flags(commands.add("delete", delete, "delete a workspace"))


def _add_create_flags(options: Flags) -> None:
    from mock_server.state import quirks

    server_options.add_server_flags(options)
    options.add("--name", None, metavar="NAME", help="1 to 64 of A-Z a-z 0-9 . _ - (default: one is made)")
    options.add("--seed", None, type=flags.parse_seed, metavar="N", help="seed of its world (default: the server's)")
    options.add(
        "--now",
        None,
        type=flags.parse_timestamp,
        metavar="ISO",
        help="where its clock starts (default: as the server's)",
    )
    options.add(
        "--mode", None, choices=("running", "frozen"), help="whether its time passes (default: as the server's)"
    )
    options.add(
        "--speed",
        None,
        type=flags.parse_speed,
        help="seconds of it for each of the machine's (default: as the server's)",
    )
    options.add(
        "--timing", None, choices=("quick", "faithful"), help="how long its jobs take (default: as the server's)"
    )
    options.add(
        "--rate-limits",
        None,
        type=flags.parse_required_rate_limits,
        metavar="documented|READS,WRITES,SIGN_INS",
        help="requests a minute (default: as the server's)",
    )
    options.add(
        "--journal", None, type=flags.parse_journal_size, metavar="N", help="how many requests its journal keeps"
    )
    options.add(
        "--ttl", None, type=flags.parse_count, metavar="S", help="seconds that it may stay idle (default: 3600)"
    )
    options.add_repeatable(
        "--quirk", quirks.QUIRK_NAMES, "a quirk that it plays; may be repeated (default: those of the server now)"
    )


def _add_delete_flags(options: Flags) -> None:
    server_options.add_server_flags(options)
    options.add_positional("name", "which")


def create(arguments: argparse.Namespace) -> None:
    """Make a workspace at a running server and print its base URL. Raises Refused."""
    request = {
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
    created = server_options.call_control_api(
        arguments, WORKSPACES_PATH, "POST", {name: value for name, value in request.items() if value is not None}
    )
    print(f"{server_options.base_url(arguments)}{created['base_path']}")


def list_workspaces(arguments: argparse.Namespace) -> None:
    """List the workspaces of a running server."""
    for workspace in server_options.call_control_api(arguments, WORKSPACES_PATH):
        clock, ttl = workspace["clock"], workspace["ttl_seconds"]
        stays = "stays" if ttl is None else f"{ttl} s"
        print(
            workspace["name"],
            f"{server_options.base_url(arguments)}{workspace['base_path']}",
            clock["now"],
            clock["mode"],
            stays,
        )


def delete(arguments: argparse.Namespace) -> None:
    """Delete a workspace of a running server."""
    from urllib.parse import quote

    server_options.call_control_api(arguments, f"{WORKSPACES_PATH}/{quote(arguments.name, safe='')}", "DELETE")
