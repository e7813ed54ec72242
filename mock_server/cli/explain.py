"""The commands `mock-server explain package|evaluation|event|daily`."""

import argparse
from typing import Any

from mock_server.cli import server_options
from mock_server.cli.flags import Commands, Flags

REASONS = ("counted", "outside_window", "other_event", "other_series", "not_known_yet")


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    line = commands.add("package", package, "what set each field of a package")
    line.argument("id", "such as pkg_555", metavar="PKG_ID")
    server_options.add_workspace_flags(line)
    line = commands.add("evaluation", evaluation, "which purchases count in each cluster, and why others do not")
    line.argument("id", "such as pkg_555", metavar="PKG_ID")
    line.add("--cluster", None, metavar="TC", help="of this cluster alone")
    line.add("--reason", None, choices=REASONS, help="only the purchases that this became of")
    _paged(line)
    line = commands.add("event", event, "where an event's rows of /campaign_results/ come from")
    line.argument("id", "such as evt_abc123", metavar="EVENT_ID")
    line.add("--row", None, metavar="ID", help="this row alone, one that was deleted too")
    line.add("--purchases", "5", metavar="N", help="purchases to show with each row (default: %(default)s)")
    _paged(line)
    line = commands.add("daily", daily, "which purchases a day's revenue comes from")
    line.argument("id", "such as evt_abc123", metavar="EVENT_ID")
    line.argument("date", "such as 2026-08-30", metavar="DATE")
    _paged(line)


def _paged(line: Flags) -> None:
    line.add("--page", "1", metavar="N", help="which page (default: %(default)s)")
    line.add("--limit", "20", metavar="N", help="how many a page, at most 500 (default: %(default)s)")
    server_options.add_workspace_flags(line)


def package(arguments: argparse.Namespace) -> None:
    """Print what set each field of a package."""
    from mock_server.cli import explain_text

    print(*explain_text.package(_asked(arguments, "package")), sep="\n")


def evaluation(arguments: argparse.Namespace) -> None:
    """Print what became of the purchases of a package's customers."""
    from mock_server.cli import explain_text

    print(*explain_text.evaluation(_asked(arguments, "evaluation", "cluster", "reason", "page", "limit")), sep="\n")


def event(arguments: argparse.Namespace) -> None:
    """Print where an event's rows come from."""
    from mock_server.cli import explain_text

    print(*explain_text.event(_asked(arguments, "event", "row", "purchases", "page", "limit")), sep="\n")


def daily(arguments: argparse.Namespace) -> None:
    """Print which purchases a day's revenue comes from."""
    from mock_server.cli import explain_text

    print(*explain_text.daily(_asked(arguments, "daily", "date", "page", "limit")), sep="\n")


def _asked(arguments: argparse.Namespace, kind: str, *names: str) -> Any:
    from urllib.parse import quote, urlencode

    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    query = f"?{urlencode(given)}" if given else ""
    return server_options.ask(arguments, f"/explain/{kind}/{quote(arguments.id, safe='')}{query}")
