"""The command `contracts`: what the rules are. The suite that checks a deployment against them is still to come."""

import argparse
import sys
from collections.abc import Sequence

from contracts import catalogue


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit 0, or 2 with one line on stderr."""
    parser = argparse.ArgumentParser("contracts", description="The platform's rules, as the contracts will check them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("list", help="each rule with its level, its basis and its area")
    explain = commands.add_parser("explain", help="one rule in words")
    explain.add_argument("rule", metavar="RULE", help="such as BEV-04")
    arguments = parser.parse_args(argv)
    rules = catalogue.load()
    if arguments.command == "list":
        print("\n".join(f"{rule.id}  {rule.level:6}  {rule.basis:6}  {rule.area}" for rule in rules.rules.values()))
        return
    try:
        print(explained(rules.rule(arguments.rule)))
    except catalogue.CatalogueError as unknown:
        print(f"contracts: {unknown}", file=sys.stderr)
        sys.exit(2)


def explained(rule: catalogue.Rule) -> str:
    """A rule as a reader wants it: claim, where it is documented, what of it is ruled, what it concerns."""
    concerned = rule.operations if isinstance(rule.operations, str) else ", ".join(rule.operations)
    lines = [f"{rule.id} ({rule.level}, {rule.basis})", rule.claim, f"Documented: {rule.documented}"]
    lines += [f"Ruled: {part}" for part in rule.ruled]
    return "\n".join([*lines, f"Operations: {concerned}"])
