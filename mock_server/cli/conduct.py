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
        commands.add("conduct", print_report, "say what a running server's client does that it should not")
    )


def print_report(arguments: argparse.Namespace) -> None:
    """Print the report; exit with 1 where anything was found."""
    report = server_options.call_control_api(arguments, "/conduct")
    sys.stdout.write("\n".join(format_report(report)) + "\n")
    if report["findings"]:
        sys.exit(1)


def format_report(report: dict[str, Any]) -> Iterator[str]:
    """The report as text."""
    findings = report["findings"]
    discarded = f" ({report['discarded']:,} earlier ones are not kept)" if report["discarded"] else ""
    finding_count = _format_count(len(findings), "finding") if findings else "no finding"
    yield f"{_format_count(report['checked'], 'call')} judged{discarded}: {finding_count}"
    for each in findings:
        example = each["example"]
        yield ""
        yield f"{each['id']}  {' '.join(each['rules'])}  {_format_count(each['count'], 'call')}"
        yield f"  It {each['description']}."
        yield f"  First: number {example['number']}, {example['method']} {example['path']}"
        yield f"  {each['advice']}"


def _format_count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
