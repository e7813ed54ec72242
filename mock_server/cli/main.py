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
from mock_server.cli.flags import Commands, Flags, Parser, Refused

DESCRIPTION = "A stateful, faithful fake of the attribution platform, on a clock that you hold."


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit 0, or 2 with one line on stderr."""
    arguments = parser(os.environ).parse_args(argv)
    run: Callable[[argparse.Namespace], None] = arguments.run
    try:
        run(arguments)
    except Refused as refused:
        print(f"mock-server: {refused}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(0)


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line; defaults come from the environment where it names them."""
    whole = Parser("mock-server", description=DESCRIPTION)
    whole.add_argument("--version", action="version", version=f"mock-server {__version__}")
    commands = Commands(whole, environment, title="commands")
    _serve_flags(commands.add("serve", serve, "run the mock on its sample world"))
    _token_flags(commands.add("token", token, "sign in at a running server and print the access token"))
    worlds = commands.group("world", "write the sample world as CSV files")
    _export_flags(worlds.add("export", export, "write the sample world into a folder"))
    workspace.declare(commands.group("workspace", "make, list and delete a running server's workspaces"))
    snapshot.declare(commands.group("snapshot", "keep a workspace's state in a file, and go back to it"))
    explain.declare(commands.group("explain", "what a running server's answers come from"))
    gotchas.declare(commands.group("gotcha", "list the platform's gotchas, and see them happen"))
    conduct.declare(commands)
    return whole


def _serve_flags(line: Flags) -> None:
    _world_flags(line)
    _sharing_flags(line)
    _playing_flags(line)


def _world_flags(line: Flags) -> None:
    """Where it listens, and what world and time it begins with."""
    line.add("--host", "127.0.0.1", type=flags.host, help="address to listen on (default: %(default)s)")
    line.add("--port", "8080", type=flags.port, help="port to listen on; 0 picks a free one (default: %(default)s)")
    line.add("--clock", "running", choices=("running", "frozen"), help="whether time passes (default: %(default)s)")
    line.add(
        "--now", None, type=flags.instant, metavar="ISO", help="where the clock starts (default: the machine's time)"
    )
    line.add(
        "--speed", "1", type=flags.speed, help="seconds of the mock for each of the machine's (default: %(default)s)"
    )
    line.add(
        "--timing", "quick", choices=("quick", "faithful"), help="jobs take seconds or minutes (default: %(default)s)"
    )
    line.add("--world", "sample", metavar="sample|DIR", help="sample, or a folder of CSV files (default: %(default)s)")
    line.add(
        "--seed", "1", type=flags.seed, metavar="N", help="seed of the sample world and of ids (default: %(default)s)"
    )


def _sharing_flags(line: Flags) -> None:
    """How many may use it, and how much is kept of what they ask."""
    line.add(
        "--max-workspaces",
        "256",
        type=flags.count,
        metavar="N",
        help="how many workspaces may be made at a time (default: %(default)s)",
    )
    line.add(
        "--journal",
        "1000",
        type=flags.kept,
        metavar="N",
        help="how many requests each workspace's journal keeps, 0 for none (default: %(default)s)",
    )
    line.add(
        "--rate-limits",
        "none",
        type=flags.rate_limits,
        metavar="none|documented|READS,WRITES,SIGN_INS",
        help="requests a minute: for each partner, and sign-ins for each address (default: %(default)s)",
    )


def _playing_flags(line: Flags) -> None:
    """Which sides it plays, and who may drive it."""
    from mock_server.state import quirks

    line.switch("--cors", "let browsers in, which the platform does not")
    effects = "; ".join(f"{name}: {quirks.EFFECTS[name]}" for name in quirks.NAMES)
    line.several(
        "--quirk", quirks.NAMES, f"play the other side where the documents disagree; may be repeated. {effects}"
    )
    line.add("--control-token", None, metavar="TOKEN", help="what control requests must carry; needed beyond loopback")
    line.add(
        "--sample-password", None, metavar="TEXT", help="the sample users' password; needed beyond loopback (wavetank)"
    )


def _token_flags(line: Flags) -> None:
    line.add("--user", "partner@acme.example", help="who signs in (default: %(default)s)")
    line.add("--password", "wavetank", help="with which password (default: the sample's)")
    home = f"http://127.0.0.1:{line.given('--port') or 8080}/api/v3"
    line.add("--base-url", home, metavar="URL", help="where (default: %(default)s)")


def _export_flags(line: Flags) -> None:
    line.argument("folder", "where", type=Path, metavar="DIR")
    line.add("--seed", "1", type=flags.seed, metavar="N", help="seed of the world (default: %(default)s)")
    line.add("--now", None, type=flags.instant, metavar="ISO", help="its first day (default: today)")


def serve(arguments: argparse.Namespace) -> None:
    """Run the server until it is interrupted."""
    # What a start imports and makes stays: collecting in between finds nothing. server.run turns it on again.
    gc.disable()
    from mock_server import server
    from mock_server.settings import Settings
    from mock_server.state.quirks import Quirks
    from mock_server.worlds.world import BadWorld

    settings = Settings(
        host=arguments.host,
        port=arguments.port,
        clock=arguments.clock,
        now=arguments.now,
        speed=arguments.speed,
        timing=arguments.timing,
        world=None if arguments.world == "sample" else Path(arguments.world),
        seed=arguments.seed,
        cors=arguments.cors,
        quirks=Quirks(**dict.fromkeys(arguments.quirk, True)),
        control_token=arguments.control_token or None,
        sample_password=arguments.sample_password or None,
        limits=arguments.rate_limits,
        max_workspaces=arguments.max_workspaces,
        journal=arguments.journal,
    )
    try:
        server.run(settings)
    except BadWorld as bad:
        raise Refused(f"bad world in {settings.world}: {bad}") from bad
    except server.CannotListen as cannot:
        raise Refused(str(cannot)) from cannot
    finally:
        gc.enable()


def token(arguments: argparse.Namespace) -> None:
    """Sign in at a running server and print the access token."""
    from mock_server.cli import http_client

    url = f"{server_options.platform(arguments.base_url)}/auth"
    try:
        tokens = http_client.ask("POST", url, {"username": arguments.user, "password": arguments.password})
    except http_client.RefusedThere as refusal:
        raise Refused(f"{url} answered {refusal.status} to {arguments.user}: {refusal}") from refusal
    except http_client.NoAnswer as failure:
        raise Refused(f"cannot sign in at {url}; is the server running there? ({failure})") from failure
    if "AccessToken" not in tokens:
        raise Refused(f"{arguments.user} must answer a challenge first: {tokens.get('Challenge')}")
    print(tokens["AccessToken"])


def export(arguments: argparse.Namespace) -> None:
    """Write the sample world into a folder."""
    from mock_server.state.clock import machine_now
    from mock_server.worlds import csv_files, sample

    birth = arguments.now or machine_now()
    if csv_files.holds_a_world(arguments.folder):
        raise Refused(f"{arguments.folder} holds a world already; it is left as it is")
    try:
        csv_files.write(sample.sample(arguments.seed, birth.date()), arguments.folder)
    except OSError as failure:
        raise Refused(f"cannot write into {arguments.folder}: {failure.strerror}") from failure
    print(f"wrote the sample world of {birth.date()} into {arguments.folder}")
