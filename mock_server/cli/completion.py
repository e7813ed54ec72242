"""The command `wavetank completion`: the script that completes commands and flags in a shell."""

import argparse
from collections.abc import Callable, Mapping

from mock_server.cli import other_commands
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
    _complete_other_commands(parser)
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


def _complete_other_commands(parser: argparse.ArgumentParser) -> None:
    """Let the commands and flags of other packages be completed, whose own parsers read them."""
    for name in other_commands.PACKAGES:
        _commands_of(parser)[name] = other_commands.find_parser(name) or _find_parser(parser, name)


def _find_parser(parser: argparse.ArgumentParser, *words: str) -> argparse.ArgumentParser:
    for word in words:
        parser = _commands_of(parser)[word]
    return parser


def _commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    choices: dict[str, argparse.ArgumentParser] = groups[0].choices
    return choices
