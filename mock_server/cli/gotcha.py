"""The commands `mock-server gotcha list` and `mock-server gotcha run`."""

import argparse
import os
import sys
from collections.abc import Iterable

from mock_server.cli import server_options
from mock_server.cli.flags import CommandError, Commands, Flags

PASSWORD = "wavetank"  # noqa: S105 - the sample's, printed at every start


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    listing = commands.add("list", list_gotchas, "list the gotchas, or those that hold some words")
    listing.add_positional("words", "such as: stale evaluation", nargs="*", metavar="WORD")
    _add_run_flags(commands.add("run", run_gotchas, "play a gotcha against a fresh workspace of a running server"))


def _add_run_flags(options: Flags) -> None:
    options.add_positional("gotcha", "such as G-02, or all", metavar="ID")
    base_url_help = f"the server (default: {_default_url()}, or where none answers one that is started and stopped)"
    options.add("--base-url", None, metavar="URL", help=base_url_help)
    options.add("--control-token", None, metavar="TOKEN", help="the server's own, where it was started with one")
    options.add("--password", PASSWORD, metavar="TEXT", help="the sample users' password, where the server has its own")
    options.add_switch("--keep", "leave the workspace standing")


def list_gotchas(arguments: argparse.Namespace) -> None:
    """List the gotchas."""
    from mock_server.gotchas import catalogue

    matching = catalogue.search(arguments.words)
    if not matching:
        raise CommandError(f"no gotcha speaks of {' '.join(arguments.words)!r}; mock-server gotcha list lists them all")
    _print_lines(f"{gotcha.id}  {gotcha.title}  [{', '.join(gotcha.rules)}]" for gotcha in matching)


def run_gotchas(arguments: argparse.Namespace) -> None:
    """Play gotchas. Exits with 1 where what surprises did not happen. Raises Refused."""
    import secrets

    from mock_server.cli import gotcha_target
    from mock_server.cli.gotcha_narration import Narration
    from mock_server.gotchas import catalogue

    chosen = list(catalogue.GOTCHAS) if arguments.gotcha == "all" else [arguments.gotcha.upper()]
    if chosen[0] not in catalogue.GOTCHAS:
        raise CommandError(f"there is no gotcha {arguments.gotcha}; mock-server gotcha list lists them")
    failed = []
    with gotcha_target.open_server(
        _server_origin(arguments.base_url), _default_url(), arguments.control_token
    ) as server:
        for gotcha_id in chosen:
            name = f"{gotcha_id.lower()}-{secrets.token_hex(3)}"
            narration = Narration(catalogue.GOTCHAS[gotcha_id], server, name, arguments.password, arguments.keep)
            _print_lines(narration.play())
            failed += [gotcha_id] if narration.failed else []
    if failed:
        print(f"mock-server: it did not happen: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


def _print_lines(lines: Iterable[str]) -> None:
    """Print the lines as they come; whoever reads may have read enough, as `head` does."""
    for line in lines:
        try:
            print(line, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _default_url() -> str:
    """Where a server of this machine is, if nobody says."""
    return f"http://127.0.0.1:{os.environ.get('MOCK_SERVER_PORT') or 8080}"


def _server_origin(base_url: str | None) -> str | None:
    """Where the server is, None where nobody says."""
    return None if base_url is None else server_options.server_origin(base_url)
