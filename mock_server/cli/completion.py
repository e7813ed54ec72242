"""The command `wavetank completion`: the script that completes commands and flags in a shell."""

import argparse
from collections.abc import Callable, Mapping

from mock_server.flags import CommandError, Commands

SHELLS = ("bash", "zsh", "tcsh")
INSTALL = "pip install 'wavetank[completion]'"


def declare(commands: Commands, build_parser: Callable[[Mapping[str, str]], argparse.ArgumentParser]) -> None:
    """Add the command with its flags. `build_parser` builds the parser whose commands are completed."""
    options = commands.add("completion", print_script, "print the script that completes commands in a shell")
    options.add_positional("shell", "the shell", choices=SHELLS)
    options.set_value("build_parser", build_parser)


def print_script(arguments: argparse.Namespace) -> None:
    """Print the script of a shell. Raises CommandError if the package that writes it is not installed."""
    try:
        import shtab
    except ModuleNotFoundError as error:
        raise CommandError(f"completion needs the package shtab: {INSTALL}") from error
    print(shtab.complete(arguments.build_parser({}), arguments.shell))
