"""The command `contracts`: check a deployment against the platform's rules, or print the rules."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, NoReturn

from contracts import __version__
from contracts.cli import output, packages
from contracts.target.stop_requests import STOP_REQUESTS

USAGE_ERROR, INTERRUPTED = 2, 3
REPORT_DIR = "contracts-report"
FLAG_SIMILARITY = 0.7
"""How similar an option must be to one that is suggested. Options have few letters, and all begin with two dashes."""
RUN_TEXT = "Check a deployment. Read-only unless you pass --allow-writes, except in the sandboxes of the mock."


class CommandParser(argparse.ArgumentParser):
    """Exits with 2 for an invalid command line, even if nobody reads the message, which suggests similar names."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what is unknown here, where the options of the command are known."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            name = next((word.partition("=")[0] for word in unknown if word.startswith("--")), "")
            hint = _suggest(name, self._option_string_actions, FLAG_SIMILARITY)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        return parsed, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is not among the choices."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += _suggest(str(value), list(map(str, action.choices or ())))
            raise

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        with suppress(BrokenPipeError):
            super().error(message)
        sys.exit(2)


def _suggest(sought: str, known: Iterable[str], similarity: float = 0.6) -> str:
    nearest = get_close_matches(sought, list(known), n=1, cutoff=similarity)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command. Exit codes: 0 conforms, 1 a rule is broken, 2 usage error, 3 nothing could be checked."""
    with output.end_quietly(), STOP_REQUESTS.installed():
        try:
            code = _run_command(argv)
        except KeyboardInterrupt:
            output.write_error("interrupted")
            code = INTERRUPTED
        if code:
            sys.exit(code)


def _run_command(argv: Sequence[str] | None) -> int:
    """Import what reads the options here, where a request to stop is heard, because it imports pytest."""
    missing = packages.find_missing()
    if missing:
        output.write_error(packages.format_missing(missing))
        return USAGE_ERROR
    from contracts.cli import configuration
    from contracts.target.options import OptionError

    given = list(sys.argv[1:] if argv is None else argv)
    parser = _build_parser([word for word in given if not word.startswith("-")][:1])
    try:
        arguments = parser.parse_args(configuration.complete_command(given))
    except OptionError as error:
        output.write_error(error)
        return USAGE_ERROR
    return int(arguments.act(arguments))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with the options of all commands, which a shell completes."""
    return _build_parser(["run", "replay", "list", "explain", "compare", "gate", "cleanup"])


def _build_parser(configured: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser, with the options of some commands: the modules that run the suite take a second to import."""
    parser = CommandParser("contracts", description="Check a deployment against the platform's rules.")
    parser.add_argument("--version", action="version", version=f"contracts {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("run", help="check a deployment", description=RUN_TEXT, allow_abbrev=False)
    replay_parser = commands.add_parser("replay", help="run a failed contract again", allow_abbrev=False)
    replay_parser.add_argument("file", metavar="FILE", help="reproducer: a file in reproducers/ of a report folder")
    commands.add_parser("cleanup", help="undo the writes of a run that was killed", allow_abbrev=False)
    commands.add_parser("compare", help="compare two results: what broke, what was fixed", allow_abbrev=False)
    commands.add_parser("gate", help="compare the last result with a baseline, for a CI job", allow_abbrev=False)
    list_parser = commands.add_parser(
        "list", help="list the rules, each with its level, basis, area and number of contracts"
    )
    explain_parser = commands.add_parser("explain", help="describe a rule: its claim, its checks and its last result")
    explain_parser.add_argument("rule", metavar="RULE", help="a rule such as BEV-04, or a gotcha such as G-02")
    for subparser in (list_parser, explain_parser):
        subparser.add_argument(
            "--report-dir", default=REPORT_DIR, help="folder of the last report (default: %(default)s)"
        )
    for command in configured:
        _configure_command(command, commands.choices)
    return parser


def _configure_command(command: str, parsers: Mapping[str, argparse.ArgumentParser]) -> None:
    if command in ("run", "replay"):
        from contracts.cli import replay, run

        run.add_options(parsers[command])
        parsers[command].set_defaults(act=run.run if command == "run" else replay.replay)
    if command in ("list", "explain"):
        from contracts.cli import explain

        parsers[command].set_defaults(act=explain.explain)
    if command == "compare":
        from contracts.cli import compare

        compare.add_options(parsers["compare"])
        parsers["compare"].set_defaults(act=compare.compare)
    if command == "gate":
        from contracts.cli import gate

        gate.add_options(parsers["gate"])
        parsers["gate"].set_defaults(act=gate.gate)
    if command == "cleanup":
        from contracts.cli import cleanup

        cleanup.add_options(parsers["cleanup"])
        parsers["cleanup"].set_defaults(act=cleanup.cleanup)
