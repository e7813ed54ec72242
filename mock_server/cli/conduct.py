"""The command `mock-server conduct`: checks the client of a running server."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from mock_server.cli import output, server_options
from mock_server.flags import Commands


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    description = "check how a client uses the platform, from the journal of a running server"
    options = commands.add("conduct", print_report, description)
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def print_report(arguments: argparse.Namespace) -> None:
    """Print the report. Exit with 1 if there are findings."""
    report = server_options.call_control_api(arguments, "/conduct")
    output.print_result(arguments, report, format_report)
    if report["findings"]:
        sys.exit(1)


def format_report(report: dict[str, Any]) -> Iterator[str]:
    """Format the report as lines of text."""
    findings = report["findings"]
    discarded = f" ({report['discarded']:,} older requests are no longer recorded)" if report["discarded"] else ""
    finding_count = _format_count(len(findings), "finding") if findings else "no findings"
    yield f"{_format_count(report['checked'], 'request')} checked{discarded}: {finding_count}"
    for each in findings:
        example = each["example"]
        yield ""
        yield f"{each['id']}  {' '.join(each['rules'])}  {_format_count(each['count'], 'request')}"
        yield f"  The client {each['description']}."
        yield f"  First: request {example['number']}, {example['method']} {example['path']}"
        yield f"  {each['advice']}"


def _format_count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
