"""The commands `mock-server explain package|evaluation|event|daily`."""

import argparse
from typing import Any

from mock_server.cli import output, server_options
from mock_server.flags import Commands, Flags

OUTCOMES = ("counted", "outside_window", "other_event", "other_series", "not_known_yet")


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    options = commands.add("package", print_package, "explain why each field of a package has its value")
    options.add_positional("id", "for example pkg_555", metavar="PKG_ID")
    _add_flags(options)
    _add_evaluation_flags(
        commands.add("evaluation", print_evaluation, "explain which purchases count in each cluster of a package")
    )
    _add_event_flags(commands.add("event", print_event, "explain the cause of each campaign result of an event"))
    options = commands.add("daily", print_daily, "explain which purchases make up an event's revenue on a day")
    options.add_positional("id", "for example evt_abc123", metavar="EVENT_ID")
    options.add_positional("date", "for example 2026-08-30", metavar="DATE")
    _add_page_flags(options)


def _add_evaluation_flags(options: Flags) -> None:
    options.add_positional("id", "for example pkg_555", metavar="PKG_ID")
    options.add("--cluster", None, metavar="TC", help="only this cluster")
    options.add("--reason", None, choices=OUTCOMES, help="only purchases with this outcome")
    _add_page_flags(options)


def _add_event_flags(options: Flags) -> None:
    options.add_positional("id", "for example evt_abc123", metavar="EVENT_ID")
    options.add("--row", None, metavar="ID", help="only this row, even if it has been deleted")
    options.add("--purchases", "5", metavar="N", help="purchases to show for each row (default: %(default)s)")
    _add_page_flags(options)


def _add_page_flags(options: Flags) -> None:
    options.add("--page", "1", metavar="N", help="page to show, from 1 (default: %(default)s)")
    options.add("--limit", "20", metavar="N", help="items on a page, at most 500 (default: %(default)s)")
    _add_flags(options)


def _add_flags(options: Flags) -> None:
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def print_package(arguments: argparse.Namespace) -> None:
    """Print why each field of a package has its value."""
    from mock_server.cli import explain_text

    output.print_result(arguments, _request_explanation(arguments, "package"), explain_text.format_package)


def print_evaluation(arguments: argparse.Namespace) -> None:
    """Print which purchases of a package's customers count, and why the others do not."""
    from mock_server.cli import explain_text

    explanation = _request_explanation(arguments, "evaluation", "cluster", "reason", "page", "limit")
    output.print_result(arguments, explanation, explain_text.format_evaluation)


def print_event(arguments: argparse.Namespace) -> None:
    """Print the cause of each campaign result of an event."""
    from mock_server.cli import explain_text

    explanation = _request_explanation(arguments, "event", "row", "purchases", "page", "limit")
    output.print_result(arguments, explanation, explain_text.format_event)


def print_daily(arguments: argparse.Namespace) -> None:
    """Print the purchases that make up an event's revenue on a day."""
    from mock_server.cli import explain_text

    explanation = _request_explanation(arguments, "daily", "date", "page", "limit")
    output.print_result(arguments, explanation, explain_text.format_daily)


def _request_explanation(arguments: argparse.Namespace, kind: str, *names: str) -> Any:
    from urllib.parse import quote, urlencode

    parameters = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    query = f"?{urlencode(parameters)}" if parameters else ""
    return server_options.call_control_api(arguments, f"/explain/{kind}/{quote(arguments.id, safe='')}{query}")
