"""The command `wavetank completion`: the script that completes commands and flags in a shell."""

import argparse
from collections.abc import Callable, Mapping

from mock_server.flags import NAMES, CommandError, Commands

SHELLS = ("bash", "zsh", "tcsh")
INSTALL = "python -m pip install shtab"
BOTH_NAMES = {
    "bash": "complete -o filenames -F {function} {name}",
    "zsh": "compdef {function} -N {name}",
}
"""For each shell that can have it, the line that completes the command under its other name, too."""


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
    parser = arguments.build_parser({})
    _complete_gotchas(parser)
    print(shtab.complete(parser, arguments.shell))
    if arguments.shell in BOTH_NAMES:
        function = f"_shtab_{parser.prog.replace('-', '_')}"
        for name in set(NAMES) - {parser.prog}:
            print(BOTH_NAMES[arguments.shell].format(function=function, name=name))


def _complete_gotchas(parser: argparse.ArgumentParser) -> None:
    """Let the ids of gotchas be completed. They are read only for this, since that takes time."""
    from mock_server.gotchas import catalogue

    for command in ("run", "set-up"):
        for action in _find_parser(parser, "gotcha", command)._get_positional_actions():
            action.choices = [*catalogue.GOTCHAS, *(["all"] if command == "run" else [])]


def _find_parser(parser: argparse.ArgumentParser, *words: str) -> argparse.ArgumentParser:
    for word in words:
        groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        parser = groups[0].choices[word]
    return parser
