"""The command `contracts`: what the rules are, and whether a deployment keeps them."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts import __version__
from contracts.spec import rules as catalogue

REPORT_DIR = "contracts-report"
RUN_TEXT = "Check a deployment. Read-only against remote hosts unless you pass --allow-writes."


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command. Exit: 0 conforms, 1 a rule is broken, 2 usage, 3 nothing could be checked."""
    code = _run_command(argv)
    if code:
        sys.exit(code)


def _run_command(argv: Sequence[str] | None) -> int:
    arguments = _build_parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    if arguments.command in ("list", "explain"):
        try:
            print(_format_output(arguments), flush=True)
        except BrokenPipeError:  # whoever reads has read enough, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except catalogue.CatalogueError as error:
            print(f"contracts: {error}", file=sys.stderr)
            return 2
        return 0
    return int(arguments.act(arguments))


def _build_parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The command line. What runs the suite is imported only where it is asked for: it costs a second."""
    parser = argparse.ArgumentParser(
        "contracts", description="The platform's rules, and whether a deployment keeps them."
    )
    parser.add_argument("--version", action="version", version=f"contracts {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    run_parser = commands.add_parser("run", help="check a deployment", description=RUN_TEXT, allow_abbrev=False)
    replay_parser = commands.add_parser("replay", help="run a failed contract again", allow_abbrev=False)
    replay_parser.add_argument("file", metavar="FILE", help="reproducer: a file in reproducers/ of a report folder")
    cleanup_parser = commands.add_parser("cleanup", help="undo the writes of a run that was killed", allow_abbrev=False)
    list_parser = commands.add_parser("list", help="each rule with its level, its basis, its area and its contracts")
    explain_parser = commands.add_parser("explain", help="one rule in words: how it is checked, how it last fared")
    explain_parser.add_argument("rule", metavar="RULE", help="such as BEV-04, or a gotcha such as G-02")
    for subparser in (list_parser, explain_parser):
        subparser.add_argument(
            "--report-dir", default=REPORT_DIR, help="where the last report is (default: %(default)s)"
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
    """A gotcha: its title, the rules that it rests on, and the command that checks it."""
    rests_on = f"Rests on: {', '.join(gotcha.rules)}"
    return "\n".join(
        [f"{gotcha.id} (gotcha)", gotcha.title, rests_on, f"Checked by: contracts run --gotcha {gotcha.id}"]
    )


def _format_rule_line(rule: catalogue.PlatformRule) -> str:
    return f"{rule.id}  {rule.level:6}  {rule.basis:6}  {rule.area:17}  {len(rule.contracts):2} contracts"


def format_rule(rule: catalogue.PlatformRule, folder: Path) -> str:
    """A rule as a reader wants it: claim, where it is documented, what of it is ruled, how it is checked and fared."""
    operations = rule.operations if isinstance(rule.operations, str) else ", ".join(rule.operations)
    lines = [f"{rule.id} ({rule.level}, {rule.basis})", rule.claim, f"Documented: {rule.documented_in}"]
    lines += [f"Ruled: {part}" for part in rule.assumed_parts]
    lines += [f"Operations: {operations}", "Checked by:", *(f"  {contract}" for contract in rule.contracts)]
    return "\n".join([*lines, f"Last: {_format_last_verdict(rule, folder)}"])


def _format_last_verdict(rule: catalogue.PlatformRule, folder: Path) -> str:
    from contracts.pytest_plugin import collector

    last_result = collector.load_last_result(folder)
    rule_results = (
        [each for each in last_result.rule_results(catalogue.load()) if each.rule.id == rule.id] if last_result else []
    )
    if last_result is None or not rule_results:
        return f"no report in {folder} speaks of it"
    summary = f"{rule_results[0].verdict} at {last_result.run.end}, on {last_result.run.target}, profile {last_result.run.profile}"
    return f"{summary}: {rule_results[0].reason}" if rule_results[0].reason else summary
