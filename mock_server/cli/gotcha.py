"""The commands `mock-server gotcha list` and `mock-server gotcha run`."""

import argparse
import sys
from typing import TYPE_CHECKING

from mock_server.cli import output, server_options
from mock_server.flags import CommandError, Commands, Flags

if TYPE_CHECKING:
    from mock_server.gotchas.scenario import Gotcha


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    listing = commands.add(
        "list", list_gotchas, "list all gotchas, or only gotchas that contain all of the given words"
    )
    listing.add_positional("words", "for example: stale evaluation", nargs="*", metavar="WORD")
    server_options.add_json_switch(listing)
    _add_run_flags(commands.add("run", run_gotchas, "demonstrate a gotcha in a new workspace of a running server"))


def _add_run_flags(options: Flags) -> None:
    options.add_positional("gotcha", "for example G-02, or all", metavar="ID")
    default_url = server_options.default_origin(options)
    options.set_value("default_url", default_url)
    base_url_help = f"address of the server (default: {default_url}, or a temporary server if none is running there)"
    options.add("--base-url", None, metavar="URL", help=base_url_help)
    options.add("--control-token", None, metavar="TOKEN", help="control token of the server, if it has one")
    options.add(
        "--password",
        server_options.SAMPLE_PASSWORD,
        metavar="TEXT",
        help="password of the sample users (default: %(default)s)",
    )
    options.add_switch("--keep", "do not delete the workspace")


def list_gotchas(arguments: argparse.Namespace) -> None:
    """Print the gotchas that match. Raises CommandError if no gotcha matches."""
    from mock_server.gotchas import catalogue

    matching = catalogue.search(arguments.words)
    if not matching:
        raise CommandError(f"no gotcha matches {' '.join(arguments.words)!r}; see mock-server gotcha list")
    if arguments.json:
        bodies = [{"id": each.id, "title": each.title, "rules": list(each.rules)} for each in matching]
        output.print_result(arguments, bodies, list)
        return
    output.print_lines(format_entry(gotcha) for gotcha in matching)


def format_entry(gotcha: "Gotcha") -> str:
    """Format a line of the list. It names the generation of the documentation if the gotcha holds only in one."""
    holds = "" if len(gotcha.generations) > 1 else f"  (only in the {gotcha.generations[0]} documentation)"
    return f"{gotcha.id}  {gotcha.title}  [{', '.join(gotcha.rules)}]{holds}"


def run_gotchas(arguments: argparse.Namespace) -> None:
    """Play gotchas. Exit with 1 if a response is not what its scenario expects. Raises CommandError."""
    import secrets

    from mock_server.cli import gotcha_target
    from mock_server.cli.gotcha_narration import Narration
    from mock_server.gotchas import catalogue

    chosen = list(catalogue.GOTCHAS) if arguments.gotcha == "all" else [arguments.gotcha.upper()]
    if chosen[0] not in catalogue.GOTCHAS:
        raise CommandError(f"there is no gotcha {arguments.gotcha}; see mock-server gotcha list")
    failed = []
    with gotcha_target.open_server(
        _server_origin(arguments.base_url), arguments.default_url, server_options.control_token(arguments.control_token)
    ) as server:
        password = server_options.sample_password(arguments.password) if server.control_token else arguments.password
        for gotcha_id in chosen:
            name = f"{gotcha_id.lower()}-{secrets.token_hex(3)}"
            narration = Narration(catalogue.GOTCHAS[gotcha_id], server, name, password, arguments.keep)
            output.print_lines(narration.play())
            failed += [gotcha_id] if narration.failed else []
    if failed:
        output.print_error(f"not reproduced: {', '.join(failed)}")
        sys.exit(1)


def _server_origin(base_url: str | None) -> str | None:
    """The server's address; None if no address was given."""
    return None if base_url is None else server_options.server_origin(base_url)
