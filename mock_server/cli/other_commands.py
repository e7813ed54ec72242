"""Commands of other packages: `wavetank contracts …` runs the command `contracts`.

They are found by entry points, so this package does not import them.
"""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mock_server.flags import CommandError, Commands

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "wavetank.commands"
PACKAGES = {"contracts": "check a deployment against the platform's rules"}
"""The commands, each with what it does. The extra that installs what a command needs has its name."""


def declare(commands: Commands) -> None:
    """List the commands in the help. They parse their own flags."""
    for name, description in PACKAGES.items():
        commands.add(name, _run_without_flags, description)


def run(name: str, arguments: Sequence[str]) -> None:
    """Run a command. Raises CommandError if what it needs is not installed."""
    install = f"pip install 'wavetank[{name}]'"
    entry = _find(name)
    if entry is None:
        raise CommandError(f"{name} is not installed: {install}")
    try:
        main: Callable[[Sequence[str]], None] = entry.load()
        main(arguments)
    except ModuleNotFoundError as error:
        raise CommandError(f"{name} needs the package {error.name}, which is not installed: {install}") from error


def find_parser(name: str) -> argparse.ArgumentParser | None:
    """Return the parser of a command, from `build_parser` beside its function; None if what it needs is missing."""
    from importlib import import_module

    entry = _find(name)
    if entry is None:
        return None
    try:
        build: Callable[[], argparse.ArgumentParser] | None = getattr(import_module(entry.module), "build_parser", None)
        return None if build is None else build()
    except ModuleNotFoundError:
        return None


def _find(name: str) -> "EntryPoint | None":
    from importlib.metadata import entry_points

    return next(iter(entry_points(group=GROUP, name=name)), None)


def _run_without_flags(arguments: argparse.Namespace) -> None:
    """Not reached: the main command runs these commands before it parses flags."""
    raise CommandError("unknown command")
