"""The commands `mock-server workspace create`, `list` and `delete`."""

import argparse
from dataclasses import asdict
from typing import Any

from mock_server import flags
from mock_server.cli import output, server_options
from mock_server.flags import CommandError, Commands, Flags

WORKSPACES_PATH = "/workspaces"


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    _add_create_flags(commands.add("create", create, "create a workspace and print its base URL"))
    list_options = commands.add("list", list_workspaces, "list the workspaces, one on each line")
    server_options.add_server_flags(list_options)
    server_options.add_json_switch(list_options)
    _add_delete_flags(commands.add("delete", delete, "delete a workspace"))


def _add_create_flags(options: Flags) -> None:
    server_options.add_server_flags(options)
    server_options.add_json_switch(options)
    _add_name(options, "1 to 64 characters of A-Z a-z 0-9 . _ - (default: generated)")
    _add_clock_flags(options)
    _add_content_flags(options)


def _add_name(options: Flags, description: str) -> None:
    """Let the name be given with or without --name."""
    options.add_positional("positional_name", description, nargs="?", metavar="NAME")
    options.add("--name", None, metavar="NAME", help="the same")


def _given_name(arguments: argparse.Namespace) -> str | None:
    """The name of the workspace. The positional one wins, because --name may come from the environment."""
    name: str | None = arguments.positional_name or arguments.name
    return name


def _add_clock_flags(options: Flags) -> None:
    clock_help = "time at which its clock starts (default: the time of the server's clock)"
    options.add("--now", None, type=flags.parse_start_time, metavar="ISO", help=clock_help)
    options.add("--mode", None, choices=("running", "frozen"), help="mode of its clock (default: the server's)")
    speed_help = "seconds of its clock for each second of real time (default: the server's)"
    options.add("--speed", None, type=flags.parse_speed, help=speed_help)
    timing_help = "whether its jobs take seconds (quick) or minutes (faithful) (default: the server's)"
    options.add("--timing", None, choices=("quick", "faithful"), help=timing_help)


def _add_content_flags(options: Flags) -> None:
    from mock_server.state import documentation

    options.add("--seed", None, type=flags.parse_seed, metavar="N", help="seed of its world (default: the server's)")
    options.add(
        "--rate-limits",
        None,
        type=flags.parse_required_rate_limits,
        metavar="documented|READS,WRITES,SIGN_INS",
        help="requests a minute (default: the server's)",
    )
    journal_help = "how many requests its journal keeps (default: the server's)"
    options.add("--journal", None, type=flags.parse_journal_size, metavar="N", help=journal_help)
    add_ttl_flag(options)
    documentation_help = "generation of the vendor's documentation to follow (default: the default workspace's now)"
    options.add("--documentation", None, choices=documentation.GENERATIONS, help=documentation_help)
    quirk_help = (
        "quirk to enable, or to disable with =false; can be repeated. If one is given, all others are set as in "
        "the documentation (default: the current quirks of the default workspace)"
    )
    options.add_repeatable("--quirk", flags.parse_quirk, "NAME[=false]", quirk_help)


def add_ttl_flag(options: Flags) -> None:
    """Add the flag that sets how long a new workspace may be idle."""
    ttl_help = "seconds without a request after which a new workspace is deleted, at most a year (default: 3600)"
    options.add("--ttl", None, type=flags.parse_ttl, metavar="S", help=ttl_help)


def _add_delete_flags(options: Flags) -> None:
    server_options.add_server_flags(options)
    _add_name(options, "name of the workspace")
    server_options.add_json_switch(options)


def create(arguments: argparse.Namespace) -> None:
    """Create a workspace on a running server and print its base URL. Raises CommandError."""
    request = {
        "name": _given_name(arguments),
        "seed": arguments.seed,
        "now": arguments.now and arguments.now.isoformat(),
        "mode": arguments.mode,
        "speed": arguments.speed,
        "timing": arguments.timing,
        "rate_limits": arguments.rate_limits and asdict(arguments.rate_limits),
        "journal": arguments.journal,
        "ttl_seconds": arguments.ttl,
        "documentation": arguments.documentation,
        "quirks": dict(arguments.quirk) or None,
    }
    created = server_options.call_control_api(
        arguments, WORKSPACES_PATH, "POST", {name: value for name, value in request.items() if value is not None}
    )
    output.print_result(arguments, created, lambda each: [_base_url(arguments, each)])


def list_workspaces(arguments: argparse.Namespace) -> None:
    """Print the workspaces of a running server: name, base URL, clock time and mode, maximum idle seconds."""
    listed = server_options.call_control_api(arguments, WORKSPACES_PATH)
    output.print_result(arguments, listed, lambda each: (_format_workspace(arguments, one) for one in each))


def _format_workspace(arguments: argparse.Namespace, workspace: dict[str, Any]) -> str:
    clock, ttl = workspace["clock"], workspace["ttl_seconds"]
    idle = "permanent" if ttl is None else f"{ttl} s"
    return f"{workspace['name']} {_base_url(arguments, workspace)} {clock['now']} {clock['mode']} {idle}"


def _base_url(arguments: argparse.Namespace, workspace: dict[str, Any]) -> str:
    return f"{server_options.base_url(arguments)}{workspace['base_path']}"


def delete(arguments: argparse.Namespace) -> None:
    """Delete a workspace of a running server. Raises CommandError."""
    from urllib.parse import quote

    name = _given_name(arguments)
    if not name:
        raise CommandError("the following arguments are required: NAME")
    server_options.call_control_api(arguments, f"{WORKSPACES_PATH}/{quote(name, safe='')}", "DELETE")
    output.print_result(arguments, {"deleted": name}, lambda _: [])
