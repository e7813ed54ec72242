"""The commands `mock-server explain package|evaluation|event|daily`."""

import argparse
from typing import Any

from mock_server.cli import server_options
from mock_server.cli.flags import Commands, Flags

OUTCOMES = ("counted", "outside_window", "other_event", "other_series", "not_known_yet")


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    options = commands.add("package", print_package, "what set each field of a package")
    options.add_positional("id", "such as pkg_555", metavar="PKG_ID")
    server_options.add_workspace_flags(options)
    options = commands.add(
        "evaluation", print_evaluation, "which purchases count in each cluster, and why others do not"
    )
    options.add_positional("id", "such as pkg_555", metavar="PKG_ID")
    options.add("--cluster", None, metavar="TC", help="of this cluster alone")
    options.add("--reason", None, choices=OUTCOMES, help="only the purchases that this became of")
    _add_page_flags(options)
    options = commands.add("event", print_event, "where an event's rows of /campaign_results/ come from")
    options.add_positional("id", "such as evt_abc123", metavar="EVENT_ID")
    options.add("--row", None, metavar="ID", help="this row alone, one that was deleted too")
    options.add("--purchases", "5", metavar="N", help="purchases to show with each row (default: %(default)s)")
    _add_page_flags(options)
    options = commands.add("daily", print_daily, "which purchases a day's revenue comes from")
    options.add_positional("id", "such as evt_abc123", metavar="EVENT_ID")
    options.add_positional("date", "such as 2026-08-30", metavar="DATE")
    _add_page_flags(options)


def _add_page_flags(options: Flags) -> None:
    options.add("--page", "1", metavar="N", help="which page (default: %(default)s)")
    options.add("--limit", "20", metavar="N", help="how many a page, at most 500 (default: %(default)s)")
    server_options.add_workspace_flags(options)


def print_package(arguments: argparse.Namespace) -> None:
    """Print what set each field of a package."""
    from mock_server.cli import explain_text

    print(*explain_text.format_package(_request_explanation(arguments, "package")), sep="\n")


def print_evaluation(arguments: argparse.Namespace) -> None:
    """Print what became of the purchases of a package's customers."""
    from mock_server.cli import explain_text

    print(
        *explain_text.format_evaluation(
            _request_explanation(arguments, "evaluation", "cluster", "reason", "page", "limit")
        ),
        sep="\n",
    )


def print_event(arguments: argparse.Namespace) -> None:
    """Print where an event's rows come from."""
    from mock_server.cli import explain_text

    print(
        *explain_text.format_event(_request_explanation(arguments, "event", "row", "purchases", "page", "limit")),
        sep="\n",
    )


def print_daily(arguments: argparse.Namespace) -> None:
    """Print which purchases a day's revenue comes from."""
    from mock_server.cli import explain_text

    print(*explain_text.format_daily(_request_explanation(arguments, "daily", "date", "page", "limit")), sep="\n")


def _request_explanation(arguments: argparse.Namespace, kind: str, *names: str) -> Any:
    from urllib.parse import quote, urlencode

    parameters = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    query = f"?{urlencode(parameters)}" if parameters else ""
    return server_options.call_control_api(arguments, f"/explain/{kind}/{quote(arguments.id, safe='')}{query}")
