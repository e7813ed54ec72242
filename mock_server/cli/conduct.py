"""The command `mock-server conduct`: what a running server's journal says of its client."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from mock_server.cli import server_options
from mock_server.cli.flags import Commands


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    server_options.add_workspace_flags(
        commands.add("conduct", conduct, "say what a running server's client does that it should not")
    )


def conduct(arguments: argparse.Namespace) -> None:
    """Print the report; exit with 1 where anything was found."""
    report = server_options.ask(arguments, "/conduct")
    sys.stdout.write("\n".join(lines(report)) + "\n")
    if report["findings"]:
        sys.exit(1)


def lines(report: dict[str, Any]) -> Iterator[str]:
    """The report as text."""
    found = report["findings"]
    forgotten = f" ({report['forgotten']:,} earlier ones are not kept)" if report["forgotten"] else ""
    many = _counted(len(found), "finding") if found else "no finding"
    yield f"{_counted(report['judged'], 'call')} judged{forgotten}: {many}"
    for each in found:
        example = each["example"]
        yield ""
        yield f"{each['id']}  {' '.join(each['rules'])}  {_counted(each['count'], 'call')}"
        yield f"  It {each['what']}."
        yield f"  First: number {example['number']}, {example['method']} {example['path']}"
        yield f"  {each['advice']}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
