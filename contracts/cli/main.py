"""The command `contracts`: what the rules are, and whether a deployment keeps them."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts import __version__
from contracts.spec import rules as catalogue

REPORT_DIR = "contracts-report"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command. Exit: 0 conforms, 1 a rule is broken, 2 usage, 3 nothing could be checked."""
    code = _main(argv)
    if code:
        sys.exit(code)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    if arguments.command in ("list", "explain"):
        try:
            print(_told(arguments), flush=True)
        except BrokenPipeError:  # whoever reads has read enough, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except catalogue.CatalogueError as unknown:
            print(f"contracts: {unknown}", file=sys.stderr)
            return 2
        return 0
    return int(arguments.act(arguments))


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The command line. What runs the suite is imported only where it is asked for: it costs a second."""
    parser = argparse.ArgumentParser(
        "contracts", description="The platform's rules, and whether a deployment keeps them."
    )
    parser.add_argument("--version", action="version", version=f"contracts {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    running = commands.add_parser("run", help="check a deployment", allow_abbrev=False)
    replaying = commands.add_parser("replay", help="see a failure again, from its capsule", allow_abbrev=False)
    replaying.add_argument("file", metavar="FILE", help="a capsule of a report's folder")
    cleaning = commands.add_parser("cleanup", help="undo what a run left behind", allow_abbrev=False)
    listing = commands.add_parser("list", help="each rule with its level, its basis, its area and its contracts")
    explaining = commands.add_parser("explain", help="one rule in words: how it is checked, how it last fared")
    explaining.add_argument("rule", metavar="RULE", help="such as BEV-04, or a gotcha such as G-02")
    for told in (listing, explaining):
        told.add_argument("--report-dir", default=REPORT_DIR, help="where the last report is (default: %(default)s)")
    _equip(argv, running, replaying, cleaning)
    return parser


def _equip(
    argv: Sequence[str],
    running: argparse.ArgumentParser,
    replaying: argparse.ArgumentParser,
    cleaning: argparse.ArgumentParser,
) -> None:
    asked = next((word for word in argv if not word.startswith("-")), "")
    if asked in ("run", "replay"):
        from contracts.cli import replay, run

        run.add_options(running)
        run.add_options(replaying)
        running.set_defaults(act=run.run)
        replaying.set_defaults(act=replay.replay)
    if asked == "cleanup":
        from contracts.cli import cleanup

        cleanup.add_options(cleaning)
        cleaning.set_defaults(act=cleanup.cleanup)


def _told(arguments: argparse.Namespace) -> str:
    rules = catalogue.load()
    if arguments.command == "list":
        return "\n".join(_line(rule) for rule in rules.rules.values())
    if arguments.rule in rules.gotchas:
        return gotcha(rules.gotchas[arguments.rule])
    return explained(rules.rule(arguments.rule), Path(arguments.report_dir))


def gotcha(told: catalogue.Gotcha) -> str:
    """A gotcha: its title, the rules that it rests on, and the command that checks it."""
    rests = f"Rests on: {', '.join(told.rules)}"
    return "\n".join([f"{told.id} (gotcha)", told.title, rests, f"Checked by: contracts run --gotcha {told.id}"])


def _line(rule: catalogue.Rule) -> str:
    return f"{rule.id}  {rule.level:6}  {rule.basis:6}  {rule.area:17}  {len(rule.contracts):2} contracts"


def explained(rule: catalogue.Rule, folder: Path) -> str:
    """A rule as a reader wants it: claim, where it is documented, what of it is ruled, how it is checked and fared."""
    concerned = rule.operations if isinstance(rule.operations, str) else ", ".join(rule.operations)
    lines = [f"{rule.id} ({rule.level}, {rule.basis})", rule.claim, f"Documented: {rule.documented}"]
    lines += [f"Ruled: {part}" for part in rule.ruled]
    lines += [f"Operations: {concerned}", "Checked by:", *(f"  {contract}" for contract in rule.contracts)]
    return "\n".join([*lines, f"Last: {_fared(rule, folder)}"])


def _fared(rule: catalogue.Rule, folder: Path) -> str:
    from contracts.pytest_plugin import collector

    last = collector.last(folder)
    judged = [each for each in last.by_rule(catalogue.load()) if each.rule.id == rule.id] if last else []
    if last is None or not judged:
        return f"no report in {folder} speaks of it"
    told = f"{judged[0].verdict} at {last.run.end}, on {last.run.target}, profile {last.run.profile}"
    return f"{told}: {judged[0].reason}" if judged[0].reason else told
