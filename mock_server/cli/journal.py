"""The commands `wavetank journal …` and `wavetank verify`: what clients sent, and whether it was as expected."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from mock_server import flags
from mock_server.cli import files, output, server_options
from mock_server.flags import CommandError, Commands, Flags

JOURNAL_PATH = "/journal"
FILTERS = ("operation", "method", "status", "partner", "limit")


def declare(commands: Commands) -> None:
    """Add the commands of the group `journal` with their flags."""
    list_options = commands.add("list", list_requests, "list the recorded requests, newest last")
    _add_filters(list_options)
    _add_flags(list_options)
    har_options = commands.add("har", export, "write the recorded requests to a HAR file")
    har_options.add_positional("file", "file to write; - is standard output", metavar="FILE")
    _add_filters(har_options)
    _add_flags(har_options)
    _add_flags(commands.add("clear", clear, "drop the recorded requests"))


def declare_verify(commands: Commands) -> None:
    """Add the command `verify` with its flags."""
    description = "check that clients sent the expected requests; exit with 1 if they did not"
    options = commands.add("verify", verify, description)
    expected_help = "operations that are expected, for example createPackage, or listEvents=2 for exactly two requests"
    options.add_positional("expected", expected_help, nargs="*", metavar="OPERATION[=COUNT]", type=_parse_expected)
    file_help = "file with the request of verifyJournal, for more exact expectations; - is standard input"
    options.add("--file", None, metavar="FILE", help=file_help)
    options.add_switch("--in-order", "the requests must have been sent in this order")
    _add_flags(options)


def _add_filters(options: Flags) -> None:
    options.add("--operation", None, metavar="NAME", help="only this operation, for example getEvaluation")
    options.add("--method", None, metavar="METHOD", help="only this method")
    options.add("--status", None, type=flags.parse_number, metavar="N", help="only responses with this status")
    options.add("--partner", None, metavar="ID", help="only requests of this partner")
    options.add("--limit", None, type=flags.parse_number, metavar="N", help="only the newest N")


def _add_flags(options: Flags) -> None:
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def _parse_expected(text: str) -> dict[str, Any]:
    operation, equals, count = text.partition("=")
    return {"operation": operation, "count": flags.parse_count(count)} if equals else {"operation": operation}


def list_requests(arguments: argparse.Namespace) -> None:
    """Print the recorded requests. Raises CommandError."""
    exchanges = server_options.call_control_api(arguments, JOURNAL_PATH + _query(arguments))
    output.print_result(arguments, exchanges, lambda listed: map(format_exchange, listed))


def export(arguments: argparse.Namespace) -> None:
    """Write the recorded requests to a HAR file. Raises CommandError."""
    document = server_options.call_control_api(arguments, f"{JOURNAL_PATH}.har{_query(arguments)}")
    files.write_json(arguments.file, document)
    if arguments.json and arguments.file != files.STANDARD_STREAM:
        output.print_result(arguments, {"file": arguments.file, "entries": len(document["log"]["entries"])}, list)


def clear(arguments: argparse.Namespace) -> None:
    """Drop the recorded requests. Raises CommandError."""
    server_options.call_control_api(arguments, JOURNAL_PATH, "DELETE")
    output.print_result(arguments, {}, list)


def verify(arguments: argparse.Namespace) -> None:
    """Print the result of each expectation. Exit with 1 if one is not met. Raises CommandError."""
    result = server_options.call_control_api(arguments, f"{JOURNAL_PATH}/verify", "POST", _read_expectations(arguments))
    output.print_result(arguments, result, format_verification)
    if not result["verified"]:
        sys.exit(1)


def format_exchange(exchange: dict[str, Any]) -> str:
    """Format a recorded request in one line."""
    query = f"?{urlencode([tuple(pair) for pair in exchange['query']])}" if exchange["query"] else ""
    status = exchange["response"]["status"] or "closed"
    fault = f" fault={exchange['fault']}" if exchange["fault"] else ""
    target = f"{exchange['method']} {exchange['path']}{query}"
    return f"{exchange['number']} {exchange['at']} {status} {target} {exchange['operation'] or '?'}{fault}"


def format_verification(result: dict[str, Any]) -> Iterator[str]:
    """Format the expectations, with the requests that are most similar to a missing one."""
    for each in result["expectations"]:
        mark = "ok" if each["verified"] else "not met"
        yield f"{mark}: {each['operation']}, {each['expected']}; found {len(each['matched'])}"
        for near in each["near_misses"]:
            differences = "; ".join(
                f"{difference['field']} is {json.dumps(difference['actual'])}, not {json.dumps(difference['expected'])}"
                for difference in near["differences"]
            )
            yield f"  request {near['number']}: {differences}"
    discarded = f", {result['discarded']} older ones are no longer recorded" if result["discarded"] else ""
    yield f"{result['checked']} requests checked{discarded}"


def _query(arguments: argparse.Namespace) -> str:
    given = {name: value for name in FILTERS if (value := getattr(arguments, name)) is not None}
    return f"?{urlencode(given)}" if given else ""


def _read_expectations(arguments: argparse.Namespace) -> Any:
    """Return the body of the verification. Raises CommandError."""
    if (arguments.file is None) == (not arguments.expected):
        raise CommandError("give either the expected operations or --file")
    if arguments.file is None:
        return {"expectations": arguments.expected, "in_order": arguments.in_order}
    return files.read_json(arguments.file)
