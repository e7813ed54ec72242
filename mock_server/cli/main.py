"""The command `mock-server`: its flags and environment variables, and the commands that need no server."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server import __version__
from mock_server.cli import conduct, explain, flags, server_options, snapshot, workspace
from mock_server.cli import gotcha as gotchas
from mock_server.cli.flags import CommandError, CommandParser, Commands, Flags

if TYPE_CHECKING:
    from mock_server.settings import Settings

DESCRIPTION = "A stateful mock of the attribution platform, with a clock that you control."


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command. If it cannot be executed, print one line to stderr and exit with 2."""
    arguments = build_parser(os.environ).parse_args(argv)
    run: Callable[[argparse.Namespace], None] = arguments.run
    try:
        run(arguments)
    except CommandError as error:
        print(f"mock-server: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(0)


def build_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Build the parser of the command line; the environment provides defaults."""
    root = CommandParser("mock-server", description=DESCRIPTION)
    root.add_argument("--version", action="version", version=f"mock-server {__version__}")
    commands = Commands(root, environment, title="commands")
    _add_serve_flags(commands.add("serve", serve, "run the mock server"))
    _add_token_flags(commands.add("token", print_token, "sign in to a running server and print the access token"))
    worlds = commands.add_group("world", "export the sample world as CSV files")
    _add_export_flags(worlds.add("export", export_world, "write the sample world to a folder of CSV files"))
    workspace.declare(commands.add_group("workspace", "create, list and delete workspaces of a running server"))
    snapshot.declare(commands.add_group("snapshot", "save the state of a workspace to a file, and restore it"))
    explain.declare(commands.add_group("explain", "explain what a running server's responses come from"))
    gotchas.declare(commands.add_group("gotcha", "list the platform's gotchas, and demonstrate them"))
    conduct.declare(commands)
    return root


def _add_serve_flags(options: Flags) -> None:
    _add_address_flags(options)
    _add_clock_flags(options)
    _add_world_flags(options)
    _add_capacity_flags(options)
    _add_behaviour_flags(options)


def _add_address_flags(options: Flags) -> None:
    options.add("--host", "127.0.0.1", type=flags.parse_host, help="address to listen on (default: %(default)s)")
    port_help = "port to listen on; 0 selects a free one (default: %(default)s)"
    options.add("--port", "8080", type=flags.parse_port, help=port_help)


def _add_clock_flags(options: Flags) -> None:
    options.add("--clock", "running", choices=("running", "frozen"), help="mode of the clock (default: %(default)s)")
    now_help = "time at which the clock starts (default: the current time)"
    options.add("--now", None, type=flags.parse_timestamp, metavar="ISO", help=now_help)
    speed_help = "seconds of the clock for each second of real time (default: %(default)s)"
    options.add("--speed", "1", type=flags.parse_speed, help=speed_help)
    timing_help = "whether jobs take seconds (quick) or minutes (faithful) (default: %(default)s)"
    options.add("--timing", "quick", choices=("quick", "faithful"), help=timing_help)


def _add_world_flags(options: Flags) -> None:
    world_help = "the sample world, or a folder of CSV files (default: %(default)s)"
    options.add("--world", "sample", metavar="sample|DIR", help=world_help)
    seed_help = "seed of the sample world and of ids (default: %(default)s)"
    options.add("--seed", "1", type=flags.parse_seed, metavar="N", help=seed_help)


def _add_capacity_flags(options: Flags) -> None:
    workspaces_help = "how many workspaces can exist in addition to the default one (default: %(default)s)"
    options.add("--max-workspaces", "256", type=flags.parse_count, metavar="N", help=workspaces_help)
    journal_help = "how many requests the journal of each workspace keeps; 0 disables it (default: %(default)s)"
    options.add("--journal", "1000", type=flags.parse_journal_size, metavar="N", help=journal_help)
    options.add(
        "--rate-limits",
        "none",
        type=flags.parse_rate_limits,
        metavar="none|documented|READS,WRITES,SIGN_INS",
        help="requests a minute: reads and writes of each partner, sign-ins from each address (default: %(default)s)",
    )


def _add_behaviour_flags(options: Flags) -> None:
    from mock_server.state import quirks

    options.add_switch("--cors", "allow requests from browsers (CORS); the platform does not")
    effects = "; ".join(f"{name}: {quirks.QUIRK_DESCRIPTIONS[name]}" for name in quirks.QUIRK_NAMES)
    quirk_help = f"enable an alternative documented behaviour; can be repeated. {effects}"
    options.add_repeatable("--quirk", quirks.QUIRK_NAMES, quirk_help)
    options.add(
        "--control-token",
        None,
        metavar="TOKEN",
        help="token that control requests must carry; without one they are rejected unless --host is loopback",
    )
    options.add(
        "--sample-password",
        None,
        metavar="TEXT",
        help="password of the sample users (default: wavetank if --host is loopback, otherwise they cannot sign in)",
    )


def _add_token_flags(options: Flags) -> None:
    options.add("--user", "partner@acme.example", help="user to sign in as (default: %(default)s)")
    options.add("--password", server_options.SAMPLE_PASSWORD, help="password of the user (default: %(default)s)")
    default_url = f"http://127.0.0.1:{options.read_environment('--port') or 8080}/api/v3"
    url_help = "address of the server or of a workspace (default: %(default)s)"
    options.add("--base-url", default_url, metavar="URL", help=url_help)


def _add_export_flags(options: Flags) -> None:
    options.add_positional("folder", "folder to write to", type=Path, metavar="DIR")
    options.add("--seed", "1", type=flags.parse_seed, metavar="N", help="seed of the world (default: %(default)s)")
    now_help = "date on which the world starts (default: today)"
    options.add("--now", None, type=flags.parse_timestamp, metavar="ISO", help=now_help)


def serve(arguments: argparse.Namespace) -> None:
    """Run the server until it is interrupted. Raises CommandError."""
    # A start creates no garbage, so collecting during it only costs time. server.run enables collecting again.
    gc.disable()
    from mock_server import server
    from mock_server.worlds.world import WorldError

    settings = _build_settings(arguments)
    try:
        server.run(settings)
    except WorldError as error:
        raise CommandError(f"invalid world in {settings.world_folder}: {error}") from error
    except server.ListenError as error:
        raise CommandError(str(error)) from error
    finally:
        gc.enable()


def _build_settings(arguments: argparse.Namespace) -> "Settings":
    from mock_server.settings import Settings
    from mock_server.state.quirks import Quirks

    return Settings(
        host=arguments.host,
        port=arguments.port,
        clock_mode=arguments.clock,
        now=arguments.now,
        speed=arguments.speed,
        timing=arguments.timing,
        world_folder=None if arguments.world == "sample" else Path(arguments.world),
        seed=arguments.seed,
        cors=arguments.cors,
        quirks=Quirks(**dict.fromkeys(arguments.quirk, True)),
        control_token=arguments.control_token or None,
        sample_password=arguments.sample_password or None,
        limits=arguments.rate_limits,
        max_workspaces=arguments.max_workspaces,
        journal_capacity=arguments.journal,
    )


def print_token(arguments: argparse.Namespace) -> None:
    """Sign in to a running server and print the access token. Raises CommandError."""
    from mock_server.cli import http_client

    url = f"{server_options.platform_url(arguments.base_url)}/auth"
    tokens = http_client.send_json("POST", url, {"username": arguments.user, "password": arguments.password})
    if "AccessToken" not in tokens:
        raise CommandError(f"{arguments.user} must answer a challenge first: {tokens.get('Challenge')}")
    print(tokens["AccessToken"])


def export_world(arguments: argparse.Namespace) -> None:
    """Write the sample world to a folder. Raises CommandError."""
    from mock_server.state.clock import machine_now
    from mock_server.worlds import csv_files, sample

    start_time = arguments.now or machine_now()
    if csv_files.contains_world(arguments.folder):
        raise CommandError(f"{arguments.folder} already contains a world; nothing was written")
    try:
        csv_files.write(sample.build_sample(arguments.seed, start_time.date()), arguments.folder)
    except OSError as error:
        raise CommandError(f"cannot write to {arguments.folder}: {error.strerror}") from error
    print(f"wrote the sample world of {start_time.date()} to {arguments.folder}")
