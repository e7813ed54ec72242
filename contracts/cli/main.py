"""The command `contracts`: check a deployment against the platform's rules, or print the rules."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from contracts import __version__
from contracts.cli import output
from contracts.spec import rules as catalogue
from contracts.spec.catalogue_entry import CatalogueError
from contracts.target.stop_requests import STOP_REQUESTS

INTERRUPTED = 3
REPORT_DIR = "contracts-report"
RUN_TEXT = "Check a deployment. Read-only against remote hosts unless you pass --allow-writes."


class CommandParser(argparse.ArgumentParser):
    """Exits with 2 for an invalid command line, even if nobody reads the message."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        with suppress(BrokenPipeError):
            super().error(message)
        sys.exit(2)


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
    arguments = _build_parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    if arguments.command in ("list", "explain"):
        try:
            output.write(_format_output(arguments))
        except CatalogueError as error:
            output.write_error(error)
            return 2
        return 0
    return int(arguments.act(arguments))


def _build_parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser. Modules that run the suite take a second to import, so only their commands import them."""
    parser = CommandParser("contracts", description="Check a deployment against the platform's rules.")
    parser.add_argument("--version", action="version", version=f"contracts {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    run_parser = commands.add_parser("run", help="check a deployment", description=RUN_TEXT, allow_abbrev=False)
    replay_parser = commands.add_parser("replay", help="run a failed contract again", allow_abbrev=False)
    replay_parser.add_argument("file", metavar="FILE", help="reproducer: a file in reproducers/ of a report folder")
    cleanup_parser = commands.add_parser("cleanup", help="undo the writes of a run that was killed", allow_abbrev=False)
    list_parser = commands.add_parser(
        "list", help="list the rules, each with its level, basis, area and number of contracts"
    )
    explain_parser = commands.add_parser("explain", help="describe a rule: its claim, its checks and its last result")
    explain_parser.add_argument("rule", metavar="RULE", help="a rule such as BEV-04, or a gotcha such as G-02")
    for subparser in (list_parser, explain_parser):
        subparser.add_argument(
            "--report-dir", default=REPORT_DIR, help="folder of the last report (default: %(default)s)"
        )
    _configure_commands(argv, run_parser, replay_parser, cleanup_parser)
    return parser


def _configure_commands(
    argv: Sequence[str],
    run_parser: argparse.ArgumentParser,
    replay_parser: argparse.ArgumentParser,
    cleanup_parser: argparse.ArgumentParser,
) -> None:
    command = next((word for word in argv if not word.startswith("-")), "")
    if command in ("run", "replay"):
        from contracts.cli import replay, run

        run.add_options(run_parser)
        run.add_options(replay_parser)
        run_parser.set_defaults(act=run.run)
        replay_parser.set_defaults(act=replay.replay)
    if command == "cleanup":
        from contracts.cli import cleanup

        cleanup.add_options(cleanup_parser)
        cleanup_parser.set_defaults(act=cleanup.cleanup)


def _format_output(arguments: argparse.Namespace) -> str:
    rule_catalogue = catalogue.load()
    if arguments.command == "list":
        return "\n".join(_format_rule_line(rule) for rule in rule_catalogue.rules.values())
    if arguments.rule in rule_catalogue.gotchas:
        return format_gotcha(rule_catalogue.gotchas[arguments.rule])
    return format_rule(rule_catalogue.rule(arguments.rule), Path(arguments.report_dir))


def format_gotcha(gotcha: catalogue.Gotcha) -> str:
    """Return a gotcha's title, the rules behind it, its documentation, and the command that checks it."""
    rules = f"Rules: {', '.join(gotcha.rules)}"
    documentation = f"Documentation: {' and '.join(gotcha.documentation)}"
    command = f"Checked by: contracts run --gotcha {gotcha.id}"
    return "\n".join([f"{gotcha.id} (gotcha)", gotcha.title, rules, documentation, command])


def _format_rule_line(rule: catalogue.PlatformRule) -> str:
    return f"{rule.id}  {rule.level:6}  {rule.basis.label:7}  {rule.area:17}  {len(rule.contracts):2} contracts"


def format_rule(rule: catalogue.PlatformRule, folder: Path) -> str:
    """Return a rule's parts, where it is documented, its home in the mock, its contracts and its last result."""
    operations = rule.operations if isinstance(rule.operations, str) else ", ".join(rule.operations)
    lines = [f"{rule.id} ({rule.level}, {rule.basis.label})"]
    lines += [f"{part.basis.label.capitalize()}: {part.claim}" for part in rule.parts]
    lines += [f"Documented: {rule.documented_in}"]
    lines += [f"Operations: {operations}", f"Implemented in: {rule.home or 'not recorded'}"]
    lines += ["Checked by:", *(f"  {contract}" for contract in rule.contracts)]
    return "\n".join([*lines, f"Last result: {_format_last_verdict(rule, folder)}"])


def _format_last_verdict(rule: catalogue.PlatformRule, folder: Path) -> str:
    from contracts.pytest_plugin import collector

    last_result = collector.load_last_result(folder)
    rule_results = (
        [each for each in last_result.rule_results(catalogue.load()) if each.rule.id == rule.id] if last_result else []
    )
    if last_result is None or not rule_results:
        return f"no report in {folder} covers it"
    run, rule_result = last_result.run, rule_results[0]
    summary = f"{rule_result.verdict} at {run.end}, on {run.target}, profile {run.profile}"
    return f"{summary}: {rule_result.reason}" if rule_result.reason else summary
