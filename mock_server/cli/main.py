"""The command `mock-server`: flags and environment, read once, become settings."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mock_server import __version__
from mock_server.cli import conduct, explain, flags, server_options, snapshot, workspace
from mock_server.cli import gotcha as gotchas
from mock_server.cli.flags import CommandError, CommandParser, Commands, Flags

DESCRIPTION = "A stateful, faithful fake of the attribution platform, on a clock that you hold."


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit 0, or 2 with one line on stderr."""
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
    """The command line; defaults come from the environment where it names them."""
    root = CommandParser("mock-server", description=DESCRIPTION)
    root.add_argument("--version", action="version", version=f"mock-server {__version__}")
    commands = Commands(root, environment, title="commands")
    _add_serve_flags(commands.add("serve", serve, "run the mock on its sample world"))
    _add_token_flags(commands.add("token", print_token, "sign in at a running server and print the access token"))
    worlds = commands.add_group("world", "write the sample world as CSV files")
    _add_export_flags(worlds.add("export", export_world, "write the sample world into a folder"))
    workspace.declare(commands.add_group("workspace", "make, list and delete a running server's workspaces"))
    snapshot.declare(commands.add_group("snapshot", "keep a workspace's state in a file, and go back to it"))
    explain.declare(commands.add_group("explain", "what a running server's answers come from"))
    gotchas.declare(commands.add_group("gotcha", "list the platform's gotchas, and see them happen"))
    conduct.declare(commands)
    return root


def _add_serve_flags(options: Flags) -> None:
    _add_world_flags(options)
    _add_capacity_flags(options)
    _add_behaviour_flags(options)


def _add_world_flags(options: Flags) -> None:
    """Where it listens, and what world and time it begins with."""
    options.add("--host", "127.0.0.1", type=flags.parse_host, help="address to listen on (default: %(default)s)")
    options.add(
        "--port", "8080", type=flags.parse_port, help="port to listen on; 0 picks a free one (default: %(default)s)"
    )
    options.add("--clock", "running", choices=("running", "frozen"), help="whether time passes (default: %(default)s)")
    options.add(
        "--now",
        None,
        type=flags.parse_timestamp,
        metavar="ISO",
        help="where the clock starts (default: the machine's time)",
    )
    options.add(
        "--speed",
        "1",
        type=flags.parse_speed,
        help="seconds of the mock for each of the machine's (default: %(default)s)",
    )
    options.add(
        "--timing", "quick", choices=("quick", "faithful"), help="jobs take seconds or minutes (default: %(default)s)"
    )
    options.add(
        "--world", "sample", metavar="sample|DIR", help="sample, or a folder of CSV files (default: %(default)s)"
    )
    options.add(
        "--seed",
        "1",
        type=flags.parse_seed,
        metavar="N",
        help="seed of the sample world and of ids (default: %(default)s)",
    )


def _add_capacity_flags(options: Flags) -> None:
    """How many may use it, and how much is kept of what they ask."""
    options.add(
        "--max-workspaces",
        "256",
        type=flags.parse_count,
        metavar="N",
        help="how many workspaces may be made at a time (default: %(default)s)",
    )
    options.add(
        "--journal",
        "1000",
        type=flags.parse_journal_size,
        metavar="N",
        help="how many requests each workspace's journal keeps, 0 for none (default: %(default)s)",
    )
    options.add(
        "--rate-limits",
        "none",
        type=flags.parse_rate_limits,
        metavar="none|documented|READS,WRITES,SIGN_INS",
        help="requests a minute: for each partner, and sign-ins for each address (default: %(default)s)",
    )


def _add_behaviour_flags(options: Flags) -> None:
    """Which sides it plays, and who may drive it."""
    from mock_server.state import quirks

    options.add_switch("--cors", "let browsers in, which the platform does not")
    effects = "; ".join(f"{name}: {quirks.QUIRK_DESCRIPTIONS[name]}" for name in quirks.QUIRK_NAMES)
    options.add_repeatable(
        "--quirk", quirks.QUIRK_NAMES, f"play the other side where the documents disagree; may be repeated. {effects}"
    )
    options.add(
        "--control-token", None, metavar="TOKEN", help="what control requests must carry; needed beyond loopback"
    )
    options.add(
        "--sample-password", None, metavar="TEXT", help="the sample users' password; needed beyond loopback (wavetank)"
    )


def _add_token_flags(options: Flags) -> None:
    options.add("--user", "partner@acme.example", help="who signs in (default: %(default)s)")
    options.add("--password", "wavetank", help="with which password (default: the sample's)")
    default_url = f"http://127.0.0.1:{options.read_environment('--port') or 8080}/api/v3"
    options.add("--base-url", default_url, metavar="URL", help="where (default: %(default)s)")


def _add_export_flags(options: Flags) -> None:
    options.add_positional("folder", "where", type=Path, metavar="DIR")
    options.add("--seed", "1", type=flags.parse_seed, metavar="N", help="seed of the world (default: %(default)s)")
    options.add("--now", None, type=flags.parse_timestamp, metavar="ISO", help="its first day (default: today)")


def serve(arguments: argparse.Namespace) -> None:
    """Run the server until it is interrupted."""
    # What a start imports and makes stays: collecting in between finds nothing. server.run turns it on again.
    gc.disable()
    from mock_server import server
    from mock_server.settings import Settings
    from mock_server.state.quirks import Quirks
    from mock_server.worlds.world import WorldError

    settings = Settings(
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
    try:
        server.run(settings)
    except WorldError as error:
        raise CommandError(f"bad world in {settings.world_folder}: {error}") from error
    except server.ListenError as error:
        raise CommandError(str(error)) from error
    finally:
        gc.enable()


def print_token(arguments: argparse.Namespace) -> None:
    """Sign in at a running server and print the access token."""
    from mock_server.cli import http_client

    url = f"{server_options.platform_url(arguments.base_url)}/auth"
    try:
        tokens = http_client.send_request("POST", url, {"username": arguments.user, "password": arguments.password})
    except http_client.ServerRefusedError as error:
        raise CommandError(f"{url} answered {error.status} to {arguments.user}: {error}") from error
    except http_client.ServerUnreachableError as error:
        raise CommandError(f"cannot sign in at {url}; is the server running there? ({error})") from error
    if "AccessToken" not in tokens:
        raise CommandError(f"{arguments.user} must answer a challenge first: {tokens.get('Challenge')}")
    print(tokens["AccessToken"])


def export_world(arguments: argparse.Namespace) -> None:
    """Write the sample world into a folder."""
    from mock_server.state.clock import machine_now
    from mock_server.worlds import csv_files, sample

    start_time = arguments.now or machine_now()
    if csv_files.contains_world(arguments.folder):
        raise CommandError(f"{arguments.folder} holds a world already; it is left as it is")
    try:
        csv_files.write(sample.build_sample(arguments.seed, start_time.date()), arguments.folder)
    except OSError as error:
        raise CommandError(f"cannot write into {arguments.folder}: {error.strerror}") from error
    print(f"wrote the sample world of {start_time.date()} into {arguments.folder}")
