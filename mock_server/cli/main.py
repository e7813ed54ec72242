"""The command `wavetank`, also `mock-server`: its flags, its variables, and the commands that need no server.

Further commands of `wavetank` come from other packages, by entry points of the group `wavetank.commands`.
"""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server import __version__, flags, settings_flags
from mock_server.cli import (
    checkpoint,
    clock,
    completion,
    conduct,
    console,
    explain,
    fault,
    health,
    jobs,
    journal,
    other_commands,
    output,
    package,
    quirk,
    snapshot,
    store,
    token,
    workspace,
)
from mock_server.cli import gotcha as gotchas
from mock_server.flags import CommandError, CommandParser, Commands, Flags

if TYPE_CHECKING:
    from mock_server.settings import Settings

DEFAULT_COMMANDS = {"clock": "show"} | dict.fromkeys(
    ("checkpoint", "fault", "gotcha", "journal", "package", "quirk", "workspace"), "list"
)
"""The groups that can be called without a command, and the command that they then stand for."""
DESCRIPTION = "A stateful mock of the attribution platform, with a clock that you control."


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command. If it cannot be executed, print one line to stderr and exit with 2.

    SIGTERM ends it like Ctrl-C: it cleans up.
    """
    with output.end_quietly(), _interrupted_by_sigterm():
        _run_command(argv)


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Raise KeyboardInterrupt in this block for SIGTERM too."""
    previous_handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


def _run_command(argv: Sequence[str] | None) -> None:
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        given = _add_default_command(given)
        if given and given[0] in other_commands.PACKAGES:
            other_commands.run(given[0], given[1:])
            return
        arguments = build_parser(os.environ).parse_args(given)
        run: Callable[[argparse.Namespace], None] = arguments.run
        run(arguments)
    except CommandError as error:
        output.print_error(error)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(0)


def _add_default_command(given: list[str]) -> list[str]:
    """Return the command line with the command that a group stands for, if none is given."""
    default = DEFAULT_COMMANDS.get(given[0]) if given else None
    has_command = given[1:2] and (not given[1].startswith("-") or given[1] in ("-h", "--help"))
    return given if default is None or has_command else [given[0], default, *given[1:]]


def build_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Build the parser of the command line; the environment provides defaults."""
    name = flags.program_name()
    root = CommandParser(name, description=DESCRIPTION)
    root.add_argument("--version", action="version", version=f"{name} {__version__}")
    commands = Commands(root, flags.select_variables(environment), title="commands")
    settings_flags.add_flags(commands.add("serve", serve, "run the mock server"))
    health.declare(commands)
    token.declare(commands)
    worlds = commands.add_group("world", "export the sample world as CSV files")
    _add_export_flags(worlds.add("export", export_world, "write the sample world to a folder of CSV files"))
    workspace.declare(
        commands.add_group("workspace", "list (the default), create and delete workspaces of a running server")
    )
    snapshot.declare(commands.add_group("snapshot", "save the state of a workspace to a file, and restore it"))
    store.declare(commands.add_group("store", "verify, compact, export and fill a database that keeps the state"))
    clock.declare(commands.add_group("clock", "show (the default), move, stop and start the clock of a workspace"))
    jobs.declare(commands)
    package.declare(commands.add_group("package", "list (the default) the packages of a workspace"))
    checkpoint.declare(commands.add_group("checkpoint", "list (the default) the checkpoints of a workspace"))
    fault.declare(commands.add_group("fault", "list (the default), add and remove fault rules of a workspace"))
    quirk.declare(commands.add_group("quirk", "list (the default), enable and disable the quirks of a workspace"))
    journal.declare(commands.add_group("journal", "list (the default), export and clear the recorded requests"))
    journal.declare_verify(commands)
    explain.declare(commands.add_group("explain", "explain where the values in a running server's responses come from"))
    gotchas.declare(commands.add_group("gotcha", "list (the default) the platform's gotchas, and demonstrate them"))
    conduct.declare(commands)
    console.declare(commands)
    completion.declare(commands, build_parser)
    other_commands.declare(commands)
    return root


def _add_export_flags(options: Flags) -> None:
    options.add_positional("folder", "folder to write to", type=Path, metavar="DIR")
    options.add("--seed", "1", type=flags.parse_seed, metavar="N", help="seed of the world (default: %(default)s)")
    now_help = "date on which the world starts (default: today)"
    options.add("--now", None, type=flags.parse_start_time, metavar="ISO", help=now_help)
    options.add_switch("--json", "print the folder and the date of the world as JSON")


def serve(arguments: argparse.Namespace) -> None:
    """Run the server until Ctrl-C or SIGTERM. Raises CommandError."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Startup creates no garbage, so garbage collection would only slow it down. server.run enables it again.
    gc.disable()
    from mock_server import secret_files, server
    from mock_server.http.metrics import MetricsUnavailableError
    from mock_server.listening import ListenError
    from mock_server.state.state_file import StateFileError
    from mock_server.storage.database import StorageSetupError
    from mock_server.worlds.world import WorldError

    settings = settings_flags.to_settings(arguments)
    _require_consistent(settings)
    try:
        server.run(secret_files.provide(settings))
    except WorldError as error:
        raise CommandError(f"invalid world in {settings.world_folder}: {error}") from error
    except (
        ListenError,
        StorageSetupError,
        StateFileError,
        MetricsUnavailableError,
        secret_files.SecretFileError,
    ) as error:
        raise CommandError(str(error)) from error
    finally:
        gc.enable()


def _require_consistent(settings: "Settings") -> None:
    """Raise CommandError for flags that do not go together."""
    if settings.data is not None and settings.database_url is not None:
        raise CommandError("give either --data or --database-url")
    if settings.workers == 1:
        return
    if settings.database_url is None:
        kept = "in memory" if settings.data is None else "in a file"
        raise CommandError(f"--workers needs --database-url: state {kept} belongs to one process")
    if settings.save_on_exit is not None:
        raise CommandError("give either --workers or --save-on-exit: the database keeps the state")
    if settings.metrics:
        raise CommandError("give either --workers or --metrics: each process would report its own requests only")


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
    written = {"folder": str(arguments.folder), "date": str(start_time.date())}
    output.print_result(
        arguments, written, lambda each: [f"wrote the sample world of {each['date']} to {each['folder']}"]
    )
